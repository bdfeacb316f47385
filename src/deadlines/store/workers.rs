//! How many cases each worker is in charge of who has more of them than the norm.
use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use diesel::{dsl::count_star, prelude::*};
use sha2::{Digest as _, Sha256};
use uuid::{Builder, Uuid};

use super::{children::Owner, sweep::Frame};
use crate::{
    platform::error::Result,
    rules::deadlines::CaseloadFacts,
    schema::{case_managers, organisations},
};

/// The organisation, who it is, and the worker's cases.
pub type Known = Vec<(Uuid, Owner, CaseloadFacts)>;

type Row = (Uuid, String, NaiveDate, Option<NaiveDate>, String);

/// Everybody who is in charge of more cases than the norm now, with all cases that they ever were in charge of.
pub fn caseloads(conn: &mut PgConnection, frame: &Frame) -> Result<Known> {
    let norm = i64::from(frame.book.number("caseload_norm"));
    let of_all: Vec<(Uuid, String, i64)> = case_managers::table
        .filter(case_managers::valid_to.is_null())
        .group_by((case_managers::organisation_id, case_managers::worker_id))
        .select((case_managers::organisation_id, case_managers::worker_id, count_star()))
        .load(conn)?;
    let many = of_all.into_iter().filter(|(.., count)| *count > norm);
    let many: BTreeSet<(Uuid, String)> = many.map(|(of, worker, _)| (of, worker)).collect();
    let workers: Vec<&String> = many.iter().map(|(_, worker)| worker).collect();
    let rows: Vec<Row> = case_managers::table
        .inner_join(organisations::table)
        .filter(case_managers::worker_id.eq_any(workers))
        .order((case_managers::organisation_id, case_managers::worker_id))
        .select((
            case_managers::organisation_id,
            case_managers::worker_id,
            case_managers::valid_from,
            case_managers::valid_to,
            organisations::area_code,
        ))
        .load(conn)?;
    let mut known: BTreeMap<(Uuid, String), (Owner, CaseloadFacts)> = BTreeMap::new();
    for (organisation, worker, from, to, area) in rows {
        let key = (organisation, worker.clone());
        if !many.contains(&key) {
            continue;
        }
        let id = id_of(organisation, &worker);
        let (_, facts) = known.entry(key).or_insert_with(|| {
            let owner = Owner { organisation: Some(organisation), worker: Some(worker), area };
            (owner, CaseloadFacts { id, ..CaseloadFacts::default() })
        });
        facts.in_charge.push((from, to));
    }
    Ok(known.into_iter().map(|((of, _), (owner, facts))| (of, owner, facts)).collect())
}

/// Every organisation, also one of whose workers nothing is told.
pub fn organisations(conn: &mut PgConnection) -> Result<Vec<Uuid>> {
    Ok(organisations::table.select(organisations::id).load(conn)?)
}

/// The registry keeps no staff: a worker is known by the organisation and its own id there, and has by them
/// an id here that stays the same.
fn id_of(organisation: Uuid, worker: &str) -> Uuid {
    let digest =
        Sha256::new().chain_update(organisation.as_bytes()).chain_update(worker).finalize();
    let mut bytes = [0; 16];
    for (to, from) in bytes.iter_mut().zip(digest) {
        *to = from;
    }
    Builder::from_custom_bytes(bytes).into_uuid()
}
