//! An approval: who may live with a family, on which terms, from when to when.
use chrono::NaiveDate;
use diesel::{deserialize, pg::Pg, pg::PgValue, prelude::*, sql_types::Jsonb};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use super::CarerFamilyId;
use crate::{
    page_of,
    platform::{
        error::{Error, Result},
        id::{Id, Kind},
        items::{Code, codes},
        time::{add_months, within},
    },
    record,
    reference::organisations::OrganisationId,
    schema::carer_approvals,
    text_enum,
};

text_enum! {
    /// Sex of the children whom a family may or would take.
    pub enum CarerSex {
        Any = "any",
        Female = "female",
        Male = "male",
    }
}

impl CarerSex {
    /// Whether a child of this sex, a code of the list `sex`, is meant.
    #[must_use]
    pub fn covers(self, sex: &str) -> bool {
        self == Self::Any || self.as_str() == sex
    }
}

/// A child as this domain knows one: by its id, in data about a family. Whoever is told the id is told
/// of the child.
#[derive(Debug)]
pub struct NamedChild;

impl Kind for NamedChild {
    const NAME: &'static str = "child";
    const ID_SCHEMA: &'static str = "ChildId";
    const PERSONAL: bool = true;
    const PERSON: bool = true;
    const MENTIONED: bool = true;
    const EXAMPLE: &'static str = "5f0c1a52-7d3e-4b8a-9c61-2f4e8d7a1b90";
}

pub type NamedChildId = Id<NamedChild>;

/// A child who does not count against the limit for a time.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(as = CarerExemption)]
pub struct Exemption {
    /// The child.
    pub child_id: NamedChildId,
    /// First day on which the exemption holds no longer.
    #[schema(example = "2027-01-01")]
    pub until: NaiveDate,
}

/// Exemptions as they are stored.
#[derive(Debug, diesel::FromSqlRow)]
pub struct Exemptions(Vec<Exemption>);

impl deserialize::FromSql<Jsonb, Pg> for Exemptions {
    fn from_sql(bytes: PgValue<'_>) -> deserialize::Result<Self> {
        let value = <serde_json::Value as deserialize::FromSql<Jsonb, Pg>>::from_sql(bytes)?;
        Ok(Self(serde_json::from_value(value)?))
    }
}

impl From<Exemptions> for Vec<Exemption> {
    fn from(exemptions: Exemptions) -> Self {
        exemptions.0
    }
}

pub type ApprovalId = Id<Approval>;

/// A decision that children may live with a family (UN Guidelines ¶73, ¶118–119).
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema, Queryable, Selectable)]
#[diesel(table_name = carer_approvals, check_for_backend(Pg))]
#[schema(as = CarerApproval)]
pub struct Approval {
    pub id: ApprovalId,
    /// The family.
    pub carer_family_id: CarerFamilyId,
    /// The organisation whose panel decided.
    pub decided_by: OrganisationId,
    /// Number of the decision.
    #[schema(example = "560-0142/2026")]
    pub decision_no: String,
    /// Day of the decision.
    #[schema(example = "2026-02-20")]
    pub decided_on: NaiveDate,
    /// Day on which the home study was completed that the decision stands on.
    #[schema(example = "2026-01-15")]
    pub assessed_on: NaiveDate,
    /// First day on which it holds.
    #[schema(example = "2026-03-01")]
    pub valid_from: NaiveDate,
    /// First day on which it holds no longer.
    #[schema(example = "2029-03-01")]
    pub valid_to: NaiveDate,
    /// Most children at one time; sibling groups and named exemptions apart.
    #[schema(example = 3)]
    pub max_children: i32,
    /// Youngest age of a child at the start, in whole years.
    #[schema(example = 0)]
    pub age_min: i32,
    /// Oldest age of a child at the start, in whole years.
    #[schema(example = 12)]
    pub age_max: i32,
    /// Sex of the children.
    pub sex: CarerSex,
    /// Whether a group of siblings may be placed together.
    #[schema(example = true)]
    pub siblings_allowed: bool,
    /// Kinds of care: codes of the list `carer_purpose`.
    #[schema(example = json!(["foster"]))]
    pub purposes: Vec<String>,
    /// The only children for whom it is meant, as with relatives; empty if it is not so limited.
    #[schema(example = json!([]))]
    pub named_children: Vec<NamedChildId>,
    /// Children who do not count against the limit for a time.
    #[diesel(deserialize_as = Exemptions)]
    #[schema(example = json!([]))]
    pub exemptions: Vec<Exemption>,
    /// First day on which it held no longer, if it ended early.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2028-06-01")]
    pub ended_on: Option<NaiveDate>,
    /// Why it ended early: a code of the list `carer_end_reason`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "resigned")]
    pub end_reason: Option<String>,
    /// Version of the record.
    #[schema(example = 1)]
    pub version: i64,
}

page_of!(
    /// Some approvals of a family, by first day.
    CarerApprovalPage, Approval
);

record!(Approval {
    name: "carer_approval",
    id: "CarerApprovalId",
    example: "9c2d7e10-3b5a-4c8e-8f21-6a7b8c9d0e1f",
    personal: true,
    under: carer_family_id,
});

impl Approval {
    /// First day on which it holds no longer, by its dates or because it ended early.
    #[must_use]
    pub fn end(&self) -> NaiveDate {
        self.ended_on.unwrap_or(self.valid_to)
    }

    /// Whether it holds on that day. On `valid_to` it holds no longer.
    #[must_use]
    pub fn in_force_on(&self, day: NaiveDate) -> bool {
        within(day, self.valid_from, Some(self.end()))
    }

    /// Whether its terms let this child live with the family for this purpose. `age` is in whole
    /// years on the first day, `sex` a code of the list `sex`. The number of children is not looked
    /// at, for it takes the placements to judge it.
    #[must_use]
    pub fn covers(&self, purpose: &str, age: i32, sex: &str, child: Uuid) -> bool {
        self.outside_terms(purpose, age, sex, child).is_none()
    }

    /// The first of its terms that such a placement would break, by the term's name here.
    #[must_use]
    pub fn outside_terms(
        &self,
        purpose: &str,
        age: i32,
        sex: &str,
        child: Uuid,
    ) -> Option<&'static str> {
        [
            ("purposes", self.purposes.iter().any(|covered| covered == purpose)),
            ("age_min", self.age_min <= age),
            ("age_max", age <= self.age_max),
            ("sex", self.sex.covers(sex)),
            (
                "named_children",
                self.named_children.is_empty()
                    || self.named_children.contains(&NamedChildId::from_untyped(child)),
            ),
        ]
        .into_iter()
        .find_map(|(term, kept)| (!kept).then_some(term))
    }

    /// Whether this child does not count against the limit on that day.
    #[must_use]
    pub fn exempts(&self, child: Uuid, day: NaiveDate) -> bool {
        let child = NamedChildId::from_untyped(child);
        self.exemptions.iter().any(|exemption| exemption.child_id == child && day < exemption.until)
    }
}

/// The terms of a new approval, or of its renewal.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewCarerApproval {
    /// The organisation whose panel decided.
    pub decided_by: OrganisationId,
    /// Number of the decision.
    #[validate(length(min = 1, max = 100))]
    #[schema(min_length = 1, max_length = 100, example = "560-0142/2026")]
    pub decision_no: String,
    /// Day of the decision, not in the future.
    #[schema(example = "2026-02-20")]
    pub decided_on: NaiveDate,
    /// Day on which the home study was completed that the decision stands on.
    #[schema(example = "2026-01-15")]
    pub assessed_on: NaiveDate,
    /// First day on which it holds, not before the decision.
    #[schema(example = "2026-03-01")]
    pub valid_from: NaiveDate,
    /// First day on which it holds no longer; the parameter `carer_approval_years` limits it.
    #[schema(example = "2029-03-01")]
    pub valid_to: NaiveDate,
    /// Most children at one time; sibling groups and named exemptions apart. The parameter
    /// `foster_max_children` limits it for those who foster.
    #[validate(range(min = 1, max = 12))]
    #[schema(minimum = 1, maximum = 12, example = 3)]
    pub max_children: i32,
    /// Youngest age of a child at the start, in whole years.
    #[validate(range(min = 0, max = 25))]
    #[schema(minimum = 0, maximum = 25, example = 0)]
    pub age_min: i32,
    /// Oldest age of a child at the start, in whole years.
    #[validate(range(min = 0, max = 25))]
    #[schema(minimum = 0, maximum = 25, example = 12)]
    pub age_max: i32,
    /// Sex of the children.
    pub sex: CarerSex,
    /// Whether a group of siblings may be placed together.
    #[schema(example = true)]
    pub siblings_allowed: bool,
    /// Kinds of care: codes of the list `carer_purpose`, each one of the family's own.
    #[validate(length(min = 1, max = 20), custom(function = "codes"))]
    #[schema(value_type = Vec<Code>, inline, min_items = 1, max_items = 20, example = json!(["foster"]))]
    pub purposes: Vec<String>,
    /// The only children for whom it is meant, as with relatives; none if it is not so limited.
    #[serde(default)]
    #[validate(length(max = 12))]
    #[schema(max_items = 12, example = json!([]))]
    pub named_children: Vec<NamedChildId>,
    /// Children who do not count against the limit for a time.
    #[serde(default)]
    #[validate(nested, length(max = 12))]
    #[schema(max_items = 12, example = json!([]))]
    pub exemptions: Vec<Exemption>,
}

impl NewCarerApproval {
    /// Refuses dates and ages that cannot be. `most_years` is how long an approval may run.
    pub fn check(&self, most_years: u32) -> Result<()> {
        let latest = add_months(self.valid_from, most_years.saturating_mul(12));
        let faults = [
            (
                self.valid_from < self.decided_on,
                "/valid_from",
                "out_of_order",
                "must not be before decided_on",
            ),
            (
                self.valid_to <= self.valid_from,
                "/valid_to",
                "out_of_order",
                "must be after valid_from",
            ),
            (
                self.valid_to > latest,
                "/valid_to",
                "too_long",
                "is later than the longest approval allows",
            ),
            (
                self.age_max < self.age_min,
                "/age_max",
                "out_of_order",
                "must not be less than age_min",
            ),
        ];
        match faults.into_iter().find(|(wrong, ..)| *wrong) {
            Some((_, pointer, code, detail)) => Err(Error::value(pointer, code, detail)),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().unwrap()
    }

    fn approval() -> Approval {
        Approval {
            id: ApprovalId::generate(),
            carer_family_id: CarerFamilyId::generate(),
            decided_by: OrganisationId::generate(),
            decision_no: "1".to_owned(),
            decided_on: day("2026-01-01"),
            assessed_on: day("2026-01-01"),
            valid_from: day("2026-01-01"),
            valid_to: day("2027-01-01"),
            max_children: 3,
            age_min: 2,
            age_max: 10,
            sex: CarerSex::Female,
            siblings_allowed: true,
            purposes: vec!["foster".to_owned()],
            named_children: Vec::new(),
            exemptions: Vec::new(),
            ended_on: None,
            end_reason: None,
            version: 1,
        }
    }

    #[test]
    fn an_approval_expires_at_the_midnight_before_its_last_date() {
        let mut approval = approval();
        for (on, holds) in [
            ("2025-12-31", false),
            ("2026-01-01", true),
            ("2026-12-31", true),
            ("2027-01-01", false),
        ] {
            assert_eq!(approval.in_force_on(day(on)), holds, "{on}");
        }
        approval.ended_on = Some(day("2026-06-01"));
        assert!(approval.in_force_on(day("2026-05-31")));
        assert!(!approval.in_force_on(day("2026-06-01")));
    }

    #[test]
    fn the_terms_say_which_children_may_come() {
        let (mut approval, child) = (approval(), Uuid::new_v4());
        let broken = |approval: &Approval, purpose, age, sex| {
            approval.outside_terms(purpose, age, sex, child)
        };
        assert_eq!(broken(&approval, "foster", 2, "female"), None);
        assert_eq!(broken(&approval, "foster", 10, "female"), None);
        assert_eq!(broken(&approval, "adoption", 2, "female"), Some("purposes"));
        assert_eq!(broken(&approval, "foster", 1, "female"), Some("age_min"));
        assert_eq!(broken(&approval, "foster", 11, "female"), Some("age_max"));
        assert_eq!(broken(&approval, "foster", 2, "male"), Some("sex"));
        assert_eq!(broken(&approval, "foster", 2, "unknown"), Some("sex"));
        approval.sex = CarerSex::Any;
        assert_eq!(broken(&approval, "foster", 2, "unknown"), None);
        approval.named_children = vec![NamedChildId::generate()];
        assert_eq!(broken(&approval, "foster", 2, "male"), Some("named_children"));
        approval.named_children.push(NamedChildId::from_untyped(child));
        assert!(approval.covers("foster", 2, "male", child));
    }

    #[test]
    fn an_exemption_ends_at_the_midnight_before_its_date() {
        let (mut approval, child) = (approval(), Uuid::new_v4());
        approval.exemptions = vec![Exemption {
            child_id: NamedChildId::from_untyped(child),
            until: day("2026-06-01"),
        }];
        assert!(approval.exempts(child, day("2026-05-31")));
        assert!(!approval.exempts(child, day("2026-06-01")));
        assert!(!approval.exempts(Uuid::new_v4(), day("2026-05-31")));
    }
}
