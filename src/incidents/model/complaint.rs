//! The record of a complaint, and how it lies in its table. Who complained is not in it.
use chrono::NaiveDate;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use super::ComplaintState;
use crate::{
    carers::CarerFamilyId,
    children::ChildId,
    facilities::FacilityId,
    page_of,
    platform::{db::Tx, error::Result, id::Id, vault::Opened},
    record,
    schema::complaints,
    sealed_columns, text_enum,
};

pub type ComplaintId = Id<Complaint>;

text_enum! {
    /// From whom a complaint is.
    pub enum Complainant {
        Child = "child",
        Parent = "parent",
        Other = "other",
    }
}

text_enum! {
    /// The way on which a complaint came.
    pub enum ComplaintChannel {
        InPerson = "in_person",
        ComplaintBox = "complaint_box",
        Telephone = "telephone",
        Letter = "letter",
        Email = "email",
        Online = "online",
    }
}

text_enum! {
    /// What a complaint came to.
    pub enum ComplaintOutcome {
        Upheld = "upheld",
        PartlyUpheld = "partly_upheld",
        NotUpheld = "not_upheld",
        Withdrawn = "withdrawn",
    }
}

/// A complaint by a child, or about its care.
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
#[diesel(table_name = complaints, check_for_backend(diesel::pg::Pg), treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct Complaint {
    pub id: ComplaintId,
    #[diesel(select_expression = complaints::child_id.assume_not_null())]
    #[diesel(select_expression_type = diesel::dsl::AssumeNotNull<complaints::child_id>)]
    pub child_id: ChildId,
    /// From whom it is.
    pub complainant: Complainant,
    /// The way on which it came.
    pub channel: ComplaintChannel,
    /// Day on which it was received.
    #[schema(example = "2026-05-20")]
    pub received_on: NaiveDate,
    /// Day that it concerns.
    #[schema(example = "2026-05-18")]
    pub concerns_on: NaiveDate,
    /// The facility in which the child lived on the day that it concerns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub facility_id: Option<FacilityId>,
    /// The carer family with which the child lived on the day that it concerns.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub carer_family_id: Option<CarerFamilyId>,
    /// What it says.
    #[schema(example = "Nobody lets me telephone my mother in the evening.")]
    #[diesel(select_expression = (complaints::id, complaints::description))]
    #[diesel(select_expression_type = (complaints::id, complaints::description))]
    #[diesel(deserialize_as = Opened<complaints::description, String>)]
    #[diesel(skip_insertion, skip_update)]
    pub description: String,
    /// Whether it is kept who complained.
    #[schema(example = true)]
    pub reporter_kept: bool,
    /// Where it is in its life.
    pub state: ComplaintState,
    /// Day on which it was resolved.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2026-06-03")]
    pub resolved_on: Option<NaiveDate>,
    /// What it came to.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub outcome: Option<ComplaintOutcome>,
    /// What was answered, and what follows from it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "The telephone is free for an hour every evening.")]
    #[diesel(select_expression = (complaints::id, complaints::conclusion))]
    #[diesel(select_expression_type = (complaints::id, complaints::conclusion))]
    #[diesel(deserialize_as = Opened<complaints::conclusion, Option<String>>)]
    #[diesel(skip_insertion, skip_update)]
    pub conclusion: Option<String>,
    /// Why it was taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "It was recorded twice.")]
    #[diesel(select_expression = (complaints::id, complaints::state_reason))]
    #[diesel(select_expression_type = (complaints::id, complaints::state_reason))]
    #[diesel(deserialize_as = Opened<complaints::state_reason, Option<String>>)]
    #[diesel(skip_insertion, skip_update)]
    pub state_reason: Option<String>,
    /// Version of the record.
    #[schema(example = 1)]
    pub version: i64,
}

page_of!(
    /// Some complaints, in the order asked for.
    counted ComplaintPage, Complaint
);

sealed_columns!(complaints: Identifying { description, conclusion, state_reason });

record!(Complaint {
    name: "complaint",
    id: "ComplaintId",
    example: "8f0a2c4e-6b7d-4913-a5c8-1d3f5b7e9a02",
    personal: true,
    under: child_id,
});

impl std::fmt::Debug for Complaint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Complaint({})", self.id)
    }
}

/// The sealed columns of a complaint, as they are written beside the others.
#[derive(Insertable, AsChangeset)]
#[diesel(table_name = complaints, treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct SealedColumns {
    description: Vec<u8>,
    conclusion: Option<Vec<u8>>,
    state_reason: Option<Vec<u8>>,
}

impl SealedColumns {
    /// Of the complaint with this id what it says, what was answered, and why it was taken back.
    pub fn of(
        tx: &mut Tx<'_>,
        id: Uuid,
        (description, conclusion, reason): (&str, Option<&String>, Option<&String>),
    ) -> Result<Self> {
        use complaints as columns;
        Ok(Self {
            description: tx.seal(columns::description, id, &description)?,
            conclusion: tx.seal_some(columns::conclusion, id, conclusion)?,
            state_reason: tx.seal_some(columns::state_reason, id, reason)?,
        })
    }
}
