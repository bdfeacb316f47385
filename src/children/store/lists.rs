//! A child with the lists under it that are asked for.
use chrono::{DateTime, Utc};
use diesel::PgConnection;

use super::{find_at, legal::all_statuses, relations::all_relations};
use crate::{
    children::model::{ChildId, ChildInclude, ChildWithLists},
    platform::{error::Result, include::Include, time::AsOf},
};

/// The child as it was true on a day, as far as the registry knew at an instant, with what is asked for
/// of the lists under it.
pub fn find_with(
    conn: &mut PgConnection,
    id: ChildId,
    asked: &Include<ChildWithLists>,
    when: AsOf,
    now: DateTime<Utc>,
) -> Result<ChildWithLists> {
    let record = find_at(conn, id, when, now)?;
    let relations = || all_relations(conn, id, when);
    let relations = asked.then(ChildInclude::Relations, relations)?;
    let legal_statuses = || all_statuses(conn, id, when);
    let legal_statuses = asked.then(ChildInclude::LegalStatuses, legal_statuses)?;
    Ok(ChildWithLists { record, relations, legal_statuses })
}
