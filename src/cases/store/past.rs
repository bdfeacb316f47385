//! Cases that are taken over from elsewhere, many at a time.
use std::collections::{HashMap, HashSet};

use diesel::prelude::*;

use super::{FIRST, judged, lock_named, team};
use crate::{
    cases::model::{Case, CaseId, CaseManager, CaseState, CaseStatePeriod, PastCase},
    children::{self, ChildId},
    families::FamilyId,
    insert_rows,
    platform::{
        db::Tx,
        error::{Error, Result},
        journal::Recorded,
        rule::Refusal,
        time::not_future,
    },
    reference::parameters,
    schema::{
        case_managers, case_states,
        cases::{self, dsl},
    },
};

/// Takes over cases that are worked on, all or none. Each begins with the state that it is in and with
/// whoever is in charge of it; what was before, the other register knows.
pub fn take_over(tx: &mut Tx<'_>, past: &[PastCase]) -> Result<Recorded<Vec<Case>>> {
    let children: Vec<ChildId> = past.iter().filter_map(|past| past.case.child_id).collect();
    let locked = children::store::lock_together(tx, &children)?;
    let today = parameters::today(tx.conn, tx.now)?;
    let mut all = Vec::new();
    for past in past {
        let of_child = past.case.child_id.and_then(|child| locked.get(&child));
        let responsible = match of_child.filter(|_| past.case.family_id.is_none()) {
            Some(child) => child.organisation_id,
            None => lock_named(tx, &past.case)?,
        };
        let mut case = judged(tx, &past.case, responsible)?;
        if !past.state.is_managed() {
            return Err(Error::State("only a case that is worked on is taken over".to_owned()));
        }
        not_future("/since", past.since, today)?;
        if past.since < case.opened_on {
            let detail = "must not be before the day on which the case was opened";
            return Err(Error::value("/since", "out_of_order", detail));
        }
        (case.state, case.state_since) = (past.state, past.since);
        let (state, valid_from) = (past.state, past.since);
        case.states.push(CaseStatePeriod { state, valid_from, valid_to: None });
        case.managers.push(CaseManager {
            name: past.case.manager.name.clone(),
            worker_id: past.case.manager.worker_id.clone(),
            organisation_id: case.organisation_id,
            reason: FIRST.to_owned(),
            valid_from: case.opened_on,
            valid_to: None,
        });
        all.push(case);
    }
    refuse_second(tx.conn, &all)?;
    write(tx, &all)?;
    let mut made = Vec::new();
    for case in all {
        made.push(tx.created("taken_over", case)?);
    }
    Recorded::all(made).ok_or_else(|| Error::internal("no case was taken over"))
}

/// Refuses a second open case of the same child or family (CA-02).
fn refuse_second(conn: &mut PgConnection, all: &[Case]) -> Result<()> {
    type Subject = (Option<ChildId>, Option<FamilyId>);
    let children: Vec<ChildId> = all.iter().filter_map(|case| case.child_id).collect();
    let families: Vec<FamilyId> = all.iter().filter_map(|case| case.family_id).collect();
    let ended = [CaseState::Closed, CaseState::Duplicate];
    let open: Vec<(CaseId, Option<ChildId>, Option<FamilyId>)> = cases::table
        .filter(dsl::state.ne_all(ended))
        .filter(
            dsl::child_id
                .assume_not_null()
                .eq_any(children)
                .or(dsl::family_id.assume_not_null().eq_any(families)),
        )
        .select((dsl::id, dsl::child_id, dsl::family_id))
        .load(conn)?;
    let open: HashMap<Subject, CaseId> =
        open.into_iter().map(|(id, child, family)| ((child, family), id)).collect();
    let mut met: HashSet<Subject> = HashSet::new();
    for case in all {
        let subject = (case.child_id, case.family_id);
        let other = open.get(&subject).copied();
        if other.is_some() || !met.insert(subject) {
            let detail = "there is an open case already: work on that one";
            return Err(Refusal::conflict("CA-02", detail).fact("case_id", other).into());
        }
    }
    Ok(())
}

fn write(tx: &mut Tx<'_>, all: &[Case]) -> Result<()> {
    let (mut rows, mut states, mut managers) = (Vec::new(), Vec::new(), Vec::new());
    for case in all {
        rows.push((case.clone(), dsl::team.eq(team(&case.team)?)));
        states.extend(case.states.iter().map(|period| {
            (
                case_states::case_id.eq(case.id),
                case_states::place.eq(0),
                case_states::state.eq(period.state),
                case_states::valid_from.eq(period.valid_from),
            )
        }));
        managers.extend(case.managers.iter().map(|manager| {
            (
                case_managers::case_id.eq(case.id),
                case_managers::place.eq(0),
                case_managers::organisation_id.eq(manager.organisation_id),
                case_managers::name.eq(manager.name.clone()),
                case_managers::worker_id.eq(manager.worker_id.clone()),
                case_managers::reason.eq(manager.reason.clone()),
                case_managers::valid_from.eq(manager.valid_from),
            )
        }));
    }
    insert_rows!(cases::table, tx.conn, rows);
    insert_rows!(case_states::table, tx.conn, states);
    insert_rows!(case_managers::table, tx.conn, managers);
    Ok(())
}
