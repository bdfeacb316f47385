//! The steps of a court case.
use chrono::NaiveDate;
use serde_json::Value;

use super::{insert, lock, save};
use crate::{
    children::{self, ChildId, LegalDecisionKind, LegalStatusId},
    court_cases::model::{
        CourtAppeal, CourtCase, CourtCaseId, CourtCaseState, CourtCaseStep, CourtFinality,
        CourtHearing, CourtWithdrawal, NewCourtCase, NewCourtDecision,
    },
    platform::{
        db::Tx,
        error::{Error, Result},
        journal::Recorded,
        time::{in_order, not_future},
        version::IfMatch,
    },
    reference::{code_lists, parameters},
};

/// The list of those who may be parties.
const PARTIES: &str = "court_party";

/// Files a case about a child.
pub fn file(tx: &mut Tx<'_>, child: ChildId, new: &NewCourtCase) -> Result<Recorded<CourtCase>> {
    let child = children::store::lock(tx, child)?;
    let today = parameters::today(tx.conn, tx.now)?;
    code_lists::check(tx.conn, "court_case_kind", "/kind", &new.kind, today)?;
    code_lists::check(tx.conn, PARTIES, "/filed_by", &new.filed_by, today)?;
    not_future("/filed_on", new.filed_on, today)?;
    after(new.filed_on, "/next_hearing_on", new.next_hearing_on, "filed_on")?;
    let case = CourtCase {
        id: CourtCaseId::generate(),
        child_id: child.id,
        kind: new.kind.clone(),
        court: new.court.clone(),
        file_no: new.file_no.clone(),
        filed_by: new.filed_by.clone(),
        filed_on: new.filed_on,
        state: CourtCaseState::Filed,
        next_hearing_on: new.next_hearing_on,
        hearings: Vec::new(),
        decisions: Vec::new(),
        decided_on: None,
        outcome: None,
        appealed_on: None,
        appealed_by: None,
        final_on: None,
        state_reason: None,
        version: 1,
    };
    insert(tx, "filed", case)
}

/// Records a hearing.
pub fn hear(
    tx: &mut Tx<'_>,
    id: CourtCaseId,
    seen: &IfMatch,
    hearing: &CourtHearing,
) -> Result<Recorded<CourtCase>> {
    let before = lock(tx, id, seen)?;
    let mut case = before.clone();
    case.state = before.state.after(CourtCaseStep::Hear)?;
    let (today, on) = (parameters::today(tx.conn, tx.now)?, hearing.held_on);
    check_day(&before, "/held_on", on, today)?;
    hearing.child_views.check("/child_views")?;
    after(on, "/next_hearing_on", hearing.next_hearing_on, "held_on")?;
    case.next_hearing_on = hearing.next_hearing_on;
    case.hearings.push(hearing.clone());
    save(tx, "heard", &before, case)
}

/// Records a decision; one of a court of appeal may send the case back.
pub fn decide(
    tx: &mut Tx<'_>,
    id: CourtCaseId,
    seen: &IfMatch,
    request: &NewCourtDecision,
) -> Result<Recorded<CourtCase>> {
    let before = lock(tx, id, seen)?;
    let mut case = before.clone();
    let (today, on) = (parameters::today(tx.conn, tx.now)?, request.decided_on);
    let returned = returns(tx, &request.outcome, today)?;
    let step = if returned { CourtCaseStep::Return } else { CourtCaseStep::Decide };
    case.state = before.state.after(step)?;
    check_day(&before, "/decided_on", on, today)?;
    after(on, "/appeal_until", request.appeal_until, "decided_on")?;
    for (index, status) in request.legal_status_ids.iter().enumerate() {
        check_set(tx, before.child_id, &format!("/legal_status_ids/{index}"), *status)?;
    }
    case.decided_on = Some(on);
    case.outcome = Some(request.outcome.clone());
    case.next_hearing_on = None;
    case.decisions.push(request.of_court(&before.court));
    save(tx, if returned { "returned" } else { "decided" }, &before, case)
}

/// Whether an outcome sends the case back to the court below.
fn returns(tx: &mut Tx<'_>, outcome: &str, today: NaiveDate) -> Result<bool> {
    let (list, pointer) = ("court_outcome", "/outcome");
    let attributes = code_lists::store::attributes(tx.conn, list, pointer, outcome, today)?;
    Ok(attributes.get("returns").and_then(Value::as_bool).unwrap_or(false))
}

/// Refuses a status that is not the child's, or that rests on no court.
fn check_set(tx: &mut Tx<'_>, child: ChildId, pointer: &str, id: LegalStatusId) -> Result<()> {
    let status = match children::store::find_status(tx.conn, child, id) {
        Err(Error::NotFound(_)) => {
            let detail = "is the id of no legal status of the child";
            return Err(Error::value(pointer, "unknown_reference", detail));
        }
        found => found?,
    };
    if status.decision.is_none_or(|decision| decision.kind != LegalDecisionKind::Court) {
        let detail = "is the id of a legal status that rests on no decision of a court";
        return Err(Error::value(pointer, "not_of_a_court", detail));
    }
    Ok(())
}

/// Records an appeal against the last decision.
pub fn appeal(
    tx: &mut Tx<'_>,
    id: CourtCaseId,
    seen: &IfMatch,
    request: &CourtAppeal,
) -> Result<Recorded<CourtCase>> {
    let before = lock(tx, id, seen)?;
    let mut case = before.clone();
    case.state = before.state.after(CourtCaseStep::Appeal)?;
    let today = parameters::today(tx.conn, tx.now)?;
    code_lists::check(tx.conn, PARTIES, "/appealed_by", &request.appealed_by, today)?;
    check_day(&before, "/appealed_on", request.appealed_on, today)?;
    case.appealed_on = Some(request.appealed_on);
    case.appealed_by = Some(request.appealed_by.clone());
    save(tx, "appealed", &before, case)
}

/// Withdraws a case that is not decided, or an appeal.
pub fn withdraw(
    tx: &mut Tx<'_>,
    id: CourtCaseId,
    seen: &IfMatch,
    request: &CourtWithdrawal,
) -> Result<Recorded<CourtCase>> {
    let before = lock(tx, id, seen)?;
    let mut case = before.clone();
    case.state = before.state.after(CourtCaseStep::Withdraw)?;
    case.next_hearing_on = None;
    case.state_reason = Some(request.reason.clone());
    save(tx, "withdrawn", &before, case)
}

/// Records that the last decision can no longer be appealed.
pub fn make_final(
    tx: &mut Tx<'_>,
    id: CourtCaseId,
    seen: &IfMatch,
    request: &CourtFinality,
) -> Result<Recorded<CourtCase>> {
    let before = lock(tx, id, seen)?;
    let mut case = before.clone();
    case.state = before.state.after(CourtCaseStep::MakeFinal)?;
    let today = parameters::today(tx.conn, tx.now)?;
    check_day(&before, "/final_on", request.final_on, today)?;
    case.final_on = Some(request.final_on);
    save(tx, "made_final", &before, case)
}

/// A day of a step: not before the last thing that happened in the case, and not ahead.
fn check_day(case: &CourtCase, pointer: &str, day: NaiveDate, today: NaiveDate) -> Result<()> {
    let heard = case.hearings.iter().map(|hearing| hearing.held_on).max();
    let last = heard.max(case.decided_on).max(case.appealed_on).unwrap_or(case.filed_on);
    in_order(pointer, day, last, today)
}

/// Refuses a day that does not lie after another one.
fn after(day: NaiveDate, pointer: &str, later: Option<NaiveDate>, name: &str) -> Result<()> {
    if later.is_none_or(|later| later > day) {
        return Ok(());
    }
    Err(Error::value(pointer, "out_of_order", &format!("must lie after {name}")))
}
