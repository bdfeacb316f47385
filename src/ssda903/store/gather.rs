//! Reading what the return is made of: the children of an authority, and all that hangs on them.
use std::collections::{BTreeSet, HashMap};

use chrono::NaiveDate;
use diesel::prelude::*;
use uuid::Uuid;

use crate::{
    cases::{Case, CaseState},
    children::{Child, ChildId, LegalAxis},
    placements::{
        CarePeriod, CarePeriodState, MissingEpisode, PlacementState, ProviderKind, TemporaryAbsence,
    },
    platform::{
        error::{Error, Result},
        external_id::{ExternalId, KeptExternalId},
        gathered::{Gathered, Parts},
        id::Id,
    },
    reference::{areas, organisations::OrganisationId, parameters},
    reviews::ChildReviewState,
    schema::{
        areas as areas_table, care_periods, carer_families, cases, children,
        code_list_entries as entries, facilities, legal_statuses, missing_episodes, organisations,
        placements, return_facts, reviews, temporary_absences,
    },
    ssda903::{
        derive::{ChildFile, Home, Span, Stay, URN},
        kept::ReturnFact,
        model::{Crosswalk, Year},
    },
};

/// The crosswalk of the registry's code lists.
pub fn crosswalk(conn: &mut PgConnection) -> Result<Crosswalk> {
    let of_lists = entries::table.filter(entries::list.eq_any(Crosswalk::LISTS));
    Crosswalk::new(of_lists.select((entries::list, entries::code, entries::maps_to)).load(conn)?)
}

/// The organisations whose children the return of an authority tells of: those of its area, and of the
/// areas below it.
pub fn authority(conn: &mut PgConnection, code: &str) -> Result<BTreeSet<OrganisationId>> {
    let areas = areas::subtree(conn, code)?;
    let of_areas = organisations::table.filter(organisations::area_code.eq_any(areas));
    let found: Vec<OrganisationId> = of_areas.select(organisations::id).load(conn)?;
    if found.is_empty() {
        return Err(Error::query("authority", "unknown_authority", "is the area of no authority"));
    }
    Ok(found.into_iter().collect())
}

/// The code of the country, if the registry knows of any area.
pub fn country(conn: &mut PgConnection) -> Result<Option<String>> {
    let whole = areas_table::table.filter(areas_table::parent_code.is_null());
    Ok(whole.order(areas_table::code).select(areas_table::code).first(conn).optional()?)
}

/// The organisation that is responsible for children whom a return of this area brings, and its area: the
/// authority of the area itself, the oldest if there are several.
pub fn responsible(conn: &mut PgConnection, code: &str) -> Result<(OrganisationId, String)> {
    let found: Option<OrganisationId> = organisations::table
        .filter(organisations::area_code.eq(code))
        .filter(organisations::kind.eq_any(["authority", "centre_for_social_work"]))
        .order((organisations::kind, organisations::id))
        .select(organisations::id)
        .first(conn)
        .optional()?;
    let none = || Error::query("authority", "unknown_authority", "is the area of no authority");
    Ok((found.ok_or_else(none)?, code.to_owned()))
}

/// The children of these organisations who were in care in the year, or of whom something was kept of it.
pub fn concerned(
    conn: &mut PgConnection,
    of: &BTreeSet<OrganisationId>,
    year: Year,
) -> Result<Vec<ChildId>> {
    let mut ids: BTreeSet<ChildId> = children::table
        .inner_join(care_periods::table.on(care_periods::child_id.eq(children::id)))
        .filter(children::organisation_id.eq_any(of))
        .filter(care_periods::state.ne(CarePeriodState::EnteredInError))
        .filter(care_periods::started_on.le(year.last()))
        .filter(care_periods::ended_on.is_null().or(care_periods::ended_on.ge(year.first())))
        .select(children::id)
        .load(conn)?
        .into_iter()
        .collect();
    let kept: Vec<ChildId> = return_facts::table
        .inner_join(children::table.on(children::id.eq(return_facts::child_id)))
        .filter(children::organisation_id.eq_any(of))
        .filter(return_facts::year.eq(year.number()))
        .select(children::id)
        .load(conn)?;
    ids.extend(kept);
    Ok(ids.into_iter().collect())
}

/// All that the return needs of these children.
pub fn files(
    conn: &mut PgConnection,
    ids: &[ChildId],
    own: &BTreeSet<OrganisationId>,
) -> Result<Vec<ChildFile>> {
    let all: Vec<Child> =
        children::table.filter(children::id.eq_any(ids)).select(Child::as_select()).load(conn)?;
    let mut periods = by_child(periods(conn, ids)?);
    let mut stays = by_child(stays(conn, ids, own)?);
    let mut absences = by_child(absences(conn, ids)?);
    let mut statuses = by_child(statuses(conn, ids)?);
    let mut held = by_child(held(conn, ids)?);
    let mut missing = by_child(missing(conn, ids)?);
    let mut worked = by_child(worked(conn, ids)?);
    let mut kept = by_child(kept(conn, ids)?);
    let file = |child: Child| ChildFile {
        periods: periods.remove(&child.id).unwrap_or_default(),
        stays: stays.remove(&child.id).unwrap_or_default(),
        absences: absences.remove(&child.id).unwrap_or_default(),
        statuses: statuses.remove(&child.id).unwrap_or_default(),
        reviews: held.remove(&child.id).unwrap_or_default(),
        missing: missing.remove(&child.id).unwrap_or_default(),
        cases: worked.remove(&child.id).unwrap_or_default(),
        kept: kept.remove(&child.id).unwrap_or_default(),
        child,
    };
    Ok(all.into_iter().map(file).collect())
}

type Of<T> = Vec<(ChildId, T)>;

fn by_child<T>(rows: Of<T>) -> HashMap<ChildId, Vec<T>> {
    let mut children: HashMap<ChildId, Vec<T>> = HashMap::new();
    for (child, row) in rows {
        children.entry(child).or_default().push(row);
    }
    children
}

fn periods(conn: &mut PgConnection, ids: &[ChildId]) -> Result<Of<CarePeriod>> {
    let rows: Vec<CarePeriod> = care_periods::table
        .filter(care_periods::child_id.eq_any(ids))
        .filter(care_periods::state.ne(CarePeriodState::EnteredInError))
        .order((care_periods::started_on, care_periods::id))
        .select(CarePeriod::as_select())
        .load(conn)?;
    Ok(rows.into_iter().map(|period| (period.child_id, period)).collect())
}

/// A placement in which a child lived, as it lies in its table.
#[derive(Queryable, Selectable)]
#[diesel(table_name = placements, check_for_backend(diesel::pg::Pg))]
struct Lived {
    child_id: ChildId,
    care_period_id: Option<Uuid>,
    care_type: String,
    planned_kind: String,
    provider_kind: ProviderKind,
    carer_family_id: Option<Uuid>,
    facility_id: Option<Uuid>,
    started_on: Option<NaiveDate>,
    ended_on: Option<NaiveDate>,
    same_carer: bool,
    end_reason: Option<String>,
}

fn stays(
    conn: &mut PgConnection,
    ids: &[ChildId],
    own: &BTreeSet<OrganisationId>,
) -> Result<Of<Stay>> {
    let rows: Vec<Lived> = placements::table
        .filter(placements::child_id.eq_any(ids))
        .filter(placements::state.eq_any([PlacementState::Active, PlacementState::Ended]))
        .order((placements::started_on, placements::id))
        .select(Lived::as_select())
        .load(conn)?;
    let homes = homes(conn, &rows, own)?;
    let stay = |row: Lived| {
        let home = home(&homes, &row);
        let stay = Stay {
            period: Id::from_untyped(row.care_period_id?),
            care_type: row.care_type,
            planned_kind: row.planned_kind,
            home,
            from: row.started_on?,
            to: row.ended_on,
            same_carer: row.same_carer,
            end_reason: row.end_reason,
        };
        Some((row.child_id, stay))
    };
    Ok(rows.into_iter().filter_map(stay).collect())
}

/// Whose the families and facilities are, with the numbers of these.
type Homes = HashMap<Uuid, (String, Option<String>)>;

fn homes(conn: &mut PgConnection, rows: &[Lived], own: &BTreeSet<OrganisationId>) -> Result<Homes> {
    let families: BTreeSet<Uuid> = rows.iter().filter_map(|row| row.carer_family_id).collect();
    let of_families: Vec<(Uuid, Option<OrganisationId>)> = carer_families::table
        .filter(carer_families::id.eq_any(families))
        .select((carer_families::id, carer_families::organisation_id))
        .load(conn)?;
    let supported = |by: Option<OrganisationId>| {
        let ours = by.is_none_or(|by| own.contains(&by));
        if ours { "own_authority" } else { "other_authority" }.to_owned()
    };
    let mut homes: Homes =
        of_families.into_iter().map(|(id, by)| (id, (supported(by), None))).collect();
    let asked: BTreeSet<Uuid> = rows.iter().filter_map(|row| row.facility_id).collect();
    let of_facilities: Vec<Owned> = facilities::table
        .filter(facilities::id.eq_any(asked))
        .select(Owned::as_select())
        .load(conn)?;
    homes.extend(of_facilities.into_iter().map(|home| {
        let urn = home.external_ids.into_iter().find(|id| id.system == URN);
        (home.id, (home.ownership, urn.map(|id| id.value)))
    }));
    Ok(homes)
}

/// Whose a facility is, and its numbers.
#[derive(Queryable, Selectable)]
#[diesel(table_name = facilities, check_for_backend(diesel::pg::Pg))]
struct Owned {
    id: Uuid,
    ownership: String,
    #[diesel(select_expression = numbers(), select_expression_type = Gathered)]
    #[diesel(deserialize_as = Parts<KeptExternalId>)]
    external_ids: Vec<ExternalId>,
}

fn numbers() -> Gathered {
    crate::platform::external_id::gathered("facility_external_ids", "facility_id", "facilities")
}

fn home(homes: &Homes, row: &Lived) -> Home {
    let kind = row.provider_kind;
    let known = |id: Uuid| homes.get(&id).cloned().unwrap_or_default();
    let own = |word: &str| [row.child_id.untyped().as_bytes().as_slice(), word.as_bytes()].concat();
    let (key, (ownership, urn)) = match (row.carer_family_id.or(row.facility_id), kind) {
        (Some(id), _) => (id.as_bytes().to_vec(), known(id)),
        (None, ProviderKind::Parents) => (own("parents"), ("parents".to_owned(), None)),
        // The authority that placed a child in a dwelling of its own looks after it there.
        (None, ProviderKind::OwnDwelling) => (own("own"), ("own_authority".to_owned(), None)),
        (None, _) => (own("none"), ("other_public".to_owned(), None)),
    };
    Home { kind, key, ownership, urn }
}

fn absences(conn: &mut PgConnection, ids: &[ChildId]) -> Result<Of<Span>> {
    let rows: Vec<TemporaryAbsence> = temporary_absences::table
        .filter(temporary_absences::child_id.eq_any(ids))
        .order((temporary_absences::started_on, temporary_absences::id))
        .select(TemporaryAbsence::as_select())
        .load(conn)?;
    let span = |row: TemporaryAbsence| {
        (row.child_id, Span { code: row.reason, from: row.started_on, to: row.ended_on })
    };
    Ok(rows.into_iter().map(span).collect())
}

fn statuses(conn: &mut PgConnection, ids: &[ChildId]) -> Result<Of<Span>> {
    let rows: Vec<(ChildId, String, NaiveDate, Option<NaiveDate>)> = legal_statuses::table
        .filter(legal_statuses::child_id.eq_any(ids))
        .filter(legal_statuses::axis.eq(LegalAxis::CareAuthority))
        .order((legal_statuses::valid_from, legal_statuses::id))
        .select((
            legal_statuses::child_id,
            legal_statuses::status,
            legal_statuses::valid_from,
            legal_statuses::valid_to,
        ))
        .load(conn)?;
    Ok(rows.into_iter().map(|(child, code, from, to)| (child, Span { code, from, to })).collect())
}

fn held(conn: &mut PgConnection, ids: &[ChildId]) -> Result<Of<(NaiveDate, String)>> {
    let rows: Vec<(ChildId, Option<NaiveDate>, Option<String>)> = reviews::table
        .filter(reviews::child_id.eq_any(ids))
        .filter(reviews::state.eq(ChildReviewState::Held))
        .order((reviews::held_on, reviews::id))
        .select((reviews::child_id, reviews::held_on, reviews::participation))
        .load(conn)?;
    let held = |(child, on, part): (ChildId, Option<_>, Option<_>)| Some((child, (on?, part?)));
    Ok(rows.into_iter().filter_map(held).collect())
}

/// Missing episodes by the days of the registry's time zone.
fn missing(conn: &mut PgConnection, ids: &[ChildId]) -> Result<Of<Span>> {
    let rows: Vec<MissingEpisode> = missing_episodes::table
        .filter(missing_episodes::child_id.eq_any(ids))
        .order((missing_episodes::started_at, missing_episodes::id))
        .select(MissingEpisode::as_select())
        .load(conn)?;
    let mut spans = Vec::new();
    for row in rows {
        let from = parameters::day(conn, row.started_at)?;
        let to = row.ended_at.map(|at| parameters::day(conn, at)).transpose()?;
        spans.push((row.child_id, Span { code: row.kind, from, to }));
    }
    Ok(spans)
}

fn worked(conn: &mut PgConnection, ids: &[ChildId]) -> Result<Of<Case>> {
    let rows: Vec<Case> = cases::table
        .filter(cases::child_id.eq_any(ids))
        .filter(cases::state.ne(CaseState::Duplicate))
        .order((cases::opened_on, cases::id))
        .select(Case::as_select())
        .load(conn)?;
    Ok(rows.into_iter().filter_map(|case| Some((case.child_id?, case))).collect())
}

fn kept(conn: &mut PgConnection, ids: &[ChildId]) -> Result<Of<ReturnFact>> {
    let rows: Vec<ReturnFact> = return_facts::table
        .filter(return_facts::child_id.eq_any(ids))
        .select(ReturnFact::as_select())
        .load(conn)?;
    Ok(rows.into_iter().map(|fact| (fact.child_id, fact)).collect())
}
