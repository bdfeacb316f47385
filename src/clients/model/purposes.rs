//! The purposes that the work of a role usually has.

/// Codes of the list `purpose`, the usual one first, for clients whose registration names none.
#[must_use]
pub fn usual_purposes(role: &str) -> &'static [&'static str] {
    match role {
        "case_worker" | "supervisor" => {
            &["case_management", "placement", "matching", "care", "emergency", "court"]
        }
        "facility_officer" => &["care", "case_management"],
        "carer_support_officer" => &["matching", "placement", "care"],
        "regional_authority" => {
            &["case_management", "placement", "matching", "inspection", "court", "data_quality"]
        }
        "national_authority" => &[
            "administration",
            "case_management",
            "placement",
            "matching",
            "inspection",
            "court",
            "data_quality",
            "subject_access",
        ],
        "central_adoption_authority" => &["adoption", "matching"],
        "inspector" => &["inspection"],
        "statistician" => &["statistics", "research"],
        "ngo" => &["care"],
        "auditor" => &["audit"],
        "data_protection_officer" => &["subject_access", "audit"],
        "sync_client" => &["synchronisation"],
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use super::usual_purposes;
    use crate::{policy::POLICY, reference::load};

    #[test]
    fn every_role_has_a_purpose_and_every_purpose_is_a_code() {
        let codes = load::codes().unwrap().remove("purpose").unwrap();
        for (role, _) in POLICY {
            assert!(!usual_purposes(role).is_empty(), "{role}");
            assert!(usual_purposes(role).iter().all(|purpose| codes.contains(&(*purpose).into())));
        }
    }
}
