//! Carer families: who they are, their way to approval, its renewal, its end.
use chrono::NaiveDate;

use super::{APPROVED_FOR, Due, FamilyStep, Household, Ix, Purpose, Step, World};
use crate::{
    platform::time::add_months,
    seed::dice::{after, whole},
};

/// Days before the approval on which the family asks, applies, is checked, is trained, and is heard.
const WAY: [i64; 5] = [250, 230, 190, 120, 30];
const KIN_WAY: [i64; 5] = [60, 55, 40, 25, 8];
/// Days of a year, and of the time for which an approval holds.
const YEAR: i64 = 365;
const APPROVED_DAYS: i64 = 3 * 365;
/// Share of families that have been approved for a year and were not reviewed in time.
const REVIEWED_LATE: f64 = 0.06;
const REVIEW_OUTCOMES: [(&str, i64); 3] =
    [("suitable", 80), ("support_needed", 17), ("change_terms", 3)];

impl World {
    /// A family on its way to an approval on that day.
    pub(super) fn household(
        &mut self,
        purpose: Purpose,
        home: usize,
        name: Option<&str>,
        approved_on: NaiveDate,
    ) -> Ix {
        let (address, people) = (self.address(), self.household_people(name, purpose, approved_on));
        let town = self.region.municipalities.get(home).cloned();
        let town = town.as_ref();
        let (lat, lon) = town.map_or((44.0, 21.0), |town| (town.lat, town.lon));
        let locality = town.map_or("", |town| town.name()).to_owned();
        let (lat, lon) = self.near(lat, lon);
        let anyone = purpose != Purpose::Foster;
        let (age_min, age_max) = if anyone {
            (0, 17)
        } else {
            self.dice
                .weighted(&[((0, 17), 62), ((0, 10), 16), ((3, 17), 12), ((7, 17), 10)], (0, 17))
        };
        let max = self.dice.weighted(&[(1, 35), (2, 40), (3, 25)], 2);
        let household = Household {
            purpose,
            home,
            area_code: town.map_or("RS", |town| &town.code).to_owned(),
            locality,
            address,
            lat,
            lon,
            people,
            max: if anyone { 3 } else { max },
            age_min,
            age_max,
            emergency: !anyone && self.dice.chance(0.3),
            disability: anyone || self.dice.chance(0.4),
            named: Vec::new(),
            approved: false,
            since: approved_on,
            until: approved_on,
            reserved: anyone,
            leaving: false,
            living: Vec::new(),
        };
        self.households.add(household)
    }

    /// The first steps of the way to an approval on that day.
    fn on_the_way(&mut self, family: Ix, approved_on: NaiveDate, steps: usize) {
        let kin = self.households.at(family).purpose == Purpose::Kin;
        let shift = self.dice.number(0, 5);
        let way = if kin { KIN_WAY } else { WAY };
        let make: [fn(NaiveDate) -> FamilyStep; 5] = [
            FamilyStep::Enquire,
            FamilyStep::Apply,
            FamilyStep::Check,
            FamilyStep::Train,
            FamilyStep::Panel,
        ];
        for (before, step) in way.into_iter().zip(make).take(steps) {
            let day = after(approved_on, -before - shift);
            self.note_on(day, Step::Family(family, step(day)));
        }
    }

    /// A family that is still on its way on the last day.
    pub(super) fn applicant(&mut self) {
        let home = self.town();
        let steps = usize::try_from(self.dice.number(1, 5)).unwrap_or(1);
        // It is where it is because its approval is still to come.
        let ahead = WAY.get(steps - 1).copied().unwrap_or(30);
        let hence = after(self.span.last, ahead - self.dice.number(1, 8));
        let family = self.household(Purpose::Foster, home, None, hence);
        self.households.at_mut(family).reserved = true;
        self.on_the_way(family, hence, steps);
    }

    fn address(&mut self) -> String {
        self.people_maker.words.street(&mut self.dice)
    }

    /// A home some kilometres from the town's middle, but not in it.
    pub(super) fn near(&mut self, lat: f64, lon: f64) -> (f64, f64) {
        let away =
            |shift: f64| if shift < 0.0 { shift * 0.06 - 0.004 } else { shift * 0.06 + 0.004 };
        let (north, east) = (away(self.dice.shift()), away(self.dice.shift()));
        let round = |degrees: f64| (degrees * 10_000.0).round() / 10_000.0;
        (round(lat + north), round(lon + east))
    }

    fn household_people(
        &mut self,
        name: Option<&str>,
        purpose: Purpose,
        day: NaiveDate,
    ) -> Vec<(String, String, NaiveDate, bool)> {
        let dice = &mut self.dice;
        let words = &self.people_maker.words;
        let family = name.map_or_else(|| words.family(dice), ToOwned::to_owned);
        let (young, old) = if purpose == Purpose::Kin { (40, 66) } else { (30, 56) };
        let years = dice.number(young, old);
        let mut people = Vec::new();
        let mut add = |dice: &mut crate::seed::dice::Dice, female: bool, years: i64, applicant| {
            let born = after(day, -years * 365 - dice.number(0, 364));
            people.push((words.given(dice, female), family.clone(), born, applicant));
        };
        add(dice, true, years, true);
        if dice.chance(0.6) {
            let shift = dice.number(-4, 8);
            add(dice, false, years + shift, true);
        }
        if dice.chance(0.35) {
            let (female, years) = (dice.chance(0.5), dice.number(3, 13));
            add(dice, female, years, false);
        }
        people
    }

    /// Approves a family from that day on, for as long as the law allows.
    pub(super) fn approve(&mut self, family: Ix, from: NaiveDate) {
        self.on_the_way(family, from, WAY.len());
        let until = add_months(from, APPROVED_FOR * 12);
        self.note_on(from, Step::Family(family, FamilyStep::Approve(from, from, until)));
        let household = self.households.at_mut(family);
        (household.approved, household.until) = (true, until);
        self.approved += 1;
        self.when(after(until, -20), Due::Renewal(family));
        if self.households.at(family).purpose == Purpose::Foster
            && !self.households.at(family).reserved
        {
            let stays = 3 * 365 + self.dice.wait(25.0 * 365.0);
            self.when(after(from, stays), Due::Farewell(family));
        }
    }

    /// The approval runs out soon: it is renewed, unless the family stops.
    pub(super) fn renew(&mut self, family: Ix) {
        let household = self.households.at(family);
        if !household.approved {
            return;
        }
        if household.leaving && household.reserved && household.purpose == Purpose::Foster {
            self.when(household.until, Due::Lapse(family));
            return;
        }
        let from = household.until;
        let until = add_months(from, APPROVED_FOR * 12);
        self.note(Step::Family(family, FamilyStep::Approve(self.today, from, until)));
        self.households.at_mut(family).until = until;
        self.when(after(until, -20), Due::Renewal(family));
    }

    /// The family wants to stop.
    pub(super) fn farewell(&mut self, family: Ix) {
        self.households.at_mut(family).leaving = true;
        if self.households.at(family).living.is_empty() && self.dice.chance(0.25) {
            // It takes no more children, and lets its approval run out.
            self.households.at_mut(family).reserved = true;
        } else {
            self.resign_if_empty(family);
        }
    }

    /// The approval has run out.
    pub(super) fn lapse(&mut self, family: Ix) {
        let until = self.households.at(family).until;
        self.note(Step::Family(family, FamilyStep::Expire(until)));
        self.households.at_mut(family).approved = false;
        self.approved -= 1;
    }

    /// A family that is to stop does so when nobody lives there.
    pub(super) fn resign_if_empty(&mut self, family: Ix) {
        let household = self.households.at(family);
        if household.leaving && household.approved && household.living.is_empty() {
            self.note(Step::Family(family, FamilyStep::Resign(self.today)));
            self.households.at_mut(family).approved = false;
            self.approved -= 1;
        }
    }

    /// The last reviews of families whose approval is older than a year.
    pub(super) fn carer_reviews(&mut self) -> Vec<(Ix, NaiveDate, &'static str)> {
        let last = self.span.last;
        let old = |household: &Household| {
            household.approved && after(household.until, -APPROVED_DAYS) < after(last, -YEAR)
        };
        let families = self.households.iter().filter(|(_, household)| old(household));
        let families: Vec<Ix> = families.map(|(family, _)| family).collect();
        let reviewed = |family| {
            let outcome = self.dice.weighted(&REVIEW_OUTCOMES, "suitable");
            let on_time = !self.dice.chance(REVIEWED_LATE);
            on_time.then(|| (family, after(last, -self.dice.number(0, YEAR - 5)), outcome))
        };
        families.into_iter().filter_map(reviewed).collect()
    }

    /// New foster families, as many as there should be.
    pub(super) fn recruit(&mut self) {
        let lack = self.wanted_families().saturating_sub(self.approved);
        // Relatives make up for a part of it while the month goes on.
        for _ in 0..whole(super::float(lack) * 0.8) {
            self.new_foster_family(None);
        }
    }

    pub(super) fn new_foster_family(&mut self, home: Option<usize>) -> Ix {
        let home = home.unwrap_or_else(|| self.town());
        let family = self.household(Purpose::Foster, home, None, self.today);
        self.approve(family, self.today);
        family
    }

    /// A family made for these children: their relatives, or those who adopt them.
    pub(super) fn own_family(&mut self, group: Ix, purpose: Purpose) -> Ix {
        let (children, home) = {
            let group = self.groups.at(group);
            (group.children.clone(), group.home)
        };
        let name = children
            .first()
            .filter(|_| purpose == Purpose::Kin)
            .map(|child| self.people.at(*child).family.clone());
        let family = self.household(purpose, home, name.as_deref(), self.today);
        let household = self.households.at_mut(family);
        household.max = children.len().clamp(1, 3);
        household.named = children;
        household.leaving = true;
        self.approve(family, self.today);
        family
    }
}
