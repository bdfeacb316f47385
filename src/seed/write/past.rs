//! What the registry took over on its first day, gathered from the steps before it: a care period
//! with its placements, a family with its way, a legal status with its end.
use std::collections::HashMap;

use chrono::NaiveDate;

use crate::{
    children::LegalAxis,
    seed::plan::{Entry, Event, Exit, FamilyStep, Ix, Status, Stay, Step},
};

/// A care period before it is written: its first stay, and those that followed with the reason why
/// the one before ended.
pub struct PastPeriod {
    pub child: Ix,
    pub entry: Entry,
    pub stays: Vec<Stay>,
    pub reasons: Vec<&'static str>,
    pub exit: Option<Exit>,
}

/// Days away from a placement.
pub struct PastAbsence {
    pub child: Ix,
    pub why: &'static str,
    pub from: NaiveDate,
    pub to: NaiveDate,
}

/// Everything that is taken over, each kind in the order in which it happened.
#[derive(Default)]
pub struct Past<'p> {
    pub children: Vec<Ix>,
    pub siblings: Vec<(Ix, Ix)>,
    /// Steps of facilities, which are few.
    pub facilities: Vec<&'p Event>,
    pub families: Vec<(Ix, Vec<FamilyStep>)>,
    pub periods: Vec<PastPeriod>,
    pub statuses: Vec<(Ix, Status)>,
    pub absences: Vec<PastAbsence>,
    /// Children who are missing on the first day. The older registers held no episodes.
    pub missing: Vec<(Ix, &'static str)>,
    open: HashMap<Ix, usize>,
    of_family: HashMap<Ix, usize>,
    of_status: HashMap<(Ix, LegalAxis), usize>,
}

impl<'p> Past<'p> {
    /// Gathers these steps. A step that goes on from nothing is lost: what is written then does not
    /// fit what comes later, which is refused.
    pub fn of(events: &'p [Event]) -> Self {
        let mut past = Self::default();
        for event in events {
            past.add(event);
        }
        past
    }

    fn add(&mut self, event: &'p Event) {
        match &event.step {
            Step::Register(child) => self.children.push(*child),
            Step::Siblings(one, other) => self.siblings.push((*one, *other)),
            Step::Family(family, step) => self.family(*family, *step),
            Step::OpenFacility(_)
            | Step::Capacity(..)
            | Step::Facility(..)
            | Step::Inspect(..)
            | Step::Staff(..)
            | Step::Intend(..) => self.facilities.push(event),
            Step::Enter(children, stay, entry) => {
                for child in children {
                    self.enter(*child, *stay, *entry);
                }
            }
            Step::Move(child, stay, reason) => {
                if let Some(period) = self.period(*child) {
                    period.stays.push(*stay);
                    period.reasons.push(reason);
                }
            }
            // It was made at once.
            Step::PlanMove(..) => {}
            Step::Leave(child, exit) => {
                if let Some(period) = self.period(*child) {
                    period.exit = Some(*exit);
                    self.open.remove(child);
                }
            }
            Step::Away(child, why, from, to) => {
                self.absences.push(PastAbsence { child: *child, why, from: *from, to: *to });
            }
            Step::Missing(child, kind) => self.missing.push((*child, kind)),
            Step::Returned(child, _) => self.missing.retain(|(missing, _)| missing != child),
            Step::Status(child, status) => {
                self.of_status.insert((*child, status.axis), self.statuses.len());
                self.statuses.push((*child, *status));
            }
            Step::EndStatus(child, axis, on) => {
                let place = self.of_status.remove(&(*child, *axis));
                let status = place.and_then(|place| self.statuses.get_mut(place));
                if let Some((_, status)) = status {
                    status.to = Some(*on);
                }
            }
        }
    }

    fn family(&mut self, family: Ix, step: FamilyStep) {
        let place = *self.of_family.entry(family).or_insert_with(|| {
            self.families.push((family, Vec::new()));
            self.families.len() - 1
        });
        if let Some((_, steps)) = self.families.get_mut(place) {
            steps.push(step);
        }
    }

    fn enter(&mut self, child: Ix, stay: Stay, entry: Entry) {
        self.open.insert(child, self.periods.len());
        let period =
            PastPeriod { child, entry, stays: vec![stay], reasons: Vec::new(), exit: None };
        self.periods.push(period);
    }

    fn period(&mut self, child: Ix) -> Option<&mut PastPeriod> {
        let place = *self.open.get(&child)?;
        self.periods.get_mut(place)
    }
}
