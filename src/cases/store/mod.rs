//! Queries and changes of cases. None opens a transaction.
mod list;
mod managers;
mod past;
mod steps;

use chrono::{Datelike as _, NaiveDate};
use diesel::prelude::*;

pub use list::{CaseFilter, list, total};
pub use managers::assign;
pub use past::take_over;
pub use steps::{advance, close, follow, mark_duplicate, reopen, take_up};

use super::model::{
    Case, CaseId, CasePatch, CasePriority, CaseState, CaseStatePeriod, CaseWorker, NewCase,
};
use crate::{
    children::{self, ChildId},
    families::{self, FamilyId},
    platform::{
        check_digit::with_check,
        db::Tx,
        error::{Error, Found as _, Result},
        id::Kind as _,
        journal::Recorded,
        prepared,
        rule::Refusal,
        time::not_future,
        version::IfMatch,
    },
    reference::{code_lists, organisations::OrganisationId, parameters},
    schema::{
        case_states,
        cases::{self, dsl},
    },
};

/// Why the first manager of a case came: a code of the list `worker_change`.
const FIRST: &str = "first_contact";

diesel::define_sql_function! {
    /// The next number of a sequence.
    fn nextval(sequence: diesel::sql_types::Text) -> diesel::sql_types::BigInt;
}

/// One case. Of a duplicate this is the duplicate, which names the case that goes on.
pub fn find(conn: &mut PgConnection, id: CaseId) -> Result<Case> {
    cases::table.find(id).select(Case::as_select()).first(conn).found::<Case>()
}

/// Opens a case of a child or of a family.
pub fn open(tx: &mut Tx<'_>, new: &NewCase) -> Result<Recorded<Case>> {
    let responsible = lock_named(tx, new)?;
    let mut case = judged(tx, new, responsible)?;
    refuse_second(tx.conn, &case)?;
    let team = team(&case.team)?;
    let opened_on = case.opened_on;
    diesel::insert_into(cases::table).values((&case, dsl::team.eq(team))).execute(tx.conn)?;
    come_into(tx, &mut case, CaseState::New, opened_on)?;
    managers::put_in_charge(tx, &mut case, &new.manager, (opened_on, FIRST))?;
    tx.created("opened", case)
}

/// The case that is to be opened, with its number, if nothing in itself speaks against it.
fn judged(tx: &mut Tx<'_>, new: &NewCase, responsible: Option<OrganisationId>) -> Result<Case> {
    let today = parameters::today(tx.conn, tx.now)?;
    let opened_on = new.opened_on.unwrap_or(today);
    check_new(tx.conn, new, opened_on, today)?;
    let own = tx.organisation.map(OrganisationId::from_untyped);
    let nobody = || Error::State("no organisation is responsible for the child".to_owned());
    let serial: i64 = diesel::select(nextval("case_numbers")).get_result(tx.conn)?;
    Ok(Case {
        id: CaseId::generate(),
        case_no: with_check("CS", today.year(), serial),
        child_id: new.child_id,
        family_id: new.family_id,
        organisation_id: responsible.or(own).ok_or_else(nobody)?,
        state: CaseState::New,
        state_since: opened_on,
        state_reason: None,
        states: Vec::new(),
        opened_on,
        closed_on: None,
        closure_reason: None,
        referral_source: new.referral_source.clone(),
        referral_on: new.referral_on,
        primary_need: new.primary_need.clone(),
        immediate_risk: new.immediate_risk,
        priority: new.priority.unwrap_or(CasePriority::Normal),
        managers: Vec::new(),
        team: new.team.clone(),
        survivor_id: None,
        version: 1,
    })
}

/// Locks the child or the family with which a new case deals; says who is responsible.
fn lock_named(tx: &mut Tx<'_>, new: &NewCase) -> Result<Option<OrganisationId>> {
    let unknown = |pointer, detail| {
        move |error| match error {
            Error::NotFound(_) => Error::value(pointer, "unknown_reference", detail),
            other => other,
        }
    };
    match (new.child_id, new.family_id) {
        (Some(id), None) => {
            let child = children::store::lock(tx, id);
            Ok(child.map_err(unknown("/child_id", "is the id of no child"))?.organisation_id)
        }
        (None, Some(id)) => {
            let family = families::store::lock(tx, id);
            Ok(family.map_err(unknown("/family_id", "is the id of no family"))?.organisation_id)
        }
        (Some(_), Some(_)) | (None, None) => {
            let detail = "needs a child or a family, and not both";
            Err(Error::value("/child_id", "one_of_two", detail))
        }
    }
}

fn check_new(
    conn: &mut PgConnection,
    new: &NewCase,
    opened_on: NaiveDate,
    today: NaiveDate,
) -> Result<()> {
    not_future("/opened_on", opened_on, today)?;
    if new.referral_on > opened_on {
        let detail = "must not be after the day on which the case is opened";
        return Err(Error::value("/referral_on", "out_of_order", detail));
    }
    let codes = [
        ("referral_source", "/referral_source".to_owned(), new.referral_source.as_str()),
        ("primary_need", "/primary_need".to_owned(), new.primary_need.as_str()),
    ];
    code_lists::check_all(conn, &codes, today)
}

/// Refuses a second open case of the same child or family (CA-02).
fn refuse_second(conn: &mut PgConnection, case: &Case) -> Result<()> {
    let open = open_of(case.child_id, case.family_id).select(dsl::id);
    let open: Option<CaseId> = open.first(conn).optional()?;
    let Some(open) = open else { return Ok(()) };
    let detail = "there is an open case already: work on that one";
    Err(Refusal::conflict("CA-02", detail).fact("case_id", open).into())
}

/// The open cases of a child or a family.
fn open_of(
    child: Option<ChildId>,
    family: Option<FamilyId>,
) -> cases::BoxedQuery<'static, diesel::pg::Pg> {
    let ended = [CaseState::Closed, CaseState::Duplicate];
    let query = cases::table.filter(dsl::state.ne_all(ended)).into_boxed();
    match child {
        Some(child) => query.filter(dsl::child_id.eq(child)),
        None => query.filter(dsl::family_id.nullable().eq(family)),
    }
}

/// Changes a case that is still as the caller saw it.
pub fn change(
    tx: &mut Tx<'_>,
    id: CaseId,
    seen: &IfMatch,
    patch: &CasePatch,
) -> Result<Recorded<Case>> {
    let before = lock(tx, id, seen)?;
    let mut after = before.clone();
    after.immediate_risk = patch.immediate_risk.unwrap_or(before.immediate_risk);
    after.priority = patch.priority.unwrap_or(before.priority);
    if let Some(team) = &patch.team {
        after.team.clone_from(team);
    }
    save(tx, "changed", &before, after)
}

/// The child or the family first, as for every change of what hangs on one, then the case as it has become.
fn lock(tx: &mut Tx<'_>, id: CaseId, seen: &IfMatch) -> Result<Case> {
    let case = find(tx.conn, id)?;
    lock_subject(tx, &case)?;
    let case = find(tx.conn, id)?;
    seen.check(&case)?;
    Ok(case)
}

fn lock_subject(tx: &mut Tx<'_>, case: &Case) -> Result<()> {
    let gone = |error| match error {
        Error::NotFound(_) => Error::NotFound(Case::NAME),
        other => other,
    };
    if let Some(child) = case.child_id {
        drop(children::store::lock(tx, child).map_err(gone)?);
    }
    if let Some(family) = case.family_id {
        drop(families::store::lock(tx, family).map_err(gone)?);
    }
    Ok(())
}

/// Writes the state that a case has come into; its own row is the caller's to write.
fn come_into(tx: &mut Tx<'_>, case: &mut Case, state: CaseState, on: NaiveDate) -> Result<()> {
    let place = i32::try_from(case.states.len()).unwrap_or(i32::MAX);
    let row = (
        case_states::case_id.eq(case.id),
        case_states::place.eq(place),
        case_states::state.eq(state),
        case_states::valid_from.eq(on),
    );
    diesel::insert_into(case_states::table).values(row).execute(tx.conn)?;
    if let Some(last) = case.states.last_mut() {
        last.valid_to = Some(on);
    }
    case.states.push(CaseStatePeriod { state, valid_from: on, valid_to: None });
    (case.state, case.state_since) = (state, on);
    Ok(())
}

fn team(workers: &[CaseWorker]) -> Result<serde_json::Value> {
    serde_json::to_value(workers).map_err(Error::internal)
}

/// Writes the case's own row, which is covered by the lock of its child or family, as its next version.
fn save(tx: &mut Tx<'_>, event: &str, before: &Case, mut after: Case) -> Result<Recorded<Case>> {
    after.version = before.version + 1;
    let id = after.id.untyped();
    let reason = tx.seal_some(dsl::state_reason, id, after.state_reason.as_ref())?;
    let team = team(&after.team)?;
    let row = (&after, dsl::state_reason.eq(reason), dsl::team.eq(team));
    prepared::update(cases::table.find(after.id)).set(row).execute(tx.conn)?;
    tx.changed(event, before, after)
}
