//! How a client of each role must stand to a person, or to a record of nobody, and what that opens.
use crate::platform::reach::Relation::{self, Everywhere, InArea, LivesWith, OfOrganisation};

/// All that is kept about a person, except what is sealed.
const WHOLE: &[&str] = &["personal", "identifying"];
/// Without what would lead to the person's door.
const PERSONAL: &[&str] = &["personal"];

/// What only a named few may know.
const SEALED: &[&str] = &["sealed"];

/// A role, a kind of persons, how a client of the role must stand to a person, and what that opens.
pub const TIES: &[(&str, &str, Relation, &[&str])] = &[
    ("case_worker", "child", OfOrganisation, WHOLE),
    ("case_worker", "family", OfOrganisation, WHOLE),
    ("case_worker", "carer_family", OfOrganisation, WHOLE),
    // For whom there is a place may live elsewhere.
    ("case_worker", "carer_family", Everywhere, PERSONAL),
    ("supervisor", "child", OfOrganisation, WHOLE),
    ("supervisor", "family", OfOrganisation, WHOLE),
    ("supervisor", "carer_family", OfOrganisation, WHOLE),
    ("supervisor", "carer_family", Everywhere, PERSONAL),
    ("facility_officer", "child", LivesWith, PERSONAL),
    ("carer_support_officer", "carer_family", OfOrganisation, WHOLE),
    ("regional_authority", "child", InArea, WHOLE),
    ("regional_authority", "family", InArea, WHOLE),
    ("regional_authority", "carer_family", InArea, WHOLE),
    ("regional_authority", "carer_family", Everywhere, PERSONAL),
    ("national_authority", "child", Everywhere, WHOLE),
    ("national_authority", "family", Everywhere, WHOLE),
    ("national_authority", "carer_family", Everywhere, WHOLE),
    ("central_adoption_authority", "carer_family", Everywhere, WHOLE),
    // The link between two children's records, and neither record.
    ("central_adoption_authority", "adoption_link", Everywhere, SEALED),
    // They read the access log, which names persons and tells nothing else of them.
    ("auditor", "child", Everywhere, PERSONAL),
    ("auditor", "family", Everywhere, PERSONAL),
    ("auditor", "carer_family", Everywhere, PERSONAL),
    ("data_protection_officer", "child", Everywhere, PERSONAL),
    ("data_protection_officer", "family", Everywhere, PERSONAL),
    ("data_protection_officer", "carer_family", Everywhere, PERSONAL),
    ("sync_client", "child", InArea, WHOLE),
    ("sync_client", "family", InArea, WHOLE),
    ("sync_client", "carer_family", InArea, WHOLE),
    ("sync_client", "carer_family", Everywhere, PERSONAL),
];

/// Where clients of a role may change, or see, what belongs to nobody, such as a facility: the permission for it, the
/// kind of records, and how the client must stand to one. Everybody may read them, but not what is said of them.
pub const PLACES: &[(&str, &str, &str, Relation)] = &[
    ("regional_authority", "facilities:manage", "facility", InArea),
    ("regional_authority", "facilities:manage", "facility", OfOrganisation),
    ("national_authority", "facilities:manage", "facility", Everywhere),
    ("facility_officer", "facilities:staff", "facility", OfOrganisation),
    ("facility_officer", "facility_incidents:report", "facility", OfOrganisation),
    ("regional_authority", "facilities:staff", "facility", InArea),
    ("regional_authority", "facilities:staff", "facility", OfOrganisation),
    ("national_authority", "facilities:staff", "facility", Everywhere),
    // Each client has consumers of its own; somebody sees to it that none falls behind.
    ("national_authority", "consumers:read", "consumer", Everywhere),
    ("national_authority", "consumers:manage", "consumer", Everywhere),
    ("inspector", "facilities:staff", "facility", Everywhere),
    ("sync_client", "facilities:staff", "facility", InArea),
    ("sync_client", "facilities:staff", "facility", OfOrganisation),
    ("regional_authority", "transformation_plans:manage", "facility", InArea),
    ("regional_authority", "transformation_plans:manage", "facility", OfOrganisation),
    ("national_authority", "transformation_plans:manage", "facility", Everywhere),
    ("national_authority", "transformation_plans:approve", "facility", Everywhere),
    ("regional_authority", "closures:simulate", "facility", InArea),
    ("regional_authority", "closures:simulate", "facility", OfOrganisation),
    ("national_authority", "closures:simulate", "facility", Everywhere),
    ("sync_client", "facilities:manage", "facility", InArea),
    ("sync_client", "facilities:manage", "facility", OfOrganisation),
    ("case_worker", "facility_complaints:record", "facility", Everywhere),
    ("supervisor", "facility_complaints:record", "facility", Everywhere),
    ("regional_authority", "facility_complaints:record", "facility", Everywhere),
    ("national_authority", "facility_complaints:record", "facility", Everywhere),
    ("inspector", "facility_complaints:record", "facility", Everywhere),
    ("sync_client", "facility_complaints:record", "facility", Everywhere),
    // Not by whose the facility is: whoever runs one does not read who complains about it.
    ("case_worker", "facility_complaints:read", "facility", InArea),
    ("supervisor", "facility_complaints:read", "facility", InArea),
    ("regional_authority", "facility_complaints:read", "facility", InArea),
    ("national_authority", "facility_complaints:read", "facility", Everywhere),
    ("inspector", "facility_complaints:read", "facility", Everywhere),
    ("sync_client", "facility_complaints:read", "facility", InArea),
    ("regional_authority", "facility_complaints:resolve", "facility", InArea),
    ("national_authority", "facility_complaints:resolve", "facility", Everywhere),
    ("inspector", "facility_complaints:resolve", "facility", Everywhere),
    ("case_worker", "alerts:acknowledge", "facility", OfOrganisation),
    ("supervisor", "alerts:acknowledge", "facility", OfOrganisation),
    ("regional_authority", "alerts:acknowledge", "facility", InArea),
    ("national_authority", "alerts:acknowledge", "facility", Everywhere),
];
