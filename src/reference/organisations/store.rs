//! Queries and changes of organisations.
use diesel::{pg::Pg, prelude::*};
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

use super::model::{NewOrganisation, Organisation, OrganisationId, OrganisationPatch};
use crate::{
    platform::{
        db::Tx,
        error::{Error, Found as _, Result},
        journal::Recorded,
        order::{Order, Sort},
        page::{Page, PageQuery},
        total::CountQuery,
        version::IfMatch,
    },
    reference::{areas, code_lists, held, parameters},
    schema::organisations as table,
    sort_fields,
};

sort_fields! {
    /// What the list of organisations can be sorted by.
    pub enum OrganisationField by "organisations.id" {
        Name = "name": "organisations.name COLLATE \"und-x-icu\"" as "text",
        Kind = "kind": "organisations.kind" as "text",
        AreaCode = "area_code": "organisations.area_code" as "text",
    }
}

pub type OrganisationSort = Sort<OrganisationField>;

/// Which organisations to list.
#[derive(Debug, Default, Clone, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct OrganisationFilter {
    /// Kind; repeat it for one of several.
    #[serde(default)]
    #[param(example = json!(["court"]))]
    pub kind: Vec<String>,
    /// Code of an area; its organisations and those of the areas below it. Repeat it for one of several.
    #[serde(default)]
    #[param(example = json!(["RS-20"]))]
    pub area_code: Vec<String>,
    /// Order, as they were registered unless said. Repeat it: the first field decides first.
    #[serde(default)]
    #[param(inline, max_items = 3, example = json!(["name"]))]
    pub sort: Vec<OrganisationSort>,
}

impl OrganisationFilter {
    fn query(&self, conn: &mut PgConnection) -> Result<table::BoxedQuery<'_, Pg>> {
        let mut query = table::table.into_boxed();
        if !self.kind.is_empty() {
            query = query.filter(table::kind.eq_any(&self.kind));
        }
        if !self.area_code.is_empty() {
            query = query.filter(table::area_code.eq_any(areas::subtrees(conn, &self.area_code)?));
        }
        Ok(query)
    }
}

pub fn find(conn: &mut PgConnection, id: OrganisationId) -> Result<Organisation> {
    table::table.find(id).select(Organisation::as_select()).first(conn).found::<Organisation>()
}

/// Refuses the id of no organisation: 422 at `pointer`.
pub fn check(conn: &mut PgConnection, pointer: &str, id: OrganisationId) -> Result<()> {
    // One that is not held may have been registered since.
    let held = held::get().is_some_and(|held| held.knows_organisation(id.untyped()));
    if held || diesel::select(diesel::dsl::exists(table::table.find(id))).get_result(conn)? {
        return Ok(());
    }
    Err(Error::value(pointer, "unknown_reference", "is the id of no organisation"))
}

/// The organisation that is to be responsible for a person: this one, or that of whoever asks unless
/// said; 422 at `/organisation_id` if there is no such one.
pub fn responsible(
    tx: &mut Tx<'_>,
    named: Option<OrganisationId>,
) -> Result<Option<OrganisationId>> {
    if let Some(id) = named {
        check(tx.conn, "/organisation_id", id)?;
    }
    Ok(named.or(tx.organisation.map(OrganisationId::from_untyped)))
}

/// In the order in which they were registered, unless said.
pub fn list(
    conn: &mut PgConnection,
    filter: &OrganisationFilter,
    page: &PageQuery,
) -> Result<Page<Organisation>> {
    let (bound, limit) = (page.bind(filter), page.limit()?);
    let order = Order::of(&filter.sort, &[])?;
    let mut query = filter.query(conn)?.order(order.clause()).limit(limit + 1);
    if let Some(last) = bound.place(&order)? {
        query = query.filter(order.beyond(&last));
    }
    let rows = query.select((Organisation::as_select(), order.selection())).load(conn)?;
    Ok(bound.sorted(rows, limit))
}

/// How many organisations the list has, if that is asked for.
pub fn total(
    conn: &mut PgConnection,
    filter: &OrganisationFilter,
    count: CountQuery,
) -> Result<Option<i64>> {
    count.total(conn, |conn| filter.query(conn))
}

/// Registers an organisation.
pub fn register(tx: &mut Tx<'_>, new: &NewOrganisation) -> Result<Recorded<Organisation>> {
    let today = parameters::today(tx.conn, tx.now)?;
    code_lists::check(tx.conn, "organisation_kind", "/kind", &new.kind, today)?;
    areas::check(tx.conn, "/area_code", &new.area_code)?;
    if let Some(parent) = new.parent_id {
        let unknown =
            Error::value("/parent_id", "unknown_reference", "is the id of no organisation");
        find(tx.conn, parent).map_err(|error| match error {
            Error::NotFound(_) => unknown,
            other => other,
        })?;
    }
    let organisation = Organisation {
        id: OrganisationId::generate(),
        kind: new.kind.clone(),
        name: new.name.clone(),
        area_code: new.area_code.clone(),
        parent_id: new.parent_id,
        valid_from: new.valid_from,
        valid_to: None,
        version: 1,
    };
    diesel::insert_into(table::table).values(&organisation).execute(tx.conn)?;
    tx.created("registered", organisation)
}

/// Changes an organisation that is still as the caller saw it.
pub fn change(
    tx: &mut Tx<'_>,
    id: OrganisationId,
    seen: &IfMatch,
    patch: &OrganisationPatch,
) -> Result<Recorded<Organisation>> {
    let before: Organisation = table::table
        .find(id)
        .for_update()
        .select(Organisation::as_select())
        .first(tx.conn)
        .found::<Organisation>()?;
    seen.check(&before)?;
    let mut after = before.clone();
    if let Some(name) = &patch.name {
        after.name.clone_from(name);
    }
    if let Some(code) = &patch.area_code {
        areas::check(tx.conn, "/area_code", code)?;
        after.area_code.clone_from(code);
    }
    if let Some(valid_to) = patch.valid_to {
        if valid_to.is_some_and(|day| day <= after.valid_from) {
            return Err(Error::value("/valid_to", "out_of_order", "must be after valid_from"));
        }
        after.valid_to = valid_to;
    }
    let after: Organisation = diesel::update(table::table.find(id))
        .set((
            table::name.eq(&after.name),
            table::area_code.eq(&after.area_code),
            table::valid_to.eq(after.valid_to),
            table::version.eq(table::version + 1),
        ))
        .returning(Organisation::as_returning())
        .get_result(tx.conn)?;
    tx.changed("changed", &before, after)
}
