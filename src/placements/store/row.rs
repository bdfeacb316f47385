//! A placement as it lies in its table.
use chrono::NaiveDate;
use diesel::prelude::*;
use serde_json::Value;

use crate::{
    carers::CarerFamilyId,
    children::ChildId,
    facilities::{FacilityId, UnitId},
    placements::model::{
        CarePeriodId, Placement, PlacementId, PlacementState, Provider, ProviderKind,
    },
    platform::{
        db::Tx,
        error::{Error, Result},
        vault::Opened,
    },
    schema::placements,
    sealed_columns,
};

/// The columns of a placement, without those that the database makes of them.
#[derive(Queryable, Selectable, Insertable, AsChangeset)]
#[diesel(table_name = placements, check_for_backend(diesel::pg::Pg), treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct PlacementRow {
    pub id: PlacementId,
    child_id: ChildId,
    care_period_id: Option<CarePeriodId>,
    state: PlacementState,
    care_type: String,
    planned_kind: String,
    provider_kind: ProviderKind,
    carer_family_id: Option<CarerFamilyId>,
    facility_id: Option<FacilityId>,
    facility_unit_id: Option<UnitId>,
    starts_on: NaiveDate,
    started_on: Option<NaiveDate>,
    ended_on: Option<NaiveDate>,
    expected_end_on: Option<NaiveDate>,
    opens_period: bool,
    same_carer: bool,
    end_reason: Option<String>,
    #[diesel(select_expression = (placements::id, placements::legal_basis))]
    #[diesel(select_expression_type = (placements::id, placements::legal_basis))]
    #[diesel(deserialize_as = Opened<placements::legal_basis, String>)]
    #[diesel(skip_insertion, skip_update)]
    legal_basis: String,
    #[diesel(select_expression = (placements::id, placements::decision))]
    #[diesel(select_expression_type = (placements::id, placements::decision))]
    #[diesel(deserialize_as = Opened<placements::decision, Option<Value>>)]
    #[diesel(skip_insertion, skip_update)]
    decision: Option<Value>,
    #[diesel(select_expression = (placements::id, placements::temporary_approval))]
    #[diesel(select_expression_type = (placements::id, placements::temporary_approval))]
    #[diesel(deserialize_as = Opened<placements::temporary_approval, Option<Value>>)]
    #[diesel(skip_insertion, skip_update)]
    temporary_approval: Option<Value>,
    #[diesel(select_expression = (placements::id, placements::exception))]
    #[diesel(select_expression_type = (placements::id, placements::exception))]
    #[diesel(deserialize_as = Opened<placements::exception, Option<Value>>)]
    #[diesel(skip_insertion, skip_update)]
    exception: Option<Value>,
    flags: Vec<String>,
    #[diesel(select_expression = (placements::id, placements::state_reason))]
    #[diesel(select_expression_type = (placements::id, placements::state_reason))]
    #[diesel(deserialize_as = Opened<placements::state_reason, Option<String>>)]
    #[diesel(skip_insertion, skip_update)]
    state_reason: Option<String>,
    version: i64,
}

sealed_columns!(placements: Identifying {
    legal_basis, decision, temporary_approval, exception, state_reason
});

/// The sealed columns of a placement, as they are written beside the others.
#[derive(Insertable, AsChangeset)]
#[diesel(table_name = placements, treat_none_as_null = true, treat_none_as_default_value = false)]
pub struct SealedColumns {
    legal_basis: Vec<u8>,
    decision: Option<Vec<u8>>,
    temporary_approval: Option<Vec<u8>>,
    exception: Option<Vec<u8>>,
    state_reason: Option<Vec<u8>>,
}

impl SealedColumns {
    pub fn of(tx: &mut Tx<'_>, placement: &Placement) -> Result<Self> {
        use placements as columns;
        let (id, leave) = (placement.id.untyped(), placement.temporary_approval.as_ref());
        let reason = placement.state_reason.as_ref();
        Ok(Self {
            legal_basis: tx.seal(columns::legal_basis, id, &placement.legal_basis)?,
            decision: tx.seal_some(columns::decision, id, placement.decision.as_ref())?,
            temporary_approval: tx.seal_some(columns::temporary_approval, id, leave)?,
            exception: tx.seal_some(columns::exception, id, placement.exception.as_ref())?,
            state_reason: tx.seal_some(columns::state_reason, id, reason)?,
        })
    }
}

impl TryFrom<PlacementRow> for Placement {
    type Error = Error;

    fn try_from(row: PlacementRow) -> Result<Self> {
        Ok(Self {
            id: row.id,
            child_id: row.child_id,
            care_period_id: row.care_period_id,
            state: row.state,
            care_type: row.care_type,
            planned_kind: row.planned_kind,
            provider: Provider {
                kind: row.provider_kind,
                carer_family_id: row.carer_family_id,
                facility_id: row.facility_id,
                facility_unit_id: row.facility_unit_id,
            },
            starts_on: row.starts_on,
            started_on: row.started_on,
            ended_on: row.ended_on,
            expected_end_on: row.expected_end_on,
            opens_period: row.opens_period,
            same_carer: row.same_carer,
            end_reason: row.end_reason,
            legal_basis: row.legal_basis,
            decision: row
                .decision
                .map(serde_json::from_value)
                .transpose()
                .map_err(Error::internal)?,
            temporary_approval: row
                .temporary_approval
                .map(serde_json::from_value)
                .transpose()
                .map_err(Error::internal)?,
            exception: row
                .exception
                .map(serde_json::from_value)
                .transpose()
                .map_err(Error::internal)?,
            flags: row.flags,
            state_reason: row.state_reason,
            version: row.version,
        })
    }
}

impl TryFrom<&Placement> for PlacementRow {
    type Error = Error;

    fn try_from(placement: &Placement) -> Result<Self> {
        let provider = &placement.provider;
        Ok(Self {
            id: placement.id,
            child_id: placement.child_id,
            care_period_id: placement.care_period_id,
            state: placement.state,
            care_type: placement.care_type.clone(),
            planned_kind: placement.planned_kind.clone(),
            provider_kind: provider.kind,
            carer_family_id: provider.carer_family_id,
            facility_id: provider.facility_id,
            facility_unit_id: provider.facility_unit_id,
            starts_on: placement.starts_on,
            started_on: placement.started_on,
            ended_on: placement.ended_on,
            expected_end_on: placement.expected_end_on,
            opens_period: placement.opens_period,
            same_carer: placement.same_carer,
            end_reason: placement.end_reason.clone(),
            legal_basis: placement.legal_basis.clone(),
            decision: placement
                .decision
                .as_ref()
                .map(serde_json::to_value)
                .transpose()
                .map_err(Error::internal)?,
            temporary_approval: placement
                .temporary_approval
                .as_ref()
                .map(serde_json::to_value)
                .transpose()
                .map_err(Error::internal)?,
            exception: placement
                .exception
                .as_ref()
                .map(serde_json::to_value)
                .transpose()
                .map_err(Error::internal)?,
            flags: placement.flags.clone(),
            state_reason: placement.state_reason.clone(),
            version: placement.version,
        })
    }
}
