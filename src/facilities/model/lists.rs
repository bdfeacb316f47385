//! The facility with the lists under it.
use super::{Facility, Inspection, StaffSnapshot};
use crate::included;

included! {
    /// A facility with what is asked for of the lists under it.
    pub struct FacilityWithLists of Facility, asked by FacilityInclude {
        /// Its inspections, latest visit first; with `as_of` those until that day.
        Inspections: inspections = "inspections" of Inspection,
        /// Who works there, latest day first; with `as_of` until that day.
        StaffSnapshots: staff_snapshots = "staff_snapshots" of StaffSnapshot,
    }
}
