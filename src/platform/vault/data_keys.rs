//! Data keys: each of one class, wrapped by the master key, kept in memory by its id.
use std::{
    collections::HashMap,
    fmt,
    sync::{Arc, LazyLock, Mutex, PoisonError, RwLock},
    time::{Duration, Instant},
};

use diesel::prelude::*;
use uuid::Uuid;

use super::{
    Class,
    master::{KEY, held},
};
use crate::{
    platform::{
        db,
        error::{Error, Result},
    },
    schema::data_keys as table,
};

/// For how long a key that was found nowhere is not asked for again.
const MISSED: Duration = Duration::from_secs(2);

/// A key that seals values of one class.
pub struct DataKey {
    pub id: Uuid,
    pub class: Class,
    pub(super) key: [u8; KEY],
}

impl fmt::Debug for DataKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "DataKey({} {})", self.class.as_str(), self.id)
    }
}

/// The keys that this process has read.
static KNOWN: LazyLock<RwLock<HashMap<Uuid, Arc<DataKey>>>> = LazyLock::new(RwLock::default);

/// Where to look for a key that another process made since.
static SOURCES: Mutex<Vec<String>> = Mutex::new(Vec::new());

/// The keys that were looked for and not found, and when.
static NOT_FOUND: LazyLock<Mutex<HashMap<Uuid, Instant>>> = LazyLock::new(Mutex::default);

/// A data key as it lies in the database.
#[derive(Queryable, Selectable)]
#[diesel(table_name = table, check_for_backend(diesel::pg::Pg))]
pub(super) struct KeyRow {
    id: Uuid,
    class: Class,
    wrapped: Vec<u8>,
}

impl KeyRow {
    /// The key, from memory if it was opened before.
    pub(super) fn open(self) -> Result<Arc<DataKey>> {
        let Self { id, class, wrapped } = self;
        if let Some(key) = remembered(id) {
            return Ok(key);
        }
        let key = held()?.unwrap(class, id, &wrapped).ok_or_else(|| {
            Error::internal(
                "the master key is not the one that this registry was encrypted with: give KINSTEAD_MASTER_KEY_FILE or KINSTEAD_MASTER_KEY that one",
            )
        })?;
        let key = Arc::new(DataKey { id, class, key });
        KNOWN.write().unwrap_or_else(PoisonError::into_inner).insert(id, Arc::clone(&key));
        Ok(key)
    }
}

fn remembered(id: Uuid) -> Option<Arc<DataKey>> {
    KNOWN.read().unwrap_or_else(PoisonError::into_inner).get(&id).cloned()
}

/// The key with this id. One that this process has not seen is asked for at the databases that it
/// works on: another process made it.
pub(super) fn find(id: Uuid) -> Option<Arc<DataKey>> {
    remembered(id).or_else(|| look_up(id))
}

fn look_up(id: Uuid) -> Option<Arc<DataKey>> {
    let mut missed = NOT_FOUND.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(key) = remembered(id) {
        return Some(key);
    }
    if missed.get(&id).is_some_and(|at| at.elapsed() < MISSED) {
        return None;
    }
    let sources = SOURCES.lock().unwrap_or_else(PoisonError::into_inner).clone();
    let at = |url: &String| {
        let query = table::table.find(id).select(KeyRow::as_select());
        query.first(&mut db::connect(url).ok()?).ok()?.open().ok()
    };
    let found = sources.iter().rev().find_map(at);
    missed.retain(|_, at| at.elapsed() < MISSED);
    if found.is_none() {
        missed.insert(id, Instant::now());
    }
    found
}

/// Opens every data key of a database, and remembers where it is. Fails if the master key is another
/// one than that which wrapped them.
pub fn unlock(conn: &mut PgConnection, url: &str) -> Result<Sealer> {
    let sealer = Sealer::current(conn)?;
    if sealer.0.len() < Class::ALL.len() {
        return Err(Error::internal("the registry has no data keys: run `kinstead migrate`"));
    }
    for row in table::table.select(KeyRow::as_select()).load::<KeyRow>(conn)? {
        row.open()?;
    }
    let mut sources = SOURCES.lock().unwrap_or_else(PoisonError::into_inner);
    sources.retain(|known| known != url);
    sources.push(url.to_owned());
    Ok(sealer)
}

/// A key of this database.
pub(super) fn read(conn: &mut PgConnection, id: Uuid) -> Result<Arc<DataKey>> {
    table::table.find(id).select(KeyRow::as_select()).first(conn)?.open()
}

/// The keys of one class that values may be sealed with, the current one first.
pub(super) fn of_class(conn: &mut PgConnection, class: Class) -> Result<Vec<Arc<DataKey>>> {
    let keys = table::table.filter(table::class.eq(class)).order((table::state, table::id));
    let keys: Vec<KeyRow> = keys.select(KeyRow::as_select()).load(conn)?;
    keys.into_iter().map(KeyRow::open).collect()
}

/// The current key of each class, as a transaction found them.
///
/// To have read the table keeps its keys from being replaced until the transaction ends: no value is
/// sealed with an old key after another one took its place.
#[derive(Debug, Clone)]
pub struct Sealer(Vec<Arc<DataKey>>);

impl Sealer {
    /// The current keys; those that are missing are made, which only the owner of the tables may do.
    pub fn of(conn: &mut PgConnection) -> Result<Self> {
        let mut current = Self::current(conn)?;
        if current.0.len() < Class::ALL.len() {
            for class in Class::ALL {
                make(conn, *class)?;
            }
            current = Self::current(conn)?;
        }
        Ok(current)
    }

    fn current(conn: &mut PgConnection) -> Result<Self> {
        let current = table::table.filter(table::state.eq("current"));
        let keys: Vec<KeyRow> = current.select(KeyRow::as_select()).load(conn)?;
        Ok(Self(keys.into_iter().map(KeyRow::open).collect::<Result<_>>()?))
    }

    /// The key of a class.
    pub(super) fn key(&self, class: Class) -> Result<&DataKey> {
        let key = self.0.iter().find(|key| key.class == class);
        key.map(|key| &**key).ok_or_else(|| {
            Error::internal(format!("there is no data key of the class {}", class.as_str()))
        })
    }

    /// How many keys there are.
    #[must_use]
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there is none, as in a registry that was never brought up.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// What seals cursors.
    pub fn cursor(&self) -> Result<[u8; KEY]> {
        Ok(self.key(Class::Cursor)?.key)
    }
}

/// Makes a class's current key, unless there is one.
pub(super) fn make(conn: &mut PgConnection, class: Class) -> Result<()> {
    let id = Uuid::new_v4();
    let (master, wrapped) = held()?.wrap(class, id, rand::random())?;
    diesel::insert_into(table::table)
        .values((
            table::id.eq(id),
            table::class.eq(class),
            table::state.eq("current"),
            table::master.eq(master.as_slice()),
            table::wrapped.eq(wrapped),
        ))
        .on_conflict_do_nothing()
        .execute(conn)?;
    Ok(())
}

#[cfg(test)]
pub mod testing {
    //! Keys that lie in no database.
    use super::*;

    /// A new key, as one that was read.
    pub fn key(class: Class) -> Arc<DataKey> {
        let key = Arc::new(DataKey { id: Uuid::new_v4(), class, key: rand::random() });
        KNOWN.write().unwrap_or_else(PoisonError::into_inner).insert(key.id, Arc::clone(&key));
        key
    }
}
