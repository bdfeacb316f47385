//! What a facility is, and what may be said about it.
mod capacity;
mod inspection;
mod lists;
mod occupancy;
mod requests;
mod staffing;
mod state;
mod terms;

use chrono::NaiveDate;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

pub use capacity::{
    AGE_BANDS, Capacity, CapacityRequest, Limit, NewUnit, Occupants, Overfull, PlacesBySex, Stay,
    Unit, UnitId, age_band,
};
pub use inspection::{FacilityInspectionPage, Inspection, InspectionId, NewInspection};
pub use lists::{FacilityInclude, FacilityWithLists};
pub use occupancy::{
    FacilityOccupancy, FacilityPage, FacilitySummary, ListedFacility, places_free,
};
pub use requests::{
    FacilityMeasure, FacilityPatch, FacilityRegistration, FacilityStepRequest, NewFacility,
    check_whole,
};
pub use staffing::{
    FacilityStaffSnapshotPage, NewStaffSnapshot, StaffRole, StaffShift, StaffSnapshot,
    StaffSnapshotId,
};
pub use state::{FacilityState, FacilityStep};
pub use terms::{AdmissionsStop, FacilityTerms, Registration, StatePeriod, WhyNot};

use crate::{
    platform::{
        error::{Error, Result},
        external_id::ExternalId,
        id::{Id, Kind},
        journal::Subject,
        time::within,
        version::Versioned,
    },
    record,
    reference::organisations::OrganisationId,
    text_enum,
};

pub type FacilityId = Id<Facility>;

text_enum! {
    /// Which children a facility takes, by sex.
    pub enum AcceptedSex {
        Any = "any",
        Female = "female",
        Male = "male",
    }
}

/// Which children a facility takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, validator::Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FacilityAccepts {
    /// Lowest age in whole years.
    #[validate(range(min = 0, max = 26))]
    #[schema(minimum = 0, maximum = 26, example = 7)]
    pub age_min: i32,
    /// Highest age in whole years.
    #[validate(range(min = 0, max = 26))]
    #[schema(minimum = 0, maximum = 26, example = 17)]
    pub age_max: i32,
    /// Sex.
    pub sex: AcceptedSex,
    /// Whether it can care for children with disabilities.
    #[schema(example = true)]
    pub disability: bool,
    /// Whether it takes children in an emergency, day and night.
    #[schema(example = false)]
    pub emergency: bool,
    /// Whether it takes siblings together.
    #[schema(example = true)]
    pub siblings: bool,
}

/// The decision by which a new large institution or infant home was allowed, against UN Guidelines ¶23.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, validator::Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LargeFacilityException {
    /// Why it is needed all the same.
    #[validate(length(min = 30, max = 2000))]
    #[schema(
        min_length = 30,
        max_length = 2000,
        example = "Replaces the home destroyed by the flood of May until families are found."
    )]
    pub justification: String,
    /// Number of the national authority's decision.
    #[validate(length(min = 1, max = 64))]
    #[schema(min_length = 1, max_length = 64, example = "550-01-77/2026")]
    pub decision_no: String,
}

/// An institution or another place where children live or are helped.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct Facility {
    pub id: FacilityId,
    /// Its number in the registry, with a check digit.
    #[schema(example = "FA-2026-000012-46")]
    pub facility_no: String,
    /// Its numbers in other systems.
    #[serde(default)]
    pub external_ids: Vec<ExternalId>,
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
    /// Its address.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "Vojvode Tankosića 15, Niš")]
    pub address: Option<String>,
    /// Latitude in degrees (WGS 84).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = 43.3209)]
    pub lat: Option<f64>,
    /// Longitude in degrees (WGS 84).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = 21.8958)]
    pub lon: Option<f64>,
    /// The day on which it opened.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "1998-09-01")]
    pub opened_on: Option<NaiveDate>,
    /// First day on which it was closed.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2026-09-01")]
    pub closed_on: Option<NaiveDate>,
    /// Which children it takes.
    pub accepts: FacilityAccepts,
    /// What it is for and how it works (UN Guidelines ¶73).
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "A home for eight children who wait for a family.")]
    pub statement_of_purpose: Option<String>,
    /// The decision that allowed a new large institution or infant home.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub large_facility_exception: Option<LargeFacilityException>,
    /// Where its registration stands.
    #[schema(example = "registered")]
    pub state: FacilityState,
    /// Its states and their days, earliest first.
    pub states: Vec<StatePeriod>,
    /// Its registrations, earliest first.
    pub registrations: Vec<Registration>,
    /// Days on which it takes no more children by a decision taken beforehand, whatever its state allows,
    /// earliest first.
    #[serde(default)]
    pub admissions_stops: Vec<AdmissionsStop>,
    /// Its capacities, earliest first.
    pub capacities: Vec<Capacity>,
    /// Version of the record.
    #[schema(example = 1)]
    pub version: i64,
}

record!(Facility {
    name: "facility",
    id: "FacilityId",
    example: "0199a5b2-0040-7000-8000-000000000001",
});

impl Facility {
    /// Everything by which an admission is judged.
    #[must_use]
    pub fn terms(&self) -> FacilityTerms {
        FacilityTerms {
            states: self.states.clone(),
            registrations: self.registrations.clone(),
            stops: self.admissions_stops.clone(),
            capacities: self.capacities.clone(),
        }
    }

    /// The facility as it stood on that day: its state, and of what is dated only what held then.
    /// There was no such facility before its application.
    pub fn on(mut self, day: NaiveDate) -> Result<Self> {
        self.state = self.terms().state_on(day).ok_or(Error::NotFound(Self::NAME))?;
        self.closed_on = self.closed_on.filter(|closed| *closed <= day);
        self.external_ids.retain(|id| id.valid_on(day));
        self.states.retain(|period| period.covers(day));
        self.registrations.retain(|registration| registration.covers(day));
        self.admissions_stops.retain(|stop| stop.covers(day));
        self.capacities.retain(|capacity| within(day, capacity.valid_from, capacity.valid_to));
        Ok(self)
    }
}

/// The capacities of a facility, earliest first; it has the facility's entity tag.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, ToSchema)]
pub struct FacilityCapacity {
    /// The facility.
    pub facility_id: FacilityId,
    /// Its capacities, each with its days.
    pub versions: Vec<Capacity>,
    /// Version of the facility's record.
    #[schema(example = 1)]
    pub version: i64,
}

impl From<Facility> for FacilityCapacity {
    fn from(facility: Facility) -> Self {
        let Facility { id, capacities, version, .. } = facility;
        Self { facility_id: id, versions: capacities, version }
    }
}
impl Kind for FacilityCapacity {
    const NAME: &'static str = Facility::NAME;
    const ID_SCHEMA: &'static str = Facility::ID_SCHEMA;
    const EXAMPLE: &'static str = Facility::EXAMPLE;
}
impl Versioned for FacilityCapacity {
    fn version(&self) -> i64 {
        self.version
    }
}
impl Subject for FacilityCapacity {
    fn subject_id(&self) -> Uuid {
        self.facility_id.untyped()
    }
}
