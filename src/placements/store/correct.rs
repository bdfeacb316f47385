//! Corrections: what was recorded wrongly is put right, and the record says so.
//!
//! A placement whose dates change takes its neighbours' dates with it, so that no gap opens. A
//! correction may show that a limit was exceeded in the past: that is kept and flagged, for the past
//! is as it was. It may not exceed a limit today.
use chrono::NaiveDate;

use super::{
    checks, ending, facts, find_period, gatekeeping, periods_of, placements_of,
    provider::{self, Newcomer},
    save, save_period,
    steps::{lock, of_period},
};
use crate::{
    placements::{
        model::{
            CarePeriod, CarePeriodId, CarePeriodState, CorrectRequest, CorrectionReason, Placement,
            PlacementId, PlacementState, PlacementStep,
        },
        rules::{self, ChildFacts, Span},
    },
    platform::{
        db::Tx,
        error::{Error, Result},
        journal::Recorded,
        rule::Refusal,
        version::IfMatch,
    },
    reference::{code_lists, parameters},
};

/// Puts a placement right, and the ends of its neighbours with it.
pub fn correct(
    tx: &mut Tx<'_>,
    id: PlacementId,
    seen: &IfMatch,
    request: &CorrectRequest,
) -> Result<Recorded<Placement>> {
    let (child, before) = lock(tx, id, seen)?;
    let mut after = corrected(&before, request)?;
    let day = after.started_on.unwrap_or(after.starts_on);
    let care_type = facts::care_type(tx.conn, "/care_type", &after.care_type, day)?;
    facts::check_provider_kind(&care_type, &after.provider, "/provider")?;
    code_lists::check(tx.conn, "planned_kind", "/planned_kind", &after.planned_kind, day)?;
    if after.state == PlacementState::Planned {
        return save(tx, "corrected", &before, after);
    }
    let limits = facts::limits(tx.conn, day)?;
    let today = parameters::today(tx.conn, tx.now)?;
    let around = Around::find(tx, &before)?;
    after.same_carer = around.previous.as_ref().is_some_and(|it| it.provider == after.provider);
    let child = before_adoption(tx, child, &around.period)?;
    rules::check_first_day(&child, day, today, limits, !after.opens_period)?;
    rules::check_age_for(&care_type, &child, day)?;
    check_order(&after, today)?;
    let mut changed = around.fit(&after)?;
    for (before, after) in &mut changed.placements {
        flag_past(tx, &child, before, after, today)?;
    }
    flag_past(tx, &child, &before, &mut after, today)?;
    if let Some((was, is)) = &changed.period {
        let broken = ending::newly_broken(tx.conn, (was, is))?;
        after.flags.extend(broken.into_iter().filter(|rule| !before.flags.contains(rule)));
    }
    changed.save(tx)?;
    save(tx, "corrected", &before, after)
}

/// Takes back a placement that never was. The one before it, or else the one after it, takes its
/// days; if there is none, the care period goes with it.
pub fn annul(
    tx: &mut Tx<'_>,
    id: PlacementId,
    seen: &IfMatch,
    request: &CorrectionReason,
) -> Result<Recorded<Placement>> {
    let (child, before) = lock(tx, id, seen)?;
    let mut after = before.clone();
    after.state = before.state.after(PlacementStep::Annul)?;
    after.state_reason = Some(request.reason.clone());
    let today = parameters::today(tx.conn, tx.now)?;
    super::absence::refuse_any(tx.conn, &before)?;
    let around = Around::find(tx, &before)?;
    let mut changed = around.close_gap(&before, &request.reason);
    for (before, after) in &mut changed.placements {
        flag_past(tx, &child, before, after, today)?;
    }
    // First of all, so that the neighbour can take the end that it had.
    let annulled = save(tx, "annulled", &before, after)?;
    let never_was = changed.period.as_ref().map(|(period, _)| period.clone());
    changed.save(tx)?;
    if let Some(period) = never_was {
        pass_over(tx, &period)?;
    }
    Ok(annulled)
}

/// What was the re-entry of a care period that never was is the re-entry of the one before it, or of none.
fn pass_over(tx: &mut Tx<'_>, never_was: &CarePeriod) -> Result<()> {
    for before in periods_of(tx.conn, never_was.child_id)? {
        if before.re_entry_of == Some(never_was.id) {
            let after = CarePeriod { re_entry_of: never_was.re_entry_of, ..before.clone() };
            let _later = save_period(tx, "corrected", &before, after)?;
        }
    }
    Ok(())
}

/// Takes back an exit that never was: the care period and its last placement go on. This is a
/// correction, not a re-entry.
pub fn reopen(
    tx: &mut Tx<'_>,
    id: CarePeriodId,
    seen: &IfMatch,
    request: &CorrectionReason,
) -> Result<Recorded<CarePeriod>> {
    let child = find_period(tx.conn, id)?.child_id;
    let child = facts::lock_child(tx, child)?;
    let before = find_period(tx.conn, id)?;
    seen.check(&before)?;
    let child = before_adoption(tx, child, &before)?;
    let (CarePeriodState::Closed, Some(ended_on)) = (before.state, before.ended_on) else {
        return Err(Error::State(format!(
            "cannot reopen a care period that is {}",
            before.state.as_str()
        )));
    };
    rules::check_alive_and_listed(&child, ended_on)?;
    let later = periods_of(tx.conn, child.id)?.into_iter().any(|period| {
        period.state != CarePeriodState::EnteredInError && period.started_on >= ended_on
    });
    if later {
        let detail = "the child came into care again later: correct that care period first";
        return Err(Refusal::conflict("PL-04", detail).into());
    }
    let last = placements_of(tx.conn, id)?
        .pop()
        .ok_or_else(|| Error::internal("a care period has no placement"))?;
    let mut goes_on = last.clone();
    goes_on.state = last.state.after(PlacementStep::Reopen)?;
    (goes_on.ended_on, goes_on.end_reason) = (None, None);
    goes_on.state_reason = Some(request.reason.clone());
    let today = parameters::today(tx.conn, tx.now)?;
    flag_past(tx, &child, &last, &mut goes_on, today)?;
    let _placement = save(tx, "reopened", &last, goes_on)?;
    let mut open = before.clone();
    open.state = CarePeriodState::Open;
    (open.ended_on, open.exit_reason, open.planned_exit, open.exit_area_code) =
        (None, None, None, None);
    open.first_visit_on = None;
    open.state_reason = Some(request.reason.clone());
    save_period(tx, "reopened", &before, open)
}

/// The child as it is judged inside a care period: an adoption that ended this period falls with its
/// end, or moves with it.
fn before_adoption(tx: &mut Tx<'_>, child: ChildFacts, period: &CarePeriod) -> Result<ChildFacts> {
    let order = checks::adoption(tx.conn, period)?;
    Ok(ChildFacts { adopted_on: child.adopted_on.filter(|day| Some(*day) != order), ..child })
}

fn corrected(before: &Placement, request: &CorrectRequest) -> Result<Placement> {
    let mut after = before.clone();
    after.state = before.state.after(PlacementStep::Correct)?;
    after.state_reason = Some(request.reason.clone());
    if let Some(day) = request.started_on {
        if before.state == PlacementState::Planned {
            after.starts_on = day;
        } else {
            after.started_on = Some(day);
        }
    }
    if let Some(day) = request.ended_on {
        if before.ended_on.is_none() {
            return Err(Error::value(
                "/ended_on",
                "not_ended",
                "the placement has not ended: end it, or let the child move",
            ));
        }
        after.ended_on = Some(day);
    }
    let texts = [
        (&request.care_type, &mut after.care_type),
        (&request.planned_kind, &mut after.planned_kind),
        (&request.legal_basis, &mut after.legal_basis),
    ];
    for (given, member) in texts {
        if let Some(text) = given {
            member.clone_from(text);
        }
    }
    if let Some(provider) = &request.provider {
        after.provider = provider.clone();
    }
    if request.decision.is_some() {
        after.decision.clone_from(&request.decision);
    }
    after.expected_end_on = request.expected_end_on.or(after.expected_end_on);
    Ok(after)
}

/// PL-02, PL-06: an end is after its start and not ahead.
fn check_order(placement: &Placement, today: NaiveDate) -> Result<()> {
    let (Some(from), Some(end)) = (placement.started_on, placement.ended_on) else { return Ok(()) };
    if end <= from {
        let detail = "a placement lasts at least one day: its end must be after its first day";
        return Err(Refusal::values("PL-02", detail).into());
    }
    if end > today {
        return Err(Refusal::values("PL-06", "an end must be today or earlier")
            .at("/ended_on")
            .into());
    }
    Ok(())
}

/// Judges a corrected stay against its provider. What was wrong in the past is flagged; what would
/// be wrong from today on is refused.
fn flag_past(
    tx: &mut Tx<'_>,
    child: &ChildFacts,
    before: &Placement,
    after: &mut Placement,
    today: NaiveDate,
) -> Result<()> {
    let same = before.provider == after.provider
        && before.started_on == after.started_on
        && before.ended_on == after.ended_on
        && before.care_type == after.care_type
        && before.expected_end_on == after.expected_end_on;
    let Some(from) = after.started_on.filter(|_| !same) else { return Ok(()) };
    let care_type = facts::care_type(tx.conn, "/care_type", &after.care_type, from)?;
    let limits = facts::limits(tx.conn, from)?;
    let mut newcomer = Newcomer::of(after, child, &care_type);
    if after.ended_on.is_none_or(|end| end > today) && !before.covers(today) {
        newcomer.span = Span { from: today.max(from), until: after.ended_on };
        provider::judge(tx, &after.provider, &newcomer, limits)?;
    }
    newcomer.span = Span { from, until: after.ended_on };
    let judged = provider::judge(tx, &after.provider, &newcomer, limits);
    let broken = gatekeeping::newly_broken(tx.conn, child, (before, after))?;
    // Where the child still lives, a later expected end is no fact of the past: it is refused as at the start.
    let lengthened = after.ended_on.is_none() && before.expected_end_on != after.expected_end_on;
    let mut flags: Vec<String> = Vec::new();
    for finding in broken {
        if lengthened {
            return Err(finding.refusal().into());
        }
        flags.push(finding.rule);
    }
    match judged {
        Ok(()) => {}
        Err(Error::Rule(refusal))
            if matches!(refusal.rule.as_str(), "PL-11" | "PL-12" | "PL-13") =>
        {
            flags.push(refusal.rule);
        }
        Err(other) => return Err(other),
    }
    flags.retain(|flag| !after.flags.contains(flag));
    after.flags.extend(flags);
    Ok(())
}

/// A placement's care period, and the placements right before and after it.
struct Around {
    period: CarePeriod,
    previous: Option<Placement>,
    next: Option<Placement>,
}

/// What changes with a placement: before and after.
#[derive(Default)]
struct Changed {
    placements: Vec<(Placement, Placement)>,
    period: Option<(CarePeriod, CarePeriod)>,
}

impl Around {
    fn find(tx: &mut Tx<'_>, placement: &Placement) -> Result<Self> {
        let id = of_period(placement)?;
        let row = placements_of(tx.conn, id)?;
        let at = row.iter().position(|other| other.id == placement.id);
        let at = at.ok_or_else(|| Error::State("the placement is in no care period".to_owned()))?;
        let previous = at.checked_sub(1).and_then(|before| row.get(before)).cloned();
        Ok(Self { period: find_period(tx.conn, id)?, previous, next: row.get(at + 1).cloned() })
    }

    /// Neighbours and period that fit a placement's new dates.
    fn fit(&self, after: &Placement) -> Result<Changed> {
        let mut changed = Changed::default();
        let mut period = self.period.clone();
        let no_day_left = || {
            let detail = "the neighbouring placement would be left without a day: annul it";
            Error::from(Refusal::values("PL-02", detail))
        };
        match (&self.previous, after.started_on) {
            (Some(previous), Some(day)) if previous.ended_on != Some(day) => {
                if previous.started_on.is_none_or(|from| day <= from) {
                    return Err(no_day_left());
                }
                changed.placements.push((
                    previous.clone(),
                    Placement { ended_on: Some(day), ..previous.clone() },
                ));
            }
            (None, Some(day)) => period.started_on = day,
            _ => {}
        }
        match (&self.next, after.ended_on) {
            (Some(next), Some(day)) if next.started_on != Some(day) => {
                if next.ended_on.is_some_and(|end| day >= end) {
                    return Err(no_day_left());
                }
                changed
                    .placements
                    .push((next.clone(), Placement { started_on: Some(day), ..next.clone() }));
            }
            (None, Some(day)) => period.ended_on = Some(day),
            _ => {}
        }
        changed.next_after(after, self.next.as_ref());
        if period != self.period {
            changed.period = Some((self.period.clone(), period));
        }
        Ok(changed)
    }

    /// Neighbours and period as they are without the placement.
    fn close_gap(&self, gone: &Placement, reason: &str) -> Changed {
        let mut changed = Changed::default();
        if let Some(previous) = &self.previous {
            let after = Placement {
                state: if gone.ended_on.is_none() {
                    PlacementState::Active
                } else {
                    PlacementState::Ended
                },
                ended_on: gone.ended_on,
                end_reason: gone.end_reason.clone(),
                ..previous.clone()
            };
            changed.next_after(&after, self.next.as_ref());
            changed.placements.push((previous.clone(), after));
        } else if let Some(next) = &self.next {
            let after = Placement {
                started_on: gone.started_on,
                opens_period: true,
                same_carer: false,
                ..next.clone()
            };
            changed.placements.push((next.clone(), after));
        } else {
            let after = CarePeriod {
                state: CarePeriodState::EnteredInError,
                state_reason: Some(reason.to_owned()),
                ..self.period.clone()
            };
            changed.period = Some((self.period.clone(), after));
        }
        changed
    }
}

impl Changed {
    /// The placement that comes after this one says whether the child stayed with its carer.
    fn next_after(&mut self, placement: &Placement, next: Option<&Placement>) {
        let Some(next) = next else { return };
        let same_carer = next.provider == placement.provider;
        let known = self.placements.iter_mut().find(|(before, _)| before.id == next.id);
        match known {
            Some((_, after)) => after.same_carer = same_carer,
            None if next.same_carer != same_carer => {
                self.placements.push((next.clone(), Placement { same_carer, ..next.clone() }));
            }
            None => {}
        }
    }

    fn save(self, tx: &mut Tx<'_>) -> Result<()> {
        for (before, after) in self.placements {
            let _neighbour = save(tx, "corrected", &before, after)?;
        }
        if let Some((before, after)) = self.period {
            let _period = save_period(tx, "corrected", &before, after)?;
        }
        Ok(())
    }
}
