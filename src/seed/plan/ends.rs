//! Leaving care.
use super::{Due, Exit, Ix, Step, With, World};
use crate::{children::LegalAxis, seed::dice::after};

const HOME: [(&str, i64); 8] = [
    ("reunified_planned", 50),
    ("reunified_unplanned", 9),
    ("to_relatives_no_responsibility", 14),
    ("guardianship_order_other_kin", 9),
    ("guardianship_order_former_foster_nonkin", 5),
    ("custody_order", 5),
    ("moved_abroad", 3),
    ("other", 5),
];
const OF_AGE: [(&str, i64); 3] = [
    ("independent_supported", 45),
    ("aged_out_stayed_with_carer", 40),
    ("independent_unsupported", 15),
];

impl World {
    /// The time of a group in care is over.
    pub(super) fn exit_due(&mut self, group: Ix, period: u32) {
        let of = self.groups.at(group);
        let (children, adopting) = (of.children.clone(), of.adopting);
        let Some(stay) = of.stay.filter(|_| of.period == period) else { return };
        let adopted =
            adopting && stay.care_type == "pre_adoptive" && after(stay.from, 180) <= self.today;
        let waits = stay.from >= self.today || (adopting && !adopted);
        if waits || children.iter().any(|child| self.gone.contains(child)) {
            self.when(after(self.today, 3), Due::Exit(group, period));
            return;
        }
        let kin = stay.care_type == "kinship_formal";
        let reason = if adopted {
            "adopted_unopposed"
        } else if children.len() == 1 && self.dice.chance(0.008) {
            "died"
        } else if kin && self.dice.chance(0.4) {
            "guardianship_order_former_foster_kin"
        } else {
            self.dice.weighted(&HOME, "reunified_planned")
        };
        self.leave(group, &children, reason);
        let (back, days) = (self.dice.chance(0.16), self.dice.number(60, 900));
        if back && reason.starts_with("reunified") {
            self.when(after(self.today, days), Due::Again(group));
        }
    }

    /// A child comes of age, and leaves if it is in care.
    pub(super) fn of_age(&mut self, child: Ix) {
        let group = self.group_of(child);
        let Some(stay) = self.groups.at(group).stay else { return };
        if !self.groups.at(group).children.contains(&child) {
            return;
        }
        if stay.from >= self.today || self.gone.contains(&child) {
            self.when(after(self.today, 2), Due::OfAge(child));
            return;
        }
        let family = matches!(stay.with, With::Family(_));
        let reason = if self.people.at(child).disabled && self.dice.chance(0.6) {
            "to_adult_services"
        } else {
            match self.dice.weighted(&OF_AGE, "independent_supported") {
                "aged_out_stayed_with_carer" if !family => "independent_supported",
                reason => reason,
            }
        };
        self.leave(group, &[child], reason);
        self.groups.at_mut(group).children.retain(|other| *other != child);
    }

    /// These of a group leave care.
    pub(super) fn leave(&mut self, group: Ix, children: &[Ix], reason: &'static str) {
        let Some(stay) = self.groups.at(group).stay else { return };
        let (on, axis) = (self.today, LegalAxis::CareAuthority);
        let planned = !matches!(reason, "reunified_unplanned" | "died" | "other");
        for child in children {
            self.note(Step::Leave(*child, Exit { on, reason, planned }));
            if let Some((from, to)) = self.orders.remove(child)
                && from < on
                && to.is_none_or(|to| to > on)
            {
                self.note(Step::EndStatus(*child, axis, on));
            }
        }
        self.stock -= children.len();
        self.move_out(children, stay.with);
        let of = self.groups.at_mut(group);
        if of.children.iter().all(|child| children.contains(child)) {
            of.stay = None;
            of.home_since = reason.starts_with("reunified").then_some(on);
            of.count += 1;
            of.period += 1;
        }
    }
}
