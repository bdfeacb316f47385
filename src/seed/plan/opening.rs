//! The first day: what the registry takes over from the files before it.
use super::{Region, Status, Step, World};
use crate::{
    children::LegalAxis,
    platform::time::birthday,
    seed::{
        anchors::{ALL, Anchor, FOSTERED_FOR, HOME_FOR},
        dice::{after, whole},
        plan::{Entry, Exit, Group, Purpose, Stay, With},
    },
};

impl Region {
    /// The place of a municipality.
    pub fn town(&self, code: &str) -> Option<usize> {
        self.municipalities.iter().position(|town| town.code == code)
    }
}

impl World {
    /// Facilities, families and the children who are in care on the first day.
    pub(super) fn begin(&mut self) {
        self.found_facilities();
        for anchor in ALL {
            if let Some(home) = self.region.town(anchor.area_code) {
                self.anchor(&anchor, home);
            }
        }
        let wanted = self.wanted_families();
        while self.approved < wanted {
            self.take_over_family();
        }
        // Something above, so that the day after is not the first one without a free place.
        while self.stock < self.region.children {
            self.take_over_children();
        }
    }

    /// A family that was approved before the registry began.
    fn take_over_family(&mut self) {
        let home = self.town();
        let since = after(self.today, -self.dice.number(20, 1000));
        let family = self.household(Purpose::Foster, home, None, since);
        self.approve(family, since);
    }

    /// Children who came into care before the registry began, and still are.
    fn take_over_children(&mut self) {
        let group = self.new_group(true, self.region.children - self.stock);
        self.groups.at_mut(group).entered = self.today;
        let Some(mut stay) = self.find_place(group, None) else { return };
        let earliest = self.earliest(stay.with).max(self.old_enough(group, stay.with));
        let span = self.today.signed_duration_since(earliest).num_days();
        let lived = self.dice.number(0, span.max(0));
        stay.from = after(self.today, -lived).max(earliest).min(self.today);
        stay.expected_end = stay.expected_end.map(|_| after(stay.from, 400));
        stay.exception = None;
        self.enter(group, stay);
    }

    /// The first day on which somebody may live there.
    fn earliest(&self, with: With) -> chrono::NaiveDate {
        let day = match with {
            With::Family(family) => self.households.at(family).since,
            With::Facility(..) => after(self.span.first, -1200),
            With::OwnDwelling => after(self.span.first, -200),
        };
        // Codes and parameters hold from the year 2000 on.
        day.max(chrono::NaiveDate::from_ymd_opt(2000, 1, 10).unwrap_or(day))
    }

    /// The day from which the youngest is old enough for the place.
    fn old_enough(&self, group: usize, with: With) -> chrono::NaiveDate {
        let years = match with {
            With::Family(family) => self.households.at(family).age_min,
            With::Facility(home, _) => self.homes.at(home).age_min,
            With::OwnDwelling => 16,
        };
        let born = self.groups.at(group).children.iter().map(|child| self.people.at(*child).born);
        let youngest = born.max().unwrap_or(self.today);
        birthday(youngest, u32::try_from(years).unwrap_or(0))
    }

    /// People whom every walk through the country meets: see [`crate::seed::anchors`].
    fn anchor(&mut self, anchor: &Anchor, home: usize) {
        let out = after(self.span.last, 1 - HOME_FOR);
        let into = after(out, -FOSTERED_FOR).max(after(self.span.first, 30));
        let approved = after(into, -40);
        let family = self.household(Purpose::Foster, home, Some(anchor.carers), approved);
        let carers = self.households.at_mut(family);
        (carers.lat, carers.lon, carers.max) = (anchor.lat, anchor.lon, 2);
        (carers.age_min, carers.age_max, carers.emergency) = (0, 17, true);
        anchor.locality.clone_into(&mut carers.locality);
        carers.reserved = true;
        self.approve(family, approved);
        let basis = "at_risk_of_separation";
        let kin = self.people_maker.kinship(&mut self.dice, home, anchor.area_code);
        let mut children = Vec::new();
        for look in anchor.looks() {
            let kin = kin.called(&look.family);
            let born = after(self.span.last, -look.age_in_days);
            let child = self.people_maker.person(&mut self.dice, &kin, &look, born, false, basis);
            let registered = if children.len() < 2 { after(into, -12) } else { after(out, 20) };
            children.push(self.add_person(child, registered));
        }
        children.truncate(2);
        if let [sister, brother] = children.as_slice() {
            self.note_on(after(into, -12), Step::Siblings(*sister, *brother));
        }
        self.anchored_stay(&children, family, into, out);
    }

    fn anchored_stay(
        &mut self,
        children: &[usize],
        family: usize,
        into: chrono::NaiveDate,
        out: chrono::NaiveDate,
    ) {
        let (care_type, kind) = ("foster_long_term", "medium");
        let stay = Stay {
            from: into,
            with: With::Family(family),
            care_type,
            kind,
            expected_end: None,
            exception: None,
        };
        let entry = Entry {
            reason: "parent_illness",
            other: Some("inadequate_housing"),
            route: "from_family",
            emergency: false,
        };
        self.note_on(into, Step::Enter(children.to_vec(), stay, entry));
        let axis = LegalAxis::CareAuthority;
        let status =
            Status { axis, status: "voluntary_agreement", from: into, to: None, by_court: false };
        for child in children {
            self.note_on(into, Step::Status(*child, status));
            let exit = Exit { on: out, reason: "reunified_planned", planned: true };
            self.note_on(out, Step::Leave(*child, exit));
            self.note_on(out, Step::EndStatus(*child, axis, out));
        }
    }

    /// A municipality, more often one with more children.
    pub(super) fn town(&mut self) -> usize {
        let all: i64 = self.region.municipalities.iter().map(|town| town.children).sum();
        let mut left = self.dice.number(0, all - 1);
        let found = self.region.municipalities.iter().position(|town| {
            left -= town.children;
            left < 0
        });
        found.unwrap_or(0)
    }

    /// A new group of children, as old as children are when they come into care.
    pub(super) fn new_group(&mut self, long_known: bool, most: usize) -> usize {
        let home = self.town();
        let code = self.region.municipalities.get(home).map_or("RS", |town| &town.code).to_owned();
        let kin = self.people_maker.kinship(&mut self.dice, home, &code);
        let size = self.dice.weighted(&[(1, 830), (2, 115), (3, 40), (4, 15)], 1).min(most);
        let mut age = super::People::age(&mut self.dice);
        if long_known {
            // Who is in care for some time already is older.
            age = (age + self.dice.number(0, 3000)).min(17 * 365);
        }
        let registered = after(self.today, -self.dice.number(1, 20));
        let mut children = Vec::new();
        for _ in 0..size {
            let born = after(self.today, -age);
            let person =
                self.people_maker.child(&mut self.dice, &kin, born, "without_parental_care");
            children.push(self.add_person(person, registered.max(after(born, 1)).min(self.today)));
            age = (age + self.dice.number(400, 1100)).min(17 * 365 + 200);
        }
        for (first, one) in children.iter().enumerate() {
            for other in children.iter().skip(first + 1) {
                self.note(Step::Siblings(*one, *other));
            }
        }
        self.add_group(children, home)
    }

    pub(super) fn add_group(&mut self, children: Vec<usize>, home: usize) -> usize {
        let group = Group {
            children: children.clone(),
            home,
            stay: None,
            entered: self.today,
            count: 0,
            period: 0,
            adopting: false,
            entry: None,
            home_since: None,
        };
        let group = self.groups.add(group);
        for child in children {
            if let Some(of) = self.of_child.get_mut(child) {
                *of = group;
            }
        }
        group
    }

    pub(super) fn add_person(&mut self, person: super::Person, day: chrono::NaiveDate) -> usize {
        let child = self.people.add(person);
        self.of_child.push(usize::MAX);
        self.note_on(day, Step::Register(child));
        child
    }

    /// Approved families that there should be now.
    pub(super) fn wanted_families(&self) -> usize {
        whole(super::float(self.region.families) * (0.45 + 0.55 * self.progress()))
    }
}
