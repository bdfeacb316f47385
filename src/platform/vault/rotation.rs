//! New data keys, and every value sealed anew with them, while the service runs.
//!
//! The keys are replaced in one moment that waits for the transactions that seal with the old ones
//! ([`Sealer`](super::Sealer)), so that from then on values with an old key only become fewer. Tables are
//! gone through by ranges of their blocks, whatever their keys are; each range is a short transaction
//! that waits for nobody: rows that are locked, and those that moved meanwhile, are found in the next
//! pass. A rotation that was broken off goes on where it is: what has its new key is left alone. An old
//! key is removed when one look at all tables finds nothing that needs it.
use std::{collections::HashMap, sync::Arc, time::Duration};

use diesel::{
    PgConnection, RunQueryDsl as _,
    prelude::*,
    sql_query,
    sql_types::{Array, BigInt, Binary, Nullable, Text},
};
use uuid::Uuid;

use super::{
    Class, Sealer, Seat,
    blind::Sought,
    data_keys::{self, DataKey},
    master::held,
    sealed::{key_id, open},
    tables::{self, SealedTable},
};
use crate::{
    platform::{
        db::alone,
        error::{Error, Result},
    },
    schema::data_keys as table,
};

/// Blocks of a table that are gone through in one transaction.
const BLOCKS: i64 = 32;
/// How often the moment at which the keys are replaced is tried for, and the pause between.
const ATTEMPTS: u32 = 60;
const PAUSE: Duration = Duration::from_millis(500);
/// Keeps a second rotation off.
const LOCK: i64 = 0x6B65_7973;

/// How far a rotation is.
#[derive(Debug, Clone, Copy)]
pub struct Progress {
    /// Rows that were sealed anew.
    pub done: u64,
    /// Those that were to be, when it began.
    pub of: u64,
}

/// What a rotation did.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Done {
    /// Rows that were sealed anew.
    pub rows: u64,
    /// Old keys that were removed.
    pub keys: usize,
    /// Whether it went on with one that was broken off.
    pub resumed: bool,
}

#[derive(diesel::QueryableByName)]
struct Flag {
    #[diesel(sql_type = diesel::sql_types::Bool)]
    yes: bool,
}

/// Replaces every data key but that of cursors, which seals nothing that is kept; wraps them with the
/// newest master key. As the owner of the tables.
pub fn rotate(conn: &mut PgConnection, tell: &dyn Fn(Progress)) -> Result<Done> {
    let free: Flag =
        sql_query(format!("SELECT pg_try_advisory_lock({LOCK}) AS yes")).get_result(conn)?;
    if !free.yes {
        return Err(Error::internal("another rotation of the keys is under way"));
    }
    let done = rotate_alone(conn, tell);
    sql_query(format!("SELECT pg_advisory_unlock({LOCK})")).execute(conn)?;
    done
}

fn rotate_alone(conn: &mut PgConnection, tell: &dyn Fn(Progress)) -> Result<Done> {
    let tables = tables::all(conn)?;
    see_all(conn, &tables)?;
    let resumed = begin(conn)?;
    let keys = Keys::read(conn)?;
    let of = left(conn, &tables, &keys)?;
    let mut done = 0;
    tell(Progress { done, of });
    while left(conn, &tables, &keys)? > 0 {
        let before = done;
        for table in &tables {
            pass(conn, table, &keys, &mut |rows| {
                done += rows;
                tell(Progress { done, of: of.max(done) });
            })?;
        }
        if done == before {
            // All that is left is locked by others.
            std::thread::sleep(PAUSE);
        }
    }
    let removed = diesel::delete(table::table.filter(table::state.eq("old"))).execute(conn)?;
    Ok(Done { rows: done, keys: removed, resumed })
}

/// A row that a policy hid would be lost with its key: whoever does not see all rows is refused. And
/// counting a whole table may take longer than a request may.
fn see_all(conn: &mut PgConnection, tables: &[SealedTable]) -> Result<()> {
    sql_query("SET statement_timeout = 0").execute(conn)?;
    let names: Vec<&str> = tables.iter().map(|table| table.name.as_str()).collect();
    let hidden: Count = sql_query(tables::HIDDEN).bind::<Array<Text>, _>(names).get_result(conn)?;
    if hidden.count == 0 {
        return Ok(());
    }
    Err(Error::internal(
        "row-level security hides rows from this role: run it as the owner of the tables",
    ))
}

/// Makes new keys, unless an earlier rotation is to be gone on with; whether there is one.
fn begin(conn: &mut PgConnection) -> Result<bool> {
    let mut attempt = 1;
    loop {
        match alone(conn, replace) {
            Err(Error::Busy) if attempt < ATTEMPTS => {
                attempt += 1;
                std::thread::sleep(PAUSE);
            }
            Err(Error::Busy) => {
                return Err(Error::internal(
                    "a long transaction, such as a backup, keeps the keys from being replaced: try again when it is done",
                ));
            }
            replaced => return replaced,
        }
    }
}

fn replace(conn: &mut PgConnection) -> Result<bool> {
    // Others wait for us while we wait: no longer than they notice.
    sql_query("SET LOCAL lock_timeout = '500ms'").execute(conn)?;
    sql_query("LOCK TABLE data_keys IN ACCESS EXCLUSIVE MODE").execute(conn)?;
    rewrap(conn)?;
    let old = table::table.filter(table::state.eq("old"));
    if old.count().get_result::<i64>(conn)? > 0 {
        return Ok(true);
    }
    let replaced = table::table.filter(table::class.ne(Class::Cursor));
    diesel::update(replaced).set(table::state.eq("old")).execute(conn)?;
    for class in Class::ALL {
        data_keys::make(conn, *class)?;
    }
    Ok(false)
}

/// Wraps every key with the newest master key.
fn rewrap(conn: &mut PgConnection) -> Result<()> {
    let masters = held()?;
    let newest = masters.fingerprints().next().unwrap_or_default();
    let ids: Vec<Uuid> =
        table::table.filter(table::master.ne(newest.as_slice())).select(table::id).load(conn)?;
    for id in ids {
        let key = data_keys::read(conn, id)?;
        let (master, wrapped) = masters.wrap(key.class, id, key.key)?;
        diesel::update(table::table.find(id))
            .set((table::master.eq(master.as_slice()), table::wrapped.eq(wrapped)))
            .execute(conn)?;
    }
    Ok(())
}

/// The keys that are to go, and those in their place.
struct Keys {
    old: HashMap<Uuid, Arc<DataKey>>,
    new: Sealer,
}

impl Keys {
    fn read(conn: &mut PgConnection) -> Result<Self> {
        let ids: Vec<Uuid> =
            table::table.filter(table::state.eq("old")).select(table::id).load(conn)?;
        let old = ids.into_iter().map(|id| Ok((id, data_keys::read(conn, id)?)));
        Ok(Self { old: old.collect::<Result<_>>()?, new: Sealer::of(conn)? })
    }

    /// The ids of the old ones, as they stand in values.
    fn ids(&self) -> Vec<Vec<u8>> {
        self.old.keys().map(|id| id.as_bytes().to_vec()).collect()
    }

    /// The old key of a value; none if it has a new one.
    fn of(&self, value: &[u8]) -> Option<&DataKey> {
        self.old.get(&key_id(value)?).map(|key| &**key)
    }
}

#[derive(diesel::QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

fn count(conn: &mut PgConnection, query: String, ids: &[Vec<u8>]) -> Result<i64> {
    let count: Count = sql_query(query).bind::<Array<Binary>, _>(ids).get_result(conn)?;
    Ok(count.count)
}

/// How many rows still hold a value with an old key.
fn left(conn: &mut PgConnection, tables: &[SealedTable], keys: &Keys) -> Result<u64> {
    let ids = keys.ids();
    let mut left = 0;
    for table in tables {
        let query =
            format!("SELECT count(*) AS count FROM {} WHERE {}", table.name, table.condition());
        left += u64::try_from(count(conn, query, &ids)?).unwrap_or(0);
    }
    Ok(left)
}

/// Goes through a table once.
fn pass(
    conn: &mut PgConnection,
    table: &SealedTable,
    keys: &Keys,
    told: &mut dyn FnMut(u64),
) -> Result<()> {
    let size = format!(
        "SELECT pg_relation_size('{}') / current_setting('block_size')::bigint \
         + cardinality($1) * 0 AS count",
        table.name
    );
    let (ids, mut from) = (keys.ids(), 0);
    // Rows that are sealed anew go to the end, which is not gone after.
    let blocks = count(conn, size, &ids)?;
    while from < blocks {
        let rows = alone(conn, |conn| range(conn, table, keys, &ids, from))?;
        if rows > 0 {
            told(rows);
        }
        from += BLOCKS;
    }
    Ok(())
}

/// A row with values that are to be sealed anew.
#[derive(diesel::QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    at: String,
    /// What tells it from all others.
    #[diesel(sql_type = Binary)]
    seat: Vec<u8>,
    #[diesel(sql_type = Text)]
    system: String,
    #[diesel(sql_type = Array<Nullable<Binary>>)]
    values: Vec<Option<Vec<u8>>>,
}

fn range(
    conn: &mut PgConnection,
    table: &SealedTable,
    keys: &Keys,
    ids: &[Vec<u8>],
    from: i64,
) -> Result<u64> {
    let rows: Vec<Row> = sql_query(format!(
        "SELECT ctid::text AS at, {} AS seat, {} AS system, ARRAY[{}]::bytea[] AS values FROM {} \
         WHERE ctid >= '({from},0)' AND ctid < '({},0)' AND ({}) FOR UPDATE SKIP LOCKED",
        table.row,
        table.system(),
        table.columns.join(", "),
        table.name,
        from + BLOCKS,
        table.condition(),
    ))
    .bind::<Array<Binary>, _>(ids)
    .load(conn)?;
    if rows.is_empty() {
        return Ok(0);
    }
    let places: Vec<&str> = rows.iter().map(|row| row.at.as_str()).collect();
    let sealed = rows.iter().map(|row| anew(table, keys, row)).collect::<Result<Vec<_>>>()?;
    let mut update = sql_query(table.update()).into_boxed().bind::<Array<Text>, _>(places);
    for column in 0..table.columns.len() {
        let values: Vec<Option<Vec<u8>>> =
            sealed.iter().map(|row| row.get(column).cloned().flatten()).collect();
        update = update.bind::<Array<Nullable<Binary>>, _>(values);
    }
    Ok(u64::try_from(update.execute(conn)?).unwrap_or(0))
}

/// The values of a row, those with old keys sealed anew.
fn anew(table: &SealedTable, keys: &Keys, row: &Row) -> Result<Vec<Option<Vec<u8>>>> {
    let unopened = |column: &str| {
        // Which row it is tells something about a person.
        Error::internal(format!("a value of {}.{column} does not open", table.name))
    };
    let opened = |column: &str, value: &[u8], class: Class| {
        let seat = Seat { table: &table.name, column, row: &row.seat };
        open(class, seat, value).map_err(|_| unopened(column))
    };
    let seal = |(column, value): (&String, &Option<Vec<u8>>)| {
        let Some(value) = value else { return Ok(None) };
        let Some(key) = keys.of(value) else { return Ok(Some(value.clone())) };
        if column == tables::BLIND {
            let of = table.columns.iter().zip(&row.values).find(|(name, _)| *name == "value");
            let of = of.and_then(|(_, value)| value.as_deref()).ok_or_else(|| unopened(column))?;
            let class = key_id(of).and_then(data_keys::find).map(|key| key.class);
            let class = class.ok_or_else(|| unopened("value"))?;
            let value = String::from_utf8(opened("value", of, class)?);
            let value = value.map_err(|_| unopened(column))?;
            let sought = Sought { table: &table.name, system: &row.system, value: &value };
            return keys.new.key(Class::Index)?.blind(sought).map(Some);
        }
        let seat = Seat { table: &table.name, column, row: &row.seat };
        let text = opened(column, value, key.class)?;
        keys.new.key(key.class)?.seal(seat, &text).map(Some)
    };
    table.columns.iter().zip(&row.values).map(seal).collect()
}

/// A data key, as people are told of it.
#[derive(Debug, Queryable, Selectable)]
#[diesel(table_name = table, check_for_backend(diesel::pg::Pg))]
pub struct Listed {
    pub id: Uuid,
    pub class: Class,
    pub state: String,
    pub master: Vec<u8>,
    pub made_at: chrono::DateTime<chrono::Utc>,
}

/// The data keys, and how many rows are still to be sealed anew if a rotation was broken off.
pub fn status(conn: &mut PgConnection) -> Result<(Vec<Listed>, u64)> {
    let tables = tables::all(conn)?;
    see_all(conn, &tables)?;
    let order = (table::class, table::state, table::made_at, table::id);
    let keys = table::table.order(order).select(Listed::as_select()).load(conn)?;
    let known = Keys::read(conn)?;
    let left = if known.old.is_empty() { 0 } else { left(conn, &tables, &known)? };
    Ok((keys, left))
}
