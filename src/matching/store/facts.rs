//! What identifies children, of many at once: one query for each kind of facts.
use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use diesel::{prelude::*, sql_query, sql_types};

use crate::{
    children::{ChildId, DatePrecision, RelationKind},
    families::FamilyId,
    matching::model::{ChildToMatch, Facts, NameToMatch, Named, Number},
    platform::{error::Result, external_id, prepared::kept},
    schema::{areas, child_external_ids, child_names, child_relations, children},
};

/// The code of a sex that says nothing.
const UNKNOWN: &str = "unknown";

/// What is known of a child by a request.
pub fn of_request(conn: &mut PgConnection, asked: &ChildToMatch) -> Result<Facts> {
    let mut numbers = Vec::new();
    for id in &asked.external_ids {
        let (system, value) = (Some(id.system.as_str()), Some(id.value.as_str()));
        let blinds = external_id::blinds(conn, "child_external_ids", system, value)?;
        let blinds = blinds.unwrap_or_default().into_iter().collect();
        numbers.push(Number { system: id.system.clone(), blinds });
    }
    let precision = asked.birth_date_precision.unwrap_or(DatePrecision::Day);
    let tree = Tree::load(conn)?;
    Ok(Facts {
        names: asked.names.iter().map(NameToMatch::key).collect(),
        birth: asked.birth_date.map(|day| (day, precision)),
        sex: asked.sex.clone().filter(|sex| sex != UNKNOWN),
        mothers: asked.mother.iter().map(NameToMatch::key).collect(),
        numbers,
        areas: asked.area_code.as_deref().map(|code| tree.from(code)).unwrap_or_default(),
        families: BTreeSet::new(),
    })
}

type Row = (ChildId, String, Option<NaiveDate>, Option<DatePrecision>, String);
type NameRow = (ChildId, Option<String>, Option<String>);

/// What is known of these children. A record that was merged into another one is left out, and whoever was adopted: whom the former record is like is nobody's
/// to know.
pub fn of_children(conn: &mut PgConnection, ids: &[ChildId]) -> Result<BTreeMap<ChildId, Facts>> {
    let tree = Tree::load(conn)?;
    let rows: Vec<Row> = children::table
        .filter(children::id.eq_any(ids).and(children::adopted_on.is_null()))
        .filter(children::merged_into.is_null())
        .select((
            children::id,
            children::sex,
            children::birth_date,
            children::birth_date_precision,
            children::area_code,
        ))
        .load(conn)?;
    let facts = |(id, sex, birth, precision, area): Row| {
        let precision = precision.unwrap_or(DatePrecision::Day);
        let facts = Facts {
            birth: birth.map(|day| (day, precision)),
            sex: Some(sex).filter(|sex| sex != UNKNOWN),
            areas: tree.from(&area),
            ..Facts::default()
        };
        (id, facts)
    };
    let mut known: BTreeMap<ChildId, Facts> = rows.into_iter().map(facts).collect();
    let names: Vec<NameRow> = child_names::table
        .filter(child_names::child_id.eq_any(ids))
        .select((child_names::child_id, child_names::given, child_names::family))
        .load(conn)?;
    let mothers: Vec<NameRow> = child_relations::table
        .filter(child_relations::child_id.eq_any(ids))
        .filter(child_relations::kind.eq(RelationKind::Mother))
        .filter(child_relations::given.is_not_null().or(child_relations::family.is_not_null()))
        .select((child_relations::child_id, child_relations::given, child_relations::family))
        .load(conn)?;
    let key = |given: Option<String>, family: Option<String>| {
        Named::of(given.as_deref(), family.as_deref())
    };
    for (id, given, family) in names {
        known.entry(id).and_modify(|facts| facts.names.push(key(given, family)));
    }
    for (id, given, family) in mothers {
        known.entry(id).and_modify(|facts| facts.mothers.push(key(given, family)));
    }
    let numbers: Vec<(ChildId, String, Vec<u8>)> = child_external_ids::table
        .filter(child_external_ids::child_id.eq_any(ids))
        .select((
            child_external_ids::child_id,
            child_external_ids::system,
            child_external_ids::blind,
        ))
        .load(conn)?;
    for (id, system, blind) in numbers {
        let number = Number { system, blinds: BTreeSet::from([blind]) };
        known.entry(id).and_modify(|facts| facts.numbers.push(number));
    }
    add_families(conn, ids, &mut known)?;
    Ok(known)
}

/// Each family of these children, with each mother in it who is no child of the registry herself.
const FAMILIES: &str = "
SELECT c.child_id, c.family_id, m.given_name, m.family_name
FROM family_members c LEFT JOIN family_members m
    ON m.family_id = c.family_id AND m.role = 'mother' AND m.child_id IS NULL
WHERE c.child_id = ANY ($1) AND c.role <> 'mother'";

#[derive(QueryableByName)]
struct Member {
    #[diesel(sql_type = sql_types::Uuid)]
    child_id: ChildId,
    #[diesel(sql_type = sql_types::Uuid)]
    family_id: FamilyId,
    #[diesel(sql_type = sql_types::Nullable<sql_types::Text>)]
    given_name: Option<String>,
    #[diesel(sql_type = sql_types::Nullable<sql_types::Text>)]
    family_name: Option<String>,
}

fn add_families(
    conn: &mut PgConnection,
    ids: &[ChildId],
    known: &mut BTreeMap<ChildId, Facts>,
) -> Result<()> {
    let of_them = sql_query(FAMILIES).bind::<sql_types::Array<sql_types::Uuid>, _>(ids);
    for member in kept(of_them).load::<Member>(conn)? {
        let Some(facts) = known.get_mut(&member.child_id) else { continue };
        facts.families.insert(member.family_id);
        let mother = Named::of(member.given_name.as_deref(), member.family_name.as_deref());
        if mother != Named::default() {
            facts.mothers.push(mother);
        }
    }
    Ok(())
}

/// Which area each area is part of.
struct Tree(BTreeMap<String, Option<String>>);

impl Tree {
    fn load(conn: &mut PgConnection) -> Result<Self> {
        let rows: Vec<(String, Option<String>)> =
            areas::table.select((areas::code, areas::parent_code)).load(conn)?;
        Ok(Self(rows.into_iter().collect()))
    }

    /// An area and those above it, the nearest first.
    fn from(&self, code: &str) -> Vec<String> {
        let above = |code: &&str| self.0.get(*code).and_then(Option::as_deref);
        std::iter::successors(Some(code), above).map(ToOwned::to_owned).collect()
    }
}
