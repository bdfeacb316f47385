//! Queries and changes of visits. None opens a transaction, so any can be part of a larger one.
mod list;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::{dsl::exists, prelude::*, select};

pub use list::{VisitFilter, list, total};

use super::model::{
    LastSeen, NewVisit, SealedColumns, Visit, VisitAnnulment, VisitId, VisitState, VisitStep,
};
use crate::{
    children::{self, ChildId},
    platform::{
        db::Tx,
        error::{Error, Found as _, Result},
        id::Kind as _,
        journal::Recorded,
        prepared,
        rule::Refusal,
        version::IfMatch,
    },
    reference::{
        organisations::{self, OrganisationId},
        parameters,
    },
    schema::{care_periods, cases, visits},
};

/// One visit.
pub fn find(conn: &mut PgConnection, id: VisitId) -> Result<Visit> {
    visits::table.find(id).select(Visit::as_select()).first(conn).found::<Visit>()
}

/// Records a visit to a child that is in care, or of which there is a case (VI-01).
pub fn record(tx: &mut Tx<'_>, child: ChildId, new: &NewVisit) -> Result<Recorded<Visit>> {
    let child = children::store::lock(tx, child)?;
    let today = parameters::today(tx.conn, tx.now)?;
    child.check_happened("/visited_on", new.visited_on, today)?;
    new.check()?;
    if !is_looked_after(tx.conn, child.id, new.visited_on)? {
        let detail = "on that day the child was not in care, and there was no open case of it";
        return Err(Refusal::conflict("VI-01", detail).at("/visited_on").into());
    }
    if let Some(organisation) = new.organisation_id {
        organisations::store::check(tx.conn, "/organisation_id", organisation)?;
    }
    let own = tx.organisation.map(OrganisationId::from_untyped);
    let visit = Visit {
        id: VisitId::generate(),
        child_id: child.id,
        organisation_id: new.organisation_id.or(own),
        worker_name: new.worker_name.clone(),
        worker_id: new.worker_id.clone(),
        visited_on: new.visited_on,
        child_seen: new.child_seen,
        seen_alone: new.seen_alone,
        place: new.place.clone(),
        note: new.note.clone(),
        state: VisitState::Recorded,
        state_reason: None,
        version: 1,
    };
    let sealed = SealedColumns::of(tx, &visit)?;
    diesel::insert_into(visits::table).values((&visit, sealed)).execute(tx.conn)?;
    tx.created("recorded", visit)
}

/// Whether the child was in care on a day, or there was an open case of it; the last day is in it.
fn is_looked_after(conn: &mut PgConnection, child: ChildId, day: NaiveDate) -> Result<bool> {
    let cared = care_periods::table
        .filter(care_periods::child_id.eq(child))
        .filter(care_periods::state.ne("entered_in_error"))
        .filter(care_periods::started_on.le(day))
        .filter(care_periods::ended_on.is_null().or(care_periods::ended_on.ge(day)));
    if select(exists(cared)).get_result(conn)? {
        return Ok(true);
    }
    let worked_on = cases::table
        .filter(cases::child_id.eq(child))
        .filter(cases::state.ne("duplicate"))
        .filter(cases::opened_on.le(day))
        .filter(cases::closed_on.is_null().or(cases::closed_on.ge(day)));
    Ok(select(exists(worked_on)).get_result(conn)?)
}

/// Takes back a visit that was entered in error.
pub fn annul(
    tx: &mut Tx<'_>,
    id: VisitId,
    seen: &IfMatch,
    request: &VisitAnnulment,
) -> Result<Recorded<Visit>> {
    let child = find(tx.conn, id)?.child_id;
    let _child = children::store::lock(tx, child).map_err(|error| match error {
        Error::NotFound(_) => Error::NotFound(Visit::NAME),
        other => other,
    })?;
    let before = find(tx.conn, id)?;
    seen.check(&before)?;
    let mut after = before.clone();
    after.state = before.state.after(VisitStep::Annul)?;
    after.state_reason = Some(request.reason.clone());
    after.version = before.version + 1;
    let sealed = SealedColumns::of(tx, &after)?;
    prepared::update(visits::table.find(after.id)).set((&after, sealed)).execute(tx.conn)?;
    tx.changed("annulled", &before, after)
}

/// When the child was last seen by a worker, by a day or by today.
pub fn last_seen(
    conn: &mut PgConnection,
    child: ChildId,
    day: Option<NaiveDate>,
    now: DateTime<Utc>,
) -> Result<LastSeen> {
    children::store::find(conn, child)?;
    let day = match day {
        Some(day) => day,
        None => parameters::today(conn, now)?,
    };
    let visit = visits::table
        .filter(visits::child_id.eq(child))
        .filter(visits::state.eq(VisitState::Recorded))
        .filter(visits::child_seen)
        .filter(visits::visited_on.le(day))
        .order((visits::visited_on.desc(), visits::id.desc()))
        .select(Visit::as_select())
        .first(conn)
        .optional()?;
    Ok(LastSeen::of(child, visit, day))
}
