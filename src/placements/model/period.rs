//! A care period: one unbroken time of a child in formal care.
use chrono::NaiveDate;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use crate::{
    children::ChildId,
    page_of,
    platform::{
        id::Id,
        items::{Code, codes},
        vault::Opened,
    },
    record,
    schema::care_periods,
    sealed_columns, text_enum,
};

pub type CarePeriodId = Id<CarePeriod>;

text_enum! {
    /// Where a care period is in its life: `open → closed`, and back only as a correction.
    pub enum CarePeriodState {
        Open = "open",
        Closed = "closed",
        EnteredInError = "entered_in_error",
    }
}

/// One unbroken time in formal care, filled by placements.
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
#[diesel(table_name = care_periods, check_for_backend(diesel::pg::Pg), treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct CarePeriod {
    pub id: CarePeriodId,
    pub child_id: ChildId,
    /// Where it is in its life.
    pub state: CarePeriodState,
    /// First day in care.
    #[schema(example = "2026-03-02")]
    pub started_on: NaiveDate,
    /// First day no longer in care.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2026-09-01")]
    pub ended_on: Option<NaiveDate>,
    /// The main reason for entry: a code of the list `entry_reason`.
    #[schema(example = "neglect")]
    pub entry_reason: String,
    /// The other reasons for entry.
    #[schema(example = json!(["parent_alcohol"]))]
    pub other_reasons: Vec<String>,
    /// From where the child came: a code of the list `entry_route`.
    #[schema(example = "from_family")]
    pub entry_route: String,
    /// Whether it was an emergency.
    #[schema(example = false)]
    pub emergency: bool,
    /// Why care ended: a code of the list `exit_reason`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "reunified_planned")]
    pub exit_reason: Option<String>,
    /// Whether the exit was planned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = true)]
    pub planned_exit: Option<bool>,
    /// Code of the area that the child went to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "RS-20")]
    pub exit_area_code: Option<String>,
    /// Day on which the child is visited first after its return to the family.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2026-09-15")]
    pub first_visit_on: Option<NaiveDate>,
    /// The care period of the same child that ended before.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub re_entry_of: Option<CarePeriodId>,
    /// Why it was reopened or annulled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "The exit was entered for the wrong child.")]
    #[diesel(select_expression = (care_periods::id, care_periods::state_reason))]
    #[diesel(select_expression_type = (care_periods::id, care_periods::state_reason))]
    #[diesel(deserialize_as = Opened<care_periods::state_reason, Option<String>>)]
    #[diesel(skip_insertion, skip_update)]
    pub state_reason: Option<String>,
    /// Version of the record.
    #[schema(example = 1)]
    pub version: i64,
}

page_of!(
    /// Some care periods, in the order asked for.
    counted CarePeriodPage, CarePeriod
);

sealed_columns!(care_periods: Identifying { state_reason });

record!(CarePeriod {
    name: "care_period",
    id: "CarePeriodId",
    example: "2b64e1f7-8d15-4c5c-a7ab-0f3c8e7d6a02",
    personal: true,
    under: child_id,
});

impl std::fmt::Debug for CarePeriod {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "CarePeriod({})", self.id)
    }
}

impl CarePeriod {
    /// The period as it was true on that day; `None` if it had not begun or never was.
    #[must_use]
    pub fn on(mut self, day: NaiveDate) -> Option<Self> {
        if self.state == CarePeriodState::EnteredInError || self.started_on > day {
            return None;
        }
        if self.ended_on.is_some_and(|end| end > day) {
            self.state = CarePeriodState::Open;
            (self.ended_on, self.exit_reason, self.planned_exit, self.exit_area_code) =
                (None, None, None, None);
            self.first_visit_on = None;
        }
        Some(self)
    }
}

/// How a child came into care: given with the placement that opens a care period.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CareEntry {
    /// The main reason: a code of the list `entry_reason`.
    #[validate(length(min = 1, max = 60))]
    #[schema(min_length = 1, max_length = 60, example = "neglect")]
    pub entry_reason: String,
    /// Other reasons.
    #[serde(default)]
    #[validate(length(max = 10), custom(function = "codes"))]
    #[schema(value_type = Vec<Code>, inline, max_items = 10, example = json!(["parent_alcohol"]))]
    pub other_reasons: Vec<String>,
    /// From where the child came: a code of the list `entry_route`.
    #[validate(length(min = 1, max = 60))]
    #[schema(min_length = 1, max_length = 60, example = "from_family")]
    pub entry_route: String,
    /// Whether it was an emergency.
    #[schema(example = false)]
    pub emergency: bool,
}
