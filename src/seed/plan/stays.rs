//! Where children live: choosing a home, coming into it, leaving it.
use chrono::NaiveDate;

use super::{Due, Group, Ix, Purpose, Stay, Step, With, World};
use crate::{platform::time::age_on, seed::dice::after};

/// Since when a child below the age limit lives in an institution by exception only, as the parameter
/// `residential_min_age_years` of the profile says.
const RESIDENTIAL_AGE_LIMIT_FROM: NaiveDate = NaiveDate::from_ymd_opt(2011, 4, 12).expect("a day");
/// The age limit, in years.
pub(super) const AGE_LIMIT: i32 = 3;

/// How often a family near by is found for a group, where none of those that are there has room.
const FOUND_NEAR_BY: f64 = 0.75;
/// Fewer families than that are all needed where they are.
const MANY_FAMILIES: usize = 40;

/// What somebody looks for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    Residential,
    Emergency,
    Kin,
    Foster,
}

impl World {
    /// A home for a group, other than where it lives.
    #[expect(clippy::unnecessary_wraps, reason = "whoever asks is ready for there being none")]
    pub(super) fn find_place(&mut self, group: Ix, wanted: Option<Wanted>) -> Option<Stay> {
        let wanted = wanted.unwrap_or_else(|| self.wish(group));
        if wanted == Wanted::Residential
            && let Some(stay) = self.in_facility(group)
        {
            return Some(stay);
        }
        if wanted == Wanted::Kin {
            let family = self.own_family(group, Purpose::Kin);
            return Some(self.stay(With::Family(family), "kinship_formal", "long_term", None));
        }
        let emergency = wanted == Wanted::Emergency;
        let family = match self.in_family(group, emergency) {
            Some(family) => family,
            None => self.made_for(group),
        };
        let disabled =
            self.groups.at(group).children.iter().any(|child| self.people.at(*child).disabled);
        Some(if emergency && self.households.at(family).emergency {
            self.stay(With::Family(family), "foster_emergency", "emergency", Some(30))
        } else if disabled {
            self.stay(With::Family(family), "foster_specialised", "long_term", None)
        } else if self.dice.chance(0.45) {
            self.stay(With::Family(family), "foster_short_term", "short_term", Some(270))
        } else {
            self.stay(With::Family(family), "foster_long_term", "long_term", None)
        })
    }

    pub(super) fn stay(
        &self,
        with: With,
        care_type: &'static str,
        kind: &'static str,
        days: Option<i64>,
    ) -> Stay {
        let expected_end = days.map(|days| after(self.today, days));
        Stay { from: self.today, with, care_type, kind, expected_end, exception: None }
    }

    /// What a group would be given: institutions less and less, family more and more.
    pub(super) fn wish(&mut self, group: Ix) -> Wanted {
        let progress = self.progress();
        let age = self.youngest(group);
        let disabled =
            self.groups.at(group).children.iter().any(|child| self.people.at(*child).disabled);
        let residential = match (age, disabled) {
            (..3, _) => (0.55 - 0.75 * progress).max(0.004),
            (_, true) => 0.95 - 0.08 * progress,
            (_, false) => 0.28 - 0.3 * progress,
        };
        if self.dice.chance(residential) {
            Wanted::Residential
        } else if self.groups.at(group).stay.is_none() && self.dice.chance(0.27 + 0.06 * progress) {
            // Relatives are asked first, or come forward never.
            Wanted::Kin
        } else {
            Wanted::Foster
        }
    }

    fn youngest(&self, group: Ix) -> i32 {
        let ages = self.groups.at(group).children.iter();
        ages.map(|child| age_on(self.people.at(*child).born, self.today)).min().unwrap_or(0)
    }

    fn oldest(&self, group: Ix) -> i32 {
        let ages = self.groups.at(group).children.iter();
        ages.map(|child| age_on(self.people.at(*child).born, self.today)).max().unwrap_or(0)
    }

    fn in_facility(&mut self, group: Ix) -> Option<Stay> {
        let (young, old) = (self.youngest(group), self.oldest(group));
        let group = self.groups.at(group);
        let limited = self.today >= RESIDENTIAL_AGE_LIMIT_FROM;
        let before = group.children.iter().any(|child| self.institutional.contains(child));
        // Once is short enough; what comes after would go on with the same days.
        if limited && before && young < AGE_LIMIT + 2 {
            return None;
        }
        let disabled = group.children.iter().any(|child| self.people.at(*child).disabled);
        let mut fitting = Vec::new();
        for (place, home) in self.homes.iter() {
            let ages = home.age_min <= young && old <= home.age_max;
            let here = group
                .stay
                .is_some_and(|stay| matches!(stay.with, With::Facility(at, _) if at == place));
            if !ages || here || (disabled && !home.disability) {
                continue;
            }
            if let Some(unit) = self.room_in(home, group) {
                // Places for children with disabilities are kept for them; near ones come first.
                let kept = home.facility_type == "institution_disability" && !disabled;
                let weight = if kept {
                    1
                } else if home.home == group.home {
                    60
                } else if self.district(home.home) == self.district(group.home) {
                    40
                } else {
                    8
                };
                fitting.push(((place, unit), weight));
            }
        }
        let (home, unit) = self.dice.weighted(&fitting, *fitting.first().map(|(place, _)| place)?);
        let care_type = self.homes.at(home).facility_type;
        let shelter = care_type == "emergency_shelter";
        let kind = if shelter { "emergency" } else { "medium" };
        let (days, exception) = match (limited && young < AGE_LIMIT, shelter) {
            (true, true) => (Some(30), Some("under3_emergency")),
            (true, false) => (Some(150), Some("under3_planned")),
            (false, true) => (Some(45), None),
            (false, false) => (None, None),
        };
        let stay = self.stay(With::Facility(home, unit), care_type, kind, days);
        Some(Stay { exception, ..stay })
    }

    /// A foster family with room: near rather than far.
    fn in_family(&mut self, group: Ix, emergency: bool) -> Option<Ix> {
        let (young, old) = (self.youngest(group), self.oldest(group));
        let of = self.groups.at(group);
        let disabled = of.children.iter().any(|child| self.people.at(*child).disabled);
        let here = of.stay.map(|stay| stay.with);
        let many = self.region.families >= MANY_FAMILIES;
        let (town, around) = if many { (160, 60) } else { (40, 12) };
        let mut fitting = Vec::new();
        for (place, family) in self.households.iter() {
            let room = family.max.saturating_sub(family.living.len());
            // Brothers and sisters may be one too many if no one else lives there.
            let siblings = family.living.is_empty() && of.children.len() <= family.max + 1;
            if !family.approved
                || family.reserved
                || family.leaving
                || here == Some(With::Family(place))
                || family.purpose != Purpose::Foster
                || (room < of.children.len() && !(siblings && of.children.len() > 1))
                || young < family.age_min
                || old > family.age_max
                || (disabled && !family.disability)
                || (emergency && !family.emergency)
                || family.since > self.today
            {
                continue;
            }
            let near = if family.home == of.home {
                town
            } else if self.district(family.home) == self.district(of.home) {
                around
            } else {
                1
            };
            fitting.push((place, near));
        }
        let first = *fitting.first().map(|(place, _)| place)?;
        // Where nobody near by has room, a family is mostly found for whoever needs one, and one that is
        // too far away for others stops.
        let far = fitting.iter().all(|(_, near)| *near == 1);
        if many && far && self.dice.chance(FOUND_NEAR_BY) {
            let idle = fitting.iter().map(|(place, _)| *place).find(|place| {
                let family = self.households.at(*place);
                family.living.is_empty() && family.since < self.today
            });
            if let Some(idle) = idle {
                self.households.at_mut(idle).leaving = true;
                self.resign_if_empty(idle);
                return None;
            }
        }
        Some(self.dice.weighted(&fitting, first))
    }

    /// The district that a municipality lies in.
    fn district(&self, home: usize) -> Option<&String> {
        self.region.municipalities.get(home).and_then(|town| town.parent.as_ref())
    }

    /// A foster family found for a group that no other has room for.
    fn made_for(&mut self, group: Ix) -> Ix {
        let (home, size) = (self.groups.at(group).home, self.groups.at(group).children.len());
        let family = self.new_foster_family(Some(home));
        let household = self.households.at_mut(family);
        (household.max, household.age_min, household.age_max) = (size.clamp(1, 3), 0, 17);
        (household.disability, household.emergency) = (true, true);
        family
    }

    pub(super) fn move_in(&mut self, group: Ix, stay: Stay) {
        let children = self.groups.at(group).children.clone();
        match stay.with {
            With::Family(family) => self.households.at_mut(family).living.extend(children),
            With::Facility(home, unit) => {
                self.institutional.extend(&children);
                let living = &mut self.homes.at_mut(home).living;
                living.extend(children.into_iter().map(|child| (child, unit)));
            }
            With::OwnDwelling => {}
        }
        self.groups.at_mut(group).stay = Some(stay);
    }

    /// These leave where they live.
    pub(super) fn move_out(&mut self, children: &[Ix], with: With) {
        match with {
            With::Family(family) => {
                self.households.at_mut(family).living.retain(|child| !children.contains(child));
                self.resign_if_empty(family);
            }
            With::Facility(home, _) => {
                self.homes.at_mut(home).living.retain(|(child, _)| !children.contains(child));
            }
            With::OwnDwelling => {}
        }
    }

    /// What comes next is due some time after the beginning of a stay.
    pub(super) fn expect(&mut self, group: Ix) {
        let progress = self.progress();
        let young = self.youngest(group);
        let Group { stay, count, children, .. } = self.groups.at(group);
        let (Some(stay), count, children) = (*stay, *count, children.clone()) else { return };
        let residential = matches!(stay.with, With::Facility(..));
        let days = match stay.care_type {
            "foster_emergency" => self.dice.number(8, 40),
            "emergency_shelter" => self.dice.number(10, 70),
            "foster_short_term" => self.dice.number(90, 420),
            "pre_adoptive" => return,
            "kinship_formal" => 400 + self.dice.wait(9000.0),
            _ if residential && young < 3 && progress > 0.7 => self.dice.number(15, 60),
            _ if residential => 60 + self.dice.wait(700.0),
            _ => 60 + self.dice.wait(900.0),
        };
        self.when(after(self.today, days), Due::Change(group, count));
        for child in children {
            if days > 90 && self.dice.chance(0.09) {
                let start = self.dice.number(20, days - 30);
                let long = self.dice.number(2, 12);
                self.when(after(self.today, start + long), Due::Away(child, count, long));
            }
            if self.dice.chance(0.013) && age_on(self.people.at(child).born, self.today) >= 9 {
                let start = self.dice.number(5, days.max(6));
                self.when(after(self.today, start), Due::Missing(child, count));
            }
        }
    }

    /// The first stay of a group that comes into care.
    pub(super) fn enter(&mut self, group: Ix, stay: Stay) {
        let children = self.groups.at(group).children.clone();
        let entry = self.entry(&stay);
        self.stock += children.len();
        let of = self.groups.at_mut(group);
        (of.entered, of.entry) = (stay.from, Some(entry));
        self.note(Step::Enter(children.clone(), stay, entry));
        for child in &children {
            self.statuses(*child, stay.from, entry.emergency, group);
            let of_age = crate::platform::time::birthday(self.people.at(*child).born, 18);
            self.when(of_age, Due::OfAge(*child));
        }
        self.move_in(group, stay);
        // Relatives take a child for good.
        let briefly = if stay.care_type == "kinship_formal" { 0.03 } else { 0.15 };
        let long = if self.dice.chance(briefly) {
            self.dice.wait(200.0)
        } else {
            self.dice.wait(20.0 * 365.0)
        };
        let period = self.groups.at(group).period;
        self.when(after(self.today, 15 + long), Due::Exit(group, period));
        self.expect(group);
    }
}
