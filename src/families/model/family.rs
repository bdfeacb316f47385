//! A family of origin: its members, what endangers its children, what was done to help.
use std::{collections::BTreeSet, fmt};

use chrono::NaiveDate;
use diesel::{pg::Pg, prelude::*};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::FamilyState;
use crate::{
    children::ChildId,
    page_of,
    platform::{
        disclosure::mention,
        error::{Error, Fault, Result},
        gathered::{Gathered, Parts},
        id::Id,
        time::check_period,
        vault::Opened,
    },
    record,
    reference::organisations::OrganisationId,
    schema::families,
    sealed_columns, text_enum,
};

pub type FamilyId = Id<Family>;

text_enum! {
    /// Whose condition a risk factor is.
    pub enum RiskSubject {
        Child = "child",
        Parent = "parent",
        Other = "other",
    }
}

text_enum! {
    /// What came of a support.
    pub enum SupportOutcome {
        Achieved = "achieved",
        PartlyAchieved = "partly_achieved",
        NotAchieved = "not_achieved",
        BrokenOff = "broken_off",
    }
}

/// A family in which children live, or from which they come.
#[derive(
    Clone, Serialize, Deserialize, ToSchema, Queryable, Selectable, Insertable, AsChangeset,
)]
#[diesel(table_name = families, check_for_backend(Pg), treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct Family {
    pub id: FamilyId,
    /// Registry number, with a check.
    #[schema(example = "FO-2026-000123-31")]
    pub family_no: String,
    /// What kind of family it is: a code of the list `family_type`.
    #[schema(example = "single_parent")]
    pub family_type: String,
    /// The organisation that is responsible: it and those above it know of the family.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub organisation_id: Option<OrganisationId>,
    /// Code of the area in which it lives.
    #[schema(example = "RS-20")]
    pub area_code: String,
    /// Day on which it was registered.
    #[schema(example = "2026-02-20")]
    pub registered_on: NaiveDate,
    /// Whether it is worked with.
    pub state: FamilyState,
    /// Day since which that is so.
    #[schema(example = "2026-02-20")]
    pub state_since: NaiveDate,
    /// Why that is so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "The mother found work and a larger flat.")]
    #[diesel(select_expression = (families::id, families::state_reason))]
    #[diesel(select_expression_type = (families::id, families::state_reason))]
    #[diesel(deserialize_as = Opened<families::state_reason, Option<String>>)]
    #[diesel(skip_insertion, skip_update)]
    pub state_reason: Option<String>,
    /// How great the risk is by the last assessment: a code of the list `risk_level`.
    #[schema(example = "medium")]
    pub risk_level: String,
    /// Why it was assessed so.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "The flat has no heating and the rent is not paid.")]
    #[diesel(select_expression = (families::id, families::risk_reason))]
    #[diesel(select_expression_type = (families::id, families::risk_reason))]
    #[diesel(deserialize_as = Opened<families::risk_reason, Option<String>>)]
    #[diesel(skip_insertion, skip_update)]
    pub risk_reason: Option<String>,
    /// The levels that it was assessed at, oldest first; the last one is its own.
    #[diesel(select_expression = parts(LEVELS, "t.place"))]
    #[diesel(select_expression_type = Gathered, deserialize_as = Parts<FamilyRiskLevel>)]
    #[diesel(skip_insertion, skip_update)]
    pub risk_levels: Vec<FamilyRiskLevel>,
    /// Who belongs to it, and who did.
    #[diesel(select_expression = parts("family_members", "t.place"))]
    #[diesel(select_expression_type = Gathered, deserialize_as = Parts<FamilyMember>)]
    #[diesel(skip_insertion, skip_update)]
    pub members: Vec<FamilyMember>,
    /// What endangers its children, or did.
    #[diesel(select_expression = parts("family_risk_factors", "t.identified_on, t.id"))]
    #[diesel(select_expression_type = Gathered, deserialize_as = Parts<FamilyRiskFactor>)]
    #[diesel(skip_insertion, skip_update)]
    pub risk_factors: Vec<FamilyRiskFactor>,
    /// What was done to help.
    #[diesel(select_expression = parts("family_support", "t.started_on, t.id"))]
    #[diesel(select_expression_type = Gathered, deserialize_as = Parts<FamilySupport>)]
    #[diesel(skip_insertion, skip_update)]
    pub support: Vec<FamilySupport>,
    /// Version of the record.
    #[schema(example = 1)]
    pub version: i64,
}

sealed_columns!(families: Identifying { state_reason, risk_reason });

/// The levels of risk with their ends.
const LEVELS: &str = "(SELECT *, lead(valid_from) OVER (PARTITION BY family_id ORDER BY place) \
    AS valid_to FROM family_risk_levels)";

/// The rows of a table that belong to the family, as one JSON array: a family is read in one query.
fn parts(table: &str, order: &str) -> Gathered {
    Gathered(format!(
        "(SELECT coalesce(json_agg(t ORDER BY {order}), '[]') \
         FROM {table} t WHERE t.family_id = families.id)"
    ))
}

page_of!(
    /// Some families, in the order asked for.
    counted FamilyPage, Family
);

record!(Family {
    name: "family",
    id: "FamilyId",
    example: "2d7c4e19-8b3f-4a60-9d52-7e1f0a6b8c34",
    personal: true,
    person: true,
});

impl fmt::Debug for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Family({})", self.id)
    }
}

/// Somebody who belongs to a family: a child of the registry, or somebody with a name, as far as it is known.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({
    "id": "1f4e2d3c-5b6a-4978-8695-a4b3c2d1e0f9", "role": "mother", "given_name": "Marija", "family_name": "Đorđević",
    "in_household": true, "valid_from": "2017-05-14", "parental_rights": "full", "whereabouts_known": true,
    "deceased": false,
}))]
pub struct FamilyMember {
    /// Id of the member.
    #[schema(example = "1f4e2d3c-5b6a-4978-8695-a4b3c2d1e0f9")]
    pub id: Uuid,
    /// What the member is to the children of the family: a code of the list `relationship`.
    #[schema(example = "mother")]
    pub role: String,
    /// The member, if a child of the registry.
    #[serde(default, skip_serializing_if = "Option::is_none", serialize_with = "mention")]
    #[schema(value_type = Option<ChildId>, nullable = false)]
    pub child_id: Option<ChildId>,
    /// Given name, of somebody who is not in the registry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "Marija")]
    pub given_name: Option<String>,
    /// Family name, of somebody who is not in the registry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "Đorđević")]
    pub family_name: Option<String>,
    /// Whether the member lives with the family.
    #[schema(example = true)]
    pub in_household: bool,
    /// First day on which this was so, if it is known.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2017-05-14")]
    pub valid_from: Option<NaiveDate>,
    /// First day on which this was so no longer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2025-09-01")]
    pub valid_to: Option<NaiveDate>,
    /// Which rights the member holds over the children, if a parent: a code of the list `parental_rights`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "full")]
    pub parental_rights: Option<String>,
    /// Whether it is known where the member is.
    #[schema(example = true)]
    pub whereabouts_known: bool,
    /// Whether the member is dead.
    #[schema(example = false)]
    pub deceased: bool,
}

impl fmt::Debug for FamilyMember {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "FamilyMember({})", self.id)
    }
}

/// Something that endangers the children of a family.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct FamilyRiskFactor {
    /// Id of the risk factor.
    #[schema(example = "7c1b9e52-4f0a-4d86-8a3e-5b2d6f7c8190")]
    pub id: Uuid,
    /// What it is: a code of the list `risk_factor`.
    #[schema(example = "alcohol_parent")]
    pub code: String,
    /// Whose condition it is.
    pub subject: RiskSubject,
    /// How serious it is: a code of the list `risk_level`.
    #[schema(example = "high")]
    pub severity: String,
    /// Day on which it was found.
    #[schema(example = "2026-02-20")]
    pub identified_on: NaiveDate,
    /// First day on which it was there no longer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2026-09-01")]
    pub ended_on: Option<NaiveDate>,
    /// Who told of it: a code of the list `referral_source`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "school")]
    pub source: Option<String>,
}

/// A level of risk, and from when to when the family was assessed at it.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct FamilyRiskLevel {
    /// A code of the list `risk_level`.
    #[schema(example = "medium")]
    pub risk_level: String,
    /// First day.
    #[schema(example = "2026-02-20")]
    pub valid_from: NaiveDate,
    /// First day of the next level; the same as `valid_from` if that was assessed on the same day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2026-06-01")]
    pub valid_to: Option<NaiveDate>,
}

/// Something that was done to help a family.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct FamilySupport {
    /// Id of the support.
    #[schema(example = "a3d5f7b9-1c2e-4f60-8b7a-9d0e1f2a3b4c")]
    pub id: Uuid,
    /// What: a code of the list `service_type`.
    #[schema(example = "intensive_family_support")]
    pub service_type: String,
    /// By whom, if an organisation of the registry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub provided_by: Option<OrganisationId>,
    /// First day.
    #[schema(example = "2026-03-02")]
    pub started_on: NaiveDate,
    /// First day on which it was given no longer.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2026-09-01")]
    pub ended_on: Option<NaiveDate>,
    /// What came of it; of what has ended only.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub outcome: Option<SupportOutcome>,
}

impl Family {
    /// Refuses members that do not go together.
    pub fn check(&self) -> Result<()> {
        let mut faults = Vec::new();
        let mut children = BTreeSet::new();
        for (index, member) in self.members.iter().enumerate() {
            let at = format!("/members/{index}");
            check_period(&at, member.valid_from, member.valid_to, &mut faults);
            let named = member.given_name.is_some() || member.family_name.is_some();
            if named && member.child_id.is_some() {
                let detail = "a child of the registry has its name in its own record";
                faults.push(Fault::new(format!("{at}/child_id"), "one_of_two", detail));
            }
            if member.child_id.is_some_and(|child| !children.insert(child)) {
                let detail = "is a member of the family already";
                faults.push(Fault::new(format!("{at}/child_id"), "repeated", detail));
            }
        }
        if faults.is_empty() { Ok(()) } else { Err(Error::Invalid(faults)) }
    }
}
