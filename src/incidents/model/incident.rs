//! The record of an incident, and how it lies in its table.
use chrono::NaiveDate;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::IncidentState;
use crate::{
    carers::CarerFamilyId,
    children::ChildId,
    facilities::FacilityId,
    page_of,
    platform::{db::Tx, error::Result, id::Id, vault::Opened},
    record,
    reference::organisations::OrganisationId,
    schema::incidents,
    sealed_columns, text_enum,
};

pub type IncidentId = Id<Incident>;

text_enum! {
    /// What happened to a child.
    pub enum IncidentKind {
        Death = "death",
        SeriousInjury = "serious_injury",
        AbuseAllegation = "abuse_allegation",
        Neglect = "neglect",
        Restraint = "restraint",
        SelfHarm = "self_harm",
        Missing = "missing",
        Absconding = "absconding",
        PeerViolence = "peer_violence",
    }
}

text_enum! {
    /// How grave an incident is.
    pub enum IncidentSeverity {
        Low = "low",
        Moderate = "moderate",
        Serious = "serious",
        Critical = "critical",
    }
}

text_enum! {
    /// What an investigation came to.
    pub enum IncidentOutcome {
        /// It was so.
        Substantiated = "substantiated",
        /// It could not be found out.
        Unsubstantiated = "unsubstantiated",
        /// It was not so.
        Unfounded = "unfounded",
        /// It was so, and nobody is to blame.
        NoFault = "no_fault",
    }
}

/// Something that was done to find out what happened.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct InvestigationFinding {
    /// Day on which it was done.
    #[schema(example = "2026-05-21")]
    pub on: NaiveDate,
    /// Who did it.
    #[validate(length(min = 1, max = 200))]
    #[schema(min_length = 1, max_length = 200, example = "Inspectorate of social protection")]
    pub by: String,
    /// What was done, and found.
    #[validate(length(min = 3, max = 4000))]
    #[schema(
        min_length = 3,
        max_length = 4000,
        example = "Spoke with the child alone, and with two educators."
    )]
    pub finding: String,
}

/// An incident of one child.
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
#[diesel(table_name = incidents, check_for_backend(diesel::pg::Pg), treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct Incident {
    pub id: IncidentId,
    pub child_id: ChildId,
    /// What happened.
    pub kind: IncidentKind,
    /// How grave it is.
    pub severity: IncidentSeverity,
    /// Day on which it happened.
    #[schema(example = "2026-05-18")]
    pub occurred_on: NaiveDate,
    /// The facility in which the child lived that day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub facility_id: Option<FacilityId>,
    /// The carer family with which the child lived that day.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub carer_family_id: Option<CarerFamilyId>,
    /// The organisation that reported it from its facility; none if whoever is responsible for the child did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub reported_by: Option<OrganisationId>,
    /// Where it happened.
    #[schema(example = "In the yard of the school.")]
    #[diesel(select_expression = (incidents::id, incidents::place))]
    #[diesel(select_expression_type = (incidents::id, incidents::place))]
    #[diesel(deserialize_as = Opened<incidents::place, String>)]
    #[diesel(skip_insertion, skip_update)]
    pub place: String,
    /// What happened, in words.
    #[schema(
        example = "She came home with a broken arm and said that an older boy had pushed her."
    )]
    #[diesel(select_expression = (incidents::id, incidents::description))]
    #[diesel(select_expression_type = (incidents::id, incidents::description))]
    #[diesel(deserialize_as = Opened<incidents::description, String>)]
    #[diesel(skip_insertion, skip_update)]
    pub description: String,
    /// Day on which the police was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2026-05-19")]
    pub police_on: Option<NaiveDate>,
    /// Day on which the inspectorate was told.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2026-05-19")]
    pub inspectorate_on: Option<NaiveDate>,
    /// Where it is in its life.
    pub state: IncidentState,
    /// Day on which the investigation began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2026-05-20")]
    pub started_on: Option<NaiveDate>,
    /// What was done to find out what happened, in the order in which it was recorded.
    #[diesel(select_expression = (incidents::id, incidents::investigation))]
    #[diesel(select_expression_type = (incidents::id, incidents::investigation))]
    #[diesel(deserialize_as = Opened<incidents::investigation, Vec<InvestigationFinding>>)]
    #[diesel(skip_insertion, skip_update)]
    pub investigation: Vec<InvestigationFinding>,
    /// Day on which it was closed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2026-06-30")]
    pub closed_on: Option<NaiveDate>,
    /// What the investigation came to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub outcome: Option<IncidentOutcome>,
    /// Why, and what follows from it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "The boys are apart now; both have a counsellor.")]
    #[diesel(select_expression = (incidents::id, incidents::conclusion))]
    #[diesel(select_expression_type = (incidents::id, incidents::conclusion))]
    #[diesel(deserialize_as = Opened<incidents::conclusion, Option<String>>)]
    #[diesel(skip_insertion, skip_update)]
    pub conclusion: Option<String>,
    /// Why it was taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "It was reported twice.")]
    #[diesel(select_expression = (incidents::id, incidents::state_reason))]
    #[diesel(select_expression_type = (incidents::id, incidents::state_reason))]
    #[diesel(deserialize_as = Opened<incidents::state_reason, Option<String>>)]
    #[diesel(skip_insertion, skip_update)]
    pub state_reason: Option<String>,
    /// Version of the record.
    #[schema(example = 1)]
    pub version: i64,
}

page_of!(
    /// Some incidents, in the order asked for.
    counted IncidentPage, Incident
);

sealed_columns!(incidents: Identifying { place, description, investigation, conclusion, state_reason });

record!(Incident {
    name: "incident",
    id: "IncidentId",
    example: "4c6e8a0b-2d3f-4591-8b7c-9e1f3a5c7d60",
    personal: true,
    under: child_id,
});

impl std::fmt::Debug for Incident {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Incident({})", self.id)
    }
}

impl From<Opened<incidents::investigation, Self>> for Vec<InvestigationFinding> {
    fn from(opened: Opened<incidents::investigation, Self>) -> Self {
        opened.into_value()
    }
}

/// The sealed columns of an incident, as they are written beside the others.
#[derive(Insertable, AsChangeset)]
#[diesel(table_name = incidents, treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct SealedColumns {
    place: Vec<u8>,
    description: Vec<u8>,
    investigation: Vec<u8>,
    conclusion: Option<Vec<u8>>,
    state_reason: Option<Vec<u8>>,
}

impl SealedColumns {
    pub fn of(tx: &mut Tx<'_>, incident: &Incident) -> Result<Self> {
        use incidents as columns;
        let id = incident.id.untyped();
        Ok(Self {
            place: tx.seal(columns::place, id, &incident.place)?,
            description: tx.seal(columns::description, id, &incident.description)?,
            investigation: tx.seal(columns::investigation, id, &incident.investigation)?,
            conclusion: tx.seal_some(columns::conclusion, id, incident.conclusion.as_ref())?,
            state_reason: tx.seal_some(
                columns::state_reason,
                id,
                incident.state_reason.as_ref(),
            )?,
        })
    }
}
