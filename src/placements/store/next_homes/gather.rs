//! Everything by which the next homes of many children are judged, in some statements.
use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use diesel::{dsl::exists, prelude::*};
use serde_json::json;

use super::{Homes, Leaving, siblings::Kept};
use crate::{
    carers::{self, CarerFamilyId},
    children::{self, ChildId},
    facilities::{self, AcceptedSex, FacilityAccepts, FacilityId},
    placements::{
        model::{NextHomeKind, PlacementState},
        rules::{CareTypeFacts, ChildFacts, Limits},
        store::{facts, nearness::Point},
    },
    platform::error::Result,
    reference::{code_lists::Codes, rules::store::book},
    rules::{
        Rulebook, nearness as near_rules,
        residential::{self, Stay},
    },
    schema::{
        areas, carer_approvals, carer_families, children as children_table, facilities as table,
        placements,
    },
};

/// Type of the facilities that are an option.
const SMALL: &str = "small_group_home";
/// A code of the list `disability_status`.
const DISABLED: &str = "yes";

/// A family that may take children on that day.
pub struct Family {
    pub id: CarerFamilyId,
    pub point: Option<Point>,
    pub disability: bool,
}

/// A small group home.
pub struct Home {
    pub id: FacilityId,
    pub point: Option<Point>,
    pub accepts: FacilityAccepts,
}

pub struct Facts {
    pub on: NaiveDate,
    pub children: BTreeMap<ChildId, ChildFacts>,
    pub going_home: BTreeSet<ChildId>,
    pub families: Vec<Family>,
    pub small_homes: Vec<Home>,
    pub limits: Limits,
    pub book: Rulebook,
    pub kept: Kept,
    /// Those who were found to have a disability.
    pub disabled: BTreeSet<ChildId>,
    /// Stays in residential care until that day, by first day.
    stays: BTreeMap<ChildId, Vec<Stay>>,
    siblings: BTreeMap<ChildId, BTreeSet<ChildId>>,
    points: BTreeMap<String, Point>,
    kinship: CareTypeFacts,
    foster: CareTypeFacts,
    small: CareTypeFacts,
    nobody: BTreeSet<ChildId>,
}

/// Reads it all, as far as the caller may know of children and families.
pub fn gather(conn: &mut PgConnection, leaving: &Leaving<'_>) -> Result<(Facts, Homes)> {
    let (on, ids) = (leaving.on, leaving.children);
    let children: Vec<(ChildFacts, String)> = children_table::table
        .filter(children_table::id.eq_any(ids))
        .select((ChildFacts::as_select(), children_table::disability_status))
        .load(conn)?;
    let disabled = children.iter().filter(|(_, disability)| disability == DISABLED);
    let numbers = [residential::PARAMETERS, near_rules::PARAMETERS].concat();
    let codes = [residential::RULES, near_rules::RULES].concat();
    let points = points(conn)?;
    let facts = Facts {
        on,
        going_home: leaving.going_home.clone(),
        families: families(conn, on, &points)?,
        small_homes: small_homes(conn, leaving.facility, &points)?,
        limits: facts::limits(conn, on)?,
        book: book(conn, on, &codes, &numbers)?,
        siblings: by_child(children::store::siblings_of(conn, ids)?),
        kept: Kept::gather(conn, ids, on)?,
        disabled: disabled.map(|(child, _)| child.id).collect(),
        stays: residential_stays(conn, ids, on)?,
        kinship: facts::care_type(conn, "", "kinship_formal", on)?,
        foster: facts::care_type(conn, "", "foster_long_term", on)?,
        small: facts::care_type(conn, "", SMALL, on)?,
        children: children.into_iter().map(|(child, _)| (child.id, child)).collect(),
        points,
        nobody: BTreeSet::new(),
    };
    let families: Vec<CarerFamilyId> = facts.families.iter().map(|family| family.id).collect();
    let homes: Vec<FacilityId> = facts.small_homes.iter().map(|home| home.id).collect();
    let families = carers::store::all_terms(conn, &families)?;
    let homes = facilities::store::terms_of(conn, &homes)?;
    let homes = Homes::unlocked(conn, families, homes, on)?;
    Ok((facts, homes))
}

fn by_child(pairs: Vec<(ChildId, ChildId)>) -> BTreeMap<ChildId, BTreeSet<ChildId>> {
    let mut of: BTreeMap<ChildId, BTreeSet<ChildId>> = BTreeMap::new();
    for (child, other) in pairs {
        of.entry(child).or_default().insert(other);
    }
    of
}

/// The residential stays of these children before that day, by first day. Where they live until then they live
/// no longer than that.
fn residential_stays(
    conn: &mut PgConnection,
    ids: &[ChildId],
    on: NaiveDate,
) -> Result<BTreeMap<ChildId, Vec<Stay>>> {
    let codes = Codes::read(conn, &["care_type"])?;
    let residential = codes.with("care_type", "group", &json!("residential"));
    let rows: Vec<(ChildId, Option<NaiveDate>, Option<NaiveDate>)> = placements::table
        .filter(placements::child_id.eq_any(ids))
        .filter(placements::care_type.eq_any(residential))
        .filter(placements::state.eq_any([PlacementState::Active, PlacementState::Ended]))
        .filter(placements::started_on.lt(on))
        .order(placements::started_on)
        .select((placements::child_id, placements::started_on, placements::ended_on))
        .load(conn)?;
    let mut of: BTreeMap<ChildId, Vec<Stay>> = BTreeMap::new();
    for (child, from, until) in rows {
        let until = Some(until.map_or(on, |until| until.min(on)));
        of.entry(child).or_default().extend(from.map(|from| Stay { from, until }));
    }
    Ok(of)
}

/// Where areas are, by code.
fn points(conn: &mut PgConnection) -> Result<BTreeMap<String, Point>> {
    let rows: Vec<(String, Option<f64>, Option<f64>)> =
        areas::table.select((areas::code, areas::lat, areas::lon)).load(conn)?;
    Ok(rows.into_iter().filter_map(|(code, lat, lon)| Some((code, (lat?, lon?)))).collect())
}

/// Families with an approval on that day that are not on hold.
fn families(
    conn: &mut PgConnection,
    on: NaiveDate,
    points: &BTreeMap<String, Point>,
) -> Result<Vec<Family>> {
    let approved = carer_approvals::table
        .filter(carer_approvals::carer_family_id.eq(carer_families::id))
        .filter(carer_approvals::valid_from.le(on).and(carer_approvals::valid_to.gt(on)))
        .filter(carer_approvals::ended_on.is_null().or(carer_approvals::ended_on.gt(on)));
    let free = carer_families::on_hold_from
        .is_null()
        .or(carer_families::on_hold_from.gt(on))
        .or(carer_families::on_hold_to.le(on));
    let held_back = carers::store::held_back(conn, on)?;
    let rows: Vec<FamilyRow> = carer_families::table
        .filter(exists(approved).and(free.assume_not_null()))
        .filter(carer_families::id.ne_all(held_back))
        .order(carer_families::id)
        .select((
            carer_families::id,
            carer_families::lat,
            carer_families::lon,
            carer_families::area_code,
            carer_families::accepts_disability,
        ))
        .load(conn)?;
    let family = |(id, lat, lon, area, disability): FamilyRow| Family {
        id,
        point: lat.zip(lon).or_else(|| points.get(&area).copied()),
        disability,
    };
    Ok(rows.into_iter().map(family).collect())
}

type FamilyRow = (CarerFamilyId, Option<f64>, Option<f64>, String, bool);
type HomeRow =
    (FacilityId, (Option<f64>, Option<f64>, String), (i32, i32, AcceptedSex, bool, bool, bool));

/// Small group homes, whether they have room or not.
fn small_homes(
    conn: &mut PgConnection,
    left: FacilityId,
    points: &BTreeMap<String, Point>,
) -> Result<Vec<Home>> {
    let rows: Vec<HomeRow> = table::table
        .filter(table::facility_type.eq(SMALL).and(table::id.ne(left)))
        .filter(table::closed_on.is_null())
        .order(table::id)
        .select((
            table::id,
            (table::lat, table::lon, table::area_code),
            (
                table::accepts_age_min,
                table::accepts_age_max,
                table::accepts_sex,
                table::accepts_disability,
                table::accepts_emergency,
                table::accepts_siblings,
            ),
        ))
        .load(conn)?;
    let home = |(id, (lat, lon, area), accepts): HomeRow| {
        let (age_min, age_max, sex, disability, emergency, siblings) = accepts;
        let accepts = FacilityAccepts { age_min, age_max, sex, disability, emergency, siblings };
        let point = lat.zip(lon).or_else(|| points.get(&area).copied());
        Home { id, point, accepts }
    };
    Ok(rows.into_iter().map(home).collect())
}

impl Facts {
    /// What the code list says of the type of care that a kind of home gives.
    pub fn care_type(&self, kind: NextHomeKind) -> &CareTypeFacts {
        match kind {
            NextHomeKind::Kinship => &self.kinship,
            NextHomeKind::Reunification | NextHomeKind::Foster => &self.foster,
            NextHomeKind::SmallGroupHome => &self.small,
        }
    }

    pub fn siblings_of(&self, child: ChildId) -> &BTreeSet<ChildId> {
        self.siblings.get(&child).unwrap_or(&self.nobody)
    }

    /// Its stays in residential care before it leaves.
    pub fn stays_of(&self, child: ChildId) -> &[Stay] {
        self.stays.get(&child).map_or(&[], Vec::as_slice)
    }

    /// Where the child comes from.
    pub fn home_of(&self, child: &ChildFacts) -> Option<Point> {
        self.points.get(&child.area_code).copied()
    }

    /// The groups that are to be kept together, of those who leave; most are of one. Youngest first, in a
    /// group and among groups; of one age by id.
    pub fn groups(&self) -> Vec<Vec<ChildId>> {
        let mut waiting: Vec<&ChildFacts> = self.children.values().collect();
        waiting.sort_by(|a, b| b.birth_date.cmp(&a.birth_date).then(a.id.cmp(&b.id)));
        let order: Vec<ChildId> = waiting.iter().map(|child| child.id).collect();
        let mut grouped: BTreeSet<ChildId> = BTreeSet::new();
        let mut groups = Vec::new();
        for child in &order {
            if grouped.contains(child) {
                continue;
            }
            let group = self.around(*child);
            grouped.extend(&group);
            groups.push(order.iter().copied().filter(|it| group.contains(it)).collect());
        }
        groups
    }

    /// A child with all from whom it, or one of these, is not to be parted.
    fn around(&self, child: ChildId) -> BTreeSet<ChildId> {
        let (mut group, mut next) = (BTreeSet::from([child]), vec![child]);
        while let Some(one) = next.pop() {
            for other in self.kept.of(one) {
                if self.children.contains_key(other) && group.insert(*other) {
                    next.push(*other);
                }
            }
        }
        group
    }
}
