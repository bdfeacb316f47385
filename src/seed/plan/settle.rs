//! The last day: exactly as many of everything as was asked for, and what is to come.
use super::{FamilyStep, Household, Ix, Purpose, Step, With, World};
use crate::seed::dice::{after, float, whole};

impl World {
    pub(super) fn settle(&mut self) {
        self.settle_children();
        self.settle_families();
        let applicants = whole(float(self.region.families) * 0.06).max(2);
        for _ in 0..applicants {
            self.applicant();
        }
        self.intend();
    }

    fn settle_children(&mut self) {
        let mut groups: Vec<Ix> = self.groups.iter().map(|(place, _)| place).collect();
        while self.stock > self.region.children {
            let Some(group) = groups.pop() else { break };
            let of = self.groups.at(group);
            let settled = of.stay.is_some_and(|stay| stay.from < self.today);
            let free = of.children.iter().all(|child| !self.gone.contains(child));
            if !settled || !free || of.adopting {
                continue;
            }
            let children = of.children.clone();
            let some: Vec<Ix> =
                children.into_iter().take(self.stock - self.region.children).collect();
            self.leave(group, &some, "reunified_planned");
            self.groups.at_mut(group).children.retain(|child| !some.contains(child));
        }
        while self.stock < self.region.children {
            self.arrive(self.region.children - self.stock);
        }
    }

    /// Families that nobody lives with make way for others where there are too many.
    fn settle_families(&mut self) {
        let free = |household: &Household, today| {
            let unused =
                household.living.is_empty() && !household.reserved && household.since < today;
            household.approved && household.purpose == Purpose::Foster && unused
        };
        let today = self.today;
        let mut unused: Vec<Ix> = self
            .households
            .iter()
            .filter(|(_, family)| free(family, today))
            .map(|(place, _)| place)
            .collect();
        let suspended = self.region.families / 150;
        for _ in 0..suspended {
            let Some(family) = unused.pop() else { break };
            self.note(Step::Family(family, FamilyStep::Suspend(today)));
            self.households.at_mut(family).approved = false;
            self.approved -= 1;
        }
        while self.approved > self.region.families {
            let Some(family) = unused.pop() else { break };
            self.households.at_mut(family).leaving = true;
            self.resign_if_empty(family);
        }
        while self.approved < self.region.families {
            self.new_foster_family(None);
        }
    }

    /// Some are to move in the coming weeks.
    fn intend(&mut self) {
        let wanted = (self.region.children / 80).max(1);
        let mut planned = 0;
        for group in 0..self.groups.len() {
            let of = self.groups.at(group);
            let single = of.children.len() == 1 && of.stay.is_some() && !of.adopting;
            if !single || planned == wanted || !self.dice.chance(0.3) {
                continue;
            }
            let family = self.households.iter().find(|(_, family)| {
                family.approved
                    && !family.reserved
                    && family.living.is_empty()
                    && family.age_min == 0
            });
            let Some((family, _)) = family else { return };
            let mut stay = self.stay(With::Family(family), "foster_long_term", "long_term", None);
            stay.from = after(self.today, self.dice.number(4, 40));
            let children = self.groups.at(group).children.clone();
            for child in children {
                self.note(Step::Intend(child, stay));
            }
            planned += 1;
        }
    }
}
