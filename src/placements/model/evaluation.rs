//! What the rules say to a placement that is only thought of, and what they said to one that began.
use chrono::{DateTime, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::placement::PlacementId;
use crate::{
    carers::store::ListedCarerFamily, children::ChildId, overrides::Override, rules::Finding,
};

/// What would come of a placement: nothing of it is kept.
#[derive(Debug, Serialize, ToSchema)]
pub struct PlacementEvaluation {
    pub child_id: ChildId,
    /// Whether it could be made now, as it stands.
    #[schema(example = false)]
    pub possible: bool,
    /// What each rule that was judged says: those that are broken first.
    pub findings: Vec<Finding>,
    /// Families with a free place today for a child of this age and sex, near its home first: care that
    /// needs no exception.
    pub family_options: Vec<ListedCarerFamily>,
}

/// What every rule said on the day on which a placement began, and on the day on which care ended with it: in the
/// version that held then, and on the facts as they were known. It stays as it is, whatever becomes of rule and facts.
#[derive(Serialize, ToSchema)]
pub struct PlacementDecision {
    /// The placement.
    pub placement_id: PlacementId,
    pub child_id: ChildId,
    /// When it was judged; where the placement was taken over from the past, when its end was.
    #[schema(example = "2026-03-02T09:12:44Z")]
    pub made_at: DateTime<Utc>,
    /// What each rule said when the placement began; nothing of one that was taken over from the past.
    pub findings: Vec<Finding>,
    /// What the rules said when care ended with it, if one had something to say.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub ending: Option<PlacementEnding>,
    /// The soft rules that were stepped over, as they stand now.
    pub overrides: Vec<Override>,
}

/// What the rules said to the end of a placement with which care ended.
#[derive(Serialize, ToSchema)]
pub struct PlacementEnding {
    /// When it was judged.
    #[schema(example = "2026-09-01T08:40:12Z")]
    pub made_at: DateTime<Utc>,
    /// What each rule said.
    pub findings: Vec<Finding>,
}
