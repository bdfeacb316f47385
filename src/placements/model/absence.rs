//! Absences from a placement: temporary ones, and missing episodes.
use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::{period::CarePeriodId, placement::PlacementId};
use crate::{
    children::ChildId,
    page_of,
    platform::id::Id,
    record,
    schema::{missing_episodes, temporary_absences},
};

pub type TemporaryAbsenceId = Id<TemporaryAbsence>;
pub type MissingEpisodeId = Id<MissingEpisode>;

/// Days away from a placement to which the child returns: hospital, holiday, the carer's holiday.
#[derive(
    Clone,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    ToSchema,
    Queryable,
    Selectable,
    Insertable,
    AsChangeset,
)]
#[diesel(table_name = temporary_absences, check_for_backend(diesel::pg::Pg), treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct TemporaryAbsence {
    pub id: TemporaryAbsenceId,
    pub placement_id: PlacementId,
    pub child_id: ChildId,
    /// Why the child is away: a code of the list `absence_reason`.
    #[schema(example = "hospital")]
    pub reason: String,
    /// First day away.
    #[schema(example = "2026-04-01")]
    pub started_on: NaiveDate,
    /// First day back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2026-04-08")]
    pub ended_on: Option<NaiveDate>,
    /// Version of the record.
    #[schema(example = 1)]
    pub version: i64,
}

impl TemporaryAbsence {
    /// The absence as it was true on `day`, if it had begun.
    #[must_use]
    pub fn on(mut self, day: NaiveDate) -> Option<Self> {
        self.ended_on = self.ended_on.filter(|end| *end <= day);
        (self.started_on <= day).then_some(self)
    }
}

page_of!(
    /// Some temporary absences.
    AbsencePage, TemporaryAbsence
);

/// A time in which nobody who should know knows where the child is.
#[derive(
    Clone,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    ToSchema,
    Queryable,
    Selectable,
    Insertable,
    AsChangeset,
)]
#[diesel(table_name = missing_episodes, check_for_backend(diesel::pg::Pg), treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct MissingEpisode {
    pub id: MissingEpisodeId,
    pub child_id: ChildId,
    pub care_period_id: CarePeriodId,
    /// Its kind: a code of the list `missing_kind`.
    #[schema(example = "missing")]
    pub kind: String,
    /// Since when.
    #[schema(example = "2026-04-01T20:15:00Z")]
    pub started_at: DateTime<Utc>,
    /// Until when.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2026-04-02T06:40:00Z")]
    pub ended_at: Option<DateTime<Utc>>,
    /// Whether a talk about the return was offered to the child.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = true)]
    pub interview_offered: Option<bool>,
    /// Whether the child took it up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = true)]
    pub interview_accepted: Option<bool>,
    /// Version of the record.
    #[schema(example = 1)]
    pub version: i64,
}

page_of!(
    /// Some missing episodes.
    MissingEpisodePage, MissingEpisode
);

record!(TemporaryAbsence {
    name: "temporary_absence",
    id: "TemporaryAbsenceId",
    example: "9c0d5b1e-64a7-4f86-a2a9-1f0b7c8d9e03",
    personal: true,
    under: child_id,
});

record!(MissingEpisode {
    name: "missing_episode",
    id: "MissingEpisodeId",
    example: "c4a1f7d2-0b93-4f5e-8a61-7e2d3c4b5a04",
    personal: true,
    under: child_id,
});

impl std::fmt::Debug for TemporaryAbsence {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "TemporaryAbsence({})", self.id)
    }
}
impl std::fmt::Debug for MissingEpisode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "MissingEpisode({})", self.id)
    }
}

/// A new temporary absence.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAbsence {
    /// Why the child is away: a code of the list `absence_reason`.
    #[validate(length(min = 1, max = 60))]
    #[schema(min_length = 1, max_length = 60, example = "hospital")]
    pub reason: String,
    /// First day away; after the first day of the placement.
    #[schema(example = "2026-04-01")]
    pub started_on: NaiveDate,
    /// First day back, if the child is back.
    #[serde(default)]
    #[schema(nullable = false, example = "2026-04-08")]
    pub ended_on: Option<NaiveDate>,
}

/// The child's return to the placement.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EndAbsenceRequest {
    /// First day back; today or earlier.
    #[schema(example = "2026-04-08")]
    pub ended_on: NaiveDate,
}

/// A new missing episode.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewMissingEpisode {
    /// Its kind: a code of the list `missing_kind`.
    #[validate(length(min = 1, max = 60))]
    #[schema(min_length = 1, max_length = 60, example = "missing")]
    pub kind: String,
    /// Since when; not in the future.
    #[schema(example = "2026-04-01T20:15:00Z")]
    pub started_at: DateTime<Utc>,
}

/// The end of a missing episode.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct EndMissingRequest {
    /// When the child was found or came back; not in the future.
    #[schema(example = "2026-04-02T06:40:00Z")]
    pub ended_at: DateTime<Utc>,
    /// Whether a talk about the return was offered to the child.
    #[schema(example = true)]
    pub interview_offered: bool,
    /// Whether the child took it up; only if it was offered.
    #[serde(default)]
    #[schema(nullable = false, example = true)]
    pub interview_accepted: Option<bool>,
}
