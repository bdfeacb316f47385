//! What callers say of incidents and complaints.
use chrono::NaiveDate;
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use super::{
    Complainant, ComplaintChannel, ComplaintOutcome, IncidentKind, IncidentOutcome,
    IncidentSeverity, NewReporter,
};
use crate::children::ChildId;

/// An incident that is reported. Where the child lived that day is not said: the placements say it.
#[derive(Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "kind": "peer_violence", "severity": "serious", "occurred_on": "2026-05-18", "place": "In the yard of the school.",
    "description": "She came home with a broken arm and said that an older boy had pushed her.",
    "police_on": "2026-05-19",
}))]
pub struct NewIncident {
    /// What happened.
    pub kind: IncidentKind,
    /// How grave it is.
    pub severity: IncidentSeverity,
    /// Day on which it happened.
    #[schema(example = "2026-05-18")]
    pub occurred_on: NaiveDate,
    /// Where it happened.
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200, example = "In the yard of the school.")]
    pub place: String,
    /// What happened, in words.
    #[validate(length(min = 3, max = 4000))]
    #[schema(
        min_length = 3,
        max_length = 4000,
        example = "She came home with a broken arm and said that an older boy had pushed her."
    )]
    pub description: String,
    /// Day on which the police was told.
    #[serde(default)]
    #[schema(nullable = false, example = "2026-05-19")]
    pub police_on: Option<NaiveDate>,
    /// Day on which the inspectorate was told.
    #[serde(default)]
    #[schema(nullable = false, example = "2026-05-19")]
    pub inspectorate_on: Option<NaiveDate>,
}

/// An incident that a facility reports of a child who lives there.
#[derive(Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewFacilityIncident {
    /// The child.
    pub child_id: ChildId,
    /// What happened, on a day on which the child lived in the facility.
    #[validate(nested)]
    pub incident: NewIncident,
}

/// Who was told of an incident, and when: the police, the inspectorate, or both.
#[derive(Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IncidentNotification {
    /// Day on which the police was told.
    #[serde(default)]
    #[schema(nullable = false, example = "2026-05-19")]
    pub police_on: Option<NaiveDate>,
    /// Day on which the inspectorate was told.
    #[serde(default)]
    #[schema(nullable = false, example = "2026-05-19")]
    pub inspectorate_on: Option<NaiveDate>,
}

/// The beginning of an investigation.
#[derive(Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IncidentStart {
    /// Day on which it began.
    #[schema(example = "2026-05-20")]
    pub started_on: NaiveDate,
}

/// What an investigation came to.
#[derive(Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IncidentClosing {
    /// Day on which it was closed.
    #[schema(example = "2026-06-30")]
    pub closed_on: NaiveDate,
    /// What it came to.
    pub outcome: IncidentOutcome,
    /// Why, and what follows from it.
    #[validate(length(min = 3, max = 4000))]
    #[schema(
        min_length = 3,
        max_length = 4000,
        example = "The boys are apart now; both have a counsellor."
    )]
    pub conclusion: String,
}

/// A complaint that was received.
#[derive(Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "complainant": "other", "channel": "letter", "received_on": "2026-05-20", "concerns_on": "2026-05-18",
    "description": "The children are locked in at night.",
    "reporter": {"name": "Ognjen Travar", "contact": "By letter, to the post office box 18."},
}))]
pub struct NewComplaint {
    /// From whom it is.
    pub complainant: Complainant,
    /// The way on which it came.
    pub channel: ComplaintChannel,
    /// Day on which it was received.
    #[schema(example = "2026-05-20")]
    pub received_on: NaiveDate,
    /// Day that it concerns; that on which it was received unless said.
    #[serde(default)]
    #[schema(nullable = false, example = "2026-05-18")]
    pub concerns_on: Option<NaiveDate>,
    /// What it says. Not who complained: that is `reporter`.
    #[validate(length(min = 3, max = 4000))]
    #[schema(min_length = 3, max_length = 4000, example = "The children are locked in at night.")]
    pub description: String,
    /// Who complained, if it is to be kept: told to nobody but the client that records it.
    #[serde(default)]
    #[validate(nested)]
    #[schema(nullable = false)]
    pub reporter: Option<NewReporter>,
}

/// What a complaint came to.
#[derive(Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ComplaintResolution {
    /// Day on which it was resolved.
    #[schema(example = "2026-06-03")]
    pub resolved_on: NaiveDate,
    /// What it came to.
    pub outcome: ComplaintOutcome,
    /// What was answered, and what follows from it.
    #[validate(length(min = 3, max = 4000))]
    #[schema(
        min_length = 3,
        max_length = 4000,
        example = "The telephone is free for an hour every evening."
    )]
    pub conclusion: String,
}

/// Why an incident or a complaint is taken back.
#[derive(Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RecordAnnulment {
    /// What was wrong.
    #[validate(length(min = 3, max = 1000))]
    #[schema(min_length = 3, max_length = 1000, example = "It was recorded twice.")]
    pub reason: String,
}
