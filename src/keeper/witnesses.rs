//! Asking the witnesses: what is kept of what they say, and which checkpoint is shown.
use chrono::{DateTime, Utc};
use diesel::{
    dsl::max,
    prelude::*,
    sql_query,
    sql_types::{Array, Text},
};

use super::{
    store::{hash_at, unsigned},
    witness::{Said, Witness, WitnessFault},
};
use crate::{
    log::{key::VerifierKey, tree, witness::Cosignature},
    platform::{db, error::Result},
    schema::{
        access_log_checkpoints as checkpoints, access_log_cosignatures as cosignatures,
        access_log_witnesses as witnesses,
    },
};

/// How often a witness is asked about one checkpoint: again when it names another size that it saw last.
const TRIES: usize = 3;

/// Shows the newest checkpoint that nobody is waited for any more: all whom there is no fault of have
/// cosigned it, or had ten seconds. One that does not answer is not waited for.
const PUBLISH: &str = "
INSERT INTO access_log_published (size)
SELECT c.size FROM access_log_checkpoints c
WHERE c.size > (SELECT coalesce(max(size), -1) FROM access_log_published)
  AND (c.at <= now() - interval '10 seconds'
       OR NOT EXISTS (SELECT FROM access_log_published)
       OR NOT EXISTS (SELECT FROM access_log_witnesses w
                      WHERE w.fault IS NULL
                        AND NOT EXISTS (SELECT FROM access_log_cosignatures s
                                        WHERE s.size = c.size AND s.witness = w.key)))
ORDER BY c.size DESC LIMIT 1
ON CONFLICT DO NOTHING";

/// What came of asking a witness.
#[derive(Debug, PartialEq, Eq)]
pub enum Asked {
    /// It has cosigned the newest checkpoint already.
    Nothing,
    Cosigned,
    Refused(WitnessFault),
}

/// How it stands with a witness.
#[derive(Debug)]
pub struct Standing {
    /// How many leaves it cosigned last, and when.
    pub cosigned: Option<(i64, DateTime<Utc>)>,
    /// What came of asking it last, and since when.
    pub fault: Option<(WitnessFault, DateTime<Utc>)>,
    /// Leaves of the newest checkpoint.
    pub newest: i64,
}

/// Shows the newest checkpoint that may be shown.
pub fn publish(conn: &mut PgConnection) -> Result<()> {
    sql_query(PUBLISH).execute(conn)?;
    Ok(())
}

/// Says who is asked from now on: whoever is not is not waited for, either.
pub fn list(conn: &mut PgConnection, keys: &[String]) -> Result<()> {
    diesel::delete(witnesses::table.filter(witnesses::key.ne_all(keys))).execute(conn)?;
    sql_query(
        "INSERT INTO access_log_witnesses (key) SELECT * FROM unnest($1) ON CONFLICT DO NOTHING",
    )
    .bind::<Array<Text>, _>(keys)
    .execute(conn)?;
    publish(conn)
}

/// Asks a witness to cosign the newest checkpoint, unless it has. No transaction is open meanwhile.
pub fn ask(conn: &mut PgConnection, witness: &Witness, log: &VerifierKey) -> Result<Asked> {
    let key = witness.key.to_string();
    let Some((size, note)) = newest(conn)? else { return Ok(Asked::Nothing) };
    let last = last_cosigned(conn, &key)?;
    if last == Some(size) {
        return Ok(Asked::Nothing);
    }
    let mut old = last.unwrap_or(0);
    for _ in 0..TRIES {
        let path = match old {
            0 => Vec::new(),
            old => tree::consistency(unsigned(old)?, unsigned(size)?, &mut |at| hash_at(conn, at))?,
        };
        let fault = match witness.add(unsigned(old)?, &path, &note, log) {
            Said::Cosigned(cosignature) => {
                keep(conn, size, &key, &cosignature)?;
                count(witness, "cosigned");
                return Ok(Asked::Cosigned);
            }
            // It refuses what continues just that: the log had other contents then.
            Said::Saw(saw) if old == size && saw.is_none_or(|saw| saw == old) => {
                WitnessFault::OtherHistory
            }
            Said::Saw(None) => WitnessFault::Unexpected,
            Said::Saw(Some(saw)) if saw == old => WitnessFault::Unexpected,
            // Another service of the registry may have signed and asked meanwhile.
            Said::Saw(Some(saw)) if saw > size => match newest(conn)? {
                Some((now, _)) if now > size => return Ok(Asked::Nothing),
                _ => WitnessFault::Ahead,
            },
            Said::Saw(Some(saw)) => {
                old = saw;
                continue;
            }
            Said::Refused(fault) => fault,
        };
        return refused(conn, witness, fault);
    }
    refused(conn, witness, WitnessFault::Unexpected)
}

/// The newest checkpoint, whether or not it is shown.
fn newest(conn: &mut PgConnection) -> Result<Option<(i64, String)>> {
    let newest = checkpoints::table.order(checkpoints::size.desc());
    Ok(newest.select((checkpoints::size, checkpoints::note)).first(conn).optional()?)
}

fn last_cosigned(conn: &mut PgConnection, key: &str) -> Result<Option<i64>> {
    let own = cosignatures::table.filter(cosignatures::witness.eq(key));
    Ok(own.select(max(cosignatures::size)).first(conn)?)
}

fn keep(
    conn: &mut PgConnection,
    size: i64,
    key: &str,
    Cosignature { line, at }: &Cosignature,
) -> Result<()> {
    db::alone(conn, |conn| {
        let row = (
            cosignatures::size.eq(size),
            cosignatures::witness.eq(key),
            cosignatures::at.eq(at),
            cosignatures::line.eq(line),
        );
        let new = diesel::insert_into(cosignatures::table).values(row);
        new.on_conflict_do_nothing().execute(conn)?;
        let well = witnesses::table.find(key).filter(witnesses::fault.is_not_null());
        diesel::update(well)
            .set((witnesses::fault.eq(None::<WitnessFault>), witnesses::since.eq(diesel::dsl::now)))
            .execute(conn)?;
        publish(conn)
    })
}

fn refused(conn: &mut PgConnection, witness: &Witness, fault: WitnessFault) -> Result<Asked> {
    let key = witness.key.to_string();
    let other = witnesses::fault.is_distinct_from(fault.as_str());
    diesel::update(witnesses::table.find(key).filter(other))
        .set((witnesses::fault.eq(fault), witnesses::since.eq(diesel::dsl::now)))
        .execute(conn)?;
    publish(conn)?;
    count(witness, fault.as_str());
    let (name, sentence) = (witness.key.name(), fault.sentence());
    if fault.is_grave() {
        log::error!("the witness {name} {sentence}");
    } else {
        log::warn!("the witness {name} {sentence}");
    }
    Ok(Asked::Refused(fault))
}

fn count(witness: &Witness, result: &'static str) {
    let labels = [("witness", witness.key.name().to_owned()), ("result", result.to_owned())];
    metrics::counter!("access_log_witness_answers_total", &labels).increment(1);
}

/// How it stands with a witness.
pub fn standing(conn: &mut PgConnection, witness: &Witness) -> Result<Standing> {
    let key = witness.key.to_string();
    let cosigned = cosignatures::table
        .filter(cosignatures::witness.eq(&key))
        .order(cosignatures::size.desc())
        .select((cosignatures::size, cosignatures::at));
    let row = witnesses::table.find(&key).select((witnesses::fault, witnesses::since));
    let row: Option<(Option<WitnessFault>, DateTime<Utc>)> = row.first(conn).optional()?;
    Ok(Standing {
        cosigned: cosigned.first(conn).optional()?,
        fault: row.and_then(|(fault, since)| Some((fault?, since))),
        newest: newest(conn)?.map_or(0, |(size, _)| size),
    })
}

/// The lines of the witnesses under the checkpoint of that size.
pub fn lines(conn: &mut PgConnection, size: i64) -> Result<Vec<String>> {
    let all = cosignatures::table.filter(cosignatures::size.eq(size));
    Ok(all.order(cosignatures::witness).select(cosignatures::line).load(conn)?)
}
