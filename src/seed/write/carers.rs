//! Writing what happens to carer families.
use chrono::NaiveDate;

use super::{Writer, lost};
use crate::{
    carers::{
        CarerFamily,
        model::{
            CarerCheckResult, CarerRole, CarerSex, CarerStep, CarerStepRequest, CarerTrainingKind,
            NamedChildId, NewCarerApproval, NewCarerCheck, NewCarerFamily, NewCarerPerson,
            NewCarerReview, NewCarerTraining,
        },
        store,
    },
    platform::{db::Tx, error::Result, time::age_on, version::IfMatch},
    reference::organisations::OrganisationId,
    seed::{
        dice::after,
        plan::{FamilyStep, Household, Ix, Purpose},
    },
};

impl Writer<'_> {
    pub(super) fn family(&mut self, tx: &mut Tx<'_>, family: Ix, step: FamilyStep) -> Result<()> {
        let plan = self.plan;
        let household = plan.households.at(family);
        if let FamilyStep::Enquire(on) = step {
            let centre = self.centre(&household.area_code);
            let made = store::register(tx, &enquiry(household, centre, on))?.into_value();
            self.families.insert(family, made);
            return Ok(());
        }
        let mut record = self.families.remove(&family).ok_or_else(|| lost("family"))?;
        match step {
            FamilyStep::Enquire(_) => {}
            FamilyStep::Apply(on) => {
                record = take(tx, &record, CarerStep::Submit, on)?;
                record = take(tx, &record, CarerStep::BeginChecks, on)?;
            }
            FamilyStep::Check(on) => {
                record = checks(tx, record, on)?;
                record = take(tx, &record, CarerStep::BeginHomeStudy, on)?;
            }
            FamilyStep::Train(on) => {
                record = take(tx, &record, CarerStep::BeginTraining, on)?;
                record = store::add_training(tx, record.id, &IfMatch::of(&record), &training(on))?
                    .into_value();
            }
            FamilyStep::Panel(on) => record = take(tx, &record, CarerStep::ConvenePanel, on)?,
            FamilyStep::Approve(on, from, to) => {
                record = checks(tx, record, on)?;
                let terms = self.terms(household, (on, from, to))?;
                let _granted = store::approve(tx, record.id, &IfMatch::of(&record), &terms)?;
                record.version += 1;
                // Of the record only people, checks and version are asked for from here on.
                record.trainings.clear();
                record.states.clear();
            }
            FamilyStep::Resign(on) => record = take(tx, &record, CarerStep::Resign, on)?,
            FamilyStep::Suspend(on) => record = take(tx, &record, CarerStep::Suspend, on)?,
            FamilyStep::Expire(on) => record = take(tx, &record, CarerStep::Expire, on)?,
        }
        self.families.insert(family, record);
        Ok(())
    }

    /// The last reviews of these families, by their centres.
    pub(super) fn carer_reviews(
        &mut self,
        tx: &mut Tx<'_>,
        some: &[(Ix, NaiveDate, &'static str)],
    ) -> Result<()> {
        for (family, reviewed_on, outcome) in some {
            let household = self.plan.households.at(*family);
            let record = self.families.get(family).ok_or_else(|| lost("family"))?;
            let review = NewCarerReview {
                reviewed_on: *reviewed_on,
                reviewed_by: self.centre(&household.area_code),
                outcome: (*outcome).to_owned(),
                recommendations: (*outcome == "support_needed")
                    .then(|| "Another course, and a visit every month.".to_owned()),
            };
            let _made = store::record_review(tx, record.id, &review)?;
        }
        Ok(())
    }

    pub(super) fn terms(
        &mut self,
        household: &Household,
        (on, from, to): (NaiveDate, NaiveDate, NaiveDate),
    ) -> Result<NewCarerApproval> {
        let named = household
            .named
            .iter()
            .map(|child| Ok(NamedChildId::from_untyped(self.child(*child)?.untyped())));
        let named_children = named.collect::<Result<_>>()?;
        Ok(NewCarerApproval {
            decided_by: self.authority(household.home),
            decision_no: self.decision(on),
            decided_on: on,
            assessed_on: after(on, -5),
            valid_from: from,
            valid_to: to,
            max_children: i32::try_from(household.max).unwrap_or(1),
            age_min: household.age_min,
            age_max: household.age_max,
            sex: CarerSex::Any,
            siblings_allowed: true,
            purposes: purposes(household),
            named_children,
            exemptions: Vec::new(),
        })
    }
}

fn purposes(household: &Household) -> Vec<String> {
    let codes: &[&str] = match household.purpose {
        Purpose::Kin => &["kinship"],
        Purpose::Adoption => &["adoption"],
        Purpose::Foster if household.emergency => &["emergency", "foster"],
        Purpose::Foster => &["foster"],
    };
    codes.iter().map(|code| (*code).to_owned()).collect()
}

pub(super) fn enquiry(
    household: &Household,
    centre: OrganisationId,
    on: NaiveDate,
) -> NewCarerFamily {
    let person =
        |(given_name, family_name, birth_date, applicant): &(String, String, NaiveDate, bool)| {
            NewCarerPerson {
                role: if *applicant { CarerRole::Applicant } else { CarerRole::HouseholdMember },
                given_name: given_name.clone(),
                family_name: family_name.clone(),
                birth_date: *birth_date,
            }
        };
    NewCarerFamily {
        external_ids: Vec::new(),
        enquired_on: Some(on),
        purposes: purposes(household),
        organisation_id: Some(centre),
        area_code: household.area_code.clone(),
        address_lines: vec![household.address.clone()],
        locality: Some(household.locality.clone()),
        postcode: None,
        lat: Some(household.lat),
        lon: Some(household.lon),
        languages: vec!["sr".to_owned()],
        preferred_age_min: None,
        preferred_age_max: None,
        preferred_sex: None,
        sibling_group_max: i32::try_from(household.max).ok().filter(|most| *most > 1),
        accepts_disability: household.disability,
        disability_types: Vec::new(),
        emergency: household.emergency,
        supported_by_centre: household.purpose == Purpose::Foster,
        persons: household.people.iter().map(person).collect(),
    }
}

pub(super) fn training(on: NaiveDate) -> NewCarerTraining {
    NewCarerTraining {
        programme: "Sigurnim korakom do hraniteljstva".to_owned(),
        kind: CarerTrainingKind::Initial,
        person_id: None,
        hours: 33,
        completed_on: on,
    }
}

/// The checks that every adult and the home need and do not have: whoever has come of age since
/// the last decision is checked before the next one.
pub(super) fn missing_checks(record: &CarerFamily, on: NaiveDate) -> Vec<NewCarerCheck> {
    let adults = record.persons.iter().filter(|person| {
        person.role == CarerRole::Applicant || age_on(person.birth_date, on) >= 18
    });
    let of_adults = adults.flat_map(|person| {
        ["criminal_record", "child_abuse_register", "health"].map(|kind| (kind, Some(person.id)))
    });
    let needed = of_adults.chain([("references", None), ("housing_visit", None)]);
    let done = |kind: &str, of| {
        record.checks.iter().any(|check| check.kind == kind && check.person_id == of)
    };
    needed
        .filter(|(kind, person)| !done(kind, *person))
        .map(|(kind, person_id)| NewCarerCheck {
            kind: kind.to_owned(),
            person_id,
            completed_on: on,
            result: CarerCheckResult::Passed,
            valid_until: None,
        })
        .collect()
}

fn checks(tx: &mut Tx<'_>, record: CarerFamily, on: NaiveDate) -> Result<CarerFamily> {
    let missing = missing_checks(&record, on);
    if missing.is_empty() {
        return Ok(record);
    }
    Ok(store::add_checks(tx, record.id, &IfMatch::of(&record), &missing)?.into_value())
}

fn take(
    tx: &mut Tx<'_>,
    record: &CarerFamily,
    step: CarerStep,
    on: NaiveDate,
) -> Result<CarerFamily> {
    let request = CarerStepRequest { on, reason: None, decision_no: None };
    Ok(store::take(tx, record.id, &IfMatch::of(record), step, &request)?.into_value())
}
