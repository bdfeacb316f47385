//! Temporary absences: days away from a placement to which the child returns.
use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;

use super::{facts, find};
use crate::{
    children::ChildId,
    placements::model::{
        EndAbsenceRequest, NewAbsence, Placement, PlacementId, TemporaryAbsence, TemporaryAbsenceId,
    },
    platform::{
        db::Tx,
        error::{Error, Found as _, Result},
        journal::{self, Recorded},
        page::{Page, PageQuery},
        prepared,
        rule::Refusal,
        version::IfMatch,
    },
    reference::{code_lists, parameters},
    schema::temporary_absences as table,
};

/// The absences from a placement, by first day, as they are known now or were at an instant.
pub fn absences(
    conn: &mut PgConnection,
    id: PlacementId,
    known_at: Option<DateTime<Utc>>,
    page: &PageQuery,
) -> Result<Page<TemporaryAbsence>> {
    let child = find(conn, id)?.child_id;
    let (bound, limit) = (page.bind(&(id, known_at)), page.limit()?);
    let rows = all_absences(conn, child, id, known_at)?;
    bound.cut(rows, limit, |absence| absence.id, |_| true)
}

/// All of them at once.
pub(super) fn all_absences(
    conn: &mut PgConnection,
    child: ChildId,
    id: PlacementId,
    known_at: Option<DateTime<Utc>>,
) -> Result<Vec<TemporaryAbsence>> {
    let mut rows: Vec<TemporaryAbsence> = match known_at {
        Some(at) => journal::known_under(conn, child.untyped(), at)?,
        None => table::table
            .filter(table::placement_id.eq(id))
            .select(TemporaryAbsence::as_select())
            .load(conn)?,
    };
    rows.retain(|absence| absence.placement_id == id);
    rows.sort_by_key(|absence| (absence.started_on, absence.id));
    Ok(rows)
}

/// One absence from a placement.
pub fn find_absence(
    conn: &mut PgConnection,
    placement: PlacementId,
    id: TemporaryAbsenceId,
) -> Result<TemporaryAbsence> {
    let row = table::table.find(id).filter(table::placement_id.eq(placement));
    row.select(TemporaryAbsence::as_select()).first(conn).found::<TemporaryAbsence>()
}

/// Reports that a child is or was away. An absence lies inside its placement: it neither opens nor
/// ends it.
pub fn report_absence(
    tx: &mut Tx<'_>,
    id: PlacementId,
    new: &NewAbsence,
) -> Result<Recorded<TemporaryAbsence>> {
    let child = facts::lock_child_of(tx, id)?.id;
    let placement = find(tx.conn, id)?;
    code_lists::check(tx.conn, "absence_reason", "/reason", &new.reason, new.started_on)?;
    let today = parameters::today(tx.conn, tx.now)?;
    let absence = TemporaryAbsence {
        id: TemporaryAbsenceId::generate(),
        placement_id: id,
        child_id: child,
        reason: new.reason.clone(),
        started_on: new.started_on,
        ended_on: new.ended_on,
        version: 1,
    };
    check(&placement, &absence, today)?;
    let overlapping = table::table
        .filter(table::child_id.eq(child))
        .filter(table::ended_on.is_null().or(table::ended_on.gt(absence.started_on)))
        .filter(table::started_on.lt(absence.ended_on.unwrap_or(NaiveDate::MAX)));
    if diesel::select(diesel::dsl::exists(overlapping)).get_result(tx.conn)? {
        return Err(Refusal::conflict("PL-24", "the child is away already in these days").into());
    }
    diesel::insert_into(table::table).values(&absence).execute(tx.conn)?;
    tx.created("reported", absence)
}

/// Reports that the child is back.
pub fn end_absence(
    tx: &mut Tx<'_>,
    id: PlacementId,
    absence: TemporaryAbsenceId,
    seen: &IfMatch,
    request: &EndAbsenceRequest,
) -> Result<Recorded<TemporaryAbsence>> {
    facts::lock_child_of(tx, id)?;
    let placement = find(tx.conn, id)?;
    let before = find_absence(tx.conn, id, absence)?;
    seen.check(&before)?;
    if before.ended_on.is_some() {
        return Err(Error::State("the absence has ended already".to_owned()));
    }
    let mut after = before.clone();
    after.ended_on = Some(request.ended_on);
    after.version += 1;
    check(&placement, &after, parameters::today(tx.conn, tx.now)?)?;
    prepared::update(table::table.find(absence)).set(&after).execute(tx.conn)?;
    tx.changed("ended", &before, after)
}

fn check(placement: &Placement, absence: &TemporaryAbsence, today: NaiveDate) -> Result<()> {
    let refuse = |pointer, detail: &str| Err(Refusal::values("PL-24", detail).at(pointer).into());
    let (Some(from), true) = (placement.started_on, placement.state.is_real()) else {
        return Err(Error::State("a child can only be away from where it lives".to_owned()));
    };
    if absence.started_on <= from {
        return refuse("/started_on", "an absence cannot begin a placement");
    }
    if absence.started_on > today {
        return refuse("/started_on", "an absence cannot begin in the future");
    }
    if let Some(end) = absence.ended_on {
        if end <= absence.started_on {
            return refuse("/ended_on", "the first day back must be after the first day away");
        }
        if end > today {
            return refuse("/ended_on", "the first day back must be today or earlier");
        }
    }
    if placement.ended_on.is_some_and(|over| absence.ended_on.is_none_or(|end| end > over)) {
        return refuse("/ended_on", "the child must be back before the placement ends");
    }
    Ok(())
}

/// Refuses an end of the placement while the child is away, or was away after that day.
pub fn refuse_open(conn: &mut PgConnection, placement: &Placement, day: NaiveDate) -> Result<()> {
    let away = table::table
        .filter(table::placement_id.eq(placement.id))
        .filter(table::ended_on.is_null().or(table::ended_on.gt(day)));
    if diesel::select(diesel::dsl::exists(away)).get_result(conn)? {
        let detail = "the child is reported away on that day: report its return first";
        return Err(Refusal::conflict("PL-24", detail).into());
    }
    Ok(())
}

/// Refuses to take back a placement from which the child was away.
pub fn refuse_any(conn: &mut PgConnection, placement: &Placement) -> Result<()> {
    let away = table::table.filter(table::placement_id.eq(placement.id));
    if diesel::select(diesel::dsl::exists(away)).get_result(conn)? {
        let detail = "an absence is recorded for this placement, so it cannot never have been";
        return Err(Refusal::conflict("PL-24", detail).into());
    }
    Ok(())
}
