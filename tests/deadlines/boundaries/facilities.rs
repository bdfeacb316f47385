//! The boundary table of what is asked of facilities: their staff, and their transformation.
use super::{About, Case, Notice, Warning, case};
use crate::deadlines::facts::{leaving, open_since, staffed, transformed};

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
        // Two live there, and one may.
        case(
            "FA-09",
            "2028-02-29",
            Warning,
            About::Facility(transformed(&[("2027-01-01", 2), ("2028-02-29", 1)], &[])),
            About::Facility(transformed(&[("2028-02-29", 2), ("2028-03-01", 1)], &[])),
        ),
        case(
            "FA-09",
            "2028-01-31",
            Notice,
            About::Facility(transformed(&[("2028-03-01", 0)], &[])),
            About::Facility(transformed(&[("2028-03-02", 0)], &[])),
        ),
        case(
            "FA-10",
            "2028-03-01",
            Warning,
            About::Facility(transformed(&[], &["2029-01-01", "2028-02-29"])),
            About::Facility(transformed(&[], &["2028-03-01", "2029-01-01"])),
        ),
        case(
            "FA-10",
            "2026-01-30",
            Notice,
            About::Facility(transformed(&[], &["2026-03-01"])),
            About::Facility(transformed(&[], &[])),
        ),
        case(
            "FA-11",
            "2027-03-01",
            Warning,
            About::Facility(leaving("2027-02-28")),
            About::Facility(leaving("2027-03-01")),
        ),
        case(
            "FA-11",
            "2027-01-29",
            Notice,
            About::Facility(leaving("2027-02-28")),
            About::Facility(leaving("2027-03-01")),
        ),
    ]
}
