//! The record of contact that took place or did not, and how it lies in its table.
use chrono::NaiveDate;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use super::{
    ContactEventState, ContactFailure, ContactKind, ContactPlanId, ContactRestrictionId,
    ContactWith,
};
use crate::{
    children::{ChildId, RelationId},
    page_of,
    platform::{db::Tx, error::Result, id::Id, vault::Opened},
    record,
    schema::contact_events,
    sealed_columns,
};

pub type ContactEventId = Id<ContactEvent>;

/// Contact with a child that took place, or did not.
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
#[diesel(table_name = contact_events, check_for_backend(diesel::pg::Pg), treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct ContactEvent {
    pub id: ContactEventId,
    pub child_id: ChildId,
    /// The plan that it goes by.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub contact_plan_id: Option<ContactPlanId>,
    /// With whom.
    pub contact_with: ContactWith,
    /// Who exactly: a relation of the child.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub relation_id: Option<RelationId>,
    /// How.
    pub kind: ContactKind,
    /// Day on which it took place, or was to.
    #[schema(example = "2026-05-16")]
    pub happened_on: NaiveDate,
    /// Whether somebody was present, or was to be.
    #[schema(example = false)]
    pub supervised: bool,
    /// Whether it took place.
    #[schema(example = true)]
    pub took_place: bool,
    /// Why it did not.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub not_because: Option<ContactFailure>,
    /// How it went.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "Both were glad; parting was hard.")]
    #[diesel(select_expression = (contact_events::id, contact_events::account))]
    #[diesel(select_expression_type = (contact_events::id, contact_events::account))]
    #[diesel(deserialize_as = Opened<contact_events::account, Option<String>>)]
    #[diesel(skip_insertion, skip_update)]
    pub account: Option<String>,
    /// The restriction that it went against.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub broke_restriction_id: Option<ContactRestrictionId>,
    /// Whether it counts.
    pub state: ContactEventState,
    /// Why it was taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "It was her brother whom the mother saw.")]
    #[diesel(select_expression = (contact_events::id, contact_events::state_reason))]
    #[diesel(select_expression_type = (contact_events::id, contact_events::state_reason))]
    #[diesel(deserialize_as = Opened<contact_events::state_reason, Option<String>>)]
    #[diesel(skip_insertion, skip_update)]
    pub state_reason: Option<String>,
    /// Version of the record.
    #[schema(example = 1)]
    pub version: i64,
}

page_of!(
    /// Some events of contact, in the order asked for.
    counted ContactEventPage, ContactEvent
);

sealed_columns!(contact_events: Identifying { account, state_reason });

record!(ContactEvent {
    name: "contact_event",
    id: "ContactEventId",
    example: "d9e1b3c5-7a60-4f28-8c4e-0b2d4f6a8c93",
    personal: true,
    under: child_id,
});

impl std::fmt::Debug for ContactEvent {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ContactEvent({})", self.id)
    }
}

/// The sealed columns of an event, as they are written beside the others.
#[derive(Insertable, AsChangeset)]
#[diesel(table_name = contact_events, treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct SealedColumns {
    account: Option<Vec<u8>>,
    state_reason: Option<Vec<u8>>,
}

impl SealedColumns {
    pub fn of(tx: &mut Tx<'_>, event: &ContactEvent) -> Result<Self> {
        use contact_events as columns;
        let id = event.id.untyped();
        Ok(Self {
            account: tx.seal_some(columns::account, id, event.account.as_ref())?,
            state_reason: tx.seal_some(columns::state_reason, id, event.state_reason.as_ref())?,
        })
    }
}
