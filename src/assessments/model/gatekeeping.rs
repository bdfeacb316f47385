//! What a decision on entry into care stands on, for those who judge placements.
use chrono::NaiveDate;

use super::{Assessment, AssessmentId, AssessmentOutcome, Findings};
use crate::{children::ChildId, reference::organisations::OrganisationId};

/// The purpose of an assessment that may authorise a placement: a code of the list `assessment_kind`.
pub const GATEKEEPING: &str = "gatekeeping";

/// A gatekeeping assessment that was approved or modified, with what it found.
#[derive(Clone, PartialEq, Eq)]
pub struct Gatekeeping {
    pub assessment_id: AssessmentId,
    pub child_id: ChildId,
    pub completed_on: NaiveDate,
    /// First day on which it no longer holds.
    pub valid_until: NaiveDate,
    pub outcome: AssessmentOutcome,
    pub decided_on: NaiveDate,
    pub decided_by: OrganisationId,
    /// Number of the decision.
    pub reference_no: String,
    pub legal_basis: String,
    /// What was decided: a code of the list `recommendation`.
    pub recommendation: String,
    /// Whether that separates child and family.
    pub separates: bool,
    pub poverty_only: bool,
    pub multidisciplinary: bool,
    pub findings: Findings,
}

impl Gatekeeping {
    /// What an assessment that was approved or modified stands for; nothing of any other.
    #[must_use]
    pub fn of(assessment: Assessment) -> Option<Self> {
        let outcome = assessment.outcome.filter(|it| *it != AssessmentOutcome::Rejected)?;
        let decision = assessment.decision?;
        Some(Self {
            assessment_id: assessment.id,
            child_id: assessment.child_id,
            completed_on: assessment.completed_on?,
            valid_until: assessment.valid_until?,
            outcome,
            decided_on: assessment.decided_on?,
            decided_by: assessment.decided_by?,
            reference_no: decision.reference_no,
            legal_basis: decision.legal_basis,
            recommendation: assessment.recommendation?,
            separates: assessment.separates?,
            poverty_only: assessment.poverty_only?,
            multidisciplinary: assessment.multidisciplinary,
            findings: assessment.findings?,
        })
    }
}

impl std::fmt::Debug for Gatekeeping {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Gatekeeping({})", self.assessment_id)
    }
}
