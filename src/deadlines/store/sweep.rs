//! The sweep: everybody of whom something may be due is looked at, block by block.
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use chrono::{DateTime, Duration, NaiveDate, Utc};
use chrono_tz::Tz;
use diesel::{prelude::*, sql_query, sql_types};
use serde::Serialize;
use sha2::{Digest, Sha256};
use uuid::Uuid;

use super::{
    children,
    codes::Meanings,
    compare::{Judged, write},
    homes, workers,
};
use crate::{
    alerts::store::{About, Changes},
    matching,
    platform::{
        db::{self, Tx},
        error::{Error, Result},
        idempotency::PLATFORM,
    },
    reference::{parameters, rules},
    rules::{Rulebook, deadlines},
    schema::deadline_sweeps,
};

/// How many are looked at in one transaction: what they take of memory while the service is at work.
const BLOCK: usize = 100;
/// Changes of so long before the last sweep are looked at again: one may have been committed after it.
const OVERLAP: Duration = Duration::minutes(2);
/// The advisory lock of whoever sweeps.
const TURN: i64 = 0x6b69_6e73_7465_6164;

diesel::define_sql_function! {
    fn pg_try_advisory_xact_lock(key: sql_types::BigInt) -> sql_types::Bool;
}

/// Who opens the transactions of a sweep.
pub trait Transactions {
    /// Does some work of the registry's own in one transaction, again if it loses a race.
    fn change<T>(
        &mut self,
        now: DateTime<Utc>,
        work: impl Fn(&mut Tx<'_>) -> Result<T>,
    ) -> Result<T>;
}

impl Transactions for PgConnection {
    fn change<T>(
        &mut self,
        now: DateTime<Utc>,
        work: impl Fn(&mut Tx<'_>) -> Result<T>,
    ) -> Result<T> {
        db::maintain_on(self, PLATFORM, now, work)
    }
}

/// At whom to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Scope {
    /// At everybody, if nobody has today; else at those whose records changed.
    Needed,
    /// At everybody.
    Everybody,
}

/// How far a sweep is.
#[derive(Debug, Clone, Copy)]
pub struct Progress {
    pub what: &'static str,
    pub done: usize,
    pub of: usize,
}

/// What a sweep did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
pub struct Swept {
    /// Whether it looked at everybody.
    pub everybody: bool,
    pub children: usize,
    pub carer_families: usize,
    pub facilities: usize,
    /// Deadlines that are new, other than before, or gone.
    pub deadlines: usize,
    pub raised: usize,
    pub changed: usize,
    pub resolved: usize,
    pub expired: usize,
}

impl Swept {
    fn add(&mut self, (deadlines, changes): (usize, Changes)) {
        self.deadlines += deadlines;
        self.raised += changes.raised;
        self.changed += changes.changed;
        self.resolved += changes.resolved;
        self.expired += changes.expired;
    }
}

/// What is the same for everybody in one sweep.
#[derive(Debug)]
pub struct Frame {
    pub today: NaiveDate,
    pub zone: Tz,
    pub book: Rulebook,
    pub codes: Meanings,
}

struct Plan {
    frame: Frame,
    print: String,
    everybody: bool,
    children: Vec<Uuid>,
    families: Vec<Uuid>,
}

/// How often one sweep goes on looking for possible duplicates: what is left is done by the next ones.
const MOST_LOOKS: usize = 20;

/// Works out deadlines and alerts; nothing, if somebody else is at it.
pub fn sweep(
    worker: &mut impl Transactions,
    now: DateTime<Utc>,
    scope: Scope,
    tell: &dyn Fn(Progress),
) -> Result<Option<Swept>> {
    look_for_doubles(worker, now)?;
    let plan = worker.change(now, |tx| {
        if !take_turn(tx.conn)? {
            return Ok(None);
        }
        plan(tx, scope).map(Some)
    })?;
    let Some(plan) = plan else { return Ok(None) };
    let frame = &plan.frame;
    let mut swept = Swept {
        everybody: plan.everybody,
        children: plan.children.len(),
        carer_families: plan.families.len(),
        ..Swept::default()
    };
    for (what, about, ids) in [
        ("children", About::Children, &plan.children),
        ("carer families", About::Families, &plan.families),
    ] {
        for (number, block) in ids.chunks(BLOCK).enumerate() {
            tell(Progress { what, done: number * BLOCK, of: ids.len() });
            let done = worker.change(now, |tx| {
                if take_turn(tx.conn)? {
                    look_at(tx, frame, about, block).map(Some)
                } else {
                    Ok(None)
                }
            })?;
            let Some(done) = done else { return Ok(None) };
            swept.add(done);
        }
        tell(Progress { what, done: ids.len(), of: ids.len() });
    }
    // There are few of them: whoever looks at one might as well look at all.
    let done = worker.change(now, |tx| {
        if !take_turn(tx.conn)? {
            return Ok(None);
        }
        let done = look_at_facilities(tx, frame)?;
        let of_workers = look_at_workers(tx, frame)?;
        remember(tx, &plan)?;
        Ok(Some((done, of_workers)))
    })?;
    let Some(((facilities, done), of_workers)) = done else { return Ok(None) };
    swept.facilities = facilities;
    swept.add(done);
    swept.add(of_workers);
    Ok(Some(swept))
}

/// Compares those whose identity is new or another one with everybody else, as far as a sweep may take.
fn look_for_doubles(worker: &mut impl Transactions, now: DateTime<Utc>) -> Result<()> {
    for _ in 0..MOST_LOOKS {
        let more = worker.change(now, |tx| {
            let mine = take_turn(tx.conn)?;
            if mine { matching::store::look(tx) } else { Ok(false) }
        })?;
        if !more {
            break;
        }
    }
    Ok(())
}

/// Whether nobody else sweeps, until the end of the transaction.
fn take_turn(conn: &mut PgConnection) -> Result<bool> {
    Ok(diesel::select(pg_try_advisory_xact_lock(TURN)).get_result(conn)?)
}

fn plan(tx: &mut Tx<'_>, scope: Scope) -> Result<Plan> {
    let conn = &mut *tx.conn;
    let today = parameters::today(conn, tx.now)?;
    let zone = parameters::store::value(conn, "registry_time_zone", today)?;
    let book = rules::store::book(conn, today, &deadlines::codes(), &deadlines::parameters())?;
    let frame = Frame {
        today,
        zone: zone.parse().map_err(Error::internal)?,
        book,
        codes: Meanings::read(conn)?,
    };
    let all_of_it = (&frame.book, &frame.codes);
    let print = BASE64.encode(Sha256::digest(format!("{all_of_it:?}")));
    let last: Option<(DateTime<Utc>, NaiveDate, String)> = deadline_sweeps::table
        .select((deadline_sweeps::begun_at, deadline_sweeps::swept_on, deadline_sweeps::book))
        .first(conn)
        .optional()?;
    // Whoever goes by other rules than before must look at everybody.
    let since = last.filter(|(_, on, book)| *on == today && *book == print);
    let since = since.map(|(begun, ..)| begun).filter(|_| scope == Scope::Needed);
    let (children, families) = match since {
        None => (every_child(conn, &frame)?, ids(conn, EVERY_FAMILY, today, tx.now)?),
        Some(begun) => {
            let since = begun - OVERLAP;
            (ids(conn, CHANGED_CHILDREN, today, since)?, ids(conn, CHANGED_FAMILIES, today, since)?)
        }
    };
    Ok(Plan { frame, print, everybody: since.is_none(), children, families })
}

/// Whoever is in care, is under a short measure, or has something due or told.
const EVERY_CHILD: &str = "
SELECT child_id AS id FROM care_periods WHERE state = 'open'
UNION SELECT child_id FROM legal_statuses
    WHERE axis = 'care_authority' AND status = ANY ($2) AND (valid_to IS NULL OR valid_to > $1)
UNION SELECT child_id FROM possible_duplicates
UNION SELECT child_id FROM deadlines WHERE child_id IS NOT NULL
UNION SELECT child_id FROM alerts WHERE child_id IS NOT NULL AND state IN ('open', 'acknowledged')
ORDER BY id";

const EVERY_FAMILY: &str = "
SELECT id FROM carer_families
    WHERE state IN ('approved', 'suspended', 'expired', 'revoked', 'resigned')
      AND $1 IS NOT NULL AND $2 IS NOT NULL
UNION SELECT carer_family_id FROM deadlines WHERE carer_family_id IS NOT NULL
UNION SELECT carer_family_id FROM alerts
    WHERE carer_family_id IS NOT NULL AND state IN ('open', 'acknowledged')
ORDER BY id";

/// Whose records changed since, of whom something else is to be told today, and whose record was found to be
/// like another one or no longer is.
const CHANGED_CHILDREN: &str = "
SELECT DISTINCT split_part(person, ' ', 2)::uuid AS id FROM journal, unnest(persons) AS person
    WHERE recorded_at > $2 AND kind <> 'alert' AND split_part(person, ' ', 1) = 'child'
UNION SELECT child_id FROM deadlines WHERE child_id IS NOT NULL AND changes_on <= $1
UNION SELECT child_id FROM possible_duplicates WHERE found_at > $2
UNION SELECT child_id FROM deadlines WHERE other_child_id IS NOT NULL
    AND NOT EXISTS (SELECT FROM possible_duplicates p WHERE p.id = subject_id)
ORDER BY id";

const CHANGED_FAMILIES: &str = "
SELECT DISTINCT split_part(person, ' ', 2)::uuid AS id FROM journal, unnest(persons) AS person
    WHERE recorded_at > $2 AND kind <> 'alert' AND split_part(person, ' ', 1) = 'carer_family'
UNION SELECT carer_family_id FROM deadlines WHERE carer_family_id IS NOT NULL AND changes_on <= $1
ORDER BY id";

#[derive(diesel::QueryableByName)]
struct One {
    #[diesel(sql_type = sql_types::Uuid)]
    id: Uuid,
}

fn every_child(conn: &mut PgConnection, frame: &Frame) -> Result<Vec<Uuid>> {
    let limited: Vec<&str> = frame.codes.limited().collect();
    let rows: Vec<One> = sql_query(EVERY_CHILD)
        .bind::<sql_types::Date, _>(frame.today)
        .bind::<sql_types::Array<sql_types::Text>, _>(limited)
        .load(conn)?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

fn ids(
    conn: &mut PgConnection,
    which: &str,
    today: NaiveDate,
    since: DateTime<Utc>,
) -> Result<Vec<Uuid>> {
    let rows: Vec<One> = sql_query(which)
        .bind::<sql_types::Date, _>(today)
        .bind::<sql_types::Timestamptz, _>(since)
        .load(conn)?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

fn look_at(
    tx: &mut Tx<'_>,
    frame: &Frame,
    about: About,
    block: &[Uuid],
) -> Result<(usize, Changes)> {
    if about == About::Families {
        let known = homes::families(tx.conn, block, frame)?;
        let judged: Vec<Judged<'_>> = known
            .iter()
            .map(|(id, (owner, facts))| Judged {
                id: *id,
                owner,
                due: deadlines::of_a_family(facts, &frame.book),
            })
            .collect();
        return write(tx, frame, about, block, &judged);
    }
    let known = children::gather(tx.conn, block, frame)?;
    let judged: Vec<Judged<'_>> = known
        .iter()
        .map(|(id, (owner, facts))| Judged {
            id: *id,
            owner,
            due: deadlines::of_a_child(facts, &frame.book),
        })
        .collect();
    write(tx, frame, about, block, &judged)
}

fn look_at_facilities(tx: &mut Tx<'_>, frame: &Frame) -> Result<(usize, (usize, Changes))> {
    let known = homes::facility_facts(tx.conn)?;
    let judged: Vec<Judged<'_>> = known
        .iter()
        .map(|(id, (owner, facts))| Judged {
            id: *id,
            owner,
            due: deadlines::of_a_facility(facts, &frame.book),
        })
        .collect();
    let ids: Vec<Uuid> = homes::all_facilities(tx.conn)?;
    Ok((judged.len(), write(tx, frame, About::Facilities, &ids, &judged)?))
}

fn look_at_workers(tx: &mut Tx<'_>, frame: &Frame) -> Result<(usize, Changes)> {
    let known = workers::caseloads(tx.conn, frame)?;
    let judged: Vec<Judged<'_>> = known
        .iter()
        .map(|(id, owner, facts)| Judged {
            id: *id,
            owner,
            due: deadlines::of_a_worker(facts, &frame.book),
        })
        .collect();
    let ids: Vec<Uuid> = workers::organisations(tx.conn)?;
    write(tx, frame, About::Workers, &ids, &judged)
}

/// Writes down that everybody was looked at, or those who changed.
fn remember(tx: &mut Tx<'_>, plan: &Plan) -> Result<()> {
    let row = (
        deadline_sweeps::begun_at.eq(tx.now),
        deadline_sweeps::swept_on.eq(plan.frame.today),
        deadline_sweeps::book.eq(&plan.print),
    );
    diesel::insert_into(deadline_sweeps::table)
        .values((deadline_sweeps::id.eq(1), row))
        .on_conflict(deadline_sweeps::id)
        .do_update()
        .set(row)
        .execute(tx.conn)?;
    Ok(())
}
