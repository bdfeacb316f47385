//! Incidents and complaints of facilities, for those who watch over facilities and reach no child (AC-01).
//!
//! The queries see beyond the caller's reach, and select no column that tells of a person.
use chrono::NaiveDate;
use diesel::{pg::Pg, prelude::*};
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

use super::list::{ComplaintField, IncidentField};
use crate::{
    facilities::FacilityId,
    incidents::model::{
        Complainant, ComplaintState, FacilityComplaint, FacilityIncident, IncidentKind,
        IncidentSeverity, IncidentState,
    },
    platform::{
        error::Result,
        order::Order,
        page::{Page, PageQuery},
        reach::beyond,
    },
    schema::{complaints, incidents},
};

/// Which incidents in facilities to list.
#[derive(Debug, Default, Clone, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct FacilityIncidentFilter {
    /// In this facility.
    #[param(nullable = false)]
    pub facility_id: Option<FacilityId>,
    /// What happened; repeat it for one of several.
    #[serde(default)]
    #[param(example = json!(["abuse_allegation"]))]
    pub kind: Vec<IncidentKind>,
    /// How grave they are; repeat it for one of several.
    #[serde(default)]
    #[param(example = json!(["critical"]))]
    pub severity: Vec<IncidentSeverity>,
    /// Where they are in their life; repeat it for one of several.
    #[serde(default)]
    #[param(example = json!(["reported"]))]
    pub state: Vec<IncidentState>,
    /// On or after this day.
    #[param(nullable = false, example = "2026-01-01")]
    pub occurred_on_min: Option<NaiveDate>,
    /// On or before this day.
    #[param(nullable = false, example = "2026-12-31")]
    pub occurred_on_max: Option<NaiveDate>,
}

impl FacilityIncidentFilter {
    fn query(&self) -> incidents::BoxedQuery<'_, Pg> {
        use incidents as rows;
        let mut query = rows::table.filter(rows::facility_id.is_not_null()).into_boxed();
        if let Some(facility) = self.facility_id {
            query = query.filter(rows::facility_id.eq(facility));
        }
        if !self.kind.is_empty() {
            query = query.filter(rows::kind.eq_any(&self.kind));
        }
        if !self.severity.is_empty() {
            query = query.filter(rows::severity.eq_any(&self.severity));
        }
        if !self.state.is_empty() {
            query = query.filter(rows::state.eq_any(&self.state));
        }
        if let Some(day) = self.occurred_on_min {
            query = query.filter(rows::occurred_on.ge(day));
        }
        if let Some(day) = self.occurred_on_max {
            query = query.filter(rows::occurred_on.le(day));
        }
        query
    }
}

/// Which complaints about facilities to list.
#[derive(Debug, Default, Clone, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct FacilityComplaintFilter {
    /// About this facility.
    #[param(nullable = false)]
    pub facility_id: Option<FacilityId>,
    /// From whom they are; repeat it for one of several.
    #[serde(default)]
    #[param(example = json!(["child"]))]
    pub complainant: Vec<Complainant>,
    /// Where they are in their life; repeat it for one of several.
    #[serde(default)]
    #[param(example = json!(["received"]))]
    pub state: Vec<ComplaintState>,
    /// Received on or after this day.
    #[param(nullable = false, example = "2026-01-01")]
    pub received_on_min: Option<NaiveDate>,
    /// Received on or before this day.
    #[param(nullable = false, example = "2026-12-31")]
    pub received_on_max: Option<NaiveDate>,
}

impl FacilityComplaintFilter {
    fn query(&self) -> complaints::BoxedQuery<'_, Pg> {
        use complaints as rows;
        let mut query = rows::table.filter(rows::facility_id.is_not_null()).into_boxed();
        if let Some(facility) = self.facility_id {
            query = query.filter(rows::facility_id.eq(facility));
        }
        if !self.complainant.is_empty() {
            query = query.filter(rows::complainant.eq_any(&self.complainant));
        }
        if !self.state.is_empty() {
            query = query.filter(rows::state.eq_any(&self.state));
        }
        if let Some(day) = self.received_on_min {
            query = query.filter(rows::received_on.ge(day));
        }
        if let Some(day) = self.received_on_max {
            query = query.filter(rows::received_on.le(day));
        }
        query
    }
}

/// Incidents in facilities without the child, by id.
pub fn incidents(
    conn: &mut PgConnection,
    filter: &FacilityIncidentFilter,
    page: &PageQuery,
) -> Result<Page<FacilityIncident>> {
    let (bound, limit) = (page.bind(filter), page.limit()?);
    let order = Order::of::<IncidentField>(&[], &[])?;
    beyond(conn, |conn| {
        let mut query = filter.query().order(order.clause()).limit(limit + 1);
        if let Some(last) = bound.place(&order)? {
            query = query.filter(order.beyond(&last));
        }
        let rows = query.select((FacilityIncident::as_select(), order.selection())).load(conn)?;
        Ok(bound.sorted(rows, limit))
    })
}

/// Complaints about facilities without the child, by id.
pub fn complaints(
    conn: &mut PgConnection,
    filter: &FacilityComplaintFilter,
    page: &PageQuery,
) -> Result<Page<FacilityComplaint>> {
    let (bound, limit) = (page.bind(filter), page.limit()?);
    let order = Order::of::<ComplaintField>(&[], &[])?;
    beyond(conn, |conn| {
        let mut query = filter.query().order(order.clause()).limit(limit + 1);
        if let Some(last) = bound.place(&order)? {
            query = query.filter(order.beyond(&last));
        }
        let rows = query.select((FacilityComplaint::as_select(), order.selection())).load(conn)?;
        Ok(bound.sorted(rows, limit))
    })
}
