//! Institutions: many and large when the history begins, fewer and smaller every year.
use super::{FacilityMeasure, Group, Home, Ix, Places, Step, Visit, World};
use crate::seed::dice::{after, float, whole};

/// A type, how many of a hundred facilities today are of it, places in the end and in the
/// beginning for each place that is needed in the end, youngest and oldest child.
struct Kind {
    facility_type: &'static str,
    share: usize,
    places: i64,
    growth: f64,
    ages: (i32, i32),
    disability: bool,
    emergency: bool,
    name: &'static str,
}

const KINDS: [Kind; 5] = [
    Kind {
        facility_type: "small_group_home",
        share: 44,
        places: 9,
        growth: 1.0,
        ages: (3, 20),
        disability: true,
        emergency: false,
        name: "Mala domska zajednica",
    },
    Kind {
        facility_type: "institution_disability",
        share: 20,
        places: 26,
        growth: 2.6,
        ages: (3, 25),
        disability: true,
        emergency: false,
        name: "Dom za decu sa smetnjama u razvoju",
    },
    Kind {
        facility_type: "institution_large",
        share: 12,
        places: 18,
        growth: 7.0,
        ages: (3, 20),
        disability: false,
        emergency: false,
        name: "Dom za decu i mlade",
    },
    Kind {
        facility_type: "emergency_shelter",
        share: 16,
        places: 10,
        growth: 1.2,
        ages: (3, 17),
        disability: false,
        emergency: true,
        name: "Prihvatilište za decu",
    },
    Kind {
        facility_type: "infant_home",
        share: 8,
        places: 8,
        growth: 9.0,
        ages: (0, 6),
        disability: true,
        emergency: true,
        name: "Centar za zaštitu odojčadi",
    },
];

impl World {
    /// All facilities exist from the first day; some of them close on the way.
    pub(super) fn found_facilities(&mut self) {
        let wanted = self.region.facilities;
        let extra = whole(float(wanted) * 0.25);
        let mut made: Vec<(usize, bool)> = Vec::new();
        for (place, kind) in KINDS.iter().enumerate() {
            let number = (wanted * kind.share).div_ceil(100);
            made.extend((0..number).map(|_| (place, false)));
        }
        made.truncate(wanted.max(1));
        while made.len() < wanted {
            made.push((0, false));
        }
        // Those that have been closed since were large.
        made.extend((0..extra).map(|turn| (if turn % 2 == 0 { 2 } else { 4 }, true)));
        for (kind, closing) in made {
            self.found(kind, closing);
        }
    }

    fn found(&mut self, kind: usize, closing: bool) {
        let Some(kind) = KINDS.get(kind) else { return };
        let (home, opened) = (self.town(), after(self.span.first, -self.dice.number(2500, 9000)));
        let town = self.region.municipalities.get(home);
        let (name, lat, lon) =
            town.map_or(("", 44.0, 21.0), |town| (town.name(), town.lat, town.lon));
        let word = self.dice.pick(&self.people_maker.words.facility_words).cloned();
        let name = format!("{} „{}“, {name}", kind.name, word.unwrap_or_default());
        let (lat, lon) = self.near(lat, lon);
        let part = 1.0 - self.progress();
        // What the country needs of it follows from the children in care.
        let scale =
            (float(self.region.children) / float(self.region.facilities.max(1)) / 100.0).min(1.4);
        let places = float(usize::try_from(kind.places + self.dice.number(-2, 3)).unwrap_or(6));
        let total = whole(places * (1.0 + (kind.growth - 1.0) * part) * scale.max(0.6)).max(4);
        let units = if total >= 24 { split(total) } else { Vec::new() };
        let by_sex = kind.facility_type == "institution_large" && self.dice.chance(0.5);
        let limit = by_sex.then(|| whole(float(total) * 0.65));
        let from = after(self.span.first, -1500);
        let over_two_only = kind.facility_type == "small_group_home";
        let first = Places { from, total, units, female: limit, male: limit, over_two_only };
        let address = self.people_maker.words.street(&mut self.dice);
        let facility = self.homes.add(Home {
            name,
            facility_type: kind.facility_type,
            home,
            address,
            lat,
            lon,
            opened,
            disability: kind.disability,
            emergency: kind.emergency,
            age_min: kind.ages.0,
            age_max: kind.ages.1,
            places: first.clone(),
            first,
            open: true,
            closing: false,
            closed: false,
            living: Vec::new(),
        });
        self.note(Step::OpenFacility(facility));
        if closing {
            self.homes.at_mut(facility).closing = true;
        }
    }

    /// Each January facilities are visited, and made smaller where nobody needs the room.
    pub(super) fn new_year(&mut self) {
        for facility in 0..self.homes.len() {
            if self.homes.at(facility).closed {
                continue;
            }
            let living = i32::try_from(self.homes.at(facility).living.len()).unwrap_or(0);
            let visit = Visit {
                announced: self.dice.chance(0.3),
                spoken_to: living.min(9),
                good: self.dice.chance(0.8),
            };
            self.note(Step::Inspect(facility, visit));
            self.staff(facility);
            self.shrink(facility);
        }
    }

    fn shrink(&mut self, facility: Ix) {
        let progress = self.progress();
        let home = self.homes.at(facility);
        let Some(kind) = KINDS.iter().find(|kind| kind.facility_type == home.facility_type) else {
            return;
        };
        let part = (1.0 + (kind.growth - 1.0) * (1.0 - progress)) / kind.growth;
        let target = whole(float(home.first.total) * part).max(home.living.len()).max(4);
        if target + 1 >= home.places.total {
            return;
        }
        let mut places = home.places.clone();
        places.from = self.today;
        let used = |unit: usize| home.living.iter().any(|(_, lives)| *lives == Some(unit));
        if places.units.is_empty() {
            places.total = target;
        } else {
            // A unit is closed when nobody lives in it; the rest keep their places.
            let mut sum: usize = places.units.iter().map(|(_, places)| places).sum();
            places.units.retain(|(unit, beds)| {
                let goes = !used(*unit) && sum >= target + beds;
                sum -= if goes { *beds } else { 0 };
                !goes
            });
            places.total = sum;
        }
        let count = |female: bool| self.of_sex(home, female);
        let (girls, boys) = (count(true), count(false));
        let total = places.total;
        places.female = places.female.map(|_| whole(float(total) * 0.65).max(girls).min(total));
        places.male = places.male.map(|_| whole(float(total) * 0.65).max(boys).min(total));
        if places.total < home.places.total && places.total > 0 {
            self.homes.at_mut(facility).places = places.clone();
            self.note(Step::Capacity(facility, places));
        }
    }

    fn of_sex(&self, home: &Home, female: bool) -> usize {
        home.living.iter().filter(|(child, _)| self.people.at(*child).female == female).count()
    }

    /// Those that are to close take no more from their year on, and close when they are empty.
    pub(super) fn close_facilities(&mut self) {
        for facility in 0..self.homes.len() {
            let (closing, open, closed, empty) = {
                let home = self.homes.at(facility);
                (home.closing, home.open, home.closed, home.living.is_empty())
            };
            if !closing || closed {
                continue;
            }
            if open && self.dice.chance(self.progress() * 0.05) {
                self.homes.at_mut(facility).open = false;
                let measure = FacilityMeasure::BeginClosing(self.today);
                self.note(Step::Facility(facility, measure));
                self.hurry(facility);
            } else if !open && empty {
                self.homes.at_mut(facility).closed = true;
                self.note(Step::Facility(facility, FacilityMeasure::Close(self.today)));
            }
        }
    }

    /// A facility that may take nobody for the time being.
    pub(super) fn stop_admissions(&mut self) {
        let free = |home: &Home| home.open && !home.closing && !home.closed;
        let last = self.homes.iter().filter(|(_, home)| free(home)).map(|(place, _)| place).last();
        if let Some(facility) = last.filter(|facility| *facility > 0) {
            self.homes.at_mut(facility).open = false;
            let measure = FacilityMeasure::StopAdmissions(self.today);
            self.note(Step::Facility(facility, measure));
        }
    }

    /// Who lives in a facility that closes moves in the coming months.
    fn hurry(&mut self, facility: Ix) {
        let living: Vec<Ix> =
            self.homes.at(facility).living.iter().map(|(child, _)| *child).collect();
        for child in living {
            let group = self.group_of(child);
            let count = self.groups.at(group).count;
            let days = self.dice.number(10, 150);
            self.when(after(self.today, days), super::Due::Change(group, count));
        }
    }

    /// The place in a facility that these could have: its unit, if it has units.
    #[expect(clippy::option_option, reason = "no room, room in the house, or room in a unit")]
    pub(super) fn room_in(&self, home: &Home, group: &Group) -> Option<Option<usize>> {
        let size = group.children.len();
        let comes = |female: bool| {
            group.children.iter().filter(|child| self.people.at(**child).female == female).count()
        };
        let fits = |limit: Option<usize>, female: bool| {
            limit.is_none_or(|limit| self.of_sex(home, female) + comes(female) <= limit)
        };
        let places = &home.places;
        if !home.open
            || home.living.len() + size > places.total
            || !fits(places.female, true)
            || !fits(places.male, false)
        {
            return None;
        }
        if places.units.is_empty() {
            return Some(None);
        }
        let lives = |unit: usize| home.living.iter().filter(|(_, of)| *of == Some(unit)).count();
        let unit = places.units.iter().find(|(unit, beds)| lives(*unit) + size <= *beds);
        unit.map(|(unit, _)| Some(*unit))
    }
}

/// Units of eight to twelve places.
fn split(total: usize) -> Vec<(usize, usize)> {
    let number = total.div_ceil(12);
    (0..number).map(|unit| (unit, total / number + usize::from(unit < total % number))).collect()
}
