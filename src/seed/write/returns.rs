//! What was found and decided before a child went home as planned.
use chrono::NaiveDate;

use super::Writer;
use crate::{
    assessments::{
        AssessmentCompletion, AssessmentStart, AssessmentSubmission, Findings, Necessity,
        NewAssessment, PastAssessment, REINTEGRATION, store,
    },
    placements::Placement,
    platform::{db::Tx, error::Result},
    seed::{
        dice::after,
        plan::{Event, Exit, Ix, Step},
    },
};

/// By how many days an assessment comes before the return at the latest: asked for, begun, completed, submitted,
/// decided. The first that fits into the last stay.
const BEFORE: [[i64; 5]; 3] = [[-56, -49, -28, -25, -14], [-13, -12, -8, -7, -3], [0; 5]];
/// The first visit follows after a week, and up to so many days more.
const WEEK: i64 = 7;
const MORE: usize = 15;

impl Writer<'_> {
    /// Assesses together the returns among these steps on which a body decided before the first of them.
    pub(super) fn prepare_returns(&mut self, tx: &mut Tx<'_>, some: &[Event]) -> Result<()> {
        let Some(first) = some.first().map(|event| event.day) else { return Ok(()) };
        let mut past = Vec::new();
        for event in some {
            let Step::Leave(child, exit) = event.step else { continue };
            let Some(lives) = self.placements.get(&child) else { continue };
            let (id, days) = (lives.child_id, days_before(exit, lives));
            if is_return(exit) && days.last().is_some_and(|decided| *decided <= first) {
                past.push((id, self.past_return(child, days)));
                self.prepared.insert(child);
            }
        }
        if !past.is_empty() {
            let _taken_over = store::take_over_all(tx, &past)?;
        }
        Ok(())
    }

    /// Assesses the return of a child to its family, if it is one and that was not done yet. Gives the day on
    /// which the child is visited first.
    pub(super) fn prepare_return(
        &mut self,
        tx: &mut Tx<'_>,
        (child, exit): (Ix, Exit),
        lives: &Placement,
    ) -> Result<Option<NaiveDate>> {
        if !is_return(exit) {
            return Ok(None);
        }
        if !self.prepared.remove(&child) {
            let past = self.past_return(child, days_before(exit, lives));
            let _taken_over = store::take_over(tx, lives.child_id, &past)?;
        }
        let more = i64::try_from(child % MORE).unwrap_or_default();
        Ok(Some(after(exit.on, WEEK + more)))
    }

    fn past_return(&mut self, child: Ix, days: [NaiveDate; 5]) -> PastAssessment {
        let [asked, begun, completed, submitted, decided] = days;
        PastAssessment {
            request: NewAssessment {
                kind: REINTEGRATION.to_owned(),
                requested_on: asked,
                reason: "The family is ready to have the child back.".to_owned(),
                due_on: Some(after(completed, 2)),
            },
            start: AssessmentStart { started_on: begun, team: self.team(child) },
            completion: AssessmentCompletion {
                completed_on: completed,
                findings: Findings {
                    child_seen: true,
                    child_seen_alone: true,
                    child_views: self.said(child, completed, "Wants to live at home again."),
                    parents_consulted: true,
                    not_consulted_because: None,
                    necessity: Necessity::NotNecessary,
                    necessity_reasons: "The parents can care for the child again.".to_owned(),
                    suitability: Vec::new(),
                    options_exhausted: Vec::new(),
                    prevention: Vec::new(),
                    residential: None,
                    best_interests_statement: "The child belongs at home, with support.".to_owned(),
                },
                recommendation: "reintegrate".to_owned(),
                poverty_only: false,
                valid_until: None,
                overrides: Vec::new(),
            },
            submission: AssessmentSubmission { submitted_on: submitted },
            decision: self.approval(decided),
        }
    }
}

fn is_return(exit: Exit) -> bool {
    exit.reason == "reunified_planned"
}

/// The days of the assessment before a return.
fn days_before(exit: Exit, lives: &Placement) -> [NaiveDate; 5] {
    let fits = |days: &&[i64; 5]| {
        let [asked, ..] = **days;
        lives.started_on.is_some_and(|from| from <= after(exit.on, asked))
    };
    BEFORE.iter().find(fits).copied().unwrap_or_default().map(|days| after(exit.on, days))
}
