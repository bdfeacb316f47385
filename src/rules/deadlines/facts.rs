//! The facts that deadlines come from. Whoever gathers them leaves out what was entered in error.
use chrono::NaiveDate;
use serde::Deserialize;
use uuid::Uuid;

/// A child who is alive and not adopted.
#[derive(Debug, Clone, Default)]
pub struct ChildFacts {
    pub id: Uuid,
    /// The latest day on which it may have been born.
    pub born: Option<NaiveDate>,
    /// When it was registered.
    pub registered_on: NaiveDate,
    pub without_parental_care: bool,
    pub parents: ParentsMeaning,
    /// The care period that is open.
    pub period: Option<PeriodFacts>,
    /// Its placements that live, by first day, of all care periods.
    pub placements: Vec<PlacementFacts>,
    /// Its reviews, by the day on which they are due.
    pub reviews: Vec<ReviewFacts>,
    /// Its care plans that were approved.
    pub plans: Vec<PlanFacts>,
    /// The days until which its approved assessments hold.
    pub assessed_until: Vec<NaiveDate>,
    /// The days on which assessments for leaving care were completed.
    pub leaving_assessed_on: Vec<NaiveDate>,
    /// Its legal statuses on every axis, by first day.
    pub measures: Vec<MeasureFacts>,
    /// Absences that have not ended.
    pub absences: Vec<AbsenceFacts>,
    /// The last day on which a worker saw it.
    pub seen_on: Option<NaiveDate>,
    /// The last day on which it had contact with somebody of its family.
    pub contact_on: Option<NaiveDate>,
    /// The last day of all restrictions of contact that have begun: the first on which none holds.
    pub restricted_until: Option<NaiveDate>,
    /// Since when it is missing.
    pub missing_since: Option<NaiveDate>,
    /// The overrides of its placement that goes on.
    pub overrides: Vec<OverrideFacts>,
    /// Records that may be of the same child.
    pub doubles: Vec<DoubleFacts>,
}

#[derive(Debug, Clone, Default)]
pub struct DoubleFacts {
    pub id: Uuid,
    pub other: Uuid,
    /// What speaks for one child, in bits.
    pub weight: f64,
    pub found_on: NaiveDate,
}

#[derive(Debug, Clone, Default)]
pub struct PeriodFacts {
    pub id: Uuid,
    pub started_on: NaiveDate,
    /// Whether it began without an assessment: in an emergency, or on one that was entered in error.
    pub unassessed: bool,
    /// Day on which the registry learned of it; absent where it took a past over.
    pub recorded_on: Option<NaiveDate>,
}

#[derive(Debug, Clone, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is so or not, by itself")]
pub struct PlacementFacts {
    pub id: Uuid,
    pub started_on: NaiveDate,
    pub ended_on: Option<NaiveDate>,
    pub residential: bool,
    pub emergency: bool,
    /// Whether it lives with parents or relatives there.
    pub kin: bool,
    /// Whether it stayed in the home where it lived until then, by other terms.
    pub same_home: bool,
}

#[derive(Debug, Clone, Default)]
pub struct ReviewFacts {
    pub id: Uuid,
    pub due_on: NaiveDate,
    /// Absent while it is only called.
    pub held_on: Option<NaiveDate>,
    pub next_due_on: Option<NaiveDate>,
    /// Whether it decided that the child is to live elsewhere, or that care is to end.
    pub moves: bool,
}

#[derive(Debug, Clone, Default)]
pub struct PlanFacts {
    pub period_id: Option<Uuid>,
    /// Whether its goal is a life of one's own.
    pub leaving: bool,
}

/// Which parents a child has whom anybody could ask, by the attributes of its code of the list `parental_status`.
#[derive(Debug, Clone, Copy, Default, Deserialize)]
#[serde(default)]
pub struct ParentsMeaning {
    pub no_mother: bool,
    pub no_father: bool,
}

impl ParentsMeaning {
    /// Whether there are no parents to ask.
    #[must_use]
    pub const fn nobody(self) -> bool {
        self.no_mother && self.no_father
    }
}

/// Whether a parent answers for the child.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ParentAnswers {
    #[default]
    Yes,
    /// The rights are held by somebody, but not used now.
    NotNow,
    /// Nobody holds the rights.
    Never,
    /// It is not determined who holds them.
    Unknown,
}

impl ParentAnswers {
    /// Whether nobody is known to hold the rights.
    #[must_use]
    pub const fn is_nobody(self) -> bool {
        matches!(self, Self::Never | Self::Unknown)
    }
}

/// What a legal status means, by the attributes of its code.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(default)]
pub struct StatusMeaning {
    /// The parameter that limits how long it may last, in hours or in days.
    pub max_hours_parameter: Option<String>,
    pub max_days_parameter: Option<String>,
    pub parent_answers: ParentAnswers,
    /// A guardian stands up for the child in one matter alone.
    pub in_one_matter: bool,
}

impl StatusMeaning {
    /// Whether it may last only so long.
    #[must_use]
    pub const fn is_limited(&self) -> bool {
        self.max_hours_parameter.is_some() || self.max_days_parameter.is_some()
    }
}

/// A legal status.
#[derive(Debug, Clone, Default)]
pub struct MeasureFacts {
    pub id: Uuid,
    pub axis: String,
    pub means: StatusMeaning,
    pub valid_from: NaiveDate,
    pub valid_to: Option<NaiveDate>,
}

#[derive(Debug, Clone, Default)]
pub struct AbsenceFacts {
    pub id: Uuid,
    pub started_on: NaiveDate,
    /// The parameter that says how long it may last.
    pub limit: String,
}

#[derive(Debug, Clone, Default)]
pub struct OverrideFacts {
    pub id: Uuid,
    /// First day on which the rule is no longer stepped over.
    pub until: NaiveDate,
}

/// A carer family that is approved or suspended, or was until its approval ended.
#[derive(Debug, Clone, Default)]
pub struct FamilyFacts {
    pub id: Uuid,
    /// Whether it may take in children as far as its state goes.
    pub approved: bool,
    /// When it came to be in its state.
    pub since: NaiveDate,
    /// Whether children live there.
    pub occupied: bool,
    /// Whether it fosters and has no centre's support.
    pub unsupported: bool,
    /// Its last approval: id, first day, first day on which it no longer holds.
    pub approval: Option<(Uuid, NaiveDate, NaiveDate)>,
    /// The last day on which it was reviewed.
    pub reviewed_on: Option<NaiveDate>,
    /// The last check of each kind and person that was passed and runs out.
    pub checks: Vec<CheckFacts>,
}

#[derive(Debug, Clone, Default)]
pub struct CheckFacts {
    pub id: Uuid,
    pub valid_until: NaiveDate,
}

/// A worker of an organisation, and since when and until when of each case in charge of it.
#[derive(Debug, Clone, Default)]
pub struct CaseloadFacts {
    pub id: Uuid,
    pub in_charge: Vec<(NaiveDate, Option<NaiveDate>)>,
}

/// A facility that takes in children, or still has some.
#[derive(Debug, Clone, Default)]
pub struct FacilityFacts {
    pub id: Uuid,
    /// Since when it is registered, or has been open.
    pub since: Option<NaiveDate>,
    /// First day on which its last registration no longer holds.
    pub registered_until: Option<NaiveDate>,
    pub inspected_on: Option<NaiveDate>,
    pub visited_unannounced_on: Option<NaiveDate>,
    /// What its latest staff snapshot says.
    pub staff: Option<StaffFacts>,
    /// The plan by which it is transformed.
    pub transformation: Option<TransformationFacts>,
    /// Transition plans out of it that are not carried out, and the day of each.
    pub transitions: Vec<(Uuid, NaiveDate)>,
}

/// A transformation plan that was approved and has not ended.
#[derive(Debug, Clone, Default)]
pub struct TransformationFacts {
    pub id: Uuid,
    /// Children who live there today.
    pub children: u32,
    /// From which day on how many may at most.
    pub targets: Vec<(NaiveDate, u32)>,
    /// The days by which what is not done yet is to be done.
    pub milestones: Vec<NaiveDate>,
}

/// Who worked in a facility on a day.
#[derive(Debug, Clone, Default)]
pub struct StaffFacts {
    pub taken_on: NaiveDate,
    /// Those in roles of whom a qualification is asked.
    pub headcount: u32,
    /// Those of them who have it.
    pub qualified: u32,
    /// The shifts for which there is a norm.
    pub shifts: Vec<ShiftFacts>,
}

#[derive(Debug, Clone, Default)]
pub struct ShiftFacts {
    pub children_per_carer: f64,
    /// The parameter that says how many there may be.
    pub limit: String,
}
