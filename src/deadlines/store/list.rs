//! The list of deadlines.
use chrono::NaiveDate;
use diesel::{pg::Pg, prelude::*};
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

use crate::{
    children::ChildId,
    deadlines::model::Deadline,
    platform::{
        error::Result,
        order::{Order, Sort},
        page::{Page, PageQuery},
        total::CountQuery,
    },
    reference::{areas, organisations::OrganisationId},
    schema::deadlines::{self, dsl},
    sort_fields,
};

sort_fields! {
    /// What the list of deadlines can be sorted by.
    pub enum DeadlineField by "deadlines.id" {
        DueOn = "due_on": "deadlines.due_on" as "date",
    }
}

pub type DeadlineSort = Sort<DeadlineField>;

/// Which deadlines to list.
#[derive(Debug, Default, Clone, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DeadlineFilter {
    /// Due before this day.
    #[param(nullable = false, example = "2026-12-31")]
    pub before: Option<NaiveDate>,
    /// By this rule; repeat it for one of several.
    #[serde(default)]
    #[param(example = json!(["PL-27"]))]
    pub rule: Vec<String>,
    /// In this area, or one below it; repeat it for one of several.
    #[serde(default)]
    #[param(example = json!(["RS-20"]))]
    pub area: Vec<String>,
    /// Which this organisation must keep.
    #[param(nullable = false)]
    pub organisation_id: Option<OrganisationId>,
    /// About this child.
    #[param(nullable = false)]
    pub child_id: Option<ChildId>,
    /// Whether an alert is given already.
    #[param(nullable = false, example = false)]
    pub told: Option<bool>,
    /// Order, by the day on which it is due unless said.
    #[serde(default)]
    #[param(inline, max_items = 1, example = json!(["-due_on"]))]
    pub sort: Vec<DeadlineSort>,
}

impl DeadlineFilter {
    fn query(&self, conn: &mut PgConnection) -> Result<deadlines::BoxedQuery<'_, Pg>> {
        let mut query = deadlines::table.into_boxed();
        if let Some(day) = self.before {
            query = query.filter(dsl::due_on.lt(day));
        }
        if !self.rule.is_empty() {
            query = query.filter(dsl::rule.eq_any(&self.rule));
        }
        if !self.area.is_empty() {
            let codes = areas::subtrees(conn, &self.area)?;
            query = query.filter(dsl::area_code.eq_any(codes));
        }
        if let Some(organisation) = self.organisation_id {
            query = query.filter(dsl::organisation_id.eq(organisation));
        }
        if let Some(child) = self.child_id {
            query = query.filter(dsl::child_id.eq(child));
        }
        Ok(match self.told {
            Some(true) => query.filter(dsl::severity.is_not_null()),
            Some(false) => query.filter(dsl::severity.is_null()),
            None => query,
        })
    }
}

/// By the day on which it is due unless said.
pub fn list(
    conn: &mut PgConnection,
    filter: &DeadlineFilter,
    page: &PageQuery,
) -> Result<Page<Deadline>> {
    let (bound, limit) = (page.bind(filter), page.limit()?);
    let order = Order::of(&filter.sort, &[Sort::ascending(DeadlineField::DueOn)])?;
    let mut query = filter.query(conn)?.order(order.clause()).limit(limit + 1);
    if let Some(last) = bound.place(&order)? {
        query = query.filter(order.beyond(&last));
    }
    let rows = query.select((Deadline::as_select(), order.selection())).load(conn)?;
    Ok(bound.sorted(rows, limit))
}

/// How many the list has, if that is asked for.
pub fn total(
    conn: &mut PgConnection,
    filter: &DeadlineFilter,
    count: CountQuery,
) -> Result<Option<i64>> {
    count.total(conn, |conn| filter.query(conn))
}
