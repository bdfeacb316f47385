//! The steps of a placement: plan, start, move, cancel. How it ends is in `ending`.
use chrono::NaiveDate;
use diesel::prelude::*;

use super::{
    checks::{check_decision, check_entry, check_plan, unknown_child},
    drafts::{of_target, planned},
    facts, find, insert,
    judgement::{self, Admitted, Step},
    periods_of, save,
};
use crate::{
    children::ChildId,
    overrides::NewOverride,
    placements::{
        model::{
            CancelRequest, CareEntry, CarePeriod, CarePeriodId, CarePeriodState, MoveRequest,
            NewPlacement, Placement, PlacementId, PlacementIntent, PlacementState, PlacementStep,
            SiblingPlacements, StartRequest,
        },
        rules::{self, CareTypeFacts, ChildFacts},
    },
    platform::{
        db::Tx,
        error::{Error, Result},
        journal::Recorded,
        rule::Refusal,
        version::IfMatch,
    },
    reference::{code_lists, parameters},
    schema::care_periods,
};

/// Plans a placement, or starts it at once if its intent says so.
pub fn create(tx: &mut Tx<'_>, new: &NewPlacement) -> Result<Recorded<Placement>> {
    let child = facts::lock_child(tx, new.child_id).map_err(unknown_child)?;
    create_for(tx, &child, new)
}

/// Places siblings all or none: the first refusal undoes everything.
pub fn create_siblings(
    tx: &mut Tx<'_>,
    new: &SiblingPlacements,
) -> Result<Recorded<Vec<Placement>>> {
    let mut order: Vec<ChildId> =
        new.placements.iter().map(|placement| placement.child_id).collect();
    order.sort_unstable();
    let mut locked = Vec::new();
    for id in &order {
        let place = new.placements.iter().position(|placement| placement.child_id == *id);
        let at = format!("/placements/{}", place.unwrap_or_default());
        let child = facts::lock_child(tx, *id);
        locked.push(child.map_err(|error| unknown_child(error).below(&at))?);
    }
    let first = order.first().copied().ok_or_else(|| Error::internal("a group cannot be empty"))?;
    let siblings = facts::siblings(tx.conn, first)?;
    if order.iter().skip(1).any(|child| !siblings.contains(child)) {
        return Err(Error::value(
            "/placements",
            "not_siblings",
            "all must be siblings of each other, each once",
        ));
    }
    let mut made = Vec::new();
    for (place, placement) in new.placements.iter().enumerate() {
        let child = locked.iter().find(|child| child.id == placement.child_id);
        let child = child.ok_or_else(|| Error::internal("a child of the group was not locked"))?;
        let placed = create_for(tx, child, placement);
        made.push(placed.map_err(|error| error.below(&format!("/placements/{place}")))?);
    }
    Recorded::all(made).ok_or_else(|| Error::internal("a group cannot be empty"))
}

fn create_for(
    tx: &mut Tx<'_>,
    child: &ChildFacts,
    new: &NewPlacement,
) -> Result<Recorded<Placement>> {
    if (new.intent == PlacementIntent::Start) != new.care_entry.is_some() {
        return Err(Error::value(
            "/care_entry",
            "entry_with_start",
            "goes with a placement that starts, and only with that",
        ));
    }
    let care_type = facts::care_type(tx.conn, "/care_type", &new.care_type, new.starts_on)?;
    facts::check_provider_kind(&care_type, &new.provider, "/provider")?;
    check_plan(tx.conn, new.starts_on, &new.planned_kind, new.expected_end_on, "")?;
    check_decision(
        tx.conn,
        new.decision.as_ref().map(|decision| decision.body.as_str()),
        new.starts_on,
        "",
    )?;
    let planned = planned(new);
    if let Some(entry) = &new.care_entry {
        let how = Beginning { entry, overrides: &new.overrides, planned: None };
        begin(tx, child, &care_type, planned, new.starts_on, &how)
    } else {
        if !new.overrides.is_empty() {
            let detail = "go with a placement that starts: a plan breaks no rule yet";
            return Err(Error::value("/overrides", "override_not_needed", detail));
        }
        rules::check_alive_and_listed(child, new.starts_on)?;
        rules::check_age_for(&care_type, child, new.starts_on)?;
        insert(tx, "planned", planned)
    }
}

/// Starts a planned placement of a child who is not in care: it opens a care period.
pub fn start(
    tx: &mut Tx<'_>,
    id: PlacementId,
    seen: &IfMatch,
    request: &StartRequest,
) -> Result<Recorded<Placement>> {
    let (child, before) = lock(tx, id, seen)?;
    before.state.after(PlacementStep::Start)?;
    let care_type = facts::care_type(tx.conn, "/care_type", &before.care_type, request.started_on)?;
    let how = Beginning {
        entry: &request.care_entry,
        overrides: &request.overrides,
        planned: Some(&before),
    };
    begin(tx, &child, &care_type, before.clone(), request.started_on, &how)
}

/// How care begins, what is stepped over, and the plan that the placement was.
struct Beginning<'a> {
    entry: &'a CareEntry,
    overrides: &'a [NewOverride],
    planned: Option<&'a Placement>,
}

/// Opens a care period with this placement, which is new or was `planned` before.
fn begin(
    tx: &mut Tx<'_>,
    child: &ChildFacts,
    care_type: &CareTypeFacts,
    mut placement: Placement,
    day: NaiveDate,
    how: &Beginning<'_>,
) -> Result<Recorded<Placement>> {
    check_entry(tx.conn, how.entry, day)?;
    placement.state = PlacementState::Planned.after(PlacementStep::Start)?;
    placement.started_on = Some(day);
    placement.opens_period = true;
    let periods = periods_of(tx.conn, child.id)?;
    let step = Step {
        child,
        placement: &placement,
        care_type,
        entry: Some(how.entry),
        before: None,
        periods: &periods,
        latest: parameters::today(tx.conn, tx.now)?,
    };
    let mut judged = judgement::judge(tx, &step)?;
    let overrides = judged.weigh(tx, step.subject(), how.overrides)?;
    let admitted = Admitted { findings: judged.refuse()?, overrides };
    let period = opened(&periods, child.id, day, how.entry)?;
    placement.care_period_id = Some(period.id);
    // A period that opens has no reason to be sealed yet.
    diesel::insert_into(care_periods::table).values(&period).execute(tx.conn)?;
    // The entry of the period stands beside the placement's, which is the answer.
    let _opened = tx.created("opened", period)?;
    written(tx, how.planned, placement, admitted)
}

/// Writes a placement that begins, and beside it what it was judged on.
fn written(
    tx: &mut Tx<'_>,
    planned: Option<&Placement>,
    placement: Placement,
    admitted: Admitted,
) -> Result<Recorded<Placement>> {
    let written = match planned {
        Some(before) => save(tx, "started", before, placement)?,
        None => insert(tx, "started", placement)?,
    };
    admitted.keep(tx, written.value())?;
    Ok(written)
}

/// Ends the placement and starts the next one on the same day.
pub fn move_on(
    tx: &mut Tx<'_>,
    id: PlacementId,
    seen: &IfMatch,
    request: &MoveRequest,
) -> Result<Recorded<Placement>> {
    let (child, before) = lock(tx, id, seen)?;
    let day = request.moved_on;
    code_lists::check(tx.conn, "move_reason", "/reason", &request.reason, day)?;
    let left = ended(tx, &before, PlacementStep::Move, day, &request.reason)?;
    let (next, planned) = next_placement(tx, &child, &before, request)?;
    let care_type = facts::care_type(tx.conn, "/to/care_type", &next.care_type, day)?;
    facts::check_provider_kind(&care_type, &next.provider, "/to/provider")?;
    if next.provider == before.provider
        && next.care_type == before.care_type
        && next.planned_kind == before.planned_kind
    {
        return Err(Error::value(
            "/to",
            "no_change",
            "the child would stay with the same provider in the same care",
        ));
    }
    let admitted = admitted(tx, (&child, &care_type), (&before, &next), request)?;
    let _left = save(tx, "ended", &before, left)?;
    written(tx, planned.as_ref(), next, admitted)
}

/// Judges the placement that a move starts. What is wrong with it stands below `/to`, if it is described there.
fn admitted(
    tx: &mut Tx<'_>,
    (child, care_type): (&ChildFacts, &CareTypeFacts),
    (before, next): (&Placement, &Placement),
    request: &MoveRequest,
) -> Result<Admitted> {
    let at = |error: Error| if request.to.is_some() { error.below("/to") } else { error };
    let step = Step {
        child,
        placement: next,
        care_type,
        entry: None,
        before: Some(before),
        periods: &[],
        latest: parameters::today(tx.conn, tx.now)?,
    };
    let mut judged = judgement::judge(tx, &step).map_err(at)?;
    let overrides = judged.weigh(tx, step.subject(), &request.overrides)?;
    Ok(Admitted { findings: judged.refuse().map_err(at)?, overrides })
}

/// The placement that a move starts, and the plan that it was.
fn next_placement(
    tx: &mut Tx<'_>,
    child: &ChildFacts,
    before: &Placement,
    request: &MoveRequest,
) -> Result<(Placement, Option<Placement>)> {
    let (mut next, planned) = if let Some(target) = &request.to {
        check_plan(tx.conn, request.moved_on, &target.planned_kind, target.expected_end_on, "/to")?;
        let body = target.decision.as_ref().map(|decision| decision.body.as_str());
        check_decision(tx.conn, body, request.moved_on, "/to")?;
        (of_target(target, before, request.moved_on), None)
    } else {
        let unknown = || {
            Error::value(
                "/planned_placement_id",
                "unknown_reference",
                "is no planned placement of this child",
            )
        };
        let id = request.planned_placement_id.ok_or_else(unknown)?;
        let planned = find(tx.conn, id).map_err(|error| match error {
            Error::NotFound(_) => unknown(),
            other => other,
        })?;
        if planned.child_id != child.id || planned.state != PlacementState::Planned {
            return Err(unknown());
        }
        (planned.clone(), Some(planned))
    };
    next.state = PlacementState::Active;
    next.care_period_id = before.care_period_id;
    next.started_on = Some(request.moved_on);
    next.opens_period = false;
    next.same_carer = next.provider == before.provider;
    Ok((next, planned))
}

/// Gives up a plan.
pub fn cancel(
    tx: &mut Tx<'_>,
    id: PlacementId,
    seen: &IfMatch,
    request: &CancelRequest,
) -> Result<Recorded<Placement>> {
    let (_, before) = lock(tx, id, seen)?;
    let mut after = before.clone();
    after.state = before.state.after(PlacementStep::Cancel)?;
    after.state_reason = Some(request.reason.clone());
    save(tx, "cancelled", &before, after)
}

/// Locks the child of a placement, then reads the placement as it is under the lock.
pub fn lock(tx: &mut Tx<'_>, id: PlacementId, seen: &IfMatch) -> Result<(ChildFacts, Placement)> {
    let child = facts::lock_child_of(tx, id)?;
    let placement = find(tx.conn, id)?;
    seen.check(&placement)?;
    Ok((child, placement))
}

/// The placement with an end; open absences must have ended before.
pub fn ended(
    tx: &mut Tx<'_>,
    before: &Placement,
    step: PlacementStep,
    day: NaiveDate,
    reason: &str,
) -> Result<Placement> {
    let mut after = before.clone();
    after.state = before.state.after(step)?;
    if before.started_on.is_none_or(|from| day <= from) {
        let detail = "a placement lasts at least one day: its end must be after its first day";
        return Err(Refusal::values("PL-02", detail).fact("started_on", before.started_on).into());
    }
    super::absence::refuse_open(tx.conn, before, day)?;
    after.ended_on = Some(day);
    after.end_reason = Some(reason.to_owned());
    Ok(after)
}

pub fn of_period(placement: &Placement) -> Result<CarePeriodId> {
    placement
        .care_period_id
        .ok_or_else(|| Error::internal("a placement that began has no care period"))
}

/// PL-04: a child has one care period at a time. A later one is the re-entry of the one before.
/// This is the period that opens for a child who had these before, by first day.
pub fn opened(
    periods: &[CarePeriod],
    child: ChildId,
    day: NaiveDate,
    entry: &CareEntry,
) -> Result<CarePeriod> {
    let mut real = periods.iter().filter(|period| period.state != CarePeriodState::EnteredInError);
    if real.clone().any(|period| period.ended_on.is_none()) {
        let detail = "the child is in care already: let it move from its placement";
        return Err(Refusal::conflict("PL-01", detail).into());
    }
    if real.clone().any(|period| period.ended_on.is_some_and(|end| end > day)) {
        let detail = "the child was in care on that day already";
        return Err(Refusal::conflict("PL-04", detail).fact("started_on", day).into());
    }
    Ok(CarePeriod {
        id: CarePeriodId::generate(),
        child_id: child,
        state: CarePeriodState::Open,
        started_on: day,
        ended_on: None,
        entry_reason: entry.entry_reason.clone(),
        other_reasons: entry.other_reasons.clone(),
        entry_route: entry.entry_route.clone(),
        emergency: entry.emergency,
        exit_reason: None,
        planned_exit: None,
        exit_area_code: None,
        first_visit_on: None,
        re_entry_of: real.next_back().map(|period| period.id),
        state_reason: None,
        version: 1,
    })
}
