//! Legal statuses: care authority, parental rights and guardianship, each on its own axis.
use std::fmt;

use chrono::NaiveDate;
use diesel::{pg::Pg, prelude::*};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use validator::Validate;

use super::child::ChildId;
use crate::{
    page_of,
    platform::{
        error::{Error, Fault, Result},
        id::{Id, Kind},
        rule::Refusal,
        time::{check_period, within},
        vault::Opened,
    },
    record,
    schema::legal_statuses,
    sealed_columns, text_enum,
};

pub type LegalStatusId = Id<LegalStatus>;

text_enum! {
    /// What a legal status is about. Statuses on different axes run side by side.
    pub enum LegalAxis {
        CareAuthority = "care_authority",
        ParentalRightsMother = "parental_rights_mother",
        ParentalRightsFather = "parental_rights_father",
        Guardianship = "guardianship",
    }
}

text_enum! {
    /// Who decides: a court or an administrative body.
    pub enum LegalDecisionKind {
        Court = "court",
        Administrative = "administrative",
    }
}

/// A legal status of a child in the half-open period from `valid_from` to `valid_to`.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[schema(example = json!({
    "id": LegalStatus::EXAMPLE, "child_id": "5f0c1a52-7d3e-4b8a-9c61-2f4e8d7a1b90",
    "axis": "parental_rights_father", "status": "deprived",
    "decision": {"body": "court", "kind": "court", "number": "P2 114/2026", "decided_on": "2026-02-10", "effective_on": "2026-03-02"},
    "valid_from": "2026-03-02", "version": 1,
}))]
pub struct LegalStatus {
    pub id: LegalStatusId,
    /// The child.
    pub child_id: ChildId,
    /// What the status is about.
    pub axis: LegalAxis,
    /// The status: a code of the list `legal_status`, `parental_rights` or `guardianship`, after
    /// its axis.
    #[schema(example = "full_care_order")]
    pub status: String,
    /// Law and article that it rests on.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "Family Act, art. 81")]
    pub basis: Option<String>,
    /// The decision that set it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub decision: Option<LegalDecision>,
    /// First day on which it holds.
    #[schema(example = "2026-03-02")]
    pub valid_from: NaiveDate,
    /// First day on which it no longer holds.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2026-09-02")]
    pub valid_to: Option<NaiveDate>,
    /// Version of the record.
    #[schema(example = 1)]
    pub version: i64,
}

page_of!(
    /// Some legal statuses of a child, by first day.
    LegalStatusPage, LegalStatus
);

/// A decision of a court or an administrative body.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LegalDecision {
    /// The kind of body: a code of the list `decision_body`.
    #[validate(length(min = 1, max = 60))]
    #[schema(min_length = 1, max_length = 60, example = "court")]
    pub body: String,
    /// Whether it is a court's decision or an administrative one.
    pub kind: LegalDecisionKind,
    /// Number of the decision.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[validate(length(min = 1, max = 64))]
    #[schema(nullable = false, min_length = 1, max_length = 64, example = "P2 114/2026")]
    pub number: Option<String>,
    /// Day of the decision.
    #[schema(example = "2026-02-10")]
    pub decided_on: NaiveDate,
    /// Day on which it takes effect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false, example = "2026-03-02")]
    pub effective_on: Option<NaiveDate>,
}

/// A legal status to be recorded.
#[derive(Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
#[schema(example = json!({
    "axis": "parental_rights_father", "status": "deprived",
    "decision": {"body": "court", "kind": "court", "number": "P2 114/2026", "decided_on": "2026-02-10", "effective_on": "2026-03-02"},
    "valid_from": "2026-03-02",
}))]
pub struct NewLegalStatus {
    /// What the status is about.
    pub axis: LegalAxis,
    /// The status: a code of the list `legal_status`, `parental_rights` or `guardianship`, after
    /// its axis.
    #[validate(length(min = 1, max = 60))]
    #[schema(min_length = 1, max_length = 60, example = "full_care_order")]
    pub status: String,
    /// Law and article that it rests on.
    #[serde(default)]
    #[validate(length(min = 1, max = 200))]
    #[schema(nullable = false, min_length = 1, max_length = 200, example = "Family Act, art. 81")]
    pub basis: Option<String>,
    /// The decision that sets it. Rights are taken and given back by a court only (LS-01).
    #[serde(default)]
    #[validate(nested)]
    #[schema(nullable = false)]
    pub decision: Option<LegalDecision>,
    /// First day on which it holds.
    #[schema(example = "2026-03-02")]
    pub valid_from: NaiveDate,
    /// First day on which it no longer holds, if that is known.
    #[serde(default)]
    #[schema(nullable = false, example = "2026-09-02")]
    pub valid_to: Option<NaiveDate>,
}

/// The end of a legal status.
#[derive(Clone, Deserialize, Validate, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct LegalStatusEnd {
    /// First day on which the status no longer holds.
    #[schema(example = "2026-09-02")]
    pub ended_on: NaiveDate,
}

impl LegalAxis {
    /// The code list of its statuses.
    #[must_use]
    pub const fn list(self) -> &'static str {
        match self {
            Self::CareAuthority => "legal_status",
            Self::ParentalRightsMother | Self::ParentalRightsFather => "parental_rights",
            Self::Guardianship => "guardianship",
        }
    }

    pub const fn is_parental(self) -> bool {
        match self {
            Self::ParentalRightsMother | Self::ParentalRightsFather => true,
            Self::CareAuthority | Self::Guardianship => false,
        }
    }
}

impl NewLegalStatus {
    /// Refuses impossible days, and rights taken or given back without a court (LS-01).
    pub fn check(&self, birth: Option<NaiveDate>, today: NaiveDate) -> Result<()> {
        let mut faults = Vec::new();
        check_period("", Some(self.valid_from), self.valid_to, &mut faults);
        if birth.is_some_and(|birth| self.valid_from < birth) {
            let detail = "must not lie before the birth";
            faults.push(Fault::new("/valid_from", "before_birth", detail));
        }
        if let Some(decision) = &self.decision
            && decision.decided_on > today
        {
            let detail = "must not lie in the future";
            faults.push(Fault::new("/decision/decided_on", "future_date", detail));
        }
        if !faults.is_empty() {
            return Err(Error::Invalid(faults));
        }
        self.by_court()
    }

    fn by_court(&self) -> Result<()> {
        let needed =
            self.axis.is_parental() && matches!(self.status.as_str(), "deprived" | "restored");
        let there = self.decision.as_ref().is_some_and(|decision| {
            decision.kind == LegalDecisionKind::Court
                && decision.number.is_some()
                && decision.effective_on.is_some()
        });
        if there || !needed {
            return Ok(());
        }
        let detail = "parental rights are taken and given back by a court: the decision must be of \
                      the kind court, with its number and the day on which it takes effect";
        Err(Refusal::values("LS-01", detail).at("/decision").into())
    }

    /// The status that this makes.
    pub fn into_status(self, child_id: ChildId) -> LegalStatus {
        LegalStatus {
            id: LegalStatusId::generate(),
            child_id,
            axis: self.axis,
            status: self.status,
            basis: self.basis,
            decision: self.decision,
            valid_from: self.valid_from,
            valid_to: self.valid_to,
            version: 1,
        }
    }
}

impl LegalStatus {
    /// The status ended on a day that is the first outside it. It may end earlier than it would
    /// have, never later.
    pub fn ended(&self, on: NaiveDate) -> Result<Self> {
        if self.valid_to.is_some_and(|end| end <= on) {
            return Err(Error::State("the status has ended by that day already".to_owned()));
        }
        let mut faults = Vec::new();
        if on <= self.valid_from {
            let detail = "must be after valid_from: it is the first day outside the period";
            faults.push(Fault::new("/ended_on", "out_of_order", detail));
        }
        if !faults.is_empty() {
            return Err(Error::Invalid(faults));
        }
        Ok(Self { valid_to: Some(on), version: self.version + 1, ..self.clone() })
    }

    /// Whether it holds on `day`.
    #[must_use]
    pub fn holds_on(&self, day: NaiveDate) -> bool {
        within(day, self.valid_from, self.valid_to)
    }

    /// Whether the two have a day in common.
    #[must_use]
    pub fn overlaps(&self, from: NaiveDate, to: Option<NaiveDate>) -> bool {
        self.valid_to.is_none_or(|end| from < end) && to.is_none_or(|to| self.valid_from < to)
    }
}

/// How a status lies in its table.
#[derive(Queryable, Selectable, Insertable)]
#[diesel(table_name = legal_statuses, check_for_backend(Pg), treat_none_as_default_value = false)]
pub struct LegalStatusRow {
    id: LegalStatusId,
    child_id: ChildId,
    axis: LegalAxis,
    status: String,
    #[diesel(select_expression = (legal_statuses::id, legal_statuses::basis))]
    #[diesel(select_expression_type = (legal_statuses::id, legal_statuses::basis))]
    #[diesel(deserialize_as = Opened<legal_statuses::basis, Option<String>>)]
    #[diesel(skip_insertion)]
    basis: Option<String>,
    decision_body: Option<String>,
    decision_kind: Option<LegalDecisionKind>,
    #[diesel(select_expression = (legal_statuses::id, legal_statuses::decision_number))]
    #[diesel(select_expression_type = (legal_statuses::id, legal_statuses::decision_number))]
    #[diesel(deserialize_as = Opened<legal_statuses::decision_number, Option<String>>)]
    #[diesel(skip_insertion)]
    decision_number: Option<String>,
    decided_on: Option<NaiveDate>,
    effective_on: Option<NaiveDate>,
    valid_from: NaiveDate,
    valid_to: Option<NaiveDate>,
    version: i64,
}

sealed_columns!(legal_statuses: Identifying { basis, decision_number });

impl From<LegalStatusRow> for LegalStatus {
    fn from(row: LegalStatusRow) -> Self {
        let decision = match (row.decision_body, row.decision_kind, row.decided_on) {
            (Some(body), Some(kind), Some(decided_on)) => Some(LegalDecision {
                body,
                kind,
                number: row.decision_number,
                decided_on,
                effective_on: row.effective_on,
            }),
            _ => None,
        };
        Self {
            id: row.id,
            child_id: row.child_id,
            axis: row.axis,
            status: row.status,
            basis: row.basis,
            decision,
            valid_from: row.valid_from,
            valid_to: row.valid_to,
            version: row.version,
        }
    }
}

impl From<LegalStatus> for LegalStatusRow {
    fn from(status: LegalStatus) -> Self {
        let decision = status.decision;
        let of = decision.as_ref();
        Self {
            id: status.id,
            child_id: status.child_id,
            axis: status.axis,
            status: status.status,
            basis: status.basis,
            decision_kind: of.map(|decision| decision.kind),
            decision_number: of.and_then(|decision| decision.number.clone()),
            decided_on: of.map(|decision| decision.decided_on),
            effective_on: of.and_then(|decision| decision.effective_on),
            decision_body: decision.map(|decision| decision.body),
            valid_from: status.valid_from,
            valid_to: status.valid_to,
            version: status.version,
        }
    }
}

record!(LegalStatus {
    name: "legal_status",
    id: "LegalStatusId",
    example: "d4a7f6c1-0b82-4e3d-a95f-71c6e8b2d034",
    personal: true,
    under: child_id,
});

impl fmt::Debug for LegalStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "LegalStatus({})", self.id)
    }
}
