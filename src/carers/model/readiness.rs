//! What must be so for a family to be approved: what is there (CF-01), for how many children (PL-12).
use chrono::NaiveDate;
use serde::Serialize;
use uuid::Uuid;

use super::{CarerCheckResult, CarerFamily, CarerRole, CarerTrainingKind};
use crate::platform::{
    error::Result,
    rule::Refusal,
    time::{age_on, within},
};

/// Checks that every adult of the household needs.
const OF_EVERY_ADULT: [&str; 3] = ["criminal_record", "child_abuse_register", "health"];
/// Checks that the family needs as a whole.
const OF_THE_FAMILY: [&str; 2] = ["references", "housing_visit"];
const ADULT: i32 = 18;

/// Refuses an approval of a family that fosters for more children than national law allows on the day
/// of the decision (PL-12). Siblings may be more than that together, and named exemptions; relatives
/// and adopters are not limited.
pub fn check_max_children(fosters: bool, max_children: i32, most: i32) -> Result<()> {
    if !fosters || max_children <= most {
        return Ok(());
    }
    let detail = format!("a family may foster at most {most} children who are no siblings");
    Err(Refusal::values("PL-12", detail)
        .at("/max_children")
        .fact("foster_max_children", most)
        .fact("max_children", max_children)
        .into())
}

/// A check that is missing, failed or out of date.
#[derive(Debug, PartialEq, Eq, Serialize)]
struct Missing {
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    person_id: Option<Uuid>,
}

impl CarerFamily {
    /// Refuses an approval on `decided_on` unless every adult's checks and the family's own are
    /// passed and valid on that day, every applicant has completed initial training, and the home
    /// study was completed (CF-01; UN Guidelines ¶113, ¶118, ¶120).
    pub fn ready_for_approval(&self, decided_on: NaiveDate, assessed_on: NaiveDate) -> Result<()> {
        if assessed_on > decided_on {
            let detail = "the home study was not completed when the panel decided";
            return Err(Refusal::values("CF-01", detail).at("/assessed_on").into());
        }
        let missing = self.missing_checks(decided_on);
        let untrained = self.untrained(decided_on);
        if missing.is_empty() && untrained.is_empty() {
            return Ok(());
        }
        let detail = "every adult of the household needs valid checks, the family its own, and \
                      every applicant completed initial training on the day of the decision";
        Err(Refusal::conflict("CF-01", detail)
            .fact("decided_on", decided_on)
            .fact("missing_checks", missing)
            .fact("untrained_applicants", untrained)
            .into())
    }

    fn missing_checks(&self, day: NaiveDate) -> Vec<Missing> {
        let adults = self
            .persons
            .iter()
            .filter(|person| {
                person.role == CarerRole::Applicant || age_on(person.birth_date, day) >= ADULT
            })
            .map(|person| Some(person.id));
        let needed = adults
            .flat_map(|person| OF_EVERY_ADULT.map(|kind| (kind, person)))
            .chain(OF_THE_FAMILY.map(|kind| (kind, None)));
        needed
            .filter(|(kind, person)| !self.passed(kind, *person, day))
            .map(|(kind, person_id)| Missing { kind, person_id })
            .collect()
    }

    /// Whether the last check of this kind that was completed by `day` was passed and is valid then.
    fn passed(&self, kind: &str, person: Option<Uuid>, day: NaiveDate) -> bool {
        self.checks
            .iter()
            .filter(|check| check.kind == kind && check.completed_on <= day)
            .filter(|check| person.is_none() || check.person_id == person)
            .max_by_key(|check| check.completed_on)
            .is_some_and(|check| {
                check.result == CarerCheckResult::Passed
                    && within(day, check.completed_on, check.valid_until)
            })
    }

    fn untrained(&self, day: NaiveDate) -> Vec<Uuid> {
        let trained = |person: Uuid| {
            self.trainings.iter().any(|training| {
                training.kind == CarerTrainingKind::Initial
                    && training.completed_on <= day
                    && training.person_id.is_none_or(|trained| trained == person)
            })
        };
        self.persons
            .iter()
            .filter(|person| person.role == CarerRole::Applicant && !trained(person.id))
            .map(|person| person.id)
            .collect()
    }
}
