//! Every rule asked anew of the placements that a child has, each as on its first day: for whoever changes what they
//! were judged on, such as whose they are.
use diesel::prelude::*;

use super::{facts, judgement, judgement::Step, periods_of, row::PlacementRow};
use crate::{
    children::ChildId,
    overrides::{self, Judged, NewOverride, Override},
    placements::{
        model::{CareEntry, CarePeriod, Placement, PlacementId, PlacementState},
        rules::ChildFacts,
    },
    platform::{
        db::Tx,
        error::{Error, Result},
    },
    reference::parameters,
    schema::placements,
};

/// What the rules say to a placement.
pub struct Rechecked {
    pub placement: PlacementId,
    pub judged: Judged,
    subject: overrides::store::Subject,
}

impl Rechecked {
    /// Lets overrides step over what they may.
    pub fn weigh(&mut self, tx: &Tx<'_>, said: &[NewOverride]) -> Result<Vec<Override>> {
        self.judged.weigh(tx, self.subject, said)
    }
}

/// Writes overrides of placements that are there.
pub fn keep_overrides(tx: &mut Tx<'_>, made: Vec<Override>) -> Result<()> {
    overrides::store::keep(tx, made)
}

/// Judges every placement in which the child lives or lived, by the function by which it was judged when it began.
/// Takes the locks that the steps took.
pub fn recheck(tx: &mut Tx<'_>, child: ChildId) -> Result<Vec<Rechecked>> {
    let child = facts::lock_child(tx, child)?;
    let periods = periods_of(tx.conn, child.id)?;
    let states = [PlacementState::Active, PlacementState::Ended];
    let rows: Vec<PlacementRow> = placements::table
        .filter(placements::child_id.eq(child.id).and(placements::state.eq_any(states)))
        // Families before facilities, each in the order of their ids: as whoever needs several locks them.
        .order((placements::carer_family_id, placements::facility_id, placements::id))
        .select(PlacementRow::as_select())
        .load(tx.conn)?;
    let all: Vec<Placement> = rows.into_iter().map(TryInto::try_into).collect::<Result<_>>()?;
    let mut rechecked = Vec::new();
    for placement in &all {
        match judged(tx, &child, placement, &all, &periods) {
            Ok(one) => rechecked.push(one),
            // What only older rules let in, and a home of which the caller may not know, is judged by nobody.
            Err(Error::Invalid(_) | Error::NotFound(_)) => {}
            Err(other) => return Err(other),
        }
    }
    Ok(rechecked)
}

fn judged(
    tx: &mut Tx<'_>,
    child: &ChildFacts,
    placement: &Placement,
    all: &[Placement],
    periods: &[CarePeriod],
) -> Result<Rechecked> {
    let day = placement.started_on.unwrap_or(placement.starts_on);
    let care_type = facts::care_type(tx.conn, "/care_type", &placement.care_type, day)?;
    let (own, others): (Vec<CarePeriod>, Vec<CarePeriod>) =
        periods.iter().cloned().partition(|period| Some(period.id) == placement.care_period_id);
    let entry = own.first().filter(|_| placement.opens_period).map(|period| CareEntry {
        entry_reason: period.entry_reason.clone(),
        other_reasons: period.other_reasons.clone(),
        entry_route: period.entry_route.clone(),
        emergency: period.emergency,
    });
    let came_from = |other: &&Placement| {
        other.care_period_id == placement.care_period_id
            && other.id != placement.id
            && other.ended_on == placement.started_on
    };
    // What began later says nothing of how care began then.
    let others: Vec<CarePeriod> =
        others.into_iter().filter(|period| period.started_on <= day).collect();
    let step = Step {
        child,
        placement,
        care_type: &care_type,
        entry: entry.as_ref(),
        before: all.iter().filter(|_| !placement.opens_period).find(came_from),
        periods: &others,
        latest: parameters::today(tx.conn, tx.now)?,
    };
    let (subject, judged) = (step.subject(), judgement::judge(tx, &step)?);
    Ok(Rechecked { placement: placement.id, judged, subject })
}
