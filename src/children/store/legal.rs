//! Queries and changes of legal statuses.
use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

use super::{find, lock_born};
use crate::{
    children::model::{
        ChildId, LegalAxis, LegalStatus, LegalStatusId, LegalStatusRow, NewLegalStatus,
    },
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
    let mut rows: Vec<LegalStatus> = match when.known_at {
        Some(at) => journal::known_under(conn, child.untyped(), at)?,
        None => of_child(conn, child)?,
    };
    rows.sort_by_key(|status| (status.valid_from, status.id));
    let fits = |status: &LegalStatus| {
        (filter.axis.is_empty() || filter.axis.contains(&status.axis))
            && when.as_of.is_none_or(|day| status.holds_on(day))
    };
    bound.cut(rows, limit, |status| status.id, fits)
}

fn of_child(conn: &mut PgConnection, child: ChildId) -> Result<Vec<LegalStatus>> {
    let rows = table::table.filter(dsl::child_id.eq(child)).select(LegalStatusRow::as_select());
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
    let birth = lock_born(tx, child)?;
    let today = parameters::today(tx.conn, tx.now)?;
    new.check(birth, today)?;
    code_lists::check(tx.conn, new.axis.list(), "/status", &new.status, today)?;
    if let Some(decision) = &new.decision {
        code_lists::check(tx.conn, "decision_body", "/decision/body", &decision.body, today)?;
    }
    let status = new.into_status(child);
    let other = of_child(tx.conn, child)?.into_iter().any(|other| {
        other.axis == status.axis && other.overlaps(status.valid_from, status.valid_to)
    });
    if other {
        let detail = "the child has another status on this axis in that period: end it first";
        return Err(Error::State(detail.to_owned()));
    }
    let (id, number) = (status.id.untyped(), status.decision.as_ref());
    let number = number.and_then(|decision| decision.number.as_ref());
    let number = tx.seal_some(dsl::decision_number, id, number)?;
    let basis = tx.seal_some(dsl::basis, id, status.basis.as_ref())?;
    diesel::insert_into(table::table)
        .values((
            LegalStatusRow::from(status.clone()),
            dsl::decision_number.eq(number),
            dsl::basis.eq(basis),
        ))
        .execute(tx.conn)?;
    tx.created("set", status)
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
