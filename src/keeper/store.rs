//! Reading the log: who looked, extracts, proofs.
use std::{collections::HashMap, ops::RangeInclusive};

use chrono::{Months, NaiveDate};
use diesel::{dsl::max, prelude::*};
use uuid::Uuid;

use super::{
    model::{AccessPerson, AccessRecord, ConsistencyQuery, LogProof, LookDeferral, ProofQuery},
    witnesses,
};
use crate::{
    log::{
        Hash,
        entry::{AccessEntry, AnswerId, Commitment, Leaf, Salt, Subject},
        extract::{AccessLogExtract, Consistency, Deferral, Found, Opening, Shown, Source},
        tag::{SortedTags, SubjectKey, Tag, TagsRoot},
        tree,
    },
    platform::{
        db::Tx,
        disclosure::Person,
        error::{Error, Result},
        journal::Recorded,
        page::{Page, PageQuery},
    },
    schema::{
        access_log_checkpoints as checkpoints, access_log_deferrals as deferrals,
        access_log_entries as entries, access_log_hashes as hashes,
        access_log_published as published, access_log_subjects as subjects,
    },
};

/// No log is longer: positions are exact in every reader of JSON.
const LAST: i64 = (1 << 53) - 1;
/// Tags that are read together.
const TAGS_AT_ONCE: i64 = 10_000;

/// Months for which a look is deferred at most; then it may be deferred anew.
const LONGEST_DEFERRAL: u32 = 12;

/// A logged entry as it is stored.
#[derive(Queryable)]
struct Row {
    index: i64,
    number: i64,
    commitment: Vec<u8>,
    salt: Vec<u8>,
    entry: serde_json::Value,
    ground: Option<String>,
    until: Option<NaiveDate>,
}

impl Row {
    /// Why it is not told yet on that day, if it is not.
    fn deferral(&self, today: NaiveDate) -> Option<Deferral> {
        let (ground, until) = (self.ground.clone()?, self.until?);
        (today < until).then_some(Deferral { ground, until })
    }

    fn entry(&self) -> Result<AccessEntry> {
        serde_json::from_value(self.entry.clone()).map_err(Error::internal)
    }

    fn found(self, today: NaiveDate) -> Result<Found> {
        let index = u64::try_from(self.index).map_err(Error::internal)?;
        let shown = match self.deferral(today) {
            Some(deferral) => Shown::Deferred(Commitment(fixed(&self.commitment)?), deferral),
            None => Shown::Told(Box::new(Opening {
                salt: Salt(fixed(&self.salt)?),
                entry: self.entry()?,
            })),
        };
        Ok(Found { index, shown })
    }
}

/// The entries about a person before that place in the log, by number.
fn rows(
    conn: &mut PgConnection,
    subject: Uuid,
    before: i64,
    after: i64,
    limit: i64,
) -> Result<Vec<Row>> {
    Ok(entries::table
        .left_join(deferrals::table)
        .filter(entries::subject.eq(subject))
        .filter(entries::index.lt(before).and(entries::number.gt(after)))
        .order(entries::number)
        .limit(limit)
        .select((
            entries::index,
            entries::number,
            entries::commitment,
            entries::salt,
            entries::entry,
            deferrals::ground.nullable(),
            deferrals::until.nullable(),
        ))
        .load(conn)?)
}

/// Who looked at the data of a person: a page of the entries about it, oldest first.
pub fn list(
    conn: &mut PgConnection,
    subject: Uuid,
    today: NaiveDate,
    page: &PageQuery,
) -> Result<Page<AccessRecord>> {
    let (bound, limit) = (page.bind(&subject), page.limit()?);
    let after = bound.after::<i64>()?.unwrap_or(0);
    let found = rows(conn, subject, i64::MAX, after, limit + 1)?;
    let records = found.into_iter().map(|row| {
        let number = row.number;
        Ok(match row.deferral(today) {
            Some(deferral) => AccessRecord::deferred(number, deferral),
            None => AccessRecord::told(number, row.entry()?),
        })
    });
    Ok(bound.page(records.collect::<Result<_>>()?, limit, |record: &AccessRecord| record.number))
}

/// In whose name the data of a person were looked at: a page of what clients said, oldest first.
pub fn persons(
    conn: &mut PgConnection,
    subject: Uuid,
    page: &PageQuery,
) -> Result<Page<AccessPerson>> {
    let (bound, limit) = (page.bind(&("persons", subject)), page.limit()?);
    let after = bound.after::<i64>()?.unwrap_or(0);
    let rows: Vec<(i64, String, Vec<u8>)> = entries::table
        .filter(entries::subject.eq(subject).and(entries::number.gt(after)))
        .order(entries::number)
        .limit(limit + 1)
        .select((
            entries::number,
            entries::person.assume_not_null(),
            entries::person_salt.assume_not_null(),
        ))
        .filter(entries::person.is_not_null())
        .load(conn)?;
    let records = rows.into_iter().map(|(number, on_behalf_of, salt)| {
        Ok(AccessPerson { number, on_behalf_of, salt: Salt(fixed(&salt)?) })
    });
    Ok(bound.page(records.collect::<Result<_>>()?, limit, |record: &AccessPerson| record.number))
}

/// Everything about a person up to the last checkpoint, with proofs; and that it continues the
/// checkpoint of `since` leaves. Nothing before the first checkpoint.
pub fn extract(
    conn: &mut PgConnection,
    person: &Person,
    today: NaiveDate,
    since: Option<i64>,
) -> Result<Option<AccessLogExtract>> {
    let Some((size, note)) = last_checkpoint(conn)? else { return Ok(None) };
    if let Some(since) = since {
        within("since", since, 1..=size)?;
    }
    let key = subjects::table.find(person.id).select(subjects::key).first::<Vec<u8>>(conn);
    // Nobody ever looked: the key of a stranger proves that as well as any.
    let key = match key.optional()? {
        Some(key) => self::key(&key)?,
        None => SubjectKey::generate(),
    };
    let found = rows(conn, person.id, size, 0, i64::MAX)?;
    let found = found.into_iter().map(|row| row.found(today)).collect::<Result<_>>()?;
    let tags = tags(conn, size)?;
    let subject = Subject { kind: person.kind.clone(), id: person.id };
    let since = since.map(u64::try_from).transpose().map_err(Error::internal)?;
    let source = Source { note: &note, log: &mut |places| hash_at(conn, places), tags: &tags };
    AccessLogExtract::build(subject, key, found, source, since).map(Some)
}

/// The place in the log of a look at a person. 404 if there is none of that number.
pub fn place_of_look(conn: &mut PgConnection, subject: Uuid, number: i64) -> Result<i64> {
    let look = entries::subject.eq(subject).and(entries::number.eq(number));
    let place = entries::table.filter(look).select(entries::index).first(conn);
    place.optional()?.ok_or(Error::NotFound("look"))
}

/// Puts off telling the person of the look at this place of the log. One deferral at a time: 409
/// while another one runs.
pub fn defer(
    tx: &mut Tx<'_>,
    index: i64,
    today: NaiveDate,
    deferral: LookDeferral,
) -> Result<Recorded<LookDeferral>> {
    if !(today < deferral.until && deferral.until <= today + Months::new(LONGEST_DEFERRAL)) {
        let detail = "must lie within a year from today, and after it";
        return Err(Error::value("/until", "out_of_range", detail));
    }
    let row = (
        deferrals::id.eq(deferral.id),
        deferrals::ground.eq(deferral.ground.as_str()),
        deferrals::until.eq(deferral.until),
    );
    // One that has run out makes place for the new one; the journal keeps both.
    let run_out = deferrals::table.find(index).filter(deferrals::until.le(today));
    let mut written = diesel::update(run_out).set(row).execute(tx.conn)?;
    if written == 0 {
        let new = diesel::insert_into(deferrals::table).values((deferrals::index.eq(index), row));
        written = new.on_conflict_do_nothing().execute(tx.conn)?;
    }
    if written == 0 {
        return Err(Error::State("this look is deferred already".to_owned()));
    }
    tx.created("deferred", deferral)
}

/// The size and the note of the last checkpoint that is shown, with what witnesses said of it.
pub fn last_checkpoint(conn: &mut PgConnection) -> Result<Option<(i64, String)>> {
    let Some(size) = published::table.select(max(published::size)).first::<Option<i64>>(conn)?
    else {
        return Ok(None);
    };
    let note: String = checkpoints::table.find(size).select(checkpoints::note).first(conn)?;
    Ok(Some((size, note + &witnesses::lines(conn, size)?.concat())))
}

/// How many leaves the last checkpoint signed.
fn signed(conn: &mut PgConnection) -> Result<i64> {
    Ok(last_checkpoint(conn)?.map_or(0, |(size, _)| size))
}

/// A leaf and its path to the root of the log at a size. 400 beyond the last checkpoint.
pub fn proof(conn: &mut PgConnection, asked: ProofQuery) -> Result<LogProof> {
    let signed = signed(conn)?;
    let (index, size) = (asked.index.unwrap_or(0), asked.size.unwrap_or(signed));
    within("size", size, 1..=signed)?;
    within("index", index, 0..=size - 1)?;
    let leaf = leaves(conn, index, 1)?;
    let leaf = leaf.first().ok_or_else(|| Error::internal("a leaf of the access log is lost"))?;
    let (at, of) = (unsigned(index)?, unsigned(size)?);
    let path = tree::inclusion(of, at, &mut |places| hash_at(conn, places))?;
    Ok(LogProof::new(index, size, leaf, path))
}

/// Proof that the log at one size continues it at a smaller one. 400 beyond the last checkpoint.
pub fn consistency(conn: &mut PgConnection, asked: ConsistencyQuery) -> Result<Consistency> {
    let signed = signed(conn)?;
    let (from, to) = (asked.from.unwrap_or(1), asked.to.unwrap_or(signed));
    within("to", to, 1..=signed)?;
    within("from", from, 1..=to)?;
    let (from, to) = (unsigned(from)?, unsigned(to)?);
    let path = tree::consistency(from, to, &mut |places| hash_at(conn, places))?;
    Ok(Consistency { from, path })
}

fn within(name: &str, number: i64, bounds: RangeInclusive<i64>) -> Result<()> {
    if bounds.contains(&number) {
        return Ok(());
    }
    Err(Error::query(name, "out_of_range", "must lie within the log of the last checkpoint"))
}

/// Some leaves from a place on, up to the last checkpoint.
pub fn leaves(conn: &mut PgConnection, from: i64, limit: i64) -> Result<Vec<Leaf>> {
    let signed = signed(conn)?;
    // After the end there is nothing yet; whoever mirrors the log asks again.
    within("from", from, 0..=LAST)?;
    let rows: Vec<(Vec<u8>, Vec<u8>)> = entries::table
        .filter(entries::index.ge(from).and(entries::index.lt(signed)))
        .order(entries::index)
        .limit(limit)
        .select((entries::tag, entries::commitment))
        .load(conn)?;
    let leaf = |(tag, commitment): (Vec<u8>, Vec<u8>)| {
        Ok(Leaf { tag: Tag(fixed(&tag)?), commitment: Commitment(fixed(&commitment)?) })
    };
    rows.into_iter().map(leaf).collect()
}

/// The tags of the first `size` entries, sorted.
pub fn tags(conn: &mut PgConnection, size: i64) -> Result<SortedTags> {
    let rows = entries::table.filter(entries::index.lt(size)).select(entries::tag);
    let tags = rows.load::<Vec<u8>>(conn)?;
    SortedTags::of(tags.iter().map(|tag| Ok(Tag(fixed(tag)?))).collect::<Result<_>>()?)
}

/// The root of the tags of the first `size` entries. They are read some at a time: the log grows, and what
/// its keeper holds in memory does not.
pub fn tags_root(conn: &mut PgConnection, size: i64) -> Result<Hash> {
    let (mut root, mut last) = (TagsRoot::default(), Vec::new());
    loop {
        let some: Vec<Vec<u8>> = entries::table
            .filter(entries::index.lt(size).and(entries::tag.gt(&last)))
            .order(entries::tag)
            .limit(TAGS_AT_ONCE)
            .select(entries::tag)
            .load(conn)?;
        for tag in &some {
            root.push(Tag(fixed(tag)?))?;
        }
        match some.into_iter().next_back() {
            Some(tag) => last = tag,
            None => return root.root(),
        }
    }
}

/// The hashes at these places, in this order.
pub fn hash_at(conn: &mut PgConnection, places: &[u64]) -> Result<Vec<Hash>> {
    let wanted: Vec<i64> = places
        .iter()
        .map(|place| i64::try_from(*place))
        .collect::<Result<_, _>>()
        .map_err(Error::internal)?;
    let rows: Vec<(i64, Vec<u8>)> = hashes::table
        .filter(hashes::place.eq_any(&wanted))
        .select((hashes::place, hashes::hash))
        .load(conn)?;
    let found: HashMap<i64, Vec<u8>> = rows.into_iter().collect();
    let hash = |place: &i64| {
        let lost = || Error::internal("a hash of the access log is lost");
        Ok(Hash(fixed(found.get(place).ok_or_else(lost)?)?))
    };
    wanted.iter().map(hash).collect()
}

pub fn key(bytes: &[u8]) -> Result<SubjectKey> {
    Ok(SubjectKey(fixed(bytes)?))
}

pub fn answer(bytes: &[u8]) -> Result<AnswerId> {
    Ok(AnswerId(fixed(bytes)?))
}

fn fixed<const LENGTH: usize>(bytes: &[u8]) -> Result<[u8; LENGTH]> {
    bytes.try_into().map_err(Error::internal)
}

pub fn unsigned(number: i64) -> Result<u64> {
    u64::try_from(number).map_err(Error::internal)
}
