//! The list of cases.
use chrono::NaiveDate;
use diesel::{pg::Pg, prelude::*};
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

use crate::{
    cases::model::{Case, CasePriority, CaseState},
    children::ChildId,
    families::FamilyId,
    platform::{
        error::Result,
        order::{Order, Sort},
        page::{Page, PageQuery},
        total::CountQuery,
    },
    reference::organisations::OrganisationId,
    schema::{
        case_managers,
        cases::{self, dsl},
    },
    sort_fields,
};

sort_fields! {
    /// What the list of cases can be sorted by.
    pub enum CaseField by "cases.id" {
        CaseNo = "case_no": "cases.case_no" as "text",
        OpenedOn = "opened_on": "cases.opened_on" as "date",
        StateSince = "state_since": "cases.state_since" as "date",
    }
}

pub type CaseSort = Sort<CaseField>;

/// Which cases to list.
#[derive(Debug, Default, Clone, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct CaseFilter {
    /// Of this child.
    #[param(nullable = false)]
    pub child_id: Option<ChildId>,
    /// Of this family.
    #[param(nullable = false)]
    pub family_id: Option<FamilyId>,
    /// Of this organisation; repeat it for one of several.
    #[serde(default)]
    pub organisation_id: Vec<OrganisationId>,
    /// Where they are in their life; repeat it for one of several.
    #[serde(default)]
    #[param(example = json!(["assessing"]))]
    pub state: Vec<CaseState>,
    /// How soon they are to be worked on; repeat it for one of several.
    #[serde(default)]
    #[param(example = json!(["urgent"]))]
    pub priority: Vec<CasePriority>,
    /// Whether a child is in danger now.
    #[param(nullable = false, example = true)]
    pub immediate_risk: Option<bool>,
    /// Why there is a need for services, a code of the list `primary_need`; repeat it for one of several.
    #[serde(default)]
    #[param(example = json!(["abuse_or_neglect"]))]
    pub primary_need: Vec<String>,
    /// Of which this worker is in charge now, by the id in the organisation's own system.
    #[param(nullable = false, max_length = 64, example = "worker-4711")]
    pub worker_id: Option<String>,
    /// Opened on or after this day.
    #[param(nullable = false, example = "2026-01-01")]
    pub opened_on_min: Option<NaiveDate>,
    /// Opened on or before this day.
    #[param(nullable = false, example = "2026-12-31")]
    pub opened_on_max: Option<NaiveDate>,
    /// Order, by id unless said. Repeat it: the first field decides first.
    #[serde(default)]
    #[param(inline, max_items = 3, example = json!(["-opened_on"]))]
    pub sort: Vec<CaseSort>,
}

impl CaseFilter {
    fn query(&self) -> cases::BoxedQuery<'_, Pg> {
        let mut query = cases::table.into_boxed();
        if let Some(child) = self.child_id {
            query = query.filter(dsl::child_id.eq(child));
        }
        if let Some(family) = self.family_id {
            query = query.filter(dsl::family_id.eq(family));
        }
        if !self.organisation_id.is_empty() {
            query = query.filter(dsl::organisation_id.eq_any(&self.organisation_id));
        }
        if !self.state.is_empty() {
            query = query.filter(dsl::state.eq_any(&self.state));
        }
        if !self.priority.is_empty() {
            query = query.filter(dsl::priority.eq_any(&self.priority));
        }
        if let Some(risk) = self.immediate_risk {
            query = query.filter(dsl::immediate_risk.eq(risk));
        }
        if !self.primary_need.is_empty() {
            query = query.filter(dsl::primary_need.eq_any(&self.primary_need));
        }
        if let Some(worker) = &self.worker_id {
            let in_charge = case_managers::table
                .filter(case_managers::worker_id.eq(worker))
                .filter(case_managers::valid_to.is_null())
                .select(case_managers::case_id);
            query = query.filter(dsl::id.eq_any(in_charge));
        }
        if let Some(day) = self.opened_on_min {
            query = query.filter(dsl::opened_on.ge(day));
        }
        if let Some(day) = self.opened_on_max {
            query = query.filter(dsl::opened_on.le(day));
        }
        query
    }
}

/// By id unless said, which is random: the order tells nothing.
pub fn list(conn: &mut PgConnection, filter: &CaseFilter, page: &PageQuery) -> Result<Page<Case>> {
    let (bound, limit) = (page.bind(filter), page.limit()?);
    let order = Order::of(&filter.sort, &[])?;
    let mut query = filter.query().order(order.clause()).limit(limit + 1);
    if let Some(last) = bound.place(&order)? {
        query = query.filter(order.beyond(&last));
    }
    let rows = query.select((Case::as_select(), order.selection())).load(conn)?;
    Ok(bound.sorted(rows, limit))
}

/// How many the list has, if that is asked for.
pub fn total(
    conn: &mut PgConnection,
    filter: &CaseFilter,
    count: CountQuery,
) -> Result<Option<i64>> {
    count.total(conn, |_| Ok(filter.query()))
}
