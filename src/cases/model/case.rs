//! A case: whose it is, where it stands, who is in charge.
use std::fmt;

use chrono::NaiveDate;
use diesel::{
    deserialize,
    pg::{Pg, PgValue},
    prelude::*,
    sql_types::Jsonb,
};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use super::CaseState;
use crate::{
    children::ChildId,
    families::FamilyId,
    page_of,
    platform::{
        gathered::{Gathered, Parts},
        id::{Id, Kind},
        journal::Subject,
        vault::Opened,
        version::Versioned,
    },
    reference::organisations::OrganisationId,
    schema::cases,
    sealed_columns, text_enum,
};

pub type CaseId = Id<Case>;

text_enum! {
    /// How soon a case is to be worked on.
    pub enum CasePriority {
        Urgent = "urgent",
        High = "high",
        Normal = "normal",
        Low = "low",
    }
}

/// Work with a child, or with a family.
#[derive(
    Clone, Serialize, Deserialize, ToSchema, Queryable, Selectable, Insertable, AsChangeset,
)]
#[diesel(table_name = cases, check_for_backend(Pg), treat_none_as_null = true, treat_none_as_default_value = false)]
#[schema(example = json!({
    "id": Case::EXAMPLE, "case_no": "CS-2026-000123-52", "child_id": "5f0c1a52-7d3e-4b8a-9c61-2f4e8d7a1b90",
    "organisation_id": "0199a5b2-0003-7000-8000-000000000001", "state": "assessing", "state_since": "2026-03-04",
    "state_reason": "The family was visited and agrees.",
    "states": [{"state": "new", "valid_from": "2026-03-02", "valid_to": "2026-03-02"},
               {"state": "registered", "valid_from": "2026-03-02", "valid_to": "2026-03-04"},
               {"state": "assessing", "valid_from": "2026-03-04"}],
    "opened_on": "2026-03-02", "referral_source": "school", "referral_on": "2026-02-27",
    "primary_need": "family_acute_stress", "immediate_risk": false, "priority": "normal",
    "managers": [{"name": "Milica Jovanović", "worker_id": "worker-4711",
                  "organisation_id": "0199a5b2-0003-7000-8000-000000000001", "reason": "first_contact",
                  "valid_from": "2026-03-02"}],
    "team": [{"name": "Petar Ilić", "worker_id": "worker-4712"}], "version": 3,
}))]
pub struct Case {
    pub id: CaseId,
    /// Registry number, with a check.
    #[schema(example = "CS-2026-000123-52")]
    pub case_no: String,
    /// The child with whom it deals. Each case has either a child or a family.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub child_id: Option<ChildId>,
    /// The family with which it deals.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub family_id: Option<FamilyId>,
    /// The organisation that is responsible for it.
    pub organisation_id: OrganisationId,
    /// Where it is in its life.
    pub state: CaseState,
    /// Day on which it came there.
    #[schema(example = "2026-03-02")]
    pub state_since: NaiveDate,
    /// Why it came there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "The father has come back and works again.")]
    #[diesel(select_expression = (cases::id, cases::state_reason))]
    #[diesel(select_expression_type = (cases::id, cases::state_reason))]
    #[diesel(deserialize_as = Opened<cases::state_reason, Option<String>>)]
    #[diesel(skip_insertion, skip_update)]
    pub state_reason: Option<String>,
    /// The states that it has been in, oldest first; the last one is its own.
    #[diesel(select_expression = parts(STATES), select_expression_type = Gathered)]
    #[diesel(deserialize_as = Parts<CaseStatePeriod>, skip_insertion, skip_update)]
    pub states: Vec<CaseStatePeriod>,
    /// Day on which it was opened.
    #[schema(example = "2026-03-02")]
    pub opened_on: NaiveDate,
    /// Day on which it was closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2026-11-02")]
    pub closed_on: Option<NaiveDate>,
    /// Why it was closed: a code of the list `case_closure`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "services_ceased")]
    pub closure_reason: Option<String>,
    /// Who brought it to the notice of the organisation: a code of the list `referral_source`.
    #[schema(example = "school")]
    pub referral_source: String,
    /// Day on which that was done.
    #[schema(example = "2026-02-27")]
    pub referral_on: NaiveDate,
    /// Why there is a need for services: a code of the list `primary_need`. It stays as it was at first.
    #[schema(example = "family_acute_stress")]
    pub primary_need: String,
    /// Whether the child, or a child of the family, is in danger now (UN Guidelines ¶58).
    #[schema(example = false)]
    pub immediate_risk: bool,
    /// How soon it is to be worked on.
    pub priority: CasePriority,
    /// Who was in charge, oldest first; the last one is in charge while the case is open.
    #[diesel(select_expression = parts("case_managers"), select_expression_type = Gathered)]
    #[diesel(deserialize_as = Parts<CaseManager>, skip_insertion, skip_update)]
    pub managers: Vec<CaseManager>,
    /// Who else works on it.
    #[diesel(deserialize_as = Team, skip_insertion, skip_update)]
    pub team: Vec<CaseWorker>,
    /// The case that goes on in its place, if it is a duplicate.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub survivor_id: Option<CaseId>,
    /// Version of the record.
    #[schema(example = 1)]
    pub version: i64,
}

sealed_columns!(cases: Identifying { state_reason });

/// The states with their ends.
const STATES: &str = "(SELECT *, lead(valid_from) OVER (PARTITION BY case_id ORDER BY place) \
    AS valid_to FROM case_states)";

/// The rows of a table that belong to the case, as one JSON array: a case is read in one query.
fn parts(table: &str) -> Gathered {
    Gathered(format!(
        "(SELECT coalesce(json_agg(t ORDER BY t.place), '[]') \
         FROM {table} t WHERE t.case_id = cases.id)"
    ))
}

page_of!(
    /// Some cases, in the order asked for.
    counted CasePage, Case
);

impl Kind for Case {
    const NAME: &'static str = "case";
    const ID_SCHEMA: &'static str = "CaseId";
    const PERSONAL: bool = true;
    const EXAMPLE: &'static str = "9a4e1c70-5d2b-4f83-b6e7-0c8d9f1a2b35";
}

impl Versioned for Case {
    fn version(&self) -> i64 {
        self.version
    }
}

impl Subject for Case {
    fn subject_id(&self) -> Uuid {
        self.id.untyped()
    }

    /// It hangs on the child, or on the family.
    fn parent(&self) -> Option<Uuid> {
        self.child_id.map(Id::untyped).or(self.family_id.map(Id::untyped))
    }
}

impl fmt::Debug for Case {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Case({})", self.id)
    }
}

/// A state that a case was in, and from when to when.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct CaseStatePeriod {
    /// The state.
    pub state: CaseState,
    /// First day in this state.
    #[schema(example = "2026-03-02")]
    pub valid_from: NaiveDate,
    /// First day no longer in it; the same as `valid_from` if another step followed that day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2026-03-04")]
    pub valid_to: Option<NaiveDate>,
}

/// Who is in charge of a case, or was, and from when to when.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
pub struct CaseManager {
    /// Name of the worker.
    #[schema(example = "Milica Jovanović")]
    pub name: String,
    /// Id by which the organisation's own system knows the worker.
    #[schema(example = "worker-4711")]
    pub worker_id: String,
    /// The organisation to which the worker belongs.
    pub organisation_id: OrganisationId,
    /// Why this worker came: a code of the list `worker_change`.
    #[schema(example = "first_contact")]
    pub reason: String,
    /// First day.
    #[schema(example = "2026-03-02")]
    pub valid_from: NaiveDate,
    /// First day on which it was another one, or nobody.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2026-07-01")]
    pub valid_to: Option<NaiveDate>,
}

impl fmt::Debug for CaseManager {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "CaseManager({} to {:?})", self.valid_from, self.valid_to)
    }
}

/// A worker, as the organisation's own system knows them.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CaseWorker {
    /// Name of the worker.
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200, example = "Milica Jovanović")]
    pub name: String,
    /// Id by which the organisation's own system knows the worker.
    #[validate(length(min = 1, max = 64))]
    #[schema(min_length = 1, max_length = 64, example = "worker-4711")]
    pub worker_id: String,
}

impl fmt::Debug for CaseWorker {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CaseWorker(…)")
    }
}

/// A team as it is stored.
#[derive(Debug, diesel::FromSqlRow)]
pub struct Team(Vec<CaseWorker>);

impl deserialize::FromSql<Jsonb, Pg> for Team {
    fn from_sql(bytes: PgValue<'_>) -> deserialize::Result<Self> {
        let value = <serde_json::Value as deserialize::FromSql<Jsonb, Pg>>::from_sql(bytes)?;
        Ok(Self(serde_json::from_value(value)?))
    }
}

impl From<Team> for Vec<CaseWorker> {
    fn from(team: Team) -> Self {
        team.0
    }
}
