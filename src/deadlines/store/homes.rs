//! The facts about many carer families at once, and about every facility.
use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use diesel::{dsl::max, prelude::*};
use uuid::Uuid;

use super::{children::Owner, staffing, sweep::Frame, transformations};
use crate::{
    carers::CarerState,
    facilities::FacilityState,
    placements::PlacementState,
    platform::error::Result,
    rules::deadlines::{CheckFacts, FacilityFacts, FamilyFacts},
    schema::{
        carer_approvals, carer_checks, carer_families, carer_reviews, facilities,
        facility_inspections, facility_registrations, placements,
    },
};

pub type KnownFamilies = BTreeMap<Uuid, (Owner, FamilyFacts)>;
pub type KnownFacilities = BTreeMap<Uuid, (Owner, FacilityFacts)>;

/// States of families that were approved once, and may have children.
pub const LIVING: [CarerState; 5] = [
    CarerState::Approved,
    CarerState::Suspended,
    CarerState::Expired,
    CarerState::Revoked,
    CarerState::Resigned,
];
/// States of facilities that take in children, or may still have some.
const WORKING: [FacilityState; 6] = [
    FacilityState::Registered,
    FacilityState::ConditionsImposed,
    FacilityState::AdmissionsStopped,
    FacilityState::Suspended,
    FacilityState::Expired,
    FacilityState::Closing,
];

type FamilyRow = (Uuid, CarerState, NaiveDate, Vec<String>, bool, Option<Uuid>, String);

/// What is known of those of these families that were approved.
pub fn families(conn: &mut PgConnection, ids: &[Uuid], frame: &Frame) -> Result<KnownFamilies> {
    let rows: Vec<FamilyRow> = carer_families::table
        .filter(carer_families::id.eq_any(ids))
        .filter(carer_families::state.eq_any(LIVING))
        .select((
            carer_families::id,
            carer_families::state,
            carer_families::state_since,
            carer_families::purposes,
            carer_families::supported_by_centre,
            carer_families::organisation_id,
            carer_families::area_code,
        ))
        .load(conn)?;
    let occupied: BTreeSet<Uuid> = placements::table
        .filter(placements::carer_family_id.eq_any(ids))
        .filter(placements::state.eq(PlacementState::Active))
        .select(placements::carer_family_id.assume_not_null())
        .load::<Uuid>(conn)?
        .into_iter()
        .collect();
    let approvals = approvals(conn, ids)?;
    let mut checks = checks(conn, ids)?;
    let reviewed: BTreeMap<Uuid, Option<NaiveDate>> = carer_reviews::table
        .filter(carer_reviews::carer_family_id.eq_any(ids))
        .group_by(carer_reviews::carer_family_id)
        .select((carer_reviews::carer_family_id, max(carer_reviews::reviewed_on)))
        .load::<(Uuid, Option<NaiveDate>)>(conn)?
        .into_iter()
        .collect();
    let known = |(id, state, since, purposes, supported, organisation, area): FamilyRow| {
        let fosters = purposes.iter().any(|purpose| frame.codes.supported.contains(purpose));
        let facts = FamilyFacts {
            id,
            approved: state == CarerState::Approved,
            since,
            occupied: occupied.contains(&id),
            unsupported: fosters && !supported,
            approval: approvals.get(&id).copied(),
            reviewed_on: reviewed.get(&id).copied().flatten(),
            checks: checks.remove(&id).unwrap_or_default(),
        };
        (id, (Owner { organisation, worker: None, area }, facts))
    };
    Ok(rows.into_iter().map(known).collect())
}

/// The last approval of each.
fn approvals(
    conn: &mut PgConnection,
    ids: &[Uuid],
) -> Result<BTreeMap<Uuid, (Uuid, NaiveDate, NaiveDate)>> {
    let rows: Vec<(Uuid, Uuid, NaiveDate, NaiveDate, Option<NaiveDate>)> = carer_approvals::table
        .filter(carer_approvals::carer_family_id.eq_any(ids))
        .order((carer_approvals::carer_family_id, carer_approvals::valid_from))
        .select((
            carer_approvals::carer_family_id,
            carer_approvals::id,
            carer_approvals::valid_from,
            carer_approvals::valid_to,
            carer_approvals::ended_on,
        ))
        .load(conn)?;
    let last = |(family, id, from, to, ended): (_, _, _, NaiveDate, Option<NaiveDate>)| {
        (family, (id, from, ended.unwrap_or(to)))
    };
    Ok(rows.into_iter().map(last).collect())
}

/// The last check of each kind and person, where it was passed and runs out.
fn checks(conn: &mut PgConnection, ids: &[Uuid]) -> Result<BTreeMap<Uuid, Vec<CheckFacts>>> {
    let rows: Vec<(Uuid, Uuid, String, Option<NaiveDate>)> = carer_checks::table
        .filter(carer_checks::carer_family_id.eq_any(ids))
        .distinct_on((carer_checks::carer_family_id, carer_checks::kind, carer_checks::person_id))
        .order((
            carer_checks::carer_family_id,
            carer_checks::kind,
            carer_checks::person_id,
            carer_checks::completed_on.desc(),
            carer_checks::id.desc(),
        ))
        .select((
            carer_checks::carer_family_id,
            carer_checks::id,
            carer_checks::result,
            carer_checks::valid_until,
        ))
        .load(conn)?;
    let mut found: BTreeMap<Uuid, Vec<CheckFacts>> = BTreeMap::new();
    for (family, id, result, valid_until) in rows {
        if let Some(valid_until) = valid_until.filter(|_| result == "passed") {
            found.entry(family).or_default().push(CheckFacts { id, valid_until });
        }
    }
    Ok(found)
}

/// What is known of every facility that takes in children, or may still have some.
pub fn facility_facts(conn: &mut PgConnection) -> Result<KnownFacilities> {
    let rows: Vec<(Uuid, Option<NaiveDate>, Uuid, String)> = facilities::table
        .filter(facilities::state.eq_any(WORKING))
        .select((
            facilities::id,
            facilities::opened_on,
            facilities::operator_id,
            facilities::area_code,
        ))
        .load(conn)?;
    let known = |(id, since, operator, area)| {
        let facts = FacilityFacts { id, since, ..FacilityFacts::default() };
        (id, (Owner { organisation: Some(operator), worker: None, area }, facts))
    };
    let mut known: KnownFacilities = rows.into_iter().map(known).collect();
    let registered: Vec<(Uuid, NaiveDate, Option<NaiveDate>, Option<NaiveDate>)> =
        facility_registrations::table
            .order((facility_registrations::facility_id, facility_registrations::valid_from))
            .select((
                facility_registrations::facility_id,
                facility_registrations::valid_from,
                facility_registrations::valid_to,
                facility_registrations::revoked_on,
            ))
            .load(conn)?;
    for (facility, from, to, revoked) in registered {
        if let Some((_, facts)) = known.get_mut(&facility) {
            facts.since = facts.since.or(Some(from));
            facts.registered_until = revoked.or(to);
        }
    }
    let inspected: Vec<(Uuid, String, NaiveDate)> = facility_inspections::table
        .order(facility_inspections::inspected_on)
        .select((
            facility_inspections::facility_id,
            facility_inspections::kind,
            facility_inspections::inspected_on,
        ))
        .load(conn)?;
    for (facility, kind, on) in inspected {
        if let Some((_, facts)) = known.get_mut(&facility) {
            facts.inspected_on = Some(on);
            if kind == "unannounced" {
                facts.visited_unannounced_on = Some(on);
            }
        }
    }
    for (facility, staff) in staffing::staff(conn)? {
        if let Some((_, facts)) = known.get_mut(&facility) {
            facts.staff = Some(staff);
        }
    }
    transformations::add(conn, &mut known)?;
    Ok(known)
}

/// Every facility, also one of which nothing is asked any more.
pub fn all_facilities(conn: &mut PgConnection) -> Result<Vec<Uuid>> {
    Ok(facilities::table.select(facilities::id).load(conn)?)
}
