//! How full a facility is, as it is answered: counted from the placements, stored nowhere.
use std::collections::BTreeMap;

use chrono::NaiveDate;
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    AGE_BANDS, Facility, FacilityAccepts, FacilityId, FacilityState, Occupants, Stay, UnitId,
};
use crate::{listed, page_of, reference::organisations::OrganisationId};

/// Children in a unit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
#[schema(as = FacilityUnitOccupancy)]
pub struct UnitOccupancy {
    /// The unit.
    pub unit_id: UnitId,
    /// Its name.
    #[schema(example = "House by the orchard")]
    pub name: String,
    /// Its places.
    #[schema(example = 8)]
    pub places: i32,
    /// Children who live there.
    #[schema(example = 5)]
    pub living_there: i32,
    /// Places that are free.
    #[schema(example = 3)]
    pub places_free: i32,
}

/// How full a facility is on a day.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct FacilityOccupancy {
    /// The facility.
    pub facility_id: FacilityId,
    /// The day.
    #[schema(example = "2026-03-02")]
    pub as_of: NaiveDate,
    /// Whether it may take children on that day.
    #[schema(example = true)]
    pub admits: bool,
    /// Why not: `not_registered`, `expired`, `suspended`, `closed`, `admissions_stopped`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "admissions_stopped")]
    pub admits_not_because: Option<String>,
    /// Authorised places; absent if no capacity was set.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = 24)]
    pub places: Option<i32>,
    /// Children who live there.
    #[schema(example = 19)]
    pub living_there: i32,
    /// Places that are free and may be filled: none while it may take no children.
    #[schema(example = 5)]
    pub places_free: i32,
    /// Children who live there by age band.
    #[schema(example = json!({"0-2": 0, "3-6": 4, "7-14": 10, "15-17": 5, "18+": 0}))]
    pub by_age_band: BTreeMap<String, i32>,
    /// Children who live there by sex.
    #[schema(example = json!({"female": 9, "male": 10}))]
    pub by_sex: BTreeMap<String, i32>,
    /// Children who live there by unit.
    pub units: Vec<UnitOccupancy>,
}

/// Places that may be filled: none while the facility may take no children.
#[must_use]
pub fn places_free(places: Option<i32>, living_there: i32, admits: bool) -> i32 {
    if admits { places.unwrap_or_default().saturating_sub(living_there).max(0) } else { 0 }
}

impl FacilityOccupancy {
    /// Counts who lives in the facility on that day.
    #[must_use]
    pub fn of(facility: &Facility, stays: &[Stay], day: NaiveDate) -> Self {
        let terms = facility.terms();
        let there = Occupants::on(day, stays);
        let (capacity, refusal) = (terms.capacity_on(day), terms.admits_on(day).err());
        let places = capacity.map(|capacity| capacity.total);
        let mut by_sex: BTreeMap<String, i32> =
            ["female", "male"].map(|sex| (sex.to_owned(), 0)).into();
        by_sex.extend(there.by_sex.clone());
        let units = capacity.map(|capacity| capacity.units.as_slice()).unwrap_or_default();
        let units = units.iter().map(|unit| {
            let living_there = there.by_unit.get(&unit.id).copied().unwrap_or_default();
            UnitOccupancy {
                unit_id: unit.id,
                name: unit.name.clone(),
                places: unit.places,
                living_there,
                places_free: places_free(Some(unit.places), living_there, refusal.is_none()),
            }
        });
        let in_band = |band| there.by_age_band.get(band).copied().unwrap_or_default();
        Self {
            facility_id: facility.id,
            as_of: day,
            admits: refusal.is_none(),
            admits_not_because: refusal.map(|why| why.as_str().to_owned()),
            places,
            living_there: there.total,
            places_free: places_free(places, there.total, refusal.is_none()),
            by_age_band: AGE_BANDS
                .iter()
                .map(|band| ((*band).to_owned(), in_band(*band)))
                .collect(),
            by_sex,
            units: units.collect(),
        }
    }
}

/// A facility in a list, and how full it is today.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct FacilitySummary {
    pub id: FacilityId,
    /// Its number in the registry, with a check digit.
    #[schema(example = "FA-2026-000012-46")]
    pub facility_no: String,
    /// Its name.
    #[schema(example = "Children's Home Lipov Hlad")]
    pub name: String,
    /// Its type: a code of the list `facility_type`.
    #[schema(example = "small_group_home")]
    pub facility_type: String,
    /// Who owns it: a code of the list `ownership`.
    #[schema(example = "own_authority")]
    pub ownership: String,
    /// The organisation that runs it.
    pub operator_id: OrganisationId,
    /// Code of the area that it lies in.
    #[schema(example = "RS-20")]
    pub area_code: String,
    /// Latitude in degrees (WGS 84).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = 43.3209)]
    pub lat: Option<f64>,
    /// Longitude in degrees (WGS 84).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = 21.8958)]
    pub lon: Option<f64>,
    /// How far it is from `near`, in kilometres as the crow flies.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = 12.4)]
    pub distance_km: Option<f64>,
    /// Which children it takes.
    pub accepts: FacilityAccepts,
    /// Where its registration stands.
    #[schema(example = "registered")]
    pub state: FacilityState,
    /// Whether it may take children today.
    #[schema(example = true)]
    pub admits: bool,
    /// Authorised places today; absent if no capacity was set.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = 24)]
    pub places: Option<i32>,
    /// Children who live there today.
    #[schema(example = 19)]
    pub living_there: i32,
    /// Places that are free and may be filled today: none while it may take no children.
    #[schema(example = 5)]
    pub places_free: i32,
    /// Version of the facility's record.
    #[schema(example = 1)]
    pub version: i64,
}

listed!(
    "A facility in a list: its summary, in the full view with all members of its record.",
    ListedFacility,
    FacilitySummary,
    Facility
);

page_of!(
    /// Some facilities, in the order asked for.
    counted FacilityPage, ListedFacility
);
