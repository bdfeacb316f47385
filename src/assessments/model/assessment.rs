//! The record of an assessment, and how it lies in its table.
use chrono::NaiveDate;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::{
    findings::Findings,
    state::{AssessmentOutcome, AssessmentState},
};
use crate::{
    children::ChildId,
    page_of,
    platform::{db::Tx, error::Result, id::Id, time::within, vault::Opened},
    record,
    reference::organisations::OrganisationId,
    schema::assessments,
    sealed_columns,
};

pub type AssessmentId = Id<Assessment>;

/// Somebody who takes part in an assessment.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TeamMember {
    /// Name.
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200, example = "Miroslava Jablanović")]
    pub name: String,
    /// Profession: a code of the list `profession`.
    #[validate(length(min = 1, max = 60))]
    #[schema(min_length = 1, max_length = 60, example = "psychologist")]
    pub profession: String,
    /// The organisation that the person works for.
    pub organisation_id: OrganisationId,
    /// Whether the person leads the assessment.
    #[schema(example = true)]
    pub lead: bool,
}

/// What a competent body decided on an assessment.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct AssessmentDecision {
    /// The kind of body: a code of the list `decision_body`.
    #[schema(example = "gatekeeping_commission")]
    pub body: String,
    /// Number of the decision.
    #[schema(example = "56-114/2026")]
    pub reference_no: String,
    /// The law that it rests on.
    #[schema(example = "Family Act, art. 113")]
    pub legal_basis: String,
    /// The last day on which it can be appealed against.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2026-04-07")]
    pub appeal_until: Option<NaiveDate>,
    /// What the team had recommended, where something else was decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "residential_emergency")]
    pub instead_of: Option<String>,
    /// Why it was decided so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "The aunt came forward at the hearing.")]
    pub reason: Option<String>,
}

/// An assessment of one child.
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
#[diesel(table_name = assessments, check_for_backend(diesel::pg::Pg), treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct Assessment {
    pub id: AssessmentId,
    pub child_id: ChildId,
    /// What it is for: a code of the list `assessment_kind`.
    #[schema(example = "gatekeeping")]
    pub kind: String,
    /// Where it is in its life.
    pub state: AssessmentState,
    /// The organisation that was responsible for the child when it was requested.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub organisation_id: Option<OrganisationId>,
    /// Day on which it was requested.
    #[schema(example = "2026-02-20")]
    pub requested_on: NaiveDate,
    /// Why it was requested.
    #[schema(example = "The mother is in hospital, and nobody else is at home.")]
    #[diesel(select_expression = (assessments::id, assessments::request_reason))]
    #[diesel(select_expression_type = (assessments::id, assessments::request_reason))]
    #[diesel(deserialize_as = Opened<assessments::request_reason, String>)]
    #[diesel(skip_insertion, skip_update)]
    pub request_reason: String,
    /// Day by which it is to be completed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2026-03-20")]
    pub due_on: Option<NaiveDate>,
    /// First day of work on it; of the last work, if it was returned.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2026-02-23")]
    pub started_on: Option<NaiveDate>,
    /// Who makes it.
    #[diesel(select_expression = (assessments::id, assessments::team))]
    #[diesel(select_expression_type = (assessments::id, assessments::team))]
    #[diesel(deserialize_as = Opened<assessments::team, Vec<TeamMember>>)]
    #[diesel(skip_insertion, skip_update)]
    pub team: Vec<TeamMember>,
    /// Whether the team has two professions or more.
    #[schema(example = true)]
    pub multidisciplinary: bool,
    /// Day on which it was completed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2026-03-02")]
    pub completed_on: Option<NaiveDate>,
    /// What was found.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    #[diesel(select_expression = (assessments::id, assessments::findings))]
    #[diesel(select_expression_type = (assessments::id, assessments::findings))]
    #[diesel(deserialize_as = Opened<assessments::findings, Option<Findings>>)]
    #[diesel(skip_insertion, skip_update)]
    pub findings: Option<Findings>,
    /// What is recommended; of one that was modified, what was decided instead: a code of the list
    /// `recommendation`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "kinship")]
    pub recommendation: Option<String>,
    /// Whether that separates child and family.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = true)]
    pub separates: Option<bool>,
    /// Whether poverty is the only ground.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = false)]
    pub poverty_only: Option<bool>,
    /// First day on which it no longer holds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2026-09-02")]
    pub valid_until: Option<NaiveDate>,
    /// Day on which it was submitted for a decision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2026-03-03")]
    pub submitted_on: Option<NaiveDate>,
    /// What was decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub outcome: Option<AssessmentOutcome>,
    /// The body that decided.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub decided_by: Option<OrganisationId>,
    /// Day of the decision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2026-03-09")]
    pub decided_on: Option<NaiveDate>,
    /// The decision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    #[diesel(select_expression = (assessments::id, assessments::decision))]
    #[diesel(select_expression_type = (assessments::id, assessments::decision))]
    #[diesel(deserialize_as = Opened<assessments::decision, Option<AssessmentDecision>>)]
    #[diesel(skip_insertion, skip_update)]
    pub decision: Option<AssessmentDecision>,
    /// Why it was returned, cancelled or taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "The views of the father are missing.")]
    #[diesel(select_expression = (assessments::id, assessments::state_reason))]
    #[diesel(select_expression_type = (assessments::id, assessments::state_reason))]
    #[diesel(deserialize_as = Opened<assessments::state_reason, Option<String>>)]
    #[diesel(skip_insertion, skip_update)]
    pub state_reason: Option<String>,
    /// Version of the record.
    #[schema(example = 1)]
    pub version: i64,
}

page_of!(
    /// Some assessments, in the order asked for.
    counted AssessmentPage, Assessment
);

sealed_columns!(assessments: Identifying {
    request_reason, team, findings, decision, state_reason
});

record!(Assessment {
    name: "assessment",
    id: "AssessmentId",
    example: "8c5a1f36-27d4-4b8e-a0f9-6e1d3c2b4a70",
    personal: true,
    under: child_id,
});

impl std::fmt::Debug for Assessment {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Assessment({})", self.id)
    }
}

impl From<Opened<assessments::team, Vec<TeamMember>>> for Vec<TeamMember> {
    fn from(opened: Opened<assessments::team, Self>) -> Self {
        opened.into_value()
    }
}
impl From<Opened<assessments::findings, Option<Findings>>> for Option<Findings> {
    fn from(opened: Opened<assessments::findings, Self>) -> Self {
        opened.into_value()
    }
}
impl From<Opened<assessments::decision, Option<AssessmentDecision>>>
    for Option<AssessmentDecision>
{
    fn from(opened: Opened<assessments::decision, Self>) -> Self {
        opened.into_value()
    }
}

/// The sealed columns of an assessment, as they are written beside the others.
#[derive(Insertable, AsChangeset)]
#[diesel(table_name = assessments, treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct SealedColumns {
    request_reason: Vec<u8>,
    team: Vec<u8>,
    findings: Option<Vec<u8>>,
    decision: Option<Vec<u8>>,
    state_reason: Option<Vec<u8>>,
}

impl SealedColumns {
    pub fn of(tx: &mut Tx<'_>, assessment: &Assessment) -> Result<Self> {
        use assessments as columns;
        let (id, of) = (assessment.id.untyped(), assessment);
        Ok(Self {
            request_reason: tx.seal(columns::request_reason, id, &of.request_reason)?,
            team: tx.seal(columns::team, id, &of.team)?,
            findings: tx.seal_some(columns::findings, id, of.findings.as_ref())?,
            decision: tx.seal_some(columns::decision, id, of.decision.as_ref())?,
            state_reason: tx.seal_some(columns::state_reason, id, of.state_reason.as_ref())?,
        })
    }
}

impl Assessment {
    /// Whether it was never submitted in time: completed, and no longer valid on that day.
    #[must_use]
    pub fn has_lapsed(&self, day: NaiveDate) -> bool {
        self.state == AssessmentState::Completed && !self.is_valid_on(day)
    }

    /// Whether it is complete, and not out of date, on that day.
    #[must_use]
    pub fn is_valid_on(&self, day: NaiveDate) -> bool {
        self.completed_on.is_some_and(|from| within(day, from, self.valid_until))
    }
}
