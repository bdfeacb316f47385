//! A referral or transfer of one child, its states and what may be done with it.
use chrono::{DateTime, Utc};
use diesel::prelude::*;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;
use validator::Validate;

use crate::{
    children::ChildId,
    page_of,
    platform::{
        error::{Error, Result},
        id::Id,
    },
    record,
    reference::organisations::OrganisationId,
    schema::transfers,
    text_enum,
};

pub type TransferId = Id<Transfer>;

text_enum! {
    /// What another organisation is asked for: to help, or to become responsible.
    pub enum TransferKind {
        Referral = "referral",
        Transfer = "transfer",
    }
}

text_enum! {
    /// Where a referral or transfer is in its life.
    pub enum TransferState {
        Offered = "offered",
        Accepted = "accepted",
        Refused = "refused",
        Revoked = "revoked",
        Expired = "expired",
        Ended = "ended",
    }
}

text_enum! {
    /// What can be done with a referral or transfer.
    pub enum TransferStep {
        Accept = "accept",
        Refuse = "refuse",
        Revoke = "revoke",
        Expire = "expire",
        End = "end",
    }
}

text_enum! {
    /// Which way: to the organisation of whoever asks, or from it.
    pub enum TransferDirection {
        Incoming = "incoming",
        Outgoing = "outgoing",
    }
}

impl TransferState {
    /// Where `step` leads from here; 409 if it leads nowhere. What was transferred does not end: the
    /// child is transferred again.
    pub fn after(self, kind: TransferKind, step: TransferStep) -> Result<Self> {
        use TransferKind::{Referral, Transfer};
        use TransferState::{Accepted, Ended, Expired, Offered, Refused, Revoked};
        use TransferStep::{Accept, End, Expire, Refuse, Revoke};
        match (self, step, kind) {
            (Offered, Accept, Referral | Transfer) => Ok(Accepted),
            (Offered, Refuse, Referral | Transfer) => Ok(Refused),
            (Offered, Revoke, Referral | Transfer) => Ok(Revoked),
            (Offered, Expire, Referral | Transfer) => Ok(Expired),
            (Accepted, End, Referral) => Ok(Ended),
            (Offered, End, Referral | Transfer)
            | (Accepted, End, Transfer)
            | (Accepted, Accept | Refuse | Revoke | Expire, Referral | Transfer)
            | (
                Refused | Revoked | Expired | Ended,
                Accept | Refuse | Revoke | Expire | End,
                Referral | Transfer,
            ) => Err(Error::State(format!(
                "cannot {} a {} that is {}",
                step.as_str(),
                kind.as_str(),
                self.as_str()
            ))),
        }
    }
}

/// A child that one organisation refers, or transfers, to another.
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
#[diesel(table_name = transfers, check_for_backend(diesel::pg::Pg), treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct Transfer {
    pub id: TransferId,
    pub child_id: ChildId,
    /// What the other organisation is asked for.
    pub kind: TransferKind,
    /// The organisation that is responsible when it offers.
    pub from_organisation_id: OrganisationId,
    /// The organisation that is asked.
    pub to_organisation_id: OrganisationId,
    /// Why it is asked.
    #[schema(example = "The family moved to Lipov Hlad; the aunt there takes part in the care.")]
    pub offer_reason: String,
    /// Where it is in its life.
    pub state: TransferState,
    /// When it was offered.
    #[schema(example = "2026-03-02T09:30:00Z")]
    pub offered_at: DateTime<Utc>,
    /// The client that offered.
    pub offered_by: Uuid,
    /// When the offer runs out.
    #[schema(example = "2026-03-16T09:30:00Z")]
    pub expires_at: DateTime<Utc>,
    /// When it was accepted, refused or revoked, or was seen to have run out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2026-03-04T10:00:00Z")]
    pub decided_at: Option<DateTime<Utc>>,
    /// The client that accepted, refused or revoked; that of the registry if it ran out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub decided_by: Option<Uuid>,
    /// Why it was accepted, refused or revoked.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "A case worker who speaks the child's language is free.")]
    pub decision_reason: Option<String>,
    /// When a referral was ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2026-09-01T10:00:00Z")]
    pub ended_at: Option<DateTime<Utc>>,
    /// The client that ended it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub ended_by: Option<Uuid>,
    /// Why it was ended.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "The course of speech therapy is complete.")]
    pub ending_reason: Option<String>,
    /// Version of the record.
    #[schema(example = 1)]
    pub version: i64,
}

page_of!(
    /// Some referrals and transfers, in the order asked for.
    counted TransferPage, Transfer
);

record!(Transfer {
    name: "transfer",
    id: "TransferId",
    example: "3b7e9a41-58c2-4d0f-9e63-1a2b3c4d5e05",
    personal: true,
    under: child_id,
});

impl std::fmt::Debug for Transfer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Transfer({})", self.id)
    }
}

impl Transfer {
    /// Whether it is an offer that has run out.
    #[must_use]
    pub fn has_lapsed(&self, now: DateTime<Utc>) -> bool {
        self.state == TransferState::Offered && self.expires_at <= now
    }
}

/// An offer of a child to another organisation.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewTransfer {
    /// What the other organisation is asked for.
    pub kind: TransferKind,
    /// The organisation that is asked; another one than is responsible.
    pub to_organisation_id: OrganisationId,
    /// Why it is asked.
    #[validate(length(min = 3, max = 1000))]
    #[schema(
        min_length = 3,
        max_length = 1000,
        example = "The family moved to Lipov Hlad; the aunt there takes part in the care."
    )]
    pub reason: String,
}

/// The acceptance of an offer.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct Acceptance {
    /// Why, or under which conditions, if there is something to say.
    #[serde(default)]
    #[validate(length(min = 3, max = 1000))]
    #[schema(
        nullable = false,
        min_length = 3,
        max_length = 1000,
        example = "A case worker who speaks the child's language is free."
    )]
    pub reason: Option<String>,
}

/// Why an offer is refused or revoked, or a referral ended.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct StepReason {
    /// Why.
    #[validate(length(min = 3, max = 1000))]
    #[schema(
        min_length = 3,
        max_length = 1000,
        example = "No case worker is free before the summer."
    )]
    pub reason: String,
}

#[cfg(test)]
mod tests {
    use std::fmt::Write as _;

    use super::*;

    /// The whole table, so that a reviewer sees every pair that a change affects.
    #[test]
    fn steps_of_a_transfer() {
        let mut table = String::new();
        for &kind in TransferKind::ALL {
            for &state in TransferState::ALL {
                for &step in TransferStep::ALL {
                    let result = state.after(kind, step).map_or("-", TransferState::as_str);
                    let (kind, state, step) = (kind.as_str(), state.as_str(), step.as_str());
                    writeln!(table, "{kind:<8} {state:<8} {step:<6} {result}").unwrap();
                }
            }
        }
        insta::assert_snapshot!(table);
    }
}
