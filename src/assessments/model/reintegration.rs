//! What a decision on a child's return to its family stands on, for those who judge how care ends.
use chrono::NaiveDate;

use super::AssessmentId;

/// The purpose of an assessment on which a child may return: a code of the list `assessment_kind`.
pub const REINTEGRATION: &str = "reintegration";

/// An assessment of the return that was approved or modified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reintegration {
    pub assessment_id: AssessmentId,
    pub decided_on: NaiveDate,
    /// First day on which it no longer holds.
    pub valid_until: NaiveDate,
    /// Whether the child is to return by it.
    pub recommended: bool,
}
