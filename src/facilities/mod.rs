//! Institutions: from the application for registration to the last day, how many children each may
//! take and how many live there.
//!
//! ```text
//! application ──inspect──▶ inspected ──register──▶ registered ◀──restore── ┬ conditions_imposed
//!                              ▲                    │  │  ▲               ├ admissions_stopped
//!                              │                    │  │  └─ register     ├ suspended
//!                              │                    │  └──── a measure ──▶┘    │ revoke
//!                              │                    │ expire                   ▼
//!                              ├──inspect────── expired ──register▶ …      revoked
//!                              └──inspect──────────────────────────────────────┘
//!
//! any of these but the first two ──begin_closing──▶ closing ──close──▶ closed
//! ```
//!
//! The measures are `impose_conditions`, `stop_admissions` and `suspend`; one may be followed by a
//! harder one. Under a measure a registration may expire as well. `register` renews the registration of
//! a facility that is registered, or under conditions or a stop of admissions, and leaves its state.
//!
//! What holds:
//! * A facility takes children on a day only if it is registered on that day (UN Guidelines ¶105), by
//!   its state and by the dates of its registration: `FA-01` here, `PL-11` and `PL-13` for placements.
//!   [`FacilityTerms::admits_on`] is the one judge of it, for any day, so that what is entered late is
//!   judged by what held then.
//! * States, registrations and capacities have a history without overlap; the database holds that too.
//! * How many children live there is counted from the placements and stored nowhere.
//! * A stop of admissions may be decided beforehand, for a day to come: [`AdmissionsStop`]. From that day
//!   on it says the same as the state of that name.
//! * Who works there is recorded as it was on a day; what was recorded stays, and of one day the last counts.
//! * A capacity is never set below the children who live there (`FA-02`). A facility begins to close, while
//!   children live there, by a transformation plan alone; and it does not close while a child lives there,
//!   or before everybody who lived there has an individual transition plan (`FA-05`).
//! * New large institutions and infant homes need the national authority's exception (`FA-04`,
//!   UN Guidelines ¶23).
//!
//! Whoever places a child takes the facility's row first ([`store::lock`]): that is what keeps two
//! placements from sharing the last place.
mod model;
mod routes;
pub mod store;

pub use model::{
    AcceptedSex, AdmissionsStop, Capacity, CapacityRequest, Facility, FacilityAccepts, FacilityId,
    FacilityMeasure, FacilityRegistration, FacilityState, FacilityStep, FacilityStepRequest,
    FacilityTerms, Inspection, InspectionId, LargeFacilityException, Limit, NewFacility,
    NewInspection, NewStaffSnapshot, NewUnit, Occupants, Overfull, PlacesBySex, Registration,
    StaffRole, StaffShift, StaffSnapshot, StaffSnapshotId, StatePeriod, Stay, Unit, UnitId, WhyNot,
    age_band,
};
pub use routes::routes;

/// Permissions of this domain.
pub mod permission {
    crate::permissions! {
        /// Read facilities, their capacity, occupancy, inspections and staff.
        ReadFacilities = "facilities:read";
        /// Enter applications, change facilities and set capacities.
        ManageFacilities = "facilities:manage";
        /// Decide about the registration of facilities.
        RegisterFacilities = "facilities:register";
        /// Record inspections.
        InspectFacilities = "facilities:inspect";
        /// Record who works in facilities.
        RecordFacilityStaff = "facilities:staff";
    }
}
