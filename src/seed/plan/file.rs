//! What lies in the files of the centres on the last day.
use chrono::NaiveDate;

use super::{Ix, Status};
use crate::{cases::CaseState, contact::ContactWith, families::RiskSubject};

/// All files of a part of the country.
#[derive(Debug, Default)]
pub struct Files {
    pub families: Vec<FamilyOfOrigin>,
    pub children: Vec<ChildFile>,
    /// The last reviews of carer families, and what came of them.
    pub carer_reviews: Vec<(Ix, NaiveDate, &'static str)>,
}

/// Somebody who works for a centre.
#[derive(Debug, Clone)]
pub struct Worker {
    pub name: String,
    pub id: String,
}

/// A case that is worked on.
#[derive(Debug, Clone)]
pub struct CaseFile {
    pub opened: NaiveDate,
    pub need: &'static str,
    pub source: &'static str,
    pub worker: Worker,
    pub state: CaseState,
    pub since: NaiveDate,
}

/// A parent of children in the registry.
#[derive(Debug, Clone)]
pub struct Parent {
    pub mother: bool,
    pub given: String,
    pub family: String,
    pub dead: bool,
}

/// A family in which children live, or from which they come.
#[derive(Debug, Clone)]
pub struct FamilyOfOrigin {
    pub children: Vec<Ix>,
    pub together: bool,
    pub area_code: String,
    pub registered: NaiveDate,
    pub risk: &'static str,
    pub parents: Vec<Parent>,
    pub factors: Vec<(&'static str, RiskSubject)>,
    /// Work with the family as a whole, where the children are with it.
    pub case: Option<CaseFile>,
}

/// A care plan that is active.
#[derive(Debug, Clone, Copy)]
pub struct PlanFile {
    pub goal: &'static str,
    pub drafted: NaiveDate,
    pub approved: NaiveDate,
    pub target: NaiveDate,
}

/// The last review that was held.
#[derive(Debug, Clone, Copy)]
pub struct ReviewFile {
    pub kind: &'static str,
    pub due: NaiveDate,
    pub held: NaiveDate,
    pub next: NaiveDate,
    pub participation: &'static str,
    pub outcome: &'static str,
}

/// The file of a child in care.
#[derive(Debug, Clone)]
pub struct ChildFile {
    pub child: Ix,
    pub case: CaseFile,
    pub plan: Option<PlanFile>,
    pub review: Option<ReviewFile>,
    pub visited: Option<NaiveDate>,
    /// With whom contact is agreed, and from when on.
    pub contact: Option<(ContactWith, NaiveDate)>,
    /// Whom it met last.
    pub met: Option<(ContactWith, NaiveDate)>,
    /// Who holds the rights over it, and who its guardian is.
    pub statuses: Vec<Status>,
    /// When it came into care in an emergency that was assessed.
    pub assessed: Option<(NaiveDate, super::Stay)>,
}
