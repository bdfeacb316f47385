//! The lists of plans, restrictions and events of contact.
use chrono::NaiveDate;
use diesel::{pg::Pg, prelude::*};
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

use crate::{
    children::ChildId,
    contact::model::{
        ContactEvent, ContactEventState, ContactKind, ContactPlan, ContactPlanState,
        ContactRestriction, ContactRestrictionId, ContactRestrictionState, ContactWith,
    },
    platform::{
        error::Result,
        order::{Order, Sort},
        page::{Page, PageQuery},
        total::CountQuery,
    },
    schema::{contact_events, contact_plans, contact_restrictions},
    sort_fields,
};

sort_fields! {
    /// What the list of plans can be sorted by.
    pub enum ContactPlanField by "contact_plans.id" {
        ValidFrom = "valid_from": "contact_plans.valid_from" as "date",
    }
}

sort_fields! {
    /// What the list of restrictions can be sorted by.
    pub enum ContactRestrictionField by "contact_restrictions.id" {
        ValidFrom = "valid_from": "contact_restrictions.valid_from" as "date",
        ValidTo = "valid_to": "contact_restrictions.valid_to" as "date",
    }
}

sort_fields! {
    /// What the list of events can be sorted by.
    pub enum ContactEventField by "contact_events.id" {
        HappenedOn = "happened_on": "contact_events.happened_on" as "date",
    }
}

pub type ContactPlanSort = Sort<ContactPlanField>;
pub type ContactRestrictionSort = Sort<ContactRestrictionField>;
pub type ContactEventSort = Sort<ContactEventField>;

/// Which plans to list.
#[derive(Debug, Default, Clone, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ContactPlanFilter {
    /// Of this child.
    #[param(nullable = false)]
    pub child_id: Option<ChildId>,
    /// With whom; repeat it for one of several.
    #[serde(default)]
    #[param(example = json!(["mother"]))]
    pub contact_with: Vec<ContactWith>,
    /// How; repeat it for one of several.
    #[serde(default)]
    #[param(example = json!(["visit"]))]
    pub kind: Vec<ContactKind>,
    /// Where they are in their life; repeat it for one of several.
    #[serde(default)]
    #[param(example = json!(["agreed"]))]
    pub state: Vec<ContactPlanState>,
    /// Whose time takes in this day. Those entered in error have none.
    #[param(nullable = false, example = "2026-06-01")]
    pub valid_on: Option<NaiveDate>,
    /// Order, by id unless said.
    #[serde(default)]
    #[param(inline, max_items = 1, example = json!(["-valid_from"]))]
    pub sort: Vec<ContactPlanSort>,
}

impl ContactPlanFilter {
    fn query(&self) -> contact_plans::BoxedQuery<'_, Pg> {
        use contact_plans as rows;
        let mut query = rows::table.into_boxed();
        if let Some(child) = self.child_id {
            query = query.filter(rows::child_id.eq(child));
        }
        if !self.contact_with.is_empty() {
            query = query.filter(rows::contact_with.eq_any(&self.contact_with));
        }
        if !self.kind.is_empty() {
            query = query.filter(rows::kind.eq_any(&self.kind));
        }
        if !self.state.is_empty() {
            query = query.filter(rows::state.eq_any(&self.state));
        }
        if let Some(day) = self.valid_on {
            query = query
                .filter(rows::state.ne(ContactPlanState::EnteredInError))
                .filter(rows::valid_from.le(day))
                .filter(rows::valid_to.is_null().or(rows::valid_to.gt(day)));
        }
        query
    }
}

/// Which restrictions to list.
#[derive(Debug, Default, Clone, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ContactRestrictionFilter {
    /// Of this child.
    #[param(nullable = false)]
    pub child_id: Option<ChildId>,
    /// With whom; repeat it for one of several.
    #[serde(default)]
    #[param(example = json!(["father"]))]
    pub contact_with: Vec<ContactWith>,
    /// Why: a code of the list `contact_restriction_reason`. Repeat it for one of several.
    #[serde(default)]
    #[param(example = json!(["risk_of_harm"]))]
    pub reason: Vec<String>,
    /// Where they are in their life; repeat it for one of several.
    #[serde(default)]
    #[param(example = json!(["decided"]))]
    pub state: Vec<ContactRestrictionState>,
    /// That hold on this day. Those entered in error hold on none.
    #[param(nullable = false, example = "2026-06-01")]
    pub valid_on: Option<NaiveDate>,
    /// With an end on or before this day.
    #[param(nullable = false, example = "2026-12-31")]
    pub valid_to_max: Option<NaiveDate>,
    /// Order, by id unless said. Repeat it: the first field decides first.
    #[serde(default)]
    #[param(inline, max_items = 2, example = json!(["valid_to"]))]
    pub sort: Vec<ContactRestrictionSort>,
}

impl ContactRestrictionFilter {
    fn query(&self) -> contact_restrictions::BoxedQuery<'_, Pg> {
        use contact_restrictions as rows;
        let mut query = rows::table.into_boxed();
        if let Some(child) = self.child_id {
            query = query.filter(rows::child_id.eq(child));
        }
        if !self.contact_with.is_empty() {
            query = query.filter(rows::contact_with.eq_any(&self.contact_with));
        }
        if !self.reason.is_empty() {
            query = query.filter(rows::reason.eq_any(&self.reason));
        }
        if !self.state.is_empty() {
            query = query.filter(rows::state.eq_any(&self.state));
        }
        if let Some(day) = self.valid_on {
            query = query
                .filter(rows::state.ne(ContactRestrictionState::EnteredInError))
                .filter(rows::valid_from.le(day))
                .filter(rows::valid_to.gt(day))
                .filter(rows::lifted_on.is_null().or(rows::lifted_on.gt(day)));
        }
        if let Some(day) = self.valid_to_max {
            query = query.filter(rows::valid_to.le(day));
        }
        query
    }
}

/// Which events to list.
#[derive(Debug, Default, Clone, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ContactEventFilter {
    /// Of this child.
    #[param(nullable = false)]
    pub child_id: Option<ChildId>,
    /// Of one of these children: for those who list by what the children have in common.
    #[serde(default, skip_deserializing)]
    #[param(ignore)]
    pub children: Option<Vec<ChildId>>,
    /// With whom; repeat it for one of several.
    #[serde(default)]
    #[param(example = json!(["mother"]))]
    pub contact_with: Vec<ContactWith>,
    /// How; repeat it for one of several.
    #[serde(default)]
    #[param(example = json!(["visit"]))]
    pub kind: Vec<ContactKind>,
    /// That took place, or did not.
    #[param(nullable = false, example = true)]
    pub took_place: Option<bool>,
    /// That went against this restriction.
    #[param(nullable = false)]
    pub broke_restriction_id: Option<ContactRestrictionId>,
    /// Whether they count; repeat it for one of several.
    #[serde(default)]
    #[param(example = json!(["recorded"]))]
    pub state: Vec<ContactEventState>,
    /// On or after this day.
    #[param(nullable = false, example = "2026-01-01")]
    pub happened_on_min: Option<NaiveDate>,
    /// On or before this day.
    #[param(nullable = false, example = "2026-12-31")]
    pub happened_on_max: Option<NaiveDate>,
    /// Order, by id unless said.
    #[serde(default)]
    #[param(inline, max_items = 1, example = json!(["-happened_on"]))]
    pub sort: Vec<ContactEventSort>,
}

impl ContactEventFilter {
    fn query(&self) -> contact_events::BoxedQuery<'_, Pg> {
        use contact_events as rows;
        let mut query = rows::table.into_boxed();
        if let Some(child) = self.child_id {
            query = query.filter(rows::child_id.eq(child));
        }
        if let Some(children) = &self.children {
            query = query.filter(rows::child_id.eq_any(children));
        }
        if !self.contact_with.is_empty() {
            query = query.filter(rows::contact_with.eq_any(&self.contact_with));
        }
        if !self.kind.is_empty() {
            query = query.filter(rows::kind.eq_any(&self.kind));
        }
        if let Some(took_place) = self.took_place {
            query = query.filter(rows::took_place.eq(took_place));
        }
        if let Some(restriction) = self.broke_restriction_id {
            query = query.filter(rows::broke_restriction_id.eq(restriction));
        }
        if !self.state.is_empty() {
            query = query.filter(rows::state.eq_any(&self.state));
        }
        if let Some(day) = self.happened_on_min {
            query = query.filter(rows::happened_on.ge(day));
        }
        if let Some(day) = self.happened_on_max {
            query = query.filter(rows::happened_on.le(day));
        }
        query
    }
}

/// Defines a list and its total. By id unless said: that order says nothing, but it stays.
macro_rules! listed_by {
    ($list:ident, $total:ident, $filter:ident, $record:ident) => {
        pub fn $list(
            conn: &mut PgConnection,
            filter: &$filter,
            page: &PageQuery,
        ) -> Result<Page<$record>> {
            let (bound, limit) = (page.bind(filter), page.limit()?);
            let order = Order::of(&filter.sort, &[])?;
            let mut query = filter.query().order(order.clause()).limit(limit + 1);
            if let Some(last) = bound.place(&order)? {
                query = query.filter(order.beyond(&last));
            }
            let rows = query.select(($record::as_select(), order.selection())).load(conn)?;
            Ok(bound.sorted(rows, limit))
        }

        /// How many the list has, if that is asked for.
        pub fn $total(
            conn: &mut PgConnection,
            filter: &$filter,
            count: CountQuery,
        ) -> Result<Option<i64>> {
            count.total(conn, |_| Ok(filter.query()))
        }
    };
}

listed_by!(list_plans, total_plans, ContactPlanFilter, ContactPlan);
listed_by!(list_restrictions, total_restrictions, ContactRestrictionFilter, ContactRestriction);
listed_by!(list_events, total_events, ContactEventFilter, ContactEvent);
