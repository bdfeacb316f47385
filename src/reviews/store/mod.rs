//! Queries and changes of reviews. None opens a transaction, so any can be part of a larger one.
mod list;
mod past;
mod steps;

use diesel::prelude::*;

pub use list::{ReviewFilter, list, total};
pub use past::take_over;
pub use steps::{annul, call, cancel, hold};

use super::model::{ChildReview, ReviewId, SealedColumns};
use crate::{
    children::{self, Child},
    platform::{
        db::Tx,
        error::{Error, Found as _, Result},
        journal::Recorded,
        prepared,
        version::IfMatch,
    },
    schema::reviews,
};

/// One review.
pub fn find(conn: &mut PgConnection, id: ReviewId) -> Result<ChildReview> {
    reviews::table.find(id).select(ChildReview::as_select()).first(conn).found::<ChildReview>()
}

/// The child first, as for every change of what hangs on one, then the review as it has become.
fn lock(tx: &mut Tx<'_>, id: ReviewId, seen: &IfMatch) -> Result<(Child, ChildReview)> {
    let child = find(tx.conn, id)?.child_id;
    let locked = children::store::lock(tx, child);
    let child = locked.map_err(|error| match error {
        Error::NotFound(_) => Error::NotFound("review"),
        other => other,
    })?;
    let review = find(tx.conn, id)?;
    seen.check(&review)?;
    Ok((child, review))
}

fn insert(tx: &mut Tx<'_>, event: &str, new: ChildReview) -> Result<Recorded<ChildReview>> {
    let sealed = SealedColumns::of(tx, &new)?;
    diesel::insert_into(reviews::table).values((&new, sealed)).execute(tx.conn)?;
    tx.created(event, new)
}

/// Writes a review whose row is covered by the child's lock; counts its version up.
fn save(
    tx: &mut Tx<'_>,
    event: &str,
    before: &ChildReview,
    mut after: ChildReview,
) -> Result<Recorded<ChildReview>> {
    after.version = before.version + 1;
    let sealed = SealedColumns::of(tx, &after)?;
    prepared::update(reviews::table.find(after.id)).set((&after, sealed)).execute(tx.conn)?;
    tx.changed(event, before, after)
}
