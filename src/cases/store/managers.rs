//! Who is in charge of a case.
use chrono::NaiveDate;
use diesel::prelude::*;

use super::{lock, save};
use crate::{
    cases::model::{Case, CaseId, CaseManager, CaseWorker, NewCaseManager},
    platform::{
        db::Tx,
        error::{Error, Result},
        journal::Recorded,
        prepared,
        time::not_future,
        version::IfMatch,
    },
    reference::{code_lists, parameters},
    schema::case_managers::{self as table, dsl},
};

/// Puts another worker in charge of a case that is worked on (WK-01).
pub fn assign(
    tx: &mut Tx<'_>,
    id: CaseId,
    seen: &IfMatch,
    new: &NewCaseManager,
) -> Result<Recorded<Case>> {
    let before = lock(tx, id, seen)?;
    let today = parameters::today(tx.conn, tx.now)?;
    if !before.state.is_managed() {
        let state = before.state.as_str();
        return Err(Error::State(format!("nobody is in charge of a case that is {state}")));
    }
    code_lists::check(tx.conn, "worker_change", "/reason", &new.reason, today)?;
    not_future("/on", new.on, today)?;
    let began = before.managers.last().map(|manager| manager.valid_from);
    if began.is_some_and(|began| new.on < began) {
        let detail = "must not be before the first day of whoever is in charge";
        return Err(Error::value("/on", "out_of_order", detail));
    }
    let mut after = before.clone();
    relieve(tx, &mut after, new.on)?;
    put_in_charge(tx, &mut after, &new.manager, (new.on, &new.reason))?;
    save(tx, "manager_assigned", &before, after)
}

/// Puts a worker in charge of a case of which nobody is.
pub(super) fn put_in_charge(
    tx: &mut Tx<'_>,
    case: &mut Case,
    worker: &CaseWorker,
    (on, reason): (NaiveDate, &str),
) -> Result<()> {
    let place = i32::try_from(case.managers.len()).unwrap_or(i32::MAX);
    let row = (
        dsl::case_id.eq(case.id),
        dsl::place.eq(place),
        dsl::organisation_id.eq(case.organisation_id),
        dsl::name.eq(&worker.name),
        dsl::worker_id.eq(&worker.worker_id),
        dsl::reason.eq(reason),
        dsl::valid_from.eq(on),
    );
    diesel::insert_into(table::table).values(row).execute(tx.conn)?;
    case.managers.push(CaseManager {
        name: worker.name.clone(),
        worker_id: worker.worker_id.clone(),
        organisation_id: case.organisation_id,
        reason: reason.to_owned(),
        valid_from: on,
        valid_to: None,
    });
    Ok(())
}

/// Relieves whoever is in charge of a case, if somebody is.
pub(super) fn relieve(tx: &mut Tx<'_>, case: &mut Case, on: NaiveDate) -> Result<()> {
    let in_charge = dsl::case_id.eq(case.id).and(dsl::valid_to.is_null());
    prepared::update(table::table.filter(in_charge)).set(dsl::valid_to.eq(on)).execute(tx.conn)?;
    let open = case.managers.last_mut().filter(|manager| manager.valid_to.is_none());
    if let Some(manager) = open {
        manager.valid_to = Some(on);
    }
    Ok(())
}
