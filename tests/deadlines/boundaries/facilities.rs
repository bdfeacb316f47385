//! The boundary table of what is asked of facilities: their staff.
use super::{About, Case, Notice, Warning, case};
use crate::deadlines::facts::{open_since, staffed};

pub(super) fn cases() -> Vec<Case> {
    vec![
        // Eight of ten are qualified, and five children to a carer may be.
        case(
            "FA-06",
            "2028-02-29",
            Warning,
            About::Facility(staffed("2028-02-29", 7, 5.0)),
            About::Facility(staffed("2028-02-29", 8, 5.0)),
        ),
        case(
            "FA-06",
            "2026-02-01",
            Warning,
            About::Facility(staffed("2026-02-01", 8, 5.01)),
            About::Facility(staffed("2026-02-01", 8, 5.0)),
        ),
        // Twelve months from 29 February.
        case(
            "FA-06",
            "2029-03-01",
            Notice,
            About::Facility(staffed("2028-02-29", 8, 5.0)),
            About::Facility(staffed("2028-03-01", 8, 5.0)),
        ),
        case(
            "FA-06",
            "2027-02-01",
            Notice,
            About::Facility(open_since("2026-01-31")),
            About::Facility(open_since("2026-02-01")),
        ),
    ]
}
