//! The record of a court case, and how it lies in its table.
use chrono::NaiveDate;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    content::{CourtDecision, CourtHearing},
    state::CourtCaseState,
};
use crate::{
    children::ChildId,
    page_of,
    platform::{db::Tx, error::Result, id::Id, vault::Opened},
    record,
    schema::court_cases,
    sealed_columns,
};

pub type CourtCaseId = Id<CourtCase>;

/// A case before a court about one child.
#[derive(
    Clone,
    PartialEq,
    Eq,
    Serialize,
    Deserialize,
    ToSchema,
    Queryable,
    Selectable,
    Insertable,
    AsChangeset,
)]
#[diesel(table_name = court_cases, check_for_backend(diesel::pg::Pg), treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct CourtCase {
    pub id: CourtCaseId,
    pub child_id: ChildId,
    /// What it is about: a code of the list `court_case_kind`.
    #[schema(example = "deprivation_of_parental_rights")]
    pub kind: String,
    /// The court before which it was filed.
    #[schema(example = "Basic Court in Niš")]
    pub court: String,
    /// Number of the court's file.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "P2 114/2026")]
    #[diesel(select_expression = (court_cases::id, court_cases::file_no))]
    #[diesel(select_expression_type = (court_cases::id, court_cases::file_no))]
    #[diesel(deserialize_as = Opened<court_cases::file_no, Option<String>>)]
    #[diesel(skip_insertion, skip_update)]
    pub file_no: Option<String>,
    /// Who filed it: a code of the list `court_party`.
    #[schema(example = "guardianship_authority")]
    pub filed_by: String,
    /// Day on which it was filed.
    #[schema(example = "2026-06-02")]
    pub filed_on: NaiveDate,
    /// Where it is in its life.
    pub state: CourtCaseState,
    /// Day of the next hearing, if one is fixed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2026-10-20")]
    pub next_hearing_on: Option<NaiveDate>,
    /// The hearings, in their order.
    #[serde(default)]
    #[diesel(select_expression = (court_cases::id, court_cases::hearings))]
    #[diesel(select_expression_type = (court_cases::id, court_cases::hearings))]
    #[diesel(deserialize_as = Opened<court_cases::hearings, Vec<CourtHearing>>)]
    #[diesel(skip_insertion, skip_update)]
    pub hearings: Vec<CourtHearing>,
    /// The decisions, in their order.
    #[serde(default)]
    #[diesel(select_expression = (court_cases::id, court_cases::decisions))]
    #[diesel(select_expression_type = (court_cases::id, court_cases::decisions))]
    #[diesel(deserialize_as = Opened<court_cases::decisions, Vec<CourtDecision>>)]
    #[diesel(skip_insertion, skip_update)]
    pub decisions: Vec<CourtDecision>,
    /// Day of the last decision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2026-10-20")]
    pub decided_on: Option<NaiveDate>,
    /// What the last decision said: a code of the list `court_outcome`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "granted")]
    pub outcome: Option<String>,
    /// Day of the last appeal.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2026-11-02")]
    pub appealed_on: Option<NaiveDate>,
    /// Who appealed the last time: a code of the list `court_party`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "father")]
    pub appealed_by: Option<String>,
    /// Day on which the last decision became final.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2026-11-05")]
    pub final_on: Option<NaiveDate>,
    /// Why the case, or an appeal, was withdrawn.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "The parents agreed on support at home.")]
    #[diesel(select_expression = (court_cases::id, court_cases::state_reason))]
    #[diesel(select_expression_type = (court_cases::id, court_cases::state_reason))]
    #[diesel(deserialize_as = Opened<court_cases::state_reason, Option<String>>)]
    #[diesel(skip_insertion, skip_update)]
    pub state_reason: Option<String>,
    /// Version of the record.
    #[schema(example = 1)]
    pub version: i64,
}

page_of!(
    /// Some court cases, in the order asked for.
    counted CourtCasePage, CourtCase
);

sealed_columns!(court_cases: Identifying { file_no, hearings, decisions, state_reason });

record!(CourtCase {
    name: "court_case",
    id: "CourtCaseId",
    example: "7e5d3c1b-0f28-4a96-b7d4-9c8b7a6f5e41",
    personal: true,
    under: child_id,
});

impl std::fmt::Debug for CourtCase {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "CourtCase({})", self.id)
    }
}

impl From<Opened<court_cases::hearings, Self>> for Vec<CourtHearing> {
    fn from(opened: Opened<court_cases::hearings, Self>) -> Self {
        opened.into_value()
    }
}

impl From<Opened<court_cases::decisions, Self>> for Vec<CourtDecision> {
    fn from(opened: Opened<court_cases::decisions, Self>) -> Self {
        opened.into_value()
    }
}

/// The sealed columns of a court case, as they are written beside the others.
#[derive(Insertable, AsChangeset)]
#[diesel(table_name = court_cases, treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct SealedColumns {
    file_no: Option<Vec<u8>>,
    hearings: Vec<u8>,
    decisions: Vec<u8>,
    state_reason: Option<Vec<u8>>,
}

impl SealedColumns {
    pub fn of(tx: &mut Tx<'_>, case: &CourtCase) -> Result<Self> {
        use court_cases as columns;
        let id = case.id.untyped();
        Ok(Self {
            file_no: tx.seal_some(columns::file_no, id, case.file_no.as_ref())?,
            hearings: tx.seal(columns::hearings, id, &case.hearings)?,
            decisions: tx.seal(columns::decisions, id, &case.decisions)?,
            state_reason: tx.seal_some(columns::state_reason, id, case.state_reason.as_ref())?,
        })
    }
}
