//! Lists as the registry knew them at an instant: from the journal, for one child at a time.
use chrono::{DateTime, Utc};
use diesel::PgConnection;
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

use crate::{
    children::ChildId,
    platform::{
        error::{Error, Result},
        id::Kind,
        journal::{self, Subject},
        page::{Page, PageQuery},
        total::CountQuery,
    },
};

/// What the registry knew then of a child's records of a kind, by id.
pub fn rows<T: Subject + Kind + DeserializeOwned>(
    conn: &mut PgConnection,
    child: Option<ChildId>,
    at: DateTime<Utc>,
) -> Result<Vec<T>> {
    let Some(child) = child else {
        let detail = "is answered for one child at a time: give child_id";
        return Err(Error::query("known_at", "needs_child_id", detail));
    };
    let mut rows: Vec<T> = journal::known_under(conn, child.untyped(), at)?;
    rows.sort_by_key(Subject::subject_id);
    Ok(rows)
}

/// A page of such records; they are in no other order.
pub fn page<T: Subject>(
    mut rows: Vec<T>,
    filter: &impl Serialize,
    is_sorted: bool,
    page: &PageQuery,
) -> Result<Page<T>> {
    if is_sorted {
        return Err(Error::query("sort", "with_known_at", "goes not together with known_at"));
    }
    let (bound, limit) = (page.bind(filter), page.limit()?);
    let last: Option<Uuid> = bound.after()?;
    rows.retain(|row| last.is_none_or(|last| row.subject_id() > last));
    Ok(bound.page(rows, limit, Subject::subject_id))
}

/// How many they are, if that is asked for.
pub fn total<T>(rows: &[T], count: CountQuery) -> Result<Option<i64>> {
    count.count.map(|_| i64::try_from(rows.len()).map_err(Error::internal)).transpose()
}
