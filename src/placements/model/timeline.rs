//! The timeline of a child: everything about where it lived, at one look.
use chrono::{DateTime, NaiveDate, Utc};
use serde::Serialize;
use utoipa::ToSchema;

use super::{
    absence::{MissingEpisode, TemporaryAbsence},
    period::CarePeriod,
    placement::{Placement, PlacementId, Provider},
};
use crate::children::ChildId;

/// Where a child was at one day.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Whereabouts {
    /// The placement that covers the day.
    pub placement_id: PlacementId,
    /// Type of care: a code of the list `care_type`.
    #[schema(example = "foster_short_term")]
    pub care_type: String,
    /// With whom.
    pub provider: Provider,
    /// Since when.
    #[schema(example = "2026-03-02")]
    pub since: NaiveDate,
    /// Whether the child is away for a while: a code of the list `absence_reason`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "hospital")]
    pub absent: Option<String>,
    /// Whether the child is missing: a code of the list `missing_kind`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "missing")]
    pub missing: Option<String>,
}

/// A care period with its placements, by their first day.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct TimelinePeriod {
    /// The period.
    pub care_period: CarePeriod,
    /// Its placements.
    pub placements: Vec<Placement>,
}

/// Where a child lived and lives.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ChildTimeline {
    pub child_id: ChildId,
    /// The day that counts as the present.
    #[schema(example = "2026-11-22")]
    pub as_of: NaiveDate,
    /// The instant until which the registry's knowledge counts, if the past was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub known_at: Option<DateTime<Utc>>,
    /// Where the child lives on the day; absent if it is not in care.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub lives: Option<Whereabouts>,
    /// The care periods that had begun, by first day.
    pub care_periods: Vec<TimelinePeriod>,
    /// The placements that are planned; only of the present.
    pub planned: Vec<Placement>,
    /// The temporary absences that had begun, by first day.
    pub absences: Vec<TemporaryAbsence>,
    /// The missing episodes that had begun, by first instant.
    pub missing_episodes: Vec<MissingEpisode>,
}
