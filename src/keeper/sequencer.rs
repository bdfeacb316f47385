//! The sequencer: gives what was written its place in the log, for good, and signs checkpoints.
use std::{
    collections::HashMap,
    time::{Duration, Instant},
};

use chrono::{DateTime, SubsecRound as _, Utc};
use diesel::{
    dsl::max,
    prelude::*,
    sql_query,
    sql_types::{Array, BigInt, Binary, Json, Nullable, Text, Timestamptz, Uuid as SqlUuid},
};
use uuid::Uuid;

use super::store::{self, hash_at};
use crate::{
    log::{
        Hash,
        checkpoint::Checkpoint,
        entry::{AccessEntry, Commitment, Leaf, Salt, Subject},
        tag::SubjectKey,
        tree,
    },
    platform::{
        access_log::{self, Written},
        db,
        error::{Error, Result},
        keys::PrivateKey,
    },
    schema::{
        access_log_checkpoints as checkpoints, access_log_state as state,
        access_log_subjects as subjects,
    },
};

/// Entries that are taken in one transaction: enough that a commit costs little for each, and no more than the
/// memory of a service can spare.
const TOGETHER: i64 = 1000;

/// Whom there are entries about.
#[derive(Queryable, Selectable)]
#[diesel(table_name = subjects, check_for_backend(diesel::pg::Pg))]
struct SubjectRow {
    kind: String,
    id: Uuid,
    key: Vec<u8>,
    entries: i64,
}

/// An entry with its place.
struct Placed {
    index: i64,
    subject: Uuid,
    number: i64,
    tag: Vec<u8>,
    commitment: Vec<u8>,
    salt: Vec<u8>,
    entry: serde_json::Value,
    person: Option<String>,
    person_salt: Option<Vec<u8>>,
}

/// Takes all that is in the inbox into the log; says how long the last look took, which found nothing. Nothing is
/// found, either, if another keeper is at it.
pub fn gather(conn: &mut PgConnection) -> Result<Duration> {
    loop {
        let begun = Instant::now();
        if db::alone(conn, take)? == 0 {
            return Ok(begun.elapsed());
        }
    }
}

fn take(conn: &mut PgConnection) -> Result<usize> {
    let free = state::table.for_update().skip_locked().select(state::size);
    let Some(size) = free.first::<i64>(conn).optional()? else { return Ok(0) };
    let written = access_log::take(conn, TOGETHER)?;
    if written.is_empty() {
        return Ok(0);
    }
    let mut known = known(conn, &written)?;
    let mut placed = Vec::with_capacity(written.len());
    let mut leaves = Vec::with_capacity(written.len());
    for (index, row) in (size..).zip(written) {
        let (row, leaf) = place(&mut known, index, row)?;
        placed.push(row);
        leaves.push(leaf.hash());
    }
    append(conn, size, &leaves)?;
    keep(conn, known, &placed)?;
    let now = size + i64::try_from(placed.len()).map_err(Error::internal)?;
    diesel::update(state::table).set(state::size.eq(now)).execute(conn)?;
    Ok(placed.len())
}

/// The subjects of these rows, new ones with a new key.
fn known(conn: &mut PgConnection, written: &[Written]) -> Result<HashMap<Uuid, SubjectRow>> {
    let ids: Vec<Uuid> = written.iter().map(|row| row.subject).collect();
    let rows: Vec<SubjectRow> = subjects::table
        .filter(subjects::id.eq_any(ids))
        .select(SubjectRow::as_select())
        .load(conn)?;
    let mut known: HashMap<Uuid, SubjectRow> = rows.into_iter().map(|row| (row.id, row)).collect();
    for row in written {
        known.entry(row.subject).or_insert_with(|| SubjectRow {
            kind: row.subject_kind.clone(),
            id: row.subject,
            key: SubjectKey::generate().0.to_vec(),
            entries: 0,
        });
    }
    Ok(known)
}

fn place(
    known: &mut HashMap<Uuid, SubjectRow>,
    index: i64,
    row: Written,
) -> Result<(Placed, Leaf)> {
    let astray = || Error::internal("a subject of the access log is lost");
    let subject = known.get_mut(&row.subject).ok_or_else(astray)?;
    subject.entries += 1;
    let number = u64::try_from(subject.entries).map_err(Error::internal)?;
    let key = store::key(&subject.key)?;
    let person = row.on_behalf_of.map(|name| (name, Salt::generate()));
    let commit = |(name, salt): &(String, Salt)| Commitment::to(salt, name);
    let entry = AccessEntry {
        subject: Subject { kind: row.subject_kind, id: row.subject },
        number,
        at: row.at,
        client: row.client,
        // A client of no organisation is one of the registry itself.
        organisation: row.organisation.unwrap_or_default(),
        person: person.as_ref().map(commit).transpose()?,
        purpose: row.purpose,
        legal_basis: row.legal_basis,
        operation: row.operation,
        field_classes: row.field_classes,
        request_id: row.request_id,
        outcome: row.outcome,
        answer: row.answer.as_deref().map(store::answer).transpose()?,
    };
    let salt = Salt::generate();
    let leaf = Leaf { tag: key.tag(number), commitment: entry.commitment(&salt)? };
    let (person, person_salt) = person.map(|(name, salt)| (name, salt.0.to_vec())).unzip();
    let placed = Placed {
        index,
        subject: row.subject,
        number: subject.entries,
        tag: leaf.tag.0.to_vec(),
        commitment: leaf.commitment.0.to_vec(),
        salt: salt.0.to_vec(),
        entry: serde_json::to_value(&entry).map_err(Error::internal)?,
        person,
        person_salt,
    };
    Ok((placed, leaf))
}

/// Adds the leaves to the tree.
fn append(conn: &mut PgConnection, size: i64, leaves: &[Hash]) -> Result<()> {
    let size = u64::try_from(size).map_err(Error::internal)?;
    // The edge of the tree is asked for with every leaf.
    let mut edge: HashMap<u64, Hash> = HashMap::new();
    let new = tree::append(size, leaves, &mut |places| {
        let missing: Vec<u64> =
            places.iter().copied().filter(|place| !edge.contains_key(place)).collect();
        if !missing.is_empty() {
            edge.extend(missing.iter().copied().zip(hash_at(conn, &missing)?));
        }
        let found: Option<Vec<Hash>> =
            places.iter().map(|place| edge.get(place).copied()).collect();
        found.ok_or_else(|| Error::internal("a hash of the access log is lost"))
    })?;
    let first = i64::try_from(tree::place_of(size)).map_err(Error::internal)?;
    let (places, hashes): (Vec<i64>, Vec<&[u8]>) =
        (first..).zip(&new).map(|(place, hash)| (place, hash.0.as_slice())).unzip();
    sql_query("INSERT INTO access_log_hashes (place, hash) SELECT * FROM unnest($1, $2)")
        .bind::<Array<BigInt>, _>(places)
        .bind::<Array<Binary>, _>(hashes)
        .execute(conn)?;
    Ok(())
}

/// Writes subjects and entries by column: one short statement for any number of rows.
fn keep(
    conn: &mut PgConnection,
    known: HashMap<Uuid, SubjectRow>,
    placed: &[Placed],
) -> Result<()> {
    let known: Vec<SubjectRow> = known.into_values().collect();
    sql_query(
        "INSERT INTO access_log_subjects (kind, id, key, entries) \
         SELECT * FROM unnest($1, $2, $3, $4) \
         ON CONFLICT (id) DO UPDATE SET entries = excluded.entries",
    )
    .bind::<Array<Text>, _>(column(&known, |row| row.kind.as_str()))
    .bind::<Array<SqlUuid>, _>(column(&known, |row| row.id))
    .bind::<Array<Binary>, _>(column(&known, |row| row.key.as_slice()))
    .bind::<Array<BigInt>, _>(column(&known, |row| row.entries))
    .execute(conn)?;
    sql_query(
        "INSERT INTO access_log_entries \
         (index, subject, number, tag, commitment, salt, entry, person, person_salt) \
         SELECT * FROM unnest($1, $2, $3, $4, $5, $6, $7, $8, $9)",
    )
    .bind::<Array<BigInt>, _>(column(placed, |row| row.index))
    .bind::<Array<SqlUuid>, _>(column(placed, |row| row.subject))
    .bind::<Array<BigInt>, _>(column(placed, |row| row.number))
    .bind::<Array<Binary>, _>(column(placed, |row| row.tag.as_slice()))
    .bind::<Array<Binary>, _>(column(placed, |row| row.commitment.as_slice()))
    .bind::<Array<Binary>, _>(column(placed, |row| row.salt.as_slice()))
    .bind::<Array<Json>, _>(column(placed, |row| &row.entry))
    .bind::<Array<Nullable<Text>>, _>(column(placed, |row| row.person.as_deref()))
    .bind::<Array<Nullable<Binary>>, _>(column(placed, |row| row.person_salt.as_deref()))
    .execute(conn)?;
    Ok(())
}

fn column<'r, R, V>(rows: &'r [R], value: impl Fn(&'r R) -> V) -> Vec<V> {
    rows.iter().map(value).collect()
}

/// Signs the log as it is now, unless there is nothing new since the last checkpoint.
pub fn checkpoint(conn: &mut PgConnection, origin: &str, key: &PrivateKey) -> Result<bool> {
    db::alone(conn, |conn| {
        let size: i64 = state::table.select(state::size).first(conn)?;
        let last: Option<i64> = checkpoints::table.select(max(checkpoints::size)).first(conn)?;
        if last == Some(size) {
            return Ok(false);
        }
        let leaves = u64::try_from(size).map_err(Error::internal)?;
        let now: DateTime<Utc> =
            diesel::select(diesel::dsl::now.into_sql::<Timestamptz>()).get_result(conn)?;
        let checkpoint = Checkpoint {
            origin: origin.to_owned(),
            size: leaves,
            root: tree::root(leaves, &mut |places| hash_at(conn, places))?,
            tags: store::tags_root(conn, size)?,
            at: now.trunc_subsecs(0),
        };
        let row = (
            checkpoints::size.eq(size),
            checkpoints::at.eq(checkpoint.at),
            checkpoints::note.eq(checkpoint.sign(key)?),
        );
        let new = diesel::insert_into(checkpoints::table).values(row).on_conflict_do_nothing();
        Ok(new.execute(conn)? == 1)
    })
}

#[cfg(test)]
mod tests {
    use crate::log::{tag::SortedTags, tree};

    #[test]
    fn an_empty_log_can_be_signed() {
        assert!(SortedTags::of(Vec::new()).unwrap().root().is_ok());
        assert!(tree::root(0, &mut |_| Ok(Vec::new())).is_ok());
    }
}
