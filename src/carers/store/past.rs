//! Taking over families from an older register, each with its whole history in one change.
//!
//! The steps are judged one after the other in memory, by the same rules as when they are taken
//! singly; what has become of the family is written at the end.
use diesel::prelude::*;

use super::{
    approvals::{self, granted},
    come_into, draft, household, next_number, save_all_states,
    sealed::SealedColumns,
    steps::{end_early, refuse_unexpired, step_from},
    write_all_external_ids,
};
use crate::{
    carers::model::{
        Approval, CarerFamily, CarerStep, CarerStepRequest, NewCarerApproval, NewCarerCheck,
        NewCarerFamily, NewCarerTraining, PastCarerFamily,
    },
    insert_rows,
    platform::{
        db::Tx,
        error::{Error, Result},
        journal::Recorded,
    },
    reference::parameters,
    schema::carer_families,
};

/// The file of a family on its way through its past, before it is written.
pub struct FamilyFile {
    family: CarerFamily,
    approvals: Vec<Approval>,
}

impl FamilyFile {
    /// The family as it first asked.
    pub fn enquired(tx: &mut Tx<'_>, new: &NewCarerFamily) -> Result<Self> {
        Ok(Self { family: draft(tx, new)?, approvals: Vec::new() })
    }

    /// What has become of it so far.
    pub fn family(&self) -> &CarerFamily {
        &self.family
    }

    /// A step; an approval is given by [`Self::approve`].
    pub fn take(
        &mut self,
        tx: &mut Tx<'_>,
        step: CarerStep,
        request: &CarerStepRequest,
    ) -> Result<()> {
        let today = parameters::today(tx.conn, tx.now)?;
        let next = step_from(&self.family, step, request, today)?;
        if let Some(reason) = step.ends_approvals() {
            for approval in &mut self.approvals {
                if let Some(ended) = end_early(approval, request.on, reason) {
                    // It was never written as it was before.
                    *approval = Approval { version: approval.version, ..ended };
                }
            }
        }
        if step == CarerStep::Expire {
            refuse_unexpired(&self.approvals, request.on)?;
        }
        come_into(&mut self.family, next);
        Ok(())
    }

    pub fn add_checks(&mut self, tx: &mut Tx<'_>, new: &[NewCarerCheck]) -> Result<()> {
        let today = parameters::today(tx.conn, tx.now)?;
        for new in new {
            let check = household::checked(tx, &self.family, new, today)?;
            self.family.checks.push(check);
        }
        self.family.checks.sort_by_key(|check| (check.completed_on, check.id));
        Ok(())
    }

    pub fn add_training(&mut self, tx: &mut Tx<'_>, new: &NewCarerTraining) -> Result<()> {
        let today = parameters::today(tx.conn, tx.now)?;
        self.family.trainings.push(household::trained(&self.family, new, today)?);
        self.family.trainings.sort_by_key(|training| (training.completed_on, training.id));
        Ok(())
    }

    /// An approval on terms, or its renewal (CF-01).
    pub fn approve(&mut self, tx: &mut Tx<'_>, new: &NewCarerApproval) -> Result<()> {
        let (approval, next) = granted(tx, &self.family, &self.approvals, new)?;
        self.approvals.push(approval);
        if let Some(next) = next {
            come_into(&mut self.family, next);
        }
        Ok(())
    }
}

/// Takes over one family.
pub fn take_over_one(tx: &mut Tx<'_>, past: &PastCarerFamily) -> Result<Recorded<CarerFamily>> {
    let file = file(tx, past)?;
    let made = take_over(tx, vec![file])?;
    let family = made.value().first().cloned();
    let family = family.ok_or_else(|| Error::internal("a family was lost"))?;
    Ok(made.map(|_| family))
}

/// The file of a family as it is told: what was done by then is there when a step asks for it.
fn file(tx: &mut Tx<'_>, past: &PastCarerFamily) -> Result<FamilyFile> {
    let below = |error: Error, list: &str, place: usize| error.below(&format!("/{list}/{place}"));
    let file = FamilyFile::enquired(tx, &past.family);
    let mut file = file.map_err(|error| error.below("/family"))?;
    for (place, check) in past.checks.iter().enumerate() {
        let added = check.of(&file.family).and_then(|check| file.add_checks(tx, &[check]));
        added.map_err(|error| below(error, "checks", place))?;
    }
    for (place, training) in past.trainings.iter().enumerate() {
        let added = training.of(&file.family).and_then(|new| file.add_training(tx, &new));
        added.map_err(|error| below(error, "trainings", place))?;
    }
    let mut approvals = past.approvals.iter().enumerate().peekable();
    for (place, step) in past.steps.iter().enumerate() {
        while let Some((place, terms)) = approvals.next_if(|(_, next)| next.decided_on < step.on) {
            file.approve(tx, terms).map_err(|error| below(error, "approvals", place))?;
        }
        let taken = file.take(tx, step.step.into(), &step.request());
        taken.map_err(|error| below(error, "steps", place))?;
    }
    for (place, terms) in approvals {
        file.approve(tx, terms).map_err(|error| below(error, "approvals", place))?;
    }
    Ok(file)
}

/// Writes families and their approvals, all or none, as an import does.
pub fn take_over(tx: &mut Tx<'_>, past: Vec<FamilyFile>) -> Result<Recorded<Vec<CarerFamily>>> {
    let today = parameters::today(tx.conn, tx.now)?;
    let (mut families, mut all) = (Vec::new(), Vec::new());
    for FamilyFile { mut family, approvals } in past {
        family.family_no = next_number(tx, today)?;
        families.push(family);
        all.extend(approvals);
    }
    let mut rows = Vec::new();
    for family in &families {
        rows.push((family.clone(), SealedColumns::of(tx, family)?));
    }
    insert_rows!(carer_families::table, tx.conn, rows);
    let ids: Vec<_> =
        families.iter().map(|family| (family.id, family.external_ids.as_slice())).collect();
    write_all_external_ids(tx, &ids)?;
    household::add_all_people(tx, &families)?;
    household::add_all_checks(tx, &families)?;
    household::add_all_trainings(tx, &families)?;
    save_all_states(tx, &families)?;
    approvals::insert_all(tx, &all)?;
    let mut made = Vec::new();
    for family in families {
        made.push(tx.created("taken_over", family)?);
    }
    for approval in all {
        drop(tx.created("granted", approval)?);
    }
    Recorded::all(made).ok_or_else(|| Error::internal("nothing was taken over"))
}
