//! FA-09 to FA-11: what a transformation plan promised, and by when.
use chrono::NaiveDate;
use uuid::Uuid;

use super::{
    Deadline, Severity, earlier,
    facts::{FacilityFacts, TransformationFacts},
};
use crate::rules::finding::Rulebook;

/// How long before the day somebody is told of what is soon due.
const SOON: u32 = 30;

/// FA-09: no more children live there than the plan says for the day. Of its targets the first one counts
/// that is not met: those after it are never higher.
pub fn targets(facility: &FacilityFacts, _: &Rulebook) -> Vec<Deadline> {
    let missed = |plan: &TransformationFacts| {
        let unmet = plan.targets.iter().filter(|(_, most)| plan.children > *most);
        let due = unmet.map(|(on, _)| *on).min()?;
        let deadline = Deadline::new("FA-09", "transformation_plan", plan.id, due);
        let deadline = deadline.told(earlier(due, SOON), Severity::Notice);
        Some(deadline.told(due, Severity::Warning))
    };
    facility.transformation.iter().filter_map(missed).collect()
}

/// FA-10: what is to be done on the way is done by its day. Of what is not done yet the first counts.
pub fn milestones(facility: &FacilityFacts, _: &Rulebook) -> Vec<Deadline> {
    let next = |plan: &TransformationFacts| {
        let due = plan.milestones.iter().min()?;
        let deadline = Deadline::new("FA-10", "transformation_plan", plan.id, *due);
        let deadline = deadline.told(earlier(*due, SOON), Severity::Notice);
        Some(deadline.overdue(Severity::Warning))
    };
    facility.transformation.iter().filter_map(next).collect()
}

/// FA-11: a child's transition plan is carried out by its day. The facility is told, and of no child.
pub fn transitions(facility: &FacilityFacts, _: &Rulebook) -> Vec<Deadline> {
    let due = |(id, on): &(Uuid, NaiveDate)| {
        Deadline::new("FA-11", "transition_plan", *id, *on)
            .told(earlier(*on, SOON), Severity::Notice)
            .overdue(Severity::Warning)
    };
    facility.transitions.iter().map(due).collect()
}
