//! The record of a visit, and how it lies in its table.
use chrono::NaiveDate;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::VisitState;
use crate::{
    children::ChildId,
    page_of,
    platform::{db::Tx, error::Result, id::Id, vault::Opened},
    record,
    reference::organisations::OrganisationId,
    schema::visits,
    sealed_columns,
};

pub type VisitId = Id<Visit>;

/// A visit of a worker to one child.
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
#[diesel(table_name = visits, check_for_backend(diesel::pg::Pg), treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct Visit {
    pub id: VisitId,
    pub child_id: ChildId,
    /// The organisation that the worker works for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub organisation_id: Option<OrganisationId>,
    /// The worker's name.
    #[schema(example = "Milica Vetrić")]
    pub worker_name: String,
    /// The worker's id in the organisation's own system.
    #[schema(example = "worker-4711")]
    pub worker_id: String,
    /// Day of the visit.
    #[schema(example = "2026-05-11")]
    pub visited_on: NaiveDate,
    /// Whether the child was seen.
    #[schema(example = true)]
    pub child_seen: bool,
    /// Whether it was seen alone; of a child that was seen.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = true)]
    pub seen_alone: Option<bool>,
    /// Where the visit was.
    #[schema(example = "At the foster family's.")]
    #[diesel(select_expression = (visits::id, visits::place))]
    #[diesel(select_expression_type = (visits::id, visits::place))]
    #[diesel(deserialize_as = Opened<visits::place, String>)]
    #[diesel(skip_insertion, skip_update)]
    pub place: String,
    /// What was seen and said.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "Talked about school and her brother.")]
    #[diesel(select_expression = (visits::id, visits::note))]
    #[diesel(select_expression_type = (visits::id, visits::note))]
    #[diesel(deserialize_as = Opened<visits::note, Option<String>>)]
    #[diesel(skip_insertion, skip_update)]
    pub note: Option<String>,
    /// Whether it counts.
    pub state: VisitState,
    /// Why it was taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "The visit was to her brother.")]
    #[diesel(select_expression = (visits::id, visits::state_reason))]
    #[diesel(select_expression_type = (visits::id, visits::state_reason))]
    #[diesel(deserialize_as = Opened<visits::state_reason, Option<String>>)]
    #[diesel(skip_insertion, skip_update)]
    pub state_reason: Option<String>,
    /// Version of the record.
    #[schema(example = 1)]
    pub version: i64,
}

page_of!(
    /// Some visits, in the order asked for.
    counted VisitPage, Visit
);

sealed_columns!(visits: Identifying { place, note, state_reason });

record!(Visit {
    name: "visit",
    id: "VisitId",
    example: "7a4e1c90-5d2b-4f86-a3c7-1e9b0d8f6a42",
    personal: true,
    under: child_id,
});

impl std::fmt::Debug for Visit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Visit({})", self.id)
    }
}

/// The sealed columns of a visit, as they are written beside the others.
#[derive(Insertable, AsChangeset)]
#[diesel(table_name = visits, treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct SealedColumns {
    place: Vec<u8>,
    note: Option<Vec<u8>>,
    state_reason: Option<Vec<u8>>,
}

impl SealedColumns {
    pub fn of(tx: &mut Tx<'_>, visit: &Visit) -> Result<Self> {
        use visits as columns;
        let id = visit.id.untyped();
        Ok(Self {
            place: tx.seal(columns::place, id, &visit.place)?,
            note: tx.seal_some(columns::note, id, visit.note.as_ref())?,
            state_reason: tx.seal_some(columns::state_reason, id, visit.state_reason.as_ref())?,
        })
    }
}
