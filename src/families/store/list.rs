//! The list of families.
use chrono::NaiveDate;
use diesel::{pg::Pg, prelude::*};
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

use crate::{
    children::ChildId,
    families::model::{Family, FamilyState},
    platform::{
        error::Result,
        order::{Order, Sort},
        page::{Page, PageQuery},
        total::CountQuery,
    },
    reference::areas,
    schema::{
        families::{self, dsl},
        family_members,
    },
    sort_fields,
};

sort_fields! {
    /// What the list of families can be sorted by.
    pub enum FamilyField by "families.id" {
        FamilyNo = "family_no": "families.family_no" as "text",
        RegisteredOn = "registered_on": "families.registered_on" as "date",
        StateSince = "state_since": "families.state_since" as "date",
    }
}

pub type FamilySort = Sort<FamilyField>;

/// Which families to list.
#[derive(Debug, Default, Clone, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct FamilyFilter {
    /// To which this child belongs, or did.
    #[param(nullable = false)]
    pub child_id: Option<ChildId>,
    /// Code of the area in which the family lives, or of one above it; repeat it for one of several.
    #[serde(default)]
    #[param(example = json!(["RS-20"]))]
    pub area_code: Vec<String>,
    /// Whether it is worked with; repeat it for one of several.
    #[serde(default)]
    #[param(example = json!(["open"]))]
    pub state: Vec<FamilyState>,
    /// How great the risk is, a code of the list `risk_level`; repeat it for one of several.
    #[serde(default)]
    #[param(example = json!(["high"]))]
    pub risk_level: Vec<String>,
    /// Kind of family, a code of the list `family_type`; repeat it for one of several.
    #[serde(default)]
    #[param(example = json!(["single_parent"]))]
    pub family_type: Vec<String>,
    /// Registered on or after this day.
    #[param(nullable = false, example = "2026-01-01")]
    pub registered_on_min: Option<NaiveDate>,
    /// Registered on or before this day.
    #[param(nullable = false, example = "2026-12-31")]
    pub registered_on_max: Option<NaiveDate>,
    /// Order, by id unless said. Repeat it: the first field decides first.
    #[serde(default)]
    #[param(inline, max_items = 3, example = json!(["-registered_on"]))]
    pub sort: Vec<FamilySort>,
}

impl FamilyFilter {
    fn query(&self, conn: &mut PgConnection) -> Result<families::BoxedQuery<'_, Pg>> {
        let mut query = families::table.into_boxed();
        if let Some(child) = self.child_id {
            let with_child = family_members::table
                .filter(family_members::child_id.eq(child))
                .select(family_members::family_id);
            query = query.filter(dsl::id.eq_any(with_child));
        }
        if !self.area_code.is_empty() {
            let codes = areas::subtrees(conn, &self.area_code)?;
            query = query.filter(dsl::area_code.eq_any(codes));
        }
        if !self.state.is_empty() {
            query = query.filter(dsl::state.eq_any(&self.state));
        }
        if !self.risk_level.is_empty() {
            query = query.filter(dsl::risk_level.eq_any(&self.risk_level));
        }
        if !self.family_type.is_empty() {
            query = query.filter(dsl::family_type.eq_any(&self.family_type));
        }
        if let Some(day) = self.registered_on_min {
            query = query.filter(dsl::registered_on.ge(day));
        }
        if let Some(day) = self.registered_on_max {
            query = query.filter(dsl::registered_on.le(day));
        }
        Ok(query)
    }
}

/// By id unless said, which is random: the order tells nothing.
pub fn list(
    conn: &mut PgConnection,
    filter: &FamilyFilter,
    page: &PageQuery,
) -> Result<Page<Family>> {
    let (bound, limit) = (page.bind(filter), page.limit()?);
    let order = Order::of(&filter.sort, &[])?;
    let mut query = filter.query(conn)?.order(order.clause()).limit(limit + 1);
    if let Some(last) = bound.place(&order)? {
        query = query.filter(order.beyond(&last));
    }
    let rows = query.select((Family::as_select(), order.selection())).load(conn)?;
    Ok(bound.sorted(rows, limit))
}

/// How many the list has, if that is asked for.
pub fn total(
    conn: &mut PgConnection,
    filter: &FamilyFilter,
    count: CountQuery,
) -> Result<Option<i64>> {
    count.total(conn, |conn| filter.query(conn))
}
