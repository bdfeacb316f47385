//! The assessments that lead into care, and the rules that are stepped over on the way.
use chrono::NaiveDate;

use super::{Writer, care::LAW};
use crate::{
    assessments::{
        AssessmentCompletion, AssessmentOutcome, AssessmentStart, AssessmentSubmission, CareOption,
        Findings, Necessity, NewAssessment, NewDecision, OptionEffort, OptionFinding,
        PastAssessment, Prevention, ResidentialFinding, ResidentialFindings, Suitability,
        SuitabilityFinding, TeamMember, store,
    },
    children::ChildViews,
    platform::{db::Tx, error::Result},
    seed::{
        dice::after,
        plan::{Ix, Stay, With},
    },
};

/// Days of an assessment before a planned entry, and after one in an emergency.
const BEFORE: [i64; 5] = [-40, -36, -12, -9, -3];
pub(super) const AFTER: [i64; 5] = [0, 1, 4, 5, 7];

impl Writer<'_> {
    /// What was found and decided before a child came to live there.
    pub(super) fn assess(&mut self, tx: &mut Tx<'_>, child: Ix, stay: Stay) -> Result<()> {
        self.assess_on(tx, child, stay, BEFORE)
    }

    /// The same, on these days from the first one on: asked for, begun, completed, submitted, decided.
    pub(super) fn assess_on(
        &mut self,
        tx: &mut Tx<'_>,
        child: Ix,
        stay: Stay,
        [asked, begun, completed, submitted, decided]: [i64; 5],
    ) -> Result<()> {
        let day = |days| after(stay.from, days);
        let residential = matches!(stay.with, With::Facility(..));
        let past = PastAssessment {
            request: NewAssessment {
                kind: "gatekeeping".to_owned(),
                requested_on: day(asked),
                reason: "The centre was told that nobody can look after the child.".to_owned(),
                due_on: Some(day(completed + 2)),
            },
            start: AssessmentStart { started_on: day(begun), team: self.team(child) },
            completion: AssessmentCompletion {
                completed_on: day(completed),
                findings: findings(stay, residential),
                recommendation: recommendation(stay.care_type, residential).to_owned(),
                poverty_only: false,
                valid_until: None,
                overrides: Vec::new(),
            },
            submission: AssessmentSubmission { submitted_on: day(submitted) },
            decision: self.approval(day(decided)),
        };
        let _taken_over = store::take_over(tx, self.child(child)?, &past)?;
        Ok(())
    }

    /// Two professions of the centre of the child's municipality.
    pub(super) fn team(&self, child: Ix) -> Vec<TeamMember> {
        let centre = self.centre(&self.plan.people.at(child).new.area_code);
        let member = |name: &str, profession: &str, lead| TeamMember {
            name: name.to_owned(),
            profession: profession.to_owned(),
            organisation_id: centre,
            lead,
        };
        vec![
            member("Miroslava Jablanović", "psychologist", true),
            member("Rastko Dunjić", "social_worker", false),
        ]
    }

    /// What the commission decides: what was recommended.
    pub(super) fn approval(&mut self, on: NaiveDate) -> NewDecision {
        NewDecision {
            outcome: AssessmentOutcome::Approved,
            decided_on: on,
            decided_by: self.country.national,
            body: "gatekeeping_commission".to_owned(),
            reference_no: self.decision(on),
            legal_basis: LAW.to_owned(),
            appeal_until: Some(after(on, 15)),
            recommendation: None,
            reason: None,
            overrides: Vec::new(),
        }
    }
}

fn recommendation(care_type: &str, residential: bool) -> &'static str {
    match care_type {
        _ if residential => "residential_planned",
        "kinship_formal" | "guardian_care" => "kinship",
        "pre_adoptive" | "foster_to_adopt" => "adoption",
        "supervised_independent_living" => "supervised_independent_living",
        _ => "foster",
    }
}

fn findings(stay: Stay, residential: bool) -> Findings {
    let suits = |care_type: &str, finding, reason: &str| SuitabilityFinding {
        care_type: care_type.to_owned(),
        finding,
        reason: reason.to_owned(),
    };
    let chosen = suits(stay.care_type, Suitability::Preferred, "It fits the child best.");
    let suitability = if residential {
        let none = "No family with room for the child was found.";
        vec![chosen, suits("foster_long_term", Suitability::Unavailable, none)]
    } else {
        vec![chosen, suits("small_group_home", Suitability::Unsuitable, "A family is there.")]
    };
    let tried = |option| OptionFinding {
        option,
        effort: OptionEffort::Tried,
        considered_on: after(stay.from, -30),
        outcome: "It was not enough, or nobody could.".to_owned(),
    };
    Findings {
        child_seen: true,
        child_seen_alone: false,
        child_views: ChildViews {
            views: Some("Wants to stay near school and friends.".to_owned()),
            method: None,
            none_because: None,
        },
        parents_consulted: true,
        not_consulted_because: None,
        necessity: Necessity::Necessary,
        necessity_reasons: "Nobody is there who could care for the child at home.".to_owned(),
        suitability,
        options_exhausted: [CareOption::FamilySupport, CareOption::Kinship, CareOption::Foster]
            .map(tried)
            .into(),
        prevention: vec![Prevention {
            service_type: "family_outreach".to_owned(),
            provided_from: after(stay.from, -200),
            provided_to: Some(after(stay.from, -40)),
            outcome: "It helped for a while.".to_owned(),
        }],
        residential: residential.then(last_resort),
        best_interests_statement: "Nothing else would keep the child safe.".to_owned(),
    }
}

fn last_resort() -> ResidentialFindings {
    let holds = || ResidentialFinding {
        holds: true,
        reason: "No family in the district has room.".to_owned(),
    };
    ResidentialFindings {
        short_term: holds(),
        last_resort: holds(),
        absolutely_necessary: holds(),
        best_interests: holds(),
    }
}
