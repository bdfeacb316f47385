//! What codes mean to the clocks: by the attributes of their lists, which each country sets.
use std::collections::{BTreeMap, BTreeSet};

use diesel::PgConnection;
use serde_json::json;

use crate::{
    children::LegalAxis,
    platform::error::Result,
    reference::code_lists::Codes,
    rules::{
        deadlines::{ParentsMeaning, StatusMeaning},
        residential,
    },
};

/// Codes by what they mean.
#[derive(Debug)]
pub struct Meanings {
    /// Types of care that are residential.
    pub residential: BTreeSet<String>,
    /// Those in which a child lives with parents or relatives.
    pub with_kin: BTreeSet<String>,
    /// Those that are meant for an emergency, and plans of a placement that are.
    pub emergency_care: BTreeSet<String>,
    pub emergency_plans: BTreeSet<String>,
    /// Outcomes of reviews by which the child is to live elsewhere, or care is to end.
    pub moves: BTreeSet<String>,
    /// The goals of a plan for leaving care, and the kinds of an assessment for it.
    pub own_life: BTreeSet<String>,
    pub leaving_care: BTreeSet<String>,
    /// Purposes of an approval for which a centre gives support.
    pub supported: BTreeSet<String>,
    /// The parameter that limits an absence, by its reason.
    pub absence_limits: BTreeMap<String, String>,
    /// What legal statuses mean, by list and code, and what is known of parents.
    pub statuses: BTreeMap<&'static str, BTreeMap<String, StatusMeaning>>,
    pub parents: BTreeMap<String, ParentsMeaning>,
}

/// The lists that they stand in.
const LISTS: [&str; 11] = [
    "care_type",
    "planned_kind",
    "review_outcome",
    "permanency_goal",
    "assessment_kind",
    "carer_purpose",
    "absence_reason",
    "legal_status",
    "parental_rights",
    "guardianship",
    "parental_status",
];

impl Meanings {
    pub fn read(conn: &mut PgConnection) -> Result<Self> {
        let codes = Codes::read(conn, &LISTS)?;
        let of = |list: &str, name: &str| codes.with(list, name, &json!(true));
        let statuses = LegalAxis::ALL.iter().map(|axis| axis.list());
        let statuses = statuses.map(|list| Ok((list, codes.meanings(list)?)));
        Ok(Self {
            residential: codes.with("care_type", "group", &json!(residential::GROUP)),
            with_kin: of("care_type", "with_kin"),
            emergency_care: of("care_type", "emergency"),
            emergency_plans: of("planned_kind", "emergency"),
            moves: of("review_outcome", "moves"),
            own_life: of("permanency_goal", "own_life"),
            leaving_care: of("assessment_kind", "leaving_care"),
            supported: of("carer_purpose", "supported"),
            absence_limits: codes.said("absence_reason", "limit_parameter"),
            statuses: statuses.collect::<Result<_>>()?,
            parents: codes.meanings("parental_status")?,
        })
    }

    /// What a legal status means; nothing in particular, if its code says nothing.
    pub fn means(&self, axis: LegalAxis, status: &str) -> StatusMeaning {
        let of_list = self.statuses.get(axis.list());
        of_list.and_then(|statuses| statuses.get(status)).cloned().unwrap_or_default()
    }

    /// The legal statuses that are limited in time.
    pub fn limited(&self) -> impl Iterator<Item = &str> {
        let statuses = self.statuses.get(LegalAxis::CareAuthority.list());
        let limited = statuses.into_iter().flatten().filter(|(_, means)| means.is_limited());
        limited.map(|(status, _)| status.as_str())
    }
}
