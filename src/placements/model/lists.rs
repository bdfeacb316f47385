//! Placements and care periods with the lists under them.
use super::{CarePeriod, Placement, TemporaryAbsence};
use crate::included;

included! {
    /// A placement with what is asked for of the lists under it.
    pub struct PlacementWithLists of Placement, asked by PlacementInclude {
        /// The temporary absences from it, by first day; with `as_of` those that had begun.
        Absences: absences = "absences" of TemporaryAbsence,
    }
}

included! {
    /// A care period with what is asked for of the lists under it.
    pub struct CarePeriodWithLists of CarePeriod, asked by CarePeriodInclude {
        /// The placements that fill it, by first day; with `as_of` those that had begun.
        Placements: placements = "placements" of Placement,
    }
}
