//! What can be imported, and by which operations each kind of records is written.
//!
//! Every operation of the contract that makes a record by itself is here, or in the list of those that are not
//! that the test of this table holds: nothing is imported in another way than it is written alone.

/// A kind of records that can be imported.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Imported {
    /// As a line of a file names it.
    pub name: &'static str,
    /// The kind of the record that it makes.
    pub kind: &'static str,
    /// Where a new one is sent. `{of}` stands for the record under which it is listed.
    pub collection: &'static str,
    /// Where one is read, changed, and takes its steps.
    pub record: &'static str,
    /// Whether it can be changed by its members.
    pub changes: bool,
    /// The table of its numbers in other systems, and its column for the record, if it names them itself.
    pub numbers: Option<(&'static str, &'static str)>,
}

const fn kind(name: &'static str, collection: &'static str, record: &'static str) -> Imported {
    Imported { name, kind: name, collection, record, changes: false, numbers: None }
}

const fn changed(it: Imported) -> Imported {
    Imported { changes: true, ..it }
}

const fn numbered(it: Imported, table: &'static str, owner: &'static str) -> Imported {
    Imported { changes: true, numbers: Some((table, owner)), ..it }
}

const fn past(it: Imported, kind: &'static str) -> Imported {
    Imported { kind, ..it }
}

/// In the order of the contract.
pub const KINDS: &[Imported] = &[
    changed(kind("organisation", "/v1/organisations", "/v1/organisations/{id}")),
    numbered(kind("child", "/v1/children", "/v1/children/{id}"), "child_external_ids", "child_id"),
    kind(
        "legal_status",
        "/v1/children/{of}/legal-statuses",
        "/v1/children/{of}/legal-statuses/{id}",
    ),
    changed(kind("relation", "/v1/children/{of}/relations", "/v1/children/{of}/relations/{id}")),
    numbered(
        kind("carer_family", "/v1/carer-families", "/v1/carer-families/{id}"),
        "carer_external_ids",
        "carer_family_id",
    ),
    numbered(
        past(
            kind("past_carer_family", "/v1/past-carer-families", "/v1/carer-families/{id}"),
            "carer_family",
        ),
        "carer_external_ids",
        "carer_family_id",
    ),
    kind(
        "carer_approval",
        "/v1/carer-families/{of}/approvals",
        "/v1/carer-families/{of}/approvals/{id}",
    ),
    kind("carer_review", "/v1/carer-families/{of}/reviews", "/v1/carer-families/{of}/reviews/{id}"),
    numbered(
        kind("facility", "/v1/facilities", "/v1/facilities/{id}"),
        "facility_external_ids",
        "facility_id",
    ),
    kind(
        "facility_inspection",
        "/v1/facilities/{of}/inspections",
        "/v1/facilities/{of}/inspections/{id}",
    ),
    kind(
        "facility_staff_snapshot",
        "/v1/facilities/{of}/staff-snapshots",
        "/v1/facilities/{of}/staff-snapshots/{id}",
    ),
    changed(kind("family", "/v1/families", "/v1/families/{id}")),
    kind("placement", "/v1/placements", "/v1/placements/{id}"),
    kind("care_period", "/v1/care-periods", "/v1/care-periods/{id}"),
    kind("temporary_absence", "/v1/placements/{of}/absences", "/v1/placements/{of}/absences/{id}"),
    kind(
        "missing_episode",
        "/v1/children/{of}/missing-episodes",
        "/v1/children/{of}/missing-episodes/{id}",
    ),
    changed(kind("case", "/v1/cases", "/v1/cases/{id}")),
    kind("assessment", "/v1/children/{of}/assessments", "/v1/assessments/{id}"),
    past(
        kind("past_assessment", "/v1/children/{of}/past-assessments", "/v1/assessments/{id}"),
        "assessment",
    ),
    kind("care_plan", "/v1/children/{of}/care-plans", "/v1/care-plans/{id}"),
    kind("review", "/v1/children/{of}/reviews", "/v1/reviews/{id}"),
    kind("court_case", "/v1/children/{of}/court-cases", "/v1/court-cases/{id}"),
    kind("visit", "/v1/children/{of}/visits", "/v1/visits/{id}"),
    kind("contact_plan", "/v1/children/{of}/contact-plans", "/v1/contact-plans/{id}"),
    kind(
        "contact_restriction",
        "/v1/children/{of}/contact-restrictions",
        "/v1/contact-restrictions/{id}",
    ),
    kind("contact_event", "/v1/children/{of}/contact-events", "/v1/contact-events/{id}"),
    kind("incident", "/v1/children/{of}/incidents", "/v1/incidents/{id}"),
    kind("complaint", "/v1/children/{of}/complaints", "/v1/complaints/{id}"),
    kind("transfer", "/v1/children/{of}/transfers", "/v1/transfers/{id}"),
];

impl Imported {
    /// The kind that a line names.
    #[must_use]
    pub fn named(name: &str) -> Option<&'static Self> {
        KINDS.iter().find(|kind| kind.name == name)
    }

    /// Whether it is listed under another record.
    #[must_use]
    pub fn is_under(&self) -> bool {
        self.collection.contains("{of}")
    }
}
