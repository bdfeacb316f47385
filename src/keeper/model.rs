//! What the log shows over HTTP.
use chrono::{DateTime, NaiveDate, Utc};
use serde::{Deserialize, Serialize};
use utoipa::{IntoParams, ToSchema};
use uuid::Uuid;
use validator::Validate;

use crate::{
    carers::CarerFamilyId,
    children::ChildId,
    families::FamilyId,
    log::{
        Hash,
        entry::{AccessEntry, Commitment, Leaf, Salt},
        extract::Deferral,
        tag::Tag,
        tree::Path,
    },
    page_of,
    platform::id::Id,
    record, text_enum,
};

/// A look at a person's data, or one that is not told yet.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AccessRecord {
    /// Which of the entries about this person it is, from 1.
    #[schema(minimum = 1, example = 3)]
    pub number: i64,
    /// What happened. Each record has either this or `deferred`.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub look: Option<AccessLook>,
    /// Why it is not told yet, and until when.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub deferred: Option<AccessDeferral>,
}

/// Who looked, when, what for. Who of the staff it was is known to auditors alone.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AccessLook {
    /// When, by the database's clock.
    pub at: DateTime<Utc>,
    /// The system that asked.
    pub client_id: Uuid,
    /// The organisation it belongs to; absent for the registry itself.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub organisation_id: Option<Uuid>,
    /// What for: code of the list `purpose`.
    #[schema(example = "case_management")]
    pub purpose: String,
    /// The law that it stands on, if one was named.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "Family Law, art. 267")]
    pub legal_basis: Option<String>,
    /// The operation of this contract.
    #[schema(example = "readChild")]
    pub operation: String,
    /// Classes of the fields that the answer held.
    #[schema(max_items = 20, example = json!(["personal", "identifying"]))]
    pub field_classes: Vec<String>,
    /// Whether the data were `released` or `changed`, or the look was `refused` because the client does not
    /// reach the person.
    #[schema(example = "released")]
    pub outcome: String,
}

/// Why a look is not told yet. It is counted, never hidden.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AccessDeferral {
    /// The ground, a code.
    #[schema(example = "criminal_investigation")]
    pub ground: String,
    /// The day on which it will be told.
    pub until: NaiveDate,
}

impl AccessRecord {
    pub fn told(number: i64, entry: AccessEntry) -> Self {
        let look = AccessLook {
            at: entry.at,
            client_id: entry.client,
            organisation_id: Some(entry.organisation).filter(|id| !id.is_nil()),
            purpose: entry.purpose,
            legal_basis: entry.legal_basis,
            operation: entry.operation,
            field_classes: entry.field_classes,
            outcome: entry.outcome,
        };
        Self { number, look: Some(look), deferred: None }
    }

    pub fn deferred(number: i64, deferral: Deferral) -> Self {
        let Deferral { ground, until } = deferral;
        Self { number, look: None, deferred: Some(AccessDeferral { ground, until }) }
    }
}

text_enum! {
    /// Why a person may not be told yet who looked.
    pub enum DeferralGround {
        /// An investigation of a crime would be frustrated.
        CriminalInvestigation = "criminal_investigation",
        /// Somebody would be in danger.
        SafetyOfAPerson = "safety_of_a_person",
        /// A court has ordered it.
        CourtOrder = "court_order",
    }
}

pub type LookDeferralId = Id<LookDeferral>;

/// That the person concerned is not told of a look yet.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
pub struct LookDeferral {
    /// Its id.
    pub id: LookDeferralId,
    /// Version of the record.
    #[schema(minimum = 1, example = 1)]
    pub version: i64,
    /// The child whose data were looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub child_id: Option<ChildId>,
    /// The family of origin whose data were looked at.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub family_id: Option<FamilyId>,
    /// The family whose data were looked at.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub carer_family_id: Option<CarerFamilyId>,
    /// Which of the looks at this person.
    #[schema(minimum = 1, example = 3)]
    pub number: i64,
    /// Why.
    pub ground: DeferralGround,
    /// The day on which the person will be told.
    pub until: NaiveDate,
}

record!(LookDeferral {
    name: "look_deferral",
    id: "LookDeferralId",
    example: "5d0f6c5e-93a8-4b0e-8f3c-1f2a7a9c0d11",
    personal: true
});

/// Which look is told later, why, and when.
#[derive(Debug, Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeferRequest {
    /// Which of the looks at this person, from 1.
    #[validate(range(min = 1, max = 9_007_199_254_740_991_i64))]
    #[schema(minimum = 1, maximum = 9_007_199_254_740_991_i64, example = 3)]
    pub number: i64,
    /// Why the person may not be told yet.
    pub ground: DeferralGround,
    /// The day on which the person will be told: within a year from today.
    #[schema(example = "2027-05-01")]
    pub until: NaiveDate,
}

page_of!(
    /// Some looks at a person's data, oldest first.
    AccessRecordPage, AccessRecord
);

/// In whose name somebody looked, as the client's own system knows the person.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AccessPerson {
    /// Which of the entries about this person it is, from 1.
    #[schema(minimum = 1, example = 3)]
    pub number: i64,
    /// What was said in `On-Behalf-Of`.
    #[schema(max_length = 100, example = "worker-4711")]
    pub on_behalf_of: String,
    /// Opens the entry's commitment to it: `person` = SHA-256(salt ‖ canonical JSON of the text).
    pub salt: Salt,
}

page_of!(
    /// Some names, in the order of the looks.
    AccessPersonPage, AccessPerson
);

/// A leaf of the log, and its path to the root.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct LogProof {
    /// Position of the leaf, from 0.
    #[schema(minimum = 0, example = 17)]
    pub index: i64,
    /// Leaves of the log whose root it leads to.
    #[schema(minimum = 1, example = 1042)]
    pub size: i64,
    /// The first half of the leaf: it tells whoever has the person's key whose entry it is.
    pub tag: Tag,
    /// The second half: SHA-256(salt ‖ canonical JSON of the entry).
    pub commitment: Commitment,
    /// Hashes from the leaf to the root.
    #[schema(max_items = 54)]
    pub path: Vec<Hash>,
}

impl LogProof {
    pub fn new(index: i64, size: i64, leaf: &Leaf, path: Path) -> Self {
        Self { index, size, tag: leaf.tag, commitment: leaf.commitment, path }
    }
}

/// Which proof.
#[derive(Debug, Clone, Copy, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ProofQuery {
    /// Position of the leaf, from 0.
    #[param(minimum = 0, maximum = 9_007_199_254_740_991_i64, default = 0, nullable = false)]
    pub index: Option<i64>,
    /// Leaves of the log; those of the last checkpoint unless said.
    #[param(minimum = 1, maximum = 9_007_199_254_740_991_i64, nullable = false)]
    pub size: Option<i64>,
}

/// Between which two states of the log.
#[derive(Debug, Clone, Copy, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ConsistencyQuery {
    /// Leaves at the earlier checkpoint.
    #[param(minimum = 1, maximum = 9_007_199_254_740_991_i64, default = 1, nullable = false)]
    pub from: Option<i64>,
    /// Leaves at the later one; those of the last checkpoint unless said.
    #[param(minimum = 1, maximum = 9_007_199_254_740_991_i64, nullable = false)]
    pub to: Option<i64>,
}

/// Which leaves.
#[derive(Debug, Clone, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct LeavesQuery {
    /// Position of the first one, from 0.
    #[param(minimum = 0, maximum = 9_007_199_254_740_991_i64, default = 0, nullable = false)]
    pub from: Option<i64>,
}

/// Since when.
#[derive(Debug, Clone, Copy, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct SinceQuery {
    /// Leaves of a checkpoint that was received earlier: the extract then proves that the log continues it.
    #[param(minimum = 1, maximum = 9_007_199_254_740_991_i64, nullable = false)]
    pub since: Option<i64>,
}
