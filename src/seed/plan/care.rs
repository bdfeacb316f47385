//! Coming into care and moving on.
use chrono::NaiveDate;

use super::{Due, Entry, Ix, Purpose, Status, Stay, Step, With, World, stays::Wanted};
use crate::{children::LegalAxis, platform::time::age_on, seed::dice::after};

pub(super) const REASONS: [(&str, i64); 12] = [
    ("neglect", 34),
    ("physical_abuse", 8),
    ("emotional_abuse", 4),
    ("domestic_violence", 7),
    ("parent_alcohol", 8),
    ("parent_illness", 8),
    ("parent_death", 7),
    ("abandonment", 8),
    ("caretaker_inability", 8),
    ("child_disability", 4),
    ("parent_incarceration", 2),
    ("child_behaviour", 2),
];
const OTHER_REASONS: [&str; 5] = [
    "poverty",
    "inadequate_housing",
    "parent_alcohol",
    "domestic_violence",
    "no_access_to_services",
];
/// Share of moves of brothers and sisters of whom nobody is parted from the others by the plan.
const PLANNED_TOGETHER: f64 = 0.7;
const MOVES: [(&str, i64); 6] = [
    ("care_plan", 62),
    ("carer_request_behaviour", 10),
    ("carer_request_other", 9),
    ("child_request", 7),
    ("standards_concern", 4),
    ("authority_request", 8),
];
const WHY_AWAY: [(&str, i64); 3] = [("hospital", 50), ("holiday", 30), ("carer_holiday", 20)];

impl World {
    /// Somebody comes into care.
    pub(super) fn arrive(&mut self, most: usize) {
        let group = self.new_group(false, most);
        let emergency = self.dice.chance(0.2);
        let wish = self.wish(group);
        let wanted = if emergency && wish == Wanted::Foster { Wanted::Emergency } else { wish };
        if let Some(stay) = self.find_place(group, Some(wanted)) {
            self.enter(group, stay);
        }
    }

    /// The same come back into care.
    pub(super) fn again(&mut self, group: Ix) {
        let today = self.today;
        let young: Vec<Ix> = self
            .groups
            .at(group)
            .children
            .iter()
            .copied()
            .filter(|child| age_on(self.people.at(*child).born, today) < 17)
            .collect();
        if young.is_empty() || self.groups.at(group).stay.is_some() {
            return;
        }
        self.groups.at_mut(group).children = young;
        if let Some(stay) = self.find_place(group, None) {
            self.enter(group, stay);
        }
    }

    /// How somebody came into care.
    pub(super) fn entry(&mut self, stay: &Stay) -> Entry {
        let reason = self.dice.weighted(&REASONS, "neglect");
        let other = self.dice.word(&OTHER_REASONS);
        let route = self.dice.weighted(
            &[("from_family", 80), ("from_informal_care", 12), ("from_hospital_maternity", 8)],
            "from_family",
        );
        Entry {
            reason,
            other: (other != reason && self.dice.chance(0.4)).then_some(other),
            route,
            emergency: stay.kind == "emergency",
        }
    }

    /// The authority over a child in care, from the first day on; sometimes what a court decides.
    pub(super) fn statuses(&mut self, child: Ix, from: NaiveDate, emergency: bool, group: Ix) {
        let axis = LegalAxis::CareAuthority;
        let (status, to, by_court) = if emergency {
            ("emergency_order", Some(after(from, 14)), false)
        } else if self.dice.chance(0.3) {
            ("voluntary_agreement", None, false)
        } else {
            ("full_care_order", None, self.dice.chance(0.3))
        };
        self.note(Step::Status(child, Status { axis, status, from, to, by_court }));
        self.orders.insert(child, (from, to));
        if let Some(to) = to {
            let period = self.groups.at(group).period;
            self.when(to, Due::Order(child, period));
        }
        let deprived = self.people.at(child).new.cause_without_parental_care.as_deref()
            == Some("deprivation_of_parental_rights");
        if deprived && self.decided.insert(child) {
            for axis in [LegalAxis::ParentalRightsMother, LegalAxis::ParentalRightsFather] {
                let status = Status { axis, status: "deprived", from, to: None, by_court: true };
                self.note(Step::Status(child, status));
            }
        }
    }

    /// The order that follows an emergency order.
    pub(super) fn order(&mut self, child: Ix, period: u32) {
        let group = self.groups.at(self.group_of(child));
        let Some((_, Some(from))) = self.orders.get(&child).copied() else { return };
        if group.period != period || group.stay.is_none() || !group.children.contains(&child) {
            return;
        }
        let axis = LegalAxis::CareAuthority;
        let status = Status { axis, status: "full_care_order", from, to: None, by_court: true };
        self.note(Step::Status(child, status));
        self.orders.insert(child, (from, None));
    }

    /// A group moves, or stays on other terms.
    pub(super) fn change_due(&mut self, group: Ix, count: u32) {
        let Some(stay) = self.still_in(group, count) else { return };
        let children = self.groups.at(group).children.clone();
        if self.groups.at(group).adopting || children.iter().any(|child| self.gone.contains(child))
        {
            self.when(after(self.today, 3), Due::Change(group, count));
            return;
        }
        if stay.from >= self.today {
            self.expect(group);
            return;
        }
        if stay.care_type == "foster_short_term"
            && self.dice.chance(0.45)
            && self.still_fits(group, stay)
        {
            let next = self.stay(stay.with, "foster_long_term", "long_term", None);
            self.take_move(group, next, "status_change");
            return;
        }
        let Some((next, reason)) = self.next_home(group, stay) else {
            self.groups.at_mut(group).count += 1;
            self.expect(group);
            return;
        };
        self.take_move(group, next, reason);
    }

    fn next_home(&mut self, group: Ix, stay: Stay) -> Option<(Stay, &'static str)> {
        let ages: Vec<i32> = self
            .groups
            .at(group)
            .children
            .iter()
            .map(|child| age_on(self.people.at(*child).born, self.today))
            .collect();
        let (young, old) = (ages.iter().min().copied()?, ages.iter().max().copied()?);
        if old < 8 && ages.len() < 3 && self.dice.chance(0.1) {
            let family = self.own_family(group, Purpose::Adoption);
            let next = self.stay(With::Family(family), "pre_adoptive", "permanent", None);
            self.groups.at_mut(group).adopting = true;
            let (period, days) = (self.groups.at(group).period, self.dice.number(190, 320));
            self.when(after(self.today, days), Due::Exit(group, period));
            return Some((next, "care_plan"));
        }
        if young >= 16 && ages.len() == 1 && self.dice.chance(0.2) {
            if stay.with == With::OwnDwelling {
                return None;
            }
            let next =
                self.stay(With::OwnDwelling, "supervised_independent_living", "medium", None);
            return Some((next, "care_plan"));
        }
        let closing = matches!(stay.with, With::Facility(home, _) if self.homes.at(home).closing);
        let wanted = match self.wish(group) {
            Wanted::Kin => Wanted::Foster,
            wanted => wanted,
        };
        let reason = if closing { "closure" } else { self.dice.weighted(&MOVES, "care_plan") };
        Some((self.find_place(group, Some(wanted))?, reason))
    }

    /// Whether the family may have them on other terms at the age that they are.
    fn still_fits(&self, group: Ix, stay: Stay) -> bool {
        let With::Family(family) = stay.with else { return false };
        let family = self.households.at(family);
        family.approved
            && self.groups.at(group).children.iter().all(|child| {
                let age = age_on(self.people.at(*child).born, self.today);
                family.age_min <= age && age <= family.age_max
            })
            // With others there, all must have room by number.
            && family.living.len() <= family.max
    }

    fn take_move(&mut self, group: Ix, next: Stay, reason: &'static str) {
        let of = self.groups.at(group);
        let (children, here) = (of.children.clone(), of.stay.map(|stay| stay.with));
        // Brothers and sisters go one after the other: most are planned for before the first one goes.
        if here != Some(next.with) && self.dice.chance(PLANNED_TOGETHER) {
            for child in children.iter().skip(1) {
                self.note(Step::PlanMove(*child, next));
            }
        }
        for child in &children {
            self.note(Step::Move(*child, next, reason));
        }
        self.groups.at_mut(group).count += 1;
        if here == Some(next.with) {
            self.groups.at_mut(group).stay = Some(next);
        } else {
            if let Some(here) = here {
                self.move_out(&children, here);
            }
            self.move_in(group, next);
        }
        self.expect(group);
    }

    /// A child comes back from some days away.
    pub(super) fn away(&mut self, child: Ix, count: u32, days: i64) {
        let from = after(self.today, -days);
        let group = self.group_of(child);
        let Some(stay) = self.still_in(group, count) else { return };
        if stay.from < from && self.groups.at(group).children.contains(&child) {
            let why = self.dice.weighted(&WHY_AWAY, "other");
            self.note(Step::Away(child, why, from, self.today));
        }
    }

    pub(super) fn missing(&mut self, child: Ix, count: u32) {
        let group = self.group_of(child);
        let there = self.still_in(group, count).is_some_and(|stay| stay.from < self.today);
        if there && self.groups.at(group).children.contains(&child) && self.gone.insert(child) {
            let kind = self
                .dice
                .weighted(&[("missing", 70), ("away_without_authorisation", 30)], "missing");
            self.note(Step::Missing(child, kind));
            let (back, offered) = (self.dice.number(1, 4), self.dice.chance(0.8));
            self.when(after(self.today, back), Due::Return(child, offered));
        }
    }

    pub(super) fn returned(&mut self, child: Ix, offered: bool) {
        self.gone.remove(&child);
        self.note(Step::Returned(child, offered));
    }
}
