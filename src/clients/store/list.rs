//! The list of clients.
use diesel::{pg::Pg, prelude::*};
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

use crate::{
    clients::model::Client,
    platform::{
        error::Result,
        order::{Order, Sort},
        page::{Page, PageQuery},
        total::CountQuery,
    },
    reference::organisations::OrganisationId,
    schema::clients as table,
    sort_fields,
};

sort_fields! {
    /// What the list of clients can be sorted by.
    pub enum ClientField by "clients.id" {
        Name = "name": "clients.name COLLATE \"und-x-icu\"" as "text",
    }
}

pub type ClientSort = Sort<ClientField>;

/// Which clients to list.
#[derive(Debug, Default, Clone, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct ClientFilter {
    /// Role; repeat it for those that have one of several.
    #[serde(default)]
    #[param(example = json!(["case_worker"]))]
    pub role: Vec<String>,
    /// The organisation that they belong to; repeat it for one of several.
    #[serde(default)]
    #[param(value_type = Vec<String>, example = json!(["0199a5b2-0003-7000-8000-000000000001"]))]
    pub organisation_id: Vec<OrganisationId>,
    /// Only those that were not revoked, or only those that were.
    #[param(nullable = false, example = true)]
    pub active: Option<bool>,
    /// Order, as they were registered unless said. Repeat it: the first field decides first.
    #[serde(default)]
    #[param(inline, max_items = 3, example = json!(["name"]))]
    pub sort: Vec<ClientSort>,
}

impl ClientFilter {
    fn query(&self) -> table::BoxedQuery<'_, Pg> {
        let mut query = table::table.into_boxed();
        if !self.role.is_empty() {
            query = query.filter(table::roles.overlaps_with(&self.role));
        }
        if !self.organisation_id.is_empty() {
            query = query.filter(table::organisation_id.eq_any(&self.organisation_id));
        }
        if let Some(active) = self.active {
            query = query.filter(table::active.eq(active));
        }
        query
    }
}

/// In the order in which they were registered, unless said.
pub fn list(
    conn: &mut PgConnection,
    filter: &ClientFilter,
    page: &PageQuery,
) -> Result<Page<Client>> {
    let (bound, limit) = (page.bind(filter), page.limit()?);
    let order = Order::of(&filter.sort, &[])?;
    let mut query = filter.query().order(order.clause()).limit(limit + 1);
    if let Some(last) = bound.place(&order)? {
        query = query.filter(order.beyond(&last));
    }
    let rows = query.select((Client::as_select(), order.selection())).load(conn)?;
    Ok(bound.sorted(rows, limit))
}

/// How many clients the list has, if that is asked for.
pub fn total(
    conn: &mut PgConnection,
    filter: &ClientFilter,
    count: CountQuery,
) -> Result<Option<i64>> {
    count.total(conn, |_| Ok(filter.query()))
}
