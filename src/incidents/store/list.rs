//! The lists of incidents and complaints.
use chrono::NaiveDate;
use diesel::{pg::Pg, prelude::*};
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

use crate::{
    carers::CarerFamilyId,
    children::ChildId,
    facilities::FacilityId,
    incidents::model::{
        Complainant, Complaint, ComplaintState, Incident, IncidentKind, IncidentSeverity,
        IncidentState,
    },
    platform::{
        error::Result,
        order::{Order, Sort},
        page::{Page, PageQuery},
        total::CountQuery,
    },
    schema::{complaints, incidents},
    sort_fields,
};

sort_fields! {
    /// What the list of incidents can be sorted by.
    pub enum IncidentField by "incidents.id" {
        OccurredOn = "occurred_on": "incidents.occurred_on" as "date",
    }
}

sort_fields! {
    /// What the list of complaints can be sorted by.
    pub enum ComplaintField by "complaints.id" {
        ReceivedOn = "received_on": "complaints.received_on" as "date",
    }
}

pub type IncidentSort = Sort<IncidentField>;
pub type ComplaintSort = Sort<ComplaintField>;

/// Which incidents to list.
#[derive(Debug, Default, Clone, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct IncidentFilter {
    /// Of this child.
    #[param(nullable = false)]
    pub child_id: Option<ChildId>,
    /// Of one of these children: for those who list by what the children have in common.
    #[serde(default, skip_deserializing)]
    #[param(ignore)]
    pub children: Option<Vec<ChildId>>,
    /// Of children who lived in this facility that day.
    #[param(nullable = false)]
    pub facility_id: Option<FacilityId>,
    /// Of children who lived with this carer family that day.
    #[param(nullable = false)]
    pub carer_family_id: Option<CarerFamilyId>,
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
    /// Order, by id unless said.
    #[serde(default)]
    #[param(inline, max_items = 1, example = json!(["-occurred_on"]))]
    pub sort: Vec<IncidentSort>,
}

impl IncidentFilter {
    fn query(&self) -> incidents::BoxedQuery<'_, Pg> {
        use incidents as rows;
        let mut query = rows::table.into_boxed();
        if let Some(child) = self.child_id {
            query = query.filter(rows::child_id.eq(child));
        }
        if let Some(children) = &self.children {
            query = query.filter(rows::child_id.eq_any(children));
        }
        if let Some(facility) = self.facility_id {
            query = query.filter(rows::facility_id.eq(facility));
        }
        if let Some(family) = self.carer_family_id {
            query = query.filter(rows::carer_family_id.eq(family));
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

/// Which complaints to list.
#[derive(Debug, Default, Clone, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ComplaintFilter {
    /// Of this child, or about its care.
    #[param(nullable = false)]
    pub child_id: Option<ChildId>,
    /// About days on which the child lived in this facility.
    #[param(nullable = false)]
    pub facility_id: Option<FacilityId>,
    /// About days on which the child lived with this carer family.
    #[param(nullable = false)]
    pub carer_family_id: Option<CarerFamilyId>,
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
    /// Order, by id unless said.
    #[serde(default)]
    #[param(inline, max_items = 1, example = json!(["-received_on"]))]
    pub sort: Vec<ComplaintSort>,
}

impl ComplaintFilter {
    fn query(&self) -> complaints::BoxedQuery<'_, Pg> {
        use complaints as rows;
        let mut query = rows::table.filter(rows::child_id.is_not_null()).into_boxed();
        if let Some(child) = self.child_id {
            query = query.filter(rows::child_id.eq(child));
        }
        if let Some(facility) = self.facility_id {
            query = query.filter(rows::facility_id.eq(facility));
        }
        if let Some(family) = self.carer_family_id {
            query = query.filter(rows::carer_family_id.eq(family));
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

/// By id unless said: that order says nothing, but it stays.
pub fn list_incidents(
    conn: &mut PgConnection,
    filter: &IncidentFilter,
    page: &PageQuery,
) -> Result<Page<Incident>> {
    let (bound, limit) = (page.bind(filter), page.limit()?);
    let order = Order::of(&filter.sort, &[])?;
    let mut query = filter.query().order(order.clause()).limit(limit + 1);
    if let Some(last) = bound.place(&order)? {
        query = query.filter(order.beyond(&last));
    }
    let rows = query.select((Incident::as_select(), order.selection())).load(conn)?;
    Ok(bound.sorted(rows, limit))
}

/// How many the list has, if that is asked for.
pub fn total_incidents(
    conn: &mut PgConnection,
    filter: &IncidentFilter,
    count: CountQuery,
) -> Result<Option<i64>> {
    count.total(conn, |_| Ok(filter.query()))
}

/// By id unless said: that order says nothing, but it stays.
pub fn list_complaints(
    conn: &mut PgConnection,
    filter: &ComplaintFilter,
    page: &PageQuery,
) -> Result<Page<Complaint>> {
    let (bound, limit) = (page.bind(filter), page.limit()?);
    let order = Order::of(&filter.sort, &[])?;
    let mut query = filter.query().order(order.clause()).limit(limit + 1);
    if let Some(last) = bound.place(&order)? {
        query = query.filter(order.beyond(&last));
    }
    let rows = query.select((Complaint::as_select(), order.selection())).load(conn)?;
    Ok(bound.sorted(rows, limit))
}

/// How many the list has, if that is asked for.
pub fn total_complaints(
    conn: &mut PgConnection,
    filter: &ComplaintFilter,
    count: CountQuery,
) -> Result<Option<i64>> {
    count.total(conn, |_| Ok(filter.query()))
}
