//! Which members of records are of which class, and where persons stand in paths: in tables.
use crate::platform::reach::{Field, Rules};

/// Which members are of which class, what asks by them, and where persons stand in paths. A member that is
/// not here is personal.
pub static RULES: Rules = Rules {
    kinds: &[("child", "ChildId"), ("family", "FamilyId"), ("carer_family", "CarerFamilyId")],
    owners: &["id", "child_id", "family_id", "carer_family_id"],
    fields: &[
        Field {
            kind: "child",
            class: "identifying",
            members: &[
                "external_ids",
                "correction_reason",
                "keep_together_reason",
                "decision",
                "temporary_approval",
                "exception",
                "state_reason",
                "offer_reason",
                "decision_reason",
                "ending_reason",
                "request_reason",
                "team",
                "content",
                "minutes",
                "findings",
                "justification",
                "authorised_by",
                "evidence_ref",
                "review_note",
                "note",
            ],
        },
        Field { kind: "family", class: "identifying", members: &["state_reason", "risk_reason"] },
        Field {
            kind: "carer_family",
            class: "identifying",
            members: &[
                "external_ids",
                "address_lines",
                "locality",
                "postcode",
                "lat",
                "lon",
                "persons",
                "checks",
                "trainings",
                "on_hold_reason",
                "note",
            ],
        },
    ],
    asking: &[
        ("external_system", "carer_family", "identifying"),
        ("external_value", "carer_family", "identifying"),
    ],
    paths: &[
        ("/v1/children/{id}", "child"),
        ("/v1/families/{id}", "family"),
        ("/v1/carer-families/{id}", "carer_family"),
        ("/v1/placements/{id}", "placement"),
        ("/v1/care-periods/{id}", "care_period"),
        ("/v1/transfers/{id}", "transfer"),
        ("/v1/cases/{id}", "case"),
        ("/v1/assessments/{id}", "assessment"),
        ("/v1/care-plans/{id}", "care_plan"),
        ("/v1/reviews/{id}", "review"),
        ("/v1/overrides/{id}", "override"),
        ("/v1/alerts/{id}", "alert"),
        ("/v1/emergency-accesses/{id}", "emergency_access"),
    ],
    // Whoever is asked to take a child answers, and whoever opens a record records that.
    on_grant: &["transfers:decide", "emergency_access:open"],
    counted: "child",
    placed: &["facilities:manage", "alerts:acknowledge"],
    sheltering: ("carer_family", &["address_lines", "locality", "postcode", "lat", "lon"]),
};
