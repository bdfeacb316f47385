//! The list of alerts.
use chrono::NaiveDate;
use diesel::{pg::Pg, prelude::*};
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

use crate::{
    alerts::model::{Alert, AlertState},
    carers::CarerFamilyId,
    children::ChildId,
    facilities::FacilityId,
    platform::{
        error::Result,
        order::{Order, Sort},
        page::{Page, PageQuery},
        total::CountQuery,
    },
    reference::{areas, organisations::OrganisationId},
    rules::deadlines::Severity,
    schema::alerts::{self, dsl},
    sort_fields,
};

sort_fields! {
    /// What the list of alerts can be sorted by.
    pub enum AlertField by "alerts.id" {
        DueOn = "due_on": "alerts.due_on" as "date",
        RaisedOn = "raised_on": "alerts.raised_on" as "date",
    }
}

pub type AlertSort = Sort<AlertField>;

/// Which alerts to list.
#[derive(Debug, Default, Clone, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AlertFilter {
    /// By this rule; repeat it for one of several.
    #[serde(default)]
    #[param(example = json!(["RV-01"]))]
    pub rule: Vec<String>,
    /// Where they are in their life; repeat it for one of several.
    #[serde(default)]
    #[param(example = json!(["open"]))]
    pub state: Vec<AlertState>,
    /// How urgent they are; repeat it for one of several.
    #[serde(default)]
    #[param(example = json!(["critical"]))]
    pub severity: Vec<Severity>,
    /// In this area, or one below it; repeat it for one of several.
    #[serde(default)]
    #[param(example = json!(["RS-20"]))]
    pub area: Vec<String>,
    /// Which this organisation must act on.
    #[param(nullable = false)]
    pub organisation_id: Option<OrganisationId>,
    /// Of cases of which this worker is in charge.
    #[param(nullable = false, max_length = 64, example = "worker-4711")]
    pub worker_id: Option<String>,
    /// About this child.
    #[param(nullable = false)]
    pub child_id: Option<ChildId>,
    /// About this carer family.
    #[param(nullable = false)]
    pub carer_family_id: Option<CarerFamilyId>,
    /// About this facility.
    #[param(nullable = false)]
    pub facility_id: Option<FacilityId>,
    /// Due before this day.
    #[param(nullable = false, example = "2026-12-31")]
    pub before: Option<NaiveDate>,
    /// Order, by id unless said. Repeat it: the first field decides first.
    #[serde(default)]
    #[param(inline, max_items = 2, example = json!(["due_on"]))]
    pub sort: Vec<AlertSort>,
}

impl AlertFilter {
    fn query(&self, conn: &mut PgConnection) -> Result<alerts::BoxedQuery<'_, Pg>> {
        let mut query = alerts::table.into_boxed();
        if !self.rule.is_empty() {
            query = query.filter(dsl::rule.eq_any(&self.rule));
        }
        if !self.state.is_empty() {
            query = query.filter(dsl::state.eq_any(&self.state));
        }
        if !self.severity.is_empty() {
            query = query.filter(dsl::severity.eq_any(&self.severity));
        }
        if !self.area.is_empty() {
            let codes = areas::subtrees(conn, &self.area)?;
            query = query.filter(dsl::area_code.eq_any(codes));
        }
        if let Some(organisation) = self.organisation_id {
            query = query.filter(dsl::organisation_id.eq(organisation));
        }
        if let Some(worker) = &self.worker_id {
            query = query.filter(dsl::worker_id.eq(worker));
        }
        if let Some(child) = self.child_id {
            query = query.filter(dsl::child_id.eq(child));
        }
        if let Some(family) = self.carer_family_id {
            query = query.filter(dsl::carer_family_id.eq(family));
        }
        if let Some(facility) = self.facility_id {
            query = query.filter(dsl::facility_id.eq(facility));
        }
        if let Some(day) = self.before {
            query = query.filter(dsl::due_on.lt(day));
        }
        Ok(query)
    }
}

/// By id unless said, which is random: the order tells nothing.
pub fn list(
    conn: &mut PgConnection,
    filter: &AlertFilter,
    page: &PageQuery,
) -> Result<Page<Alert>> {
    let (bound, limit) = (page.bind(filter), page.limit()?);
    let order = Order::of(&filter.sort, &[])?;
    let mut query = filter.query(conn)?.order(order.clause()).limit(limit + 1);
    if let Some(last) = bound.place(&order)? {
        query = query.filter(order.beyond(&last));
    }
    let rows = query.select((Alert::as_select(), order.selection())).load(conn)?;
    Ok(bound.sorted(rows, limit))
}

/// How many the list has, if that is asked for.
pub fn total(
    conn: &mut PgConnection,
    filter: &AlertFilter,
    count: CountQuery,
) -> Result<Option<i64>> {
    count.total(conn, |conn| filter.query(conn))
}
