//! How many children a facility may take, how many live there, and how the two compare.
use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::platform::{
    error::{Error, Fault, Result},
    id::{Id, Kind},
    time::{age_on, within},
};

/// The age bands of capacities and occupancy.
pub const AGE_BANDS: [&str; 5] = ["0-2", "3-6", "7-14", "15-17", "18+"];

/// The age band of somebody of that age in whole years.
#[must_use]
pub const fn age_band(age: i32) -> &'static str {
    match age {
        ..=2 => "0-2",
        3..=6 => "3-6",
        7..=14 => "7-14",
        15..=17 => "15-17",
        18.. => "18+",
    }
}

pub type UnitId = Id<Unit>;

/// A small-group unit of a facility, with places of its own.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = FacilityUnit)]
pub struct Unit {
    pub id: UnitId,
    /// Its name.
    #[schema(example = "House by the orchard")]
    pub name: String,
    /// Its places.
    #[schema(example = 8)]
    pub places: i32,
}

impl Kind for Unit {
    const NAME: &'static str = "facility_unit";
    const ID_SCHEMA: &'static str = "FacilityUnitId";
    const EXAMPLE: &'static str = "0199a5b2-0041-7000-8000-000000000001";
}

/// Places by sex, where a facility separates them.
#[derive(
    Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema,
)]
#[serde(deny_unknown_fields)]
#[schema(as = FacilityPlacesBySex)]
pub struct PlacesBySex {
    /// Most girls.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[validate(range(min = 0, max = 2000))]
    #[schema(nullable = false, minimum = 0, maximum = 2000, example = 12)]
    pub female: Option<i32>,
    /// Most boys.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[validate(range(min = 0, max = 2000))]
    #[schema(nullable = false, minimum = 0, maximum = 2000, example = 12)]
    pub male: Option<i32>,
}

impl PlacesBySex {
    /// The limit for a code of the list `sex`; `None` where there is none.
    #[must_use]
    pub fn of(&self, sex: &str) -> Option<i32> {
        match sex {
            "female" => self.female,
            "male" => self.male,
            _ => None,
        }
    }
}

/// How many children a facility may take from one day until another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(as = FacilityCapacityVersion)]
pub struct Capacity {
    /// First day on which it holds.
    #[schema(example = "2024-01-01")]
    pub valid_from: NaiveDate,
    /// First day on which it holds no longer.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2026-01-01")]
    pub valid_to: Option<NaiveDate>,
    /// Most children in all.
    #[schema(example = 24)]
    pub total: i32,
    /// Most children of an age band, where that is limited: `0-2`, `3-6`, `7-14`, `15-17`, `18+`.
    #[schema(example = json!({"0-2": 4, "3-6": 8}))]
    pub by_age_band: BTreeMap<String, i32>,
    /// Most girls and most boys, where that is limited.
    pub by_sex: PlacesBySex,
    /// Its units; none if the facility is one household.
    pub units: Vec<Unit>,
}

/// A unit in a new capacity.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewFacilityUnit)]
pub struct NewUnit {
    /// The unit, if the facility has it already; left out for a new one.
    #[serde(default)]
    #[schema(nullable = false)]
    pub id: Option<UnitId>,
    /// Its name.
    #[validate(length(min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100, example = "House by the orchard")]
    pub name: String,
    /// Its places.
    #[validate(range(min = 0, max = 2000))]
    #[schema(minimum = 0, maximum = 2000, example = 8)]
    pub places: i32,
}

/// A capacity to be set from a day on.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = NewFacilityCapacity)]
pub struct CapacityRequest {
    /// First day on which it holds: it replaces a capacity that begins on the same day, and holds
    /// until the next one that is set already.
    #[schema(example = "2024-01-01")]
    pub valid_from: NaiveDate,
    /// Most children in all.
    #[validate(range(min = 0, max = 2000))]
    #[schema(minimum = 0, maximum = 2000, example = 24)]
    pub total: i32,
    /// Most children of an age band, where that is limited: `0-2`, `3-6`, `7-14`, `15-17`, `18+`.
    #[serde(default)]
    #[schema(example = json!({"0-2": 4, "3-6": 8}))]
    pub by_age_band: BTreeMap<String, i32>,
    /// Most girls and most boys, where that is limited.
    #[serde(default)]
    #[validate(nested)]
    pub by_sex: PlacesBySex,
    /// Its units. One that is left out is closed from that day on.
    #[serde(default)]
    #[validate(nested, length(max = 100))]
    #[schema(max_items = 100)]
    pub units: Vec<NewUnit>,
}

impl CapacityRequest {
    /// Refuses parts that do not fit into the whole: each band, sex and unit by itself, and the
    /// units together.
    pub fn check(&self) -> Result<()> {
        let mut faults = Vec::new();
        let mut fits = |pointer: String, places: i32| {
            if !(0..=self.total).contains(&places) {
                faults.push(Fault::new(pointer, "above_total", "must be 0 to the total"));
            }
        };
        for (band, places) in &self.by_age_band {
            fits(format!("/by_age_band/{band}"), *places);
        }
        for (sex, places) in [("female", self.by_sex.female), ("male", self.by_sex.male)] {
            fits(format!("/by_sex/{sex}"), places.unwrap_or_default());
        }
        for (index, unit) in self.units.iter().enumerate() {
            fits(format!("/units/{index}/places"), unit.places);
        }
        let in_units: i64 = self.units.iter().map(|unit| i64::from(unit.places)).sum();
        if in_units > i64::from(self.total) {
            let detail = "the units have more places together than the facility";
            faults.push(Fault::new("/units", "above_total", detail));
        }
        for band in self.by_age_band.keys().filter(|band| !AGE_BANDS.contains(&band.as_str())) {
            let pointer = format!("/by_age_band/{}", band.replace('~', "~0").replace('/', "~1"));
            faults.push(Fault::new(pointer, "unknown_member", "is no age band"));
        }
        self.check_units(&mut faults);
        if faults.is_empty() { Ok(()) } else { Err(Error::Invalid(faults)) }
    }

    fn check_units(&self, faults: &mut Vec<Fault>) {
        for (index, unit) in self.units.iter().enumerate() {
            let before = self.units.iter().take(index);
            let twice = |other: &NewUnit| {
                other.name == unit.name || (unit.id.is_some() && other.id == unit.id)
            };
            if before.into_iter().any(twice) {
                faults.push(Fault::new(format!("/units/{index}"), "duplicate", "is there twice"));
            }
        }
    }
}

/// A limit of a capacity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Limit {
    /// All children.
    Total,
    /// Those of an age band.
    AgeBand(&'static str),
    /// Those of a sex.
    Sex(&'static str),
    /// Those of a unit.
    Unit(UnitId),
}

/// A limit that more children would be under than it allows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Overfull {
    pub limit: Limit,
    pub capacity: i32,
    pub occupied: i32,
}

impl Capacity {
    /// The first limit that these children exceed: in all, by age band, by sex, by unit.
    #[must_use]
    pub fn exceeded_by(&self, occupants: &Occupants) -> Option<Overfull> {
        let total = std::iter::once((Limit::Total, self.total, occupants.total));
        let bands = AGE_BANDS.into_iter().filter_map(|band| {
            let capacity = self.by_age_band.get(band)?;
            Some((Limit::AgeBand(band), *capacity, *occupants.by_age_band.get(band)?))
        });
        let sexes = ["female", "male"].into_iter().filter_map(|sex| {
            Some((Limit::Sex(sex), self.by_sex.of(sex)?, *occupants.by_sex.get(sex)?))
        });
        let units = occupants.by_unit.iter().map(|(id, occupied)| {
            let unit = self.units.iter().find(|unit| unit.id == *id);
            (Limit::Unit(*id), unit.map_or(0, |unit| unit.places), *occupied)
        });
        total
            .chain(bands)
            .chain(sexes)
            .chain(units)
            .find(|(_, capacity, occupied)| occupied > capacity)
            .map(|(limit, capacity, occupied)| Overfull { limit, capacity, occupied })
    }
}

/// A child's stay in a facility, as far as capacity asks.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stay {
    /// The unit, if the child lives in one.
    pub unit_id: Option<UnitId>,
    /// A code of the list `sex`.
    pub sex: String,
    /// Absent where it is not known; such a child counts in no age band.
    pub birth_date: Option<NaiveDate>,
    /// First day.
    pub started_on: NaiveDate,
    /// First day no longer there.
    pub ended_on: Option<NaiveDate>,
}

/// Who lives in a facility on a day, counted.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Occupants {
    pub total: i32,
    pub by_age_band: BTreeMap<&'static str, i32>,
    pub by_sex: BTreeMap<String, i32>,
    pub by_unit: BTreeMap<UnitId, i32>,
}

impl Occupants {
    /// Counts the stays that include the day.
    pub fn on<'a>(day: NaiveDate, stays: impl IntoIterator<Item = &'a Stay>) -> Self {
        let mut counted = Self::default();
        for stay in stays.into_iter().filter(|stay| within(day, stay.started_on, stay.ended_on)) {
            counted.add(stay, day);
        }
        counted
    }

    /// Counts one more child.
    pub fn add(&mut self, stay: &Stay, day: NaiveDate) {
        self.total += 1;
        *self.by_sex.entry(stay.sex.clone()).or_default() += 1;
        if let Some(birth) = stay.birth_date {
            *self.by_age_band.entry(age_band(age_on(birth, day))).or_default() += 1;
        }
        if let Some(unit) = stay.unit_id {
            *self.by_unit.entry(unit).or_default() += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn capacity(total: i32) -> Capacity {
        Capacity {
            valid_from: day("2024-01-01"),
            valid_to: None,
            total,
            by_age_band: BTreeMap::new(),
            by_sex: PlacesBySex::default(),
            units: Vec::new(),
        }
    }

    fn stay(sex: &str, born: &str, unit: Option<UnitId>) -> Stay {
        Stay {
            unit_id: unit,
            sex: sex.to_owned(),
            birth_date: Some(day(born)),
            started_on: day("2024-02-01"),
            ended_on: Some(day("2025-02-01")),
        }
    }

    #[test]
    fn ages_have_bands() {
        let bands: Vec<&str> =
            [-1, 0, 2, 3, 6, 7, 14, 15, 17, 18, 40].into_iter().map(age_band).collect();
        assert_eq!(
            bands,
            ["0-2", "0-2", "0-2", "3-6", "3-6", "7-14", "7-14", "15-17", "15-17", "18+", "18+"]
        );
        assert!(bands.iter().all(|band| AGE_BANDS.contains(band)));
    }

    #[test]
    fn a_stay_counts_from_its_first_day_to_the_day_before_its_end() {
        let stays = [stay("female", "2021-06-01", None)];
        for (on, there) in
            [("2024-01-31", 0), ("2024-02-01", 1), ("2025-01-31", 1), ("2025-02-01", 0)]
        {
            assert_eq!(Occupants::on(day(on), &stays).total, there, "{on}");
        }
        let occupants = Occupants::on(day("2024-05-31"), &stays);
        assert_eq!(occupants.by_age_band, BTreeMap::from([("0-2", 1)]));
        let occupants = Occupants::on(day("2024-06-01"), &stays);
        assert_eq!(occupants.by_age_band, BTreeMap::from([("3-6", 1)]));
    }

    #[test]
    fn every_limit_is_judged() {
        let unit = UnitId::generate();
        let stays = [stay("female", "2020-01-01", Some(unit)), stay("male", "2010-01-01", None)];
        let occupants = Occupants::on(day("2024-03-01"), &stays);
        let in_unit = |places| vec![Unit { id: unit, name: "A".to_owned(), places }];
        let limit = |capacity: &Capacity| capacity.exceeded_by(&occupants).map(|over| over.limit);

        let roomy = Capacity { units: in_unit(1), ..capacity(2) };
        assert_eq!(limit(&roomy), None);
        assert_eq!(limit(&Capacity { total: 1, ..roomy.clone() }), Some(Limit::Total));
        let bands = BTreeMap::from([("7-14".to_owned(), 0), ("0-2".to_owned(), 0)]);
        let banded = Capacity { by_age_band: bands, ..roomy.clone() };
        assert_eq!(limit(&banded), Some(Limit::AgeBand("7-14")));
        let sexed = PlacesBySex { female: Some(0), male: None };
        assert_eq!(limit(&Capacity { by_sex: sexed, ..roomy }), Some(Limit::Sex("female")));
        assert_eq!(
            limit(&capacity(2)),
            Some(Limit::Unit(unit)),
            "a unit that is gone has no place"
        );
    }

    #[test]
    fn parts_must_fit_into_the_whole() {
        let unit = |name: &str, places| NewUnit { id: None, name: name.to_owned(), places };
        let good = CapacityRequest {
            valid_from: day("2024-01-01"),
            total: 10,
            by_age_band: BTreeMap::from([("0-2".to_owned(), 10), ("18+".to_owned(), 0)]),
            by_sex: PlacesBySex { female: Some(10), male: Some(10) },
            units: vec![unit("A", 4), unit("B", 6)],
        };
        assert!(good.check().is_ok());
        let pointers = |request: CapacityRequest| match request.check() {
            Err(Error::Invalid(faults)) => {
                faults.into_iter().map(|fault| fault.pointer).collect::<Vec<_>>()
            }
            _ => Vec::new(),
        };
        let units = vec![unit("A", 5), unit("A", 6)];
        assert_eq!(pointers(CapacityRequest { units, ..good.clone() }), ["/units", "/units/1"]);
        let by_sex = PlacesBySex { female: Some(11), male: None };
        assert_eq!(pointers(CapacityRequest { by_sex, ..good.clone() }), ["/by_sex/female"]);
        let by_age_band = BTreeMap::from([("0-2".to_owned(), 11), ("19-99".to_owned(), 1)]);
        assert_eq!(
            pointers(CapacityRequest { by_age_band, ..good }),
            ["/by_age_band/0-2", "/by_age_band/19-99"]
        );
    }
}
