//! Queries and changes of legal statuses.
use std::collections::{BTreeSet, HashMap};

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

use super::{find, lock_all_born, lock_born};
use crate::{
    children::model::{
        ChildId, LegalAxis, LegalStatus, LegalStatusId, LegalStatusRow, NewLegalStatus,
    },
    insert_rows,
    platform::{
        db::Tx,
        error::{Error, Found as _, Result},
        journal::{self, Recorded},
        page::{Page, PageQuery},
        prepared,
        time::AsOf,
        version::IfMatch,
    },
    reference::{code_lists, parameters},
    schema::legal_statuses::{self as table, dsl},
};

/// Which legal statuses of a child to list.
#[derive(Debug, Default, Clone, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct LegalStatusFilter {
    /// What the status is about; repeat it for one of several.
    #[serde(default)]
    pub axis: Vec<LegalAxis>,
}

/// The legal statuses of a child, by first day.
pub fn statuses(
    conn: &mut PgConnection,
    child: ChildId,
    filter: &LegalStatusFilter,
    when: AsOf,
    page: &PageQuery,
    now: DateTime<Utc>,
) -> Result<Page<LegalStatus>> {
    let (bound, limit) = (page.bind(&(child, filter, when.as_of, when.known_at)), page.limit()?);
    when.is_past(now)?;
    find(conn, child)?;
    let rows = all_statuses(conn, child, when)?;
    let fits = |status: &LegalStatus| filter.axis.is_empty() || filter.axis.contains(&status.axis);
    bound.cut(rows, limit, |status| status.id, fits)
}

/// All of them at once.
pub(super) fn all_statuses(
    conn: &mut PgConnection,
    child: ChildId,
    when: AsOf,
) -> Result<Vec<LegalStatus>> {
    let mut rows: Vec<LegalStatus> = match when.known_at {
        Some(at) => journal::known_under(conn, child.untyped(), at)?,
        None => of_children(conn, &[child])?,
    };
    rows.retain(|status| when.as_of.is_none_or(|day| status.holds_on(day)));
    rows.sort_by_key(|status| (status.valid_from, status.id));
    Ok(rows)
}

fn of_children(conn: &mut PgConnection, children: &[ChildId]) -> Result<Vec<LegalStatus>> {
    let of_them = table::table.filter(dsl::child_id.eq_any(children));
    let rows = of_them.select(LegalStatusRow::as_select());
    Ok(rows.load(conn)?.into_iter().map(LegalStatus::from).collect())
}

pub fn find_status(
    conn: &mut PgConnection,
    child: ChildId,
    id: LegalStatusId,
) -> Result<LegalStatus> {
    let row = table::table.find(id).filter(dsl::child_id.eq(child));
    let row = row.select(LegalStatusRow::as_select()).first(conn).found::<LegalStatus>()?;
    Ok(row.into())
}

/// Records a legal status. The one before it on its axis must have ended by then.
pub fn set_status(
    tx: &mut Tx<'_>,
    child: ChildId,
    new: NewLegalStatus,
) -> Result<Recorded<LegalStatus>> {
    let made = set_statuses(tx, vec![(child, new)])?;
    let status = made.value().first().cloned();
    let status = status.ok_or_else(|| Error::internal("a status was lost"))?;
    Ok(made.map(|_| status))
}

/// Records several legal statuses, all or none, as an import does; those on one axis of a child in
/// their order.
pub fn set_statuses(
    tx: &mut Tx<'_>,
    new: Vec<(ChildId, NewLegalStatus)>,
) -> Result<Recorded<Vec<LegalStatus>>> {
    let ids: BTreeSet<ChildId> = new.iter().map(|(child, _)| *child).collect();
    let ids: Vec<ChildId> = ids.into_iter().collect();
    let births = lock_all_born(tx, &ids)?;
    let today = parameters::today(tx.conn, tx.now)?;
    let mut known: HashMap<ChildId, Vec<LegalStatus>> = HashMap::new();
    for status in of_children(tx.conn, &ids)? {
        known.entry(status.child_id).or_default().push(status);
    }
    let mut all = Vec::new();
    for (child, new) in new {
        new.check(births.get(&child).copied().flatten(), today)?;
        code_lists::check(tx.conn, new.axis.list(), "/status", &new.status, today)?;
        if let Some(decision) = &new.decision {
            code_lists::check(tx.conn, "decision_body", "/decision/body", &decision.body, today)?;
        }
        let status = new.into_status(child);
        let others = known.entry(child).or_default();
        let overlaps = |other: &LegalStatus| {
            other.axis == status.axis && other.overlaps(status.valid_from, status.valid_to)
        };
        if others.iter().any(overlaps) {
            let detail = "the child has another status on this axis in that period: end it first";
            return Err(Error::State(detail.to_owned()));
        }
        others.push(status.clone());
        all.push(status);
    }
    let mut rows = Vec::new();
    for status in &all {
        let (id, number) = (status.id.untyped(), status.decision.as_ref());
        let number = number.and_then(|decision| decision.number.as_ref());
        rows.push((
            LegalStatusRow::from(status.clone()),
            dsl::decision_number.eq(tx.seal_some(dsl::decision_number, id, number)?),
            dsl::basis.eq(tx.seal_some(dsl::basis, id, status.basis.as_ref())?),
        ));
    }
    insert_rows!(table::table, tx.conn, rows);
    let mut made = Vec::new();
    for status in all {
        made.push(tx.created("set", status)?);
    }
    Recorded::all(made).ok_or_else(|| Error::internal("no status was set"))
}

/// Ends a legal status, or lets it end earlier than it would have.
pub fn end_status(
    tx: &mut Tx<'_>,
    child: ChildId,
    id: LegalStatusId,
    seen: &IfMatch,
    on: NaiveDate,
) -> Result<Recorded<LegalStatus>> {
    lock_born(tx, child)?;
    let before = find_status(tx.conn, child, id)?;
    seen.check(&before)?;
    let after = before.ended(on)?;
    prepared::update(table::table.find(id))
        .set((dsl::valid_to.eq(after.valid_to), dsl::version.eq(after.version)))
        .execute(tx.conn)?;
    tx.changed("ended", &before, after)
}
