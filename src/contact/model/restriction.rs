//! The record of a decision that restricts contact, and how it lies in its table.
use chrono::NaiveDate;
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::{Contact, ContactKind, ContactRestrictionState, ContactWith};
use crate::{
    children::{ChildId, ChildViews, RelationId},
    page_of,
    platform::{db::Tx, error::Result, id::Id, time::within, vault::Opened},
    record,
    reference::organisations::OrganisationId,
    schema::contact_restrictions,
    sealed_columns,
};

pub type ContactRestrictionId = Id<ContactRestriction>;

/// The decision on which a restriction rests.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RestrictionDecision {
    /// The kind of body: a code of the list `decision_body`. It says of which kinds the organisation may be.
    #[validate(length(min = 1, max = 60))]
    #[schema(min_length = 1, max_length = 60, example = "court")]
    pub body: String,
    /// Number of the decision.
    #[validate(length(min = 1, max = 64))]
    #[schema(min_length = 1, max_length = 64, example = "P2-118/2026")]
    pub reference_no: String,
    /// The law that it rests on.
    #[validate(length(min = 3, max = 500))]
    #[schema(min_length = 3, max_length = 500, example = "Family Act, art. 61")]
    pub legal_basis: String,
}

/// A decision that restricts contact with a child, until an end.
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
#[diesel(table_name = contact_restrictions, check_for_backend(diesel::pg::Pg), treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct ContactRestriction {
    pub id: ContactRestrictionId,
    pub child_id: ChildId,
    /// With whom there is to be none.
    pub contact_with: ContactWith,
    /// Who exactly: a relation of the child; everybody who is that to it if absent.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub relation_id: Option<RelationId>,
    /// Which kinds of contact there are not to be.
    pub kinds: Vec<ContactKind>,
    /// Why: a code of the list `contact_restriction_reason`.
    #[schema(example = "risk_of_harm")]
    pub reason: String,
    /// First day on which it holds.
    #[schema(example = "2026-06-01")]
    pub valid_from: NaiveDate,
    /// First day on which it no longer holds.
    #[schema(example = "2026-12-01")]
    pub valid_to: NaiveDate,
    /// The body that decided.
    pub decided_by: OrganisationId,
    /// Day of the decision.
    #[schema(example = "2026-05-28")]
    pub decided_on: NaiveDate,
    /// The decision.
    #[diesel(select_expression = (contact_restrictions::id, contact_restrictions::decision))]
    #[diesel(select_expression_type = (contact_restrictions::id, contact_restrictions::decision))]
    #[diesel(deserialize_as = Opened<contact_restrictions::decision, RestrictionDecision>)]
    #[diesel(skip_insertion, skip_update)]
    pub decision: RestrictionDecision,
    /// What the child thinks of it, or why that is not known.
    #[diesel(select_expression = (contact_restrictions::id, contact_restrictions::child_views))]
    #[diesel(select_expression_type = (contact_restrictions::id, contact_restrictions::child_views))]
    #[diesel(deserialize_as = Opened<contact_restrictions::child_views, ChildViews>)]
    #[diesel(skip_insertion, skip_update)]
    pub child_views: ChildViews,
    /// First day on which it held no longer, before its end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2026-09-01")]
    pub lifted_on: Option<NaiveDate>,
    /// Where it is in its life.
    pub state: ContactRestrictionState,
    /// Why it was lifted or taken back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "The father completed his treatment.")]
    #[diesel(select_expression = (contact_restrictions::id, contact_restrictions::state_reason))]
    #[diesel(select_expression_type = (contact_restrictions::id, contact_restrictions::state_reason))]
    #[diesel(deserialize_as = Opened<contact_restrictions::state_reason, Option<String>>)]
    #[diesel(skip_insertion, skip_update)]
    pub state_reason: Option<String>,
    /// Version of the record.
    #[schema(example = 1)]
    pub version: i64,
}

page_of!(
    /// Some restrictions of contact, in the order asked for.
    counted ContactRestrictionPage, ContactRestriction
);

sealed_columns!(contact_restrictions: Identifying { decision, child_views, state_reason });

record!(ContactRestriction {
    name: "contact_restriction",
    id: "ContactRestrictionId",
    example: "b3d5f7a9-1c2e-4680-9b4d-8f6a0c2e4d71",
    personal: true,
    under: child_id,
});

impl std::fmt::Debug for ContactRestriction {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "ContactRestriction({})", self.id)
    }
}

impl ContactRestriction {
    /// Whether it bars this contact on that day. Who names nobody may mean whomever it names.
    #[must_use]
    pub fn bars(&self, contact: Contact, day: NaiveDate) -> bool {
        self.state != ContactRestrictionState::EnteredInError
            && within(day, self.valid_from, Some(self.lifted_on.unwrap_or(self.valid_to)))
            && self.contact_with == contact.with
            && self.kinds.contains(&contact.kind)
            && self.relation_id.zip(contact.relation).is_none_or(|(one, other)| one == other)
    }
}

impl From<Opened<contact_restrictions::decision, Self>> for RestrictionDecision {
    fn from(opened: Opened<contact_restrictions::decision, Self>) -> Self {
        opened.into_value()
    }
}

impl From<Opened<contact_restrictions::child_views, Self>> for ChildViews {
    fn from(opened: Opened<contact_restrictions::child_views, Self>) -> Self {
        opened.into_value()
    }
}

/// The sealed columns of a restriction, as they are written beside the others.
#[derive(Insertable, AsChangeset)]
#[diesel(table_name = contact_restrictions, treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct SealedColumns {
    decision: Vec<u8>,
    child_views: Vec<u8>,
    state_reason: Option<Vec<u8>>,
}

impl SealedColumns {
    pub fn of(tx: &mut Tx<'_>, restriction: &ContactRestriction) -> Result<Self> {
        use contact_restrictions as columns;
        let (id, reason) = (restriction.id.untyped(), restriction.state_reason.as_ref());
        Ok(Self {
            decision: tx.seal(columns::decision, id, &restriction.decision)?,
            child_views: tx.seal(columns::child_views, id, &restriction.child_views)?,
            state_reason: tx.seal_some(columns::state_reason, id, reason)?,
        })
    }
}
