//! What callers say of contact.
use chrono::NaiveDate;
use serde::Deserialize;
use utoipa::ToSchema;
use validator::Validate;

use super::{
    Contact, ContactFailure, ContactInterval, ContactKind, ContactPlanId, ContactRestrictionId,
    ContactWith, RestrictionDecision,
};
use crate::{
    children::{ChildViews, RelationId},
    platform::error::{Error, Fault, Result},
    reference::organisations::OrganisationId,
};

/// Contact that is agreed.
#[derive(Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "contact_with": "mother", "kind": "visit", "times": 2, "per": "month", "supervised": false,
    "valid_from": "2026-03-02", "valid_to": "2026-09-02",
    "child_views": {"views": "Wants to see her mother at home."},
    "arrangements": "The aunt brings her to the mother on Saturdays.",
}))]
pub struct NewContactPlan {
    /// With whom.
    pub contact_with: ContactWith,
    /// Who exactly: a relation of the child; whoever is that to it unless said.
    #[serde(default)]
    #[schema(nullable = false)]
    pub relation_id: Option<RelationId>,
    /// How.
    pub kind: ContactKind,
    /// How often, in the time that `per` says.
    #[validate(range(min = 1, max = 31))]
    #[schema(minimum = 1, maximum = 31, example = 2)]
    pub times: i32,
    /// In what time.
    pub per: ContactInterval,
    /// Whether somebody is to be present.
    #[schema(example = false)]
    pub supervised: bool,
    /// First day on which it holds.
    #[schema(example = "2026-03-02")]
    pub valid_from: NaiveDate,
    /// First day on which it no longer holds; until it is ended unless said.
    #[serde(default)]
    #[schema(nullable = false, example = "2026-09-02")]
    pub valid_to: Option<NaiveDate>,
    /// What the child thinks of it, or why that is not known (RV-06).
    #[validate(nested)]
    pub child_views: ChildViews,
    /// What else is agreed.
    #[serde(default)]
    #[validate(length(min = 3, max = 4000))]
    #[schema(
        nullable = false,
        min_length = 3,
        max_length = 4000,
        example = "The aunt brings her to the mother on Saturdays."
    )]
    pub arrangements: Option<String>,
}

impl NewContactPlan {
    #[must_use]
    pub const fn contact(&self) -> Contact {
        Contact { with: self.contact_with, relation: self.relation_id, kind: self.kind }
    }
}

/// The end of a plan of contact.
#[derive(Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ContactPlanEnd {
    /// First day on which it no longer holds.
    #[schema(example = "2026-07-01")]
    pub valid_to: NaiveDate,
    /// Why.
    #[validate(length(min = 3, max = 1000))]
    #[schema(min_length = 3, max_length = 1000, example = "The mother moved abroad.")]
    pub reason: String,
}

/// What a competent body decided on contact.
#[derive(Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "contact_with": "father", "kinds": ["visit", "overnight"], "reason": "risk_of_harm",
    "valid_from": "2026-06-01", "valid_to": "2026-12-01",
    "decided_by": "0199a5b2-0002-7000-8000-000000000001", "decided_on": "2026-05-28",
    "decision": {"body": "court", "reference_no": "P2-118/2026", "legal_basis": "Family Act, art. 61"},
    "child_views": {"views": "Is afraid of him, and wants to speak with him by telephone."},
}))]
pub struct NewContactRestriction {
    /// With whom there is to be none.
    pub contact_with: ContactWith,
    /// Who exactly: a relation of the child; everybody who is that to it unless said.
    #[serde(default)]
    #[schema(nullable = false)]
    pub relation_id: Option<RelationId>,
    /// Which kinds of contact there are not to be.
    #[validate(length(min = 1, max = 5))]
    #[schema(min_items = 1, max_items = 5, example = json!(["visit", "overnight"]))]
    pub kinds: Vec<ContactKind>,
    /// Why: a code of the list `contact_restriction_reason`. It is never a sanction (CT-02).
    #[validate(length(min = 1, max = 60))]
    #[schema(min_length = 1, max_length = 60, example = "risk_of_harm")]
    pub reason: String,
    /// First day on which it holds: not before the decision.
    #[schema(example = "2026-06-01")]
    pub valid_from: NaiveDate,
    /// First day on which it no longer holds. There is none without an end (CT-02).
    #[schema(example = "2026-12-01")]
    pub valid_to: NaiveDate,
    /// The body that decided.
    pub decided_by: OrganisationId,
    /// Day of the decision.
    #[schema(example = "2026-05-28")]
    pub decided_on: NaiveDate,
    /// The decision.
    #[validate(nested)]
    pub decision: RestrictionDecision,
    /// What the child thinks of it, or why that is not known (RV-06).
    #[validate(nested)]
    pub child_views: ChildViews,
}

impl NewContactRestriction {
    /// The order of its days.
    pub fn check_days(&self, today: NaiveDate) -> Result<()> {
        let mut faults = Vec::new();
        if self.decided_on > today {
            faults.push(Fault::new("/decided_on", "future_date", "must not lie in the future"));
        }
        if self.valid_from < self.decided_on {
            let detail = "must not lie before the decision";
            faults.push(Fault::new("/valid_from", "out_of_order", detail));
        }
        if self.valid_to <= self.valid_from {
            let detail =
                "must lie after valid_from: it is the first day on which it no longer holds";
            faults.push(Fault::new("/valid_to", "out_of_order", detail));
        }
        if faults.is_empty() { Ok(()) } else { Err(Error::Invalid(faults)) }
    }
}

/// Why a restriction ends before its end.
#[derive(Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RestrictionLifting {
    /// First day on which it no longer holds.
    #[schema(example = "2026-09-01")]
    pub lifted_on: NaiveDate,
    /// Why.
    #[validate(length(min = 3, max = 1000))]
    #[schema(min_length = 3, max_length = 1000, example = "The father completed his treatment.")]
    pub reason: String,
}

/// Contact that took place, or did not.
#[derive(Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "contact_with": "mother", "kind": "visit", "happened_on": "2026-05-16", "supervised": false,
    "took_place": true, "account": "Both were glad; parting was hard.",
}))]
pub struct NewContactEvent {
    /// The plan that it goes by.
    #[serde(default)]
    #[schema(nullable = false)]
    pub contact_plan_id: Option<ContactPlanId>,
    /// With whom.
    pub contact_with: ContactWith,
    /// Who exactly: a relation of the child.
    #[serde(default)]
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
    /// Why it did not; needed where it did not, and only there.
    #[serde(default)]
    #[schema(nullable = false)]
    pub not_because: Option<ContactFailure>,
    /// How it went.
    #[serde(default)]
    #[validate(length(min = 3, max = 4000))]
    #[schema(
        nullable = false,
        min_length = 3,
        max_length = 4000,
        example = "Both were glad; parting was hard."
    )]
    pub account: Option<String>,
    /// The restriction that it went against (CT-04): said where contact took place all the same.
    #[serde(default)]
    #[schema(nullable = false)]
    pub broke_restriction_id: Option<ContactRestrictionId>,
}

impl NewContactEvent {
    #[must_use]
    pub const fn contact(&self) -> Contact {
        Contact { with: self.contact_with, relation: self.relation_id, kind: self.kind }
    }

    /// The members that go with whether it took place.
    pub fn check(&self) -> Result<()> {
        let (code, detail) = match (self.took_place, self.not_because) {
            (false, None) => ("required", "is needed of contact that did not take place"),
            (true, Some(_)) => ("not_wanted", "is said of contact only that did not take place"),
            (true, None) | (false, Some(_)) => return Ok(()),
        };
        Err(Error::value("/not_because", code, detail))
    }
}

/// Why a plan, a restriction or an event is taken back.
#[derive(Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ContactAnnulment {
    /// What was wrong.
    #[validate(length(min = 3, max = 1000))]
    #[schema(min_length = 3, max_length = 1000, example = "It was entered with the wrong child.")]
    pub reason: String,
}
