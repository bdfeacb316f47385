//! Queries and changes of areas.
use std::collections::BTreeSet;

use diesel::{pg::Pg, prelude::*, upsert::excluded};
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;

use super::model::{Area, AreaId, AreaLevel, AreaPopulation, NewArea, NewPopulations, Population};
use crate::{
    platform::{
        db::Tx,
        error::{Error, Fault, Found as _, Result},
        journal::Recorded,
        order::{Order, Sort},
        page::{Page, PageQuery},
        total::CountQuery,
    },
    reference::held,
    schema::{area_populations, areas},
    sort_fields,
};

sort_fields! {
    /// What the list of areas can be sorted by.
    pub enum AreaField by "areas.id" {
        Code = "code": "areas.code" as "text",
        Name = "name": "(areas.names ->> 'en') COLLATE \"und-x-icu\"" as "text",
    }
}

pub type AreaSort = Sort<AreaField>;

/// Which areas to list.
#[derive(Debug, Default, Clone, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct AreaFilter {
    /// Height in the tree.
    #[param(nullable = false)]
    pub level: Option<AreaLevel>,
    /// Code of the area right above.
    #[param(nullable = false, example = "RS")]
    pub parent_code: Option<String>,
    /// Order, by code unless said; `name` is the English one. Repeat it: the first field decides first.
    #[serde(default)]
    #[param(inline, max_items = 2, example = json!(["name"]))]
    pub sort: Vec<AreaSort>,
}

impl AreaFilter {
    fn query(&self) -> areas::BoxedQuery<'_, Pg> {
        let mut query = areas::table.into_boxed();
        if let Some(level) = self.level {
            query = query.filter(areas::level.eq(level));
        }
        if let Some(parent) = &self.parent_code {
            query = query.filter(areas::parent_code.eq(parent));
        }
        query
    }
}

pub fn find(conn: &mut PgConnection, code: &str) -> Result<Area> {
    areas::table.filter(areas::code.eq(code)).select(Area::as_select()).first(conn).found::<Area>()
}

/// By code unless said.
pub fn list(conn: &mut PgConnection, filter: &AreaFilter, page: &PageQuery) -> Result<Page<Area>> {
    let (bound, limit) = (page.bind(filter), page.limit()?);
    let order = Order::of(&filter.sort, &[Sort::ascending(AreaField::Code)])?;
    let mut query = filter.query().order(order.clause()).limit(limit + 1);
    if let Some(last) = bound.place(&order)? {
        query = query.filter(order.beyond(&last));
    }
    let rows = query.select((Area::as_select(), order.selection())).load(conn)?;
    Ok(bound.sorted(rows, limit))
}

/// How many areas the list has, if that is asked for.
pub fn total(
    conn: &mut PgConnection,
    filter: &AreaFilter,
    count: CountQuery,
) -> Result<Option<i64>> {
    count.total(conn, |_| Ok(filter.query()))
}

/// Adds an area below one that is known.
pub fn add(tx: &mut Tx<'_>, new: &NewArea) -> Result<Recorded<Area>> {
    let parent_fits = match (&new.parent_code, new.level) {
        (None, AreaLevel::Country) => true,
        (Some(parent), level) => {
            let parent = areas::table.filter(areas::code.eq(parent)).select(areas::level);
            let above: Option<AreaLevel> = parent.first(tx.conn).optional()?;
            above.is_some_and(|above| above < level)
        }
        (None, _) => false,
    };
    if !parent_fits {
        return Err(Error::value(
            "/parent_code",
            "wrong_parent",
            "must be an area of a higher level",
        ));
    }
    if new.lat.is_some() != new.lon.is_some() {
        return Err(Error::value("/lat", "half_a_place", "latitude and longitude go together"));
    }
    let area = Area {
        id: AreaId::generate(),
        code: new.code.clone(),
        national_code: new.national_code.clone(),
        level: new.level,
        parent_code: new.parent_code.clone(),
        names: serde_json::to_value(&new.names).map_err(Error::internal)?,
        lat: new.lat,
        lon: new.lon,
        version: 1,
    };
    let added = diesel::insert_into(areas::table)
        .values(&area)
        .on_conflict(areas::code)
        .do_nothing()
        .execute(tx.conn)?;
    if added == 0 {
        return Err(Error::State("there is an area with this code already".to_owned()));
    }
    tx.created("added", area)
}

/// The children of an area.
pub fn population(conn: &mut PgConnection, code: &str) -> Result<AreaPopulation> {
    find(conn, code)?;
    let figures = area_populations::table
        .filter(area_populations::area_code.eq(code))
        .order((area_populations::year, area_populations::sex, area_populations::age_band))
        .select(Population::as_select())
        .load(conn)?;
    Ok(AreaPopulation { area_code: code.to_owned(), figures })
}

/// Adds figures, or puts them in the place of the old ones. The area's entry in the journal says so.
pub fn set_population(tx: &mut Tx<'_>, code: &str, new: &NewPopulations) -> Result<Recorded<Area>> {
    let before: Area = areas::table
        .filter(areas::code.eq(code))
        .for_update()
        .select(Area::as_select())
        .first(tx.conn)
        .found::<Area>()?;
    let mut seen = BTreeSet::new();
    for (index, figure) in new.figures.iter().enumerate() {
        if !seen.insert((figure.year, figure.sex, &figure.age_band)) {
            let fault = Fault::new(format!("/figures/{index}"), "duplicate", "is there twice");
            return Err(Error::Invalid(vec![fault]));
        }
    }
    let rows: Vec<_> =
        new.figures.iter().map(|figure| (area_populations::area_code.eq(code), figure)).collect();
    diesel::insert_into(area_populations::table)
        .values(rows)
        .on_conflict((
            area_populations::area_code,
            area_populations::year,
            area_populations::sex,
            area_populations::age_band,
        ))
        .do_update()
        .set((
            area_populations::children.eq(excluded(area_populations::children)),
            area_populations::source.eq(excluded(area_populations::source)),
        ))
        .execute(tx.conn)?;
    let after: Area = diesel::update(areas::table.filter(areas::code.eq(code)))
        .set(areas::version.eq(areas::version + 1))
        .returning(Area::as_returning())
        .get_result(tx.conn)?;
    tx.changed("population_set", &before, after)
}

/// Refuses the code of an area that is unknown: 422 at `pointer`.
pub fn check(conn: &mut PgConnection, pointer: &str, code: &str) -> Result<()> {
    let known = match held::get() {
        Some(held) => held.knows_area(code),
        None => diesel::select(diesel::dsl::exists(areas::table.filter(areas::code.eq(code))))
            .get_result(conn)?,
    };
    if known {
        return Ok(());
    }
    Err(Error::value(pointer, "unknown_area", "is the code of no area"))
}

/// The codes of these areas and of all below them; 400 if one is unknown.
pub fn subtrees(conn: &mut PgConnection, codes: &[String]) -> Result<Vec<String>> {
    let mut found = Vec::new();
    for code in codes {
        found.extend(subtree(conn, code)?);
    }
    Ok(found)
}

/// The codes of an area and of all below it; 400 if it is unknown.
pub fn subtree(conn: &mut PgConnection, code: &str) -> Result<Vec<String>> {
    let found = Tree::load(conn)?.below([code]);
    if found.is_empty() {
        return Err(Error::query("area_code", "unknown_area", "is the code of no area"));
    }
    Ok(found)
}

/// Which areas lie in which.
pub struct Tree(Vec<(String, Option<String>)>);

impl Tree {
    pub fn load(conn: &mut PgConnection) -> Result<Self> {
        Ok(Self(areas::table.select((areas::code, areas::parent_code)).load(conn)?))
    }

    /// The codes of these areas, as far as they are known, and of all below them.
    pub fn below(&self, codes: impl IntoIterator<Item = impl AsRef<str>>) -> Vec<String> {
        let known = |code: &str| self.0.iter().any(|(known, _)| known == code);
        let codes = codes.into_iter().filter(|code| known(code.as_ref()));
        let mut found: Vec<String> = codes.map(|code| code.as_ref().to_owned()).collect();
        let mut next = 0;
        while let Some(above) = found.get(next).cloned() {
            let below = self.0.iter().filter(|(_, parent)| parent.as_ref() == Some(&above));
            let below: Vec<String> = below.map(|(code, _)| code.clone()).collect();
            found
                .extend(below.into_iter().filter(|code| !found.contains(code)).collect::<Vec<_>>());
            next += 1;
        }
        found
    }

    /// Whether these, all different and known, are all areas that there are.
    pub fn is_whole(&self, codes: &[String]) -> bool {
        !codes.is_empty() && codes.len() == self.0.len()
    }
}
