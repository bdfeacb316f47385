//! Queries of deadlines, and the work that makes them.
mod children;
mod codes;
mod compare;
mod contact;
mod homes;
mod list;
mod reconciliation;
mod staffing;
mod sweep;
mod transformations;
mod workers;

use diesel::prelude::*;

pub use list::{DeadlineFilter, list, total};
pub use reconciliation::{DiscrepancyFilter, reconcile};
pub use sweep::{Progress, Scope, Swept, Transactions, sweep};

use crate::{
    children::ChildId,
    platform::{db::Tx, error::Result},
    schema::deadlines::{self, dsl},
};

/// Forgets what is due of a child, until the next sweep works it out anew.
pub fn forget(tx: &mut Tx<'_>, child: ChildId) -> Result<()> {
    let about = dsl::child_id.eq(child).or(dsl::other_child_id.eq(child));
    diesel::delete(deadlines::table.filter(about)).execute(tx.conn)?;
    Ok(())
}
