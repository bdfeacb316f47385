//! Homes that a return tells of only by a postcode and, if they are inspected, a number.
//!
//! The registry places nobody with nobody knows whom: for each there is a record that says that the
//! return did not tell more. A facility is known by its number, else by its postcode and what it is; a
//! carer family is one of a child, because the return does not say which children live together.
use std::collections::{BTreeMap, BTreeSet};

use chrono::{Days, NaiveDate};

use super::{
    Place,
    care::Told,
    reverse::{Care, Reverse},
};
use crate::{
    carers::{
        CarerFamilyId,
        model::{
            CarerCheckResult, CarerRole, CarerSex, CarerStep, CarerStepRequest, CarerTrainingKind,
            NamedChildId, NewCarerApproval, NewCarerCheck, NewCarerFamily, NewCarerPerson,
            NewCarerTraining,
        },
        store::{self as carers, FamilyFile},
    },
    children::ChildId,
    facilities::{
        AcceptedSex, CapacityRequest, FacilityAccepts, FacilityId, FacilityRegistration,
        FacilityStep, FacilityStepRequest, NewFacility, PlacesBySex, store as facilities,
    },
    platform::{
        db::Tx,
        error::{Error, Result},
        external_id::ExternalId,
        time::add_months,
        version::IfMatch,
    },
    reference::parameters,
    ssda903::derive::URN,
};

/// What is written where the return says nothing.
pub const NOT_TOLD: &str = "Not told in the return";
/// The oldest age at which somebody is taken in.
const OLDEST: i32 = 25;
/// The age that an applicant must have had: the return says nothing of who it was.
const ADULT_MONTHS: u32 = 40 * 12;

/// A facility of which returns tell.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct FacilityKey {
    /// Its number with the inspectorate, or its postcode.
    number: String,
    care_type: String,
}

impl FacilityKey {
    pub fn of(told: &Told<'_>, care: &Care) -> Self {
        match urn(&told.row.urn) {
            Some(number) => Self { number: number.to_owned(), care_type: String::new() },
            None => Self { number: told.row.pl_post.clone(), care_type: care.kind.clone() },
        }
    }
}

fn urn(cell: &str) -> Option<&str> {
    Some(cell).filter(|cell| !cell.is_empty() && cell.chars().any(|c| c != 'X'))
}

/// What is known of a facility from all that the returns say of it.
pub struct FacilitySeen<'r> {
    pub told: Told<'r>,
    pub care: Care,
    pub since: NaiveDate,
    pub children: BTreeSet<&'r str>,
}

/// The facilities of which the returns tell, written down.
pub type Facilities = BTreeMap<FacilityKey, FacilityId>;

/// Writes a facility that was there when the first child came.
pub fn facility(
    tx: &mut Tx<'_>,
    reverse: &Reverse,
    place: &Place,
    seen: &FacilitySeen<'_>,
) -> Result<FacilityId> {
    let day = |before: u64| seen.since.checked_sub_days(Days::new(before)).unwrap_or(seen.since);
    let new = application(reverse, place, seen, day(3));
    let made = facilities::apply(tx, &new, true)?.into_value();
    let step = FacilityStepRequest { on: day(2), reason: None, decision_no: None };
    let seen_by = IfMatch::of(&made);
    let made = facilities::take_step(tx, made.id, &seen_by, FacilityStep::Inspect, &step)?;
    let made = made.into_value();
    let registration = FacilityRegistration {
        on: day(1),
        number: made.facility_no.clone(),
        granted_by: place.organisation,
        valid_from: None,
        valid_to: None,
        conditions: None,
        reason: None,
        decision_no: None,
    };
    let made = facilities::register(tx, made.id, &IfMatch::of(&made), &registration)?.into_value();
    let capacity = CapacityRequest {
        valid_from: day(1),
        total: i32::try_from(seen.children.len()).unwrap_or(i32::MAX),
        by_age_band: BTreeMap::new(),
        by_sex: PlacesBySex { female: None, male: None },
        units: Vec::new(),
    };
    let made = facilities::set_capacity(tx, made.id, &IfMatch::of(&made), &capacity)?;
    Ok(made.into_value().id)
}

/// The application of a facility of which the return tells no more than this.
fn application(
    reverse: &Reverse,
    place: &Place,
    seen: &FacilitySeen<'_>,
    applied_on: NaiveDate,
) -> NewFacility {
    let told = &seen.told;
    let number = urn(&told.row.urn).map(|value| ExternalId {
        system: URN.to_owned(),
        value: value.to_owned(),
        valid_from: None,
        valid_to: None,
    });
    NewFacility {
        external_ids: number.into_iter().collect(),
        name: format!("{NOT_TOLD}: {}", told.row.pl_post),
        facility_type: seen.care.kind.clone(),
        ownership: reverse.code_or(
            "ownership",
            "PLACE_PROVIDER",
            &told.row.place_provider,
            told.year,
            "mixed",
        ),
        operator_id: place.organisation,
        area_code: place.area.clone(),
        address: None,
        lat: None,
        lon: None,
        applied_on: Some(applied_on),
        opened_on: None,
        accepts: FacilityAccepts {
            age_min: 0,
            age_max: OLDEST,
            sex: AcceptedSex::Any,
            disability: true,
            emergency: true,
            siblings: true,
        },
        statement_of_purpose: None,
        large_facility_exception: None,
    }
}

/// Writes a carer family with which a child lived, for these kinds of care from these days on.
pub fn family(
    tx: &mut Tx<'_>,
    place: &Place,
    child: ChildId,
    stays: &[(NaiveDate, &Care)],
) -> Result<CarerFamilyId> {
    let first = stays.iter().map(|(day, _)| *day).min().unwrap_or(NaiveDate::MAX);
    let day = first.pred_opt().unwrap_or(first);
    let purposes: BTreeSet<String> =
        stays.iter().filter_map(|(_, care)| care.purpose.clone()).collect();
    let purposes: Vec<String> = purposes.into_iter().collect();
    let mut file = FamilyFile::enquired(tx, &enquiry(place, day, purposes.clone()))?;
    take(tx, &mut file, CarerStep::Submit, day)?;
    take(tx, &mut file, CarerStep::BeginChecks, day)?;
    let checks = checks(&file, day);
    file.add_checks(tx, &checks)?;
    take(tx, &mut file, CarerStep::BeginHomeStudy, day)?;
    take(tx, &mut file, CarerStep::BeginTraining, day)?;
    let training = NewCarerTraining {
        programme: NOT_TOLD.to_owned(),
        kind: CarerTrainingKind::Initial,
        person_id: None,
        hours: 1,
        completed_on: day,
    };
    file.add_training(tx, &training)?;
    take(tx, &mut file, CarerStep::ConvenePanel, day)?;
    let years = parameters::integer(tx.conn, "carer_approval_years", tx.now.date_naive())?;
    let months = u32::try_from(years).unwrap_or(1).max(1).saturating_mul(12);
    let mut until = None;
    for (from, _) in stays {
        if until.is_some_and(|until| *from < until) {
            continue;
        }
        let from = if until.is_none() { day } else { *from };
        let to = add_months(from, months);
        file.approve(tx, &approval(place, child, (from, to), &purposes))?;
        until = Some(to);
    }
    let made = carers::take_over(tx, vec![file])?.into_value();
    made.first().map(|family| family.id).ok_or_else(|| Error::internal("a family was lost"))
}

fn take(tx: &mut Tx<'_>, file: &mut FamilyFile, step: CarerStep, on: NaiveDate) -> Result<()> {
    file.take(tx, step, &CarerStepRequest { on, reason: None, decision_no: None })
}

fn enquiry(place: &Place, day: NaiveDate, purposes: Vec<String>) -> NewCarerFamily {
    let born = day.checked_sub_months(chrono::Months::new(ADULT_MONTHS)).unwrap_or(day);
    NewCarerFamily {
        external_ids: Vec::new(),
        enquired_on: Some(day),
        purposes,
        organisation_id: Some(place.organisation),
        area_code: place.area.clone(),
        address_lines: vec![NOT_TOLD.to_owned()],
        locality: None,
        postcode: None,
        lat: None,
        lon: None,
        languages: Vec::new(),
        preferred_age_min: None,
        preferred_age_max: None,
        preferred_sex: None,
        sibling_group_max: None,
        accepts_disability: true,
        disability_types: Vec::new(),
        emergency: false,
        supported_by_centre: false,
        persons: vec![NewCarerPerson {
            role: CarerRole::Applicant,
            given_name: NOT_TOLD.to_owned(),
            family_name: NOT_TOLD.to_owned(),
            birth_date: born,
        }],
    }
}

/// The checks without which nobody is approved: England's authority has made its own.
fn checks(file: &FamilyFile, day: NaiveDate) -> Vec<NewCarerCheck> {
    let person = file.family().persons.first().map(|person| person.id);
    let of_person =
        ["criminal_record", "child_abuse_register", "health"].map(|kind| (kind, person));
    let of_home = ["references", "housing_visit"].map(|kind| (kind, None));
    let all = of_person.into_iter().chain(of_home);
    all.map(|(kind, person_id)| NewCarerCheck {
        kind: kind.to_owned(),
        person_id,
        completed_on: day,
        result: CarerCheckResult::Passed,
        valid_until: None,
    })
    .collect()
}

fn approval(
    place: &Place,
    child: ChildId,
    (from, to): (NaiveDate, NaiveDate),
    purposes: &[String],
) -> NewCarerApproval {
    NewCarerApproval {
        decided_by: place.organisation,
        decision_no: NOT_TOLD.to_owned(),
        decided_on: from,
        assessed_on: from,
        valid_from: from,
        valid_to: to,
        max_children: 1,
        age_min: 0,
        age_max: OLDEST,
        sex: CarerSex::Any,
        siblings_allowed: true,
        purposes: purposes.to_vec(),
        named_children: vec![NamedChildId::from_untyped(child.untyped())],
        exemptions: Vec::new(),
    }
}
