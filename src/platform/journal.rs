//! The journal: one entry for every change of a record, in the change's own transaction.
//!
//! An entry holds the whole record as it was after the change, sealed. So the journal answers who changed
//! what and when, and what the registry knew at any instant.
use std::{borrow::Cow, collections::BTreeSet};

use chrono::{DateTime, Utc};
use diesel::{pg::Pg, prelude::*, sql_types::Uuid as SqlUuid};
use serde::{Serialize, Serializer, de::DeserializeOwned};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use super::{
    db::Tx,
    disclosure::{self, Person, Persons},
    error::{Error, Result},
    id::Kind,
    page::{Page, PageQuery},
    reply::Reply,
    vault::Class,
    version::{Versioned, etag},
};
use crate::{page_of, schema::journal};

mod changed;
mod kept;
mod rehung;

use changed::changed_members;
pub use kept::{KEPT, Kept, Record};
use kept::{seat, seat_row};
pub use rehung::{Hung, Pair, merged, named_in};

/// A record whose changes go to the journal.
pub trait Subject: Kind + Versioned + Serialize {
    fn subject_id(&self) -> Uuid;
    /// The record under which this one is listed, such as the child of a placement.
    fn parent(&self) -> Option<Uuid> {
        None
    }
}

/// Makes a type with an `id` and a `version` a record with a history: [`Kind`], [`Versioned`] and
/// [`Subject`] in one declaration.
///
/// `personal` says that the time of registration would tell something about a person, `person` that it
/// is one, or a household, who may ask who saw the record; `under` names the member that holds the id
/// of the record under which this one is listed.
#[macro_export]
macro_rules! record {
    ($record:ident {
        name: $name:expr,
        id: $id:expr,
        example: $example:expr
        $(, personal: $personal:literal)?
        $(, person: $person:literal)?
        $(, under: $under:ident)?
        $(,)?
    }) => {
        impl $crate::platform::id::Kind for $record {
            const NAME: &'static str = $name;
            const ID_SCHEMA: &'static str = $id;
            $(const PERSONAL: bool = $personal;)?
            $(const PERSON: bool = $person;)?
            const EXAMPLE: &'static str = $example;
        }
        impl $crate::platform::version::Versioned for $record {
            fn version(&self) -> i64 {
                self.version
            }
        }
        impl $crate::platform::journal::Subject for $record {
            fn subject_id(&self) -> ::uuid::Uuid {
                self.id.untyped()
            }
            $(fn parent(&self) -> Option<::uuid::Uuid> {
                Some(self.$under.untyped())
            })?
        }
    };
}

/// What a change returns: its value, and the proof that its entry is in the journal.
#[must_use]
pub struct Recorded<T>(T);

impl<T> Recorded<T> {
    /// The value, for a change that goes on.
    pub fn into_value(self) -> T {
        self.0
    }

    pub fn value(&self) -> &T {
        &self.0
    }

    /// The value of a change that was recorded by an earlier request.
    pub(super) fn before(value: T) -> Self {
        Self(value)
    }

    /// Another value for the same change.
    pub fn map<U>(self, value: impl FnOnce(T) -> U) -> Recorded<U> {
        Recorded(value(self.0))
    }

    /// Several recorded changes as one. At least one must be there: `None` if there is none.
    pub fn all(changes: Vec<Self>) -> Option<Recorded<Vec<T>>> {
        (!changes.is_empty())
            .then(|| Recorded(changes.into_iter().map(|change| change.0).collect()))
    }
}

impl<T: Subject> Recorded<T> {
    /// Answers 201 with the record, its entity tag and its address.
    pub fn created(self, collection: &str) -> Result<Recorded<Reply>> {
        let location = format!("{collection}/{}", self.0.subject_id());
        let reply = Reply::json(201, &self.0)?.tag(etag(&self.0)).location(location);
        Ok(Recorded(reply))
    }

    /// Answers 201 with a record whose address ends in something else than its id.
    pub fn created_as(
        self,
        collection: &str,
        name: impl Fn(&T) -> &str,
    ) -> Result<Recorded<Reply>> {
        let location = format!("{collection}/{}", name(&self.0));
        Ok(Recorded(Reply::json(201, &self.0)?.tag(etag(&self.0)).location(location)))
    }

    /// Answers 202 with a record of work that goes on, its entity tag and its address.
    pub fn accepted(self, collection: &str) -> Result<Recorded<Reply>> {
        Ok(self.created(collection)?.map(|reply| Reply { status: 202, ..reply }))
    }

    /// Answers 200 with the record and its entity tag.
    pub fn ok(self) -> Result<Recorded<Reply>> {
        Ok(Recorded(Reply::json(200, &self.0)?.tag(etag(&self.0))))
    }
}

impl<T: Serialize> Recorded<Vec<T>> {
    /// Answers 201 with several records.
    pub fn created_all<B: Serialize>(
        self,
        body: impl FnOnce(Vec<T>) -> B,
    ) -> Result<Recorded<Reply>> {
        Ok(Recorded(Reply::json(201, &body(self.0))?))
    }
}

impl Tx<'_> {
    /// Records that `record` is new.
    pub fn created<T: Subject>(&mut self, event: &str, record: T) -> Result<Recorded<T>> {
        self.write_entry(event, None, &record)?;
        Ok(Recorded(record))
    }

    /// Records how `before` became `after`.
    pub fn changed<T: Subject>(
        &mut self,
        event: &str,
        before: &T,
        after: T,
    ) -> Result<Recorded<T>> {
        self.write_entry(event, Some(before), &after)?;
        Ok(Recorded(after))
    }

    fn write_entry<T: Subject>(
        &mut self,
        event: &str,
        before: Option<&T>,
        after: &T,
    ) -> Result<()> {
        let (value, persons) = disclosure::listening(|| serde_json::to_value(after));
        let value = value.map_err(Error::internal)?;
        let before = before.map(serde_json::to_value).transpose().map_err(Error::internal)?;
        let row = seat_row(after.subject_id(), after.version());
        let text = serde_json::to_vec(&value).map_err(Error::internal)?;
        let sealed = self.seal_bytes(Class::Journal, seat(&row), &text)?;
        self.entries.push(NewEntry {
            recorded_at: self.now,
            actor: self.actor,
            kind: T::NAME.into(),
            event: event.to_owned(),
            subject: after.subject_id(),
            parent: after.parent(),
            version: after.version(),
            changed: changed_members(before.as_ref(), &value),
            after: sealed,
            persons: Persons(persons),
        });
        Ok(())
    }

    /// The persons whose data this transaction changed so far.
    pub(super) fn touched(&self) -> impl Iterator<Item = &Person> {
        self.entries.iter().flat_map(|entry| &entry.persons.0)
    }

    /// The records that this transaction changed so far, and those under which they are listed.
    pub(super) fn owners(&self) -> BTreeSet<Uuid> {
        let entries = self.entries.iter();
        entries.flat_map(|entry| [Some(entry.subject), entry.parent]).flatten().collect()
    }

    /// Writes the entries of this transaction, before its commit.
    pub(super) fn write_entries(&mut self) -> Result<()> {
        let entries = std::mem::take(&mut self.entries);
        // So many at a time that the database comes to know the statements.
        let left = write_by::<50>(self.conn, &entries)?;
        let left = write_by::<10>(self.conn, left)?;
        let left = write_by::<2>(self.conn, left)?;
        write_by::<1>(self.conn, left)?;
        Ok(())
    }
}

/// Writes `N` entries at a time, and gives back those that are left.
fn write_by<'e, const N: usize>(
    conn: &mut PgConnection,
    mut entries: &'e [NewEntry],
) -> Result<&'e [NewEntry]> {
    while let Some((some, rest)) = entries.split_first_chunk::<N>() {
        diesel::insert_into(journal::table).values(some).execute(conn)?;
        entries = rest;
    }
    Ok(entries)
}

/// An entry that is not written yet.
#[derive(Insertable)]
#[diesel(table_name = journal, check_for_backend(diesel::pg::Pg), treat_none_as_default_value = false)]
pub(super) struct NewEntry {
    recorded_at: DateTime<Utc>,
    actor: Uuid,
    kind: Cow<'static, str>,
    event: String,
    subject: Uuid,
    parent: Option<Uuid>,
    version: i64,
    changed: Vec<String>,
    after: Vec<u8>,
    persons: Persons,
}

/// One change of a record.
#[derive(Debug, Clone, Serialize, ToSchema, Queryable, Selectable)]
#[diesel(table_name = journal, check_for_backend(diesel::pg::Pg))]
pub struct HistoryEntry {
    /// Place in the journal; later changes have greater ones.
    #[schema(example = 4711)]
    pub position: i64,
    /// When the registry learned of it.
    pub recorded_at: DateTime<Utc>,
    /// The client that made the change.
    pub actor: Uuid,
    /// Kind of the record.
    #[schema(example = "placement")]
    pub kind: String,
    /// What happened to it.
    #[schema(example = "started")]
    pub event: String,
    /// The record.
    pub subject: Uuid,
    /// Version of the record after the change.
    #[schema(example = 2)]
    pub version: i64,
    /// Names of the members that changed.
    #[schema(example = json!(["started_on", "state"]))]
    pub changed: Vec<String>,
    /// The whole record after the change.
    #[diesel(embed)]
    #[schema(value_type = Object, example = json!({"state": "active", "started_on": "2026-03-02"}))]
    pub after: After,
}

/// A record as it was after a change, and the persons it names.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = journal, check_for_backend(diesel::pg::Pg))]
pub struct After {
    #[diesel(select_expression = KEPT, select_expression_type = Kept, deserialize_as = Record)]
    after: Value,
    persons: Persons,
}

/// Written as it was, and whoever listens is told of the persons.
impl Serialize for After {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        disclosure::name_all(|| self.persons.0.iter().cloned());
        self.after.serialize(to)
    }
}

page_of!(
    /// Some changes, newest first.
    HistoryPage, HistoryEntry
);

/// The changes of one record and of those listed under it, newest first.
pub fn history<K: Kind>(
    conn: &mut PgConnection,
    id: Uuid,
    page: &PageQuery,
) -> Result<Page<HistoryEntry>> {
    let bound = page.bind(&(K::NAME, id));
    let mut query = journal::table
        .filter(journal::subject.eq(id).or(journal::parent.eq(id)))
        .into_boxed()
        .order(journal::position.desc())
        .limit(page.limit()? + 1);
    if let Some(last) = bound.after::<i64>()? {
        query = query.filter(journal::position.lt(last));
    }
    let rows: Vec<HistoryEntry> = query.select(HistoryEntry::as_select()).load(conn)?;
    let none = rows.is_empty() && bound.after::<i64>()?.is_none();
    if none {
        return Err(Error::NotFound(K::NAME));
    }
    Ok(bound.page(rows, page.limit()?, |entry| entry.position))
}

/// The record as the registry knew it at that instant.
pub fn known<T: Kind + DeserializeOwned>(
    conn: &mut PgConnection,
    id: Uuid,
    at: DateTime<Utc>,
) -> Result<T> {
    let after: Option<Record> = journal::table
        .filter(journal::subject.eq(id).and(journal::kind.eq(T::NAME)))
        .filter(journal::recorded_at.le(recorded_by(at)))
        .order(journal::position.desc())
        .select(KEPT)
        .first(conn)
        .optional()?;
    let after = after.ok_or(Error::NotFound(T::NAME))?;
    serde_json::from_value(after.0).map_err(Error::internal)
}

/// The records of one kind that were made or changed after an instant. One that is committed late may
/// be missed.
pub fn changed_after<T: Kind>(at: DateTime<Utc>) -> journal::BoxedQuery<'static, Pg, SqlUuid> {
    let later = journal::recorded_at.gt(recorded_by(at)).and(journal::kind.eq(T::NAME));
    journal::table.filter(later).select(journal::subject).into_boxed()
}

/// The records of one kind listed under `parent`, as the registry knew them at that instant, by id.
pub fn known_under<T: Kind + DeserializeOwned>(
    conn: &mut PgConnection,
    parent: Uuid,
    at: DateTime<Utc>,
) -> Result<Vec<T>> {
    let at = recorded_by(at);
    // What came to hang on another record since is that one's.
    let later = diesel::alias!(journal as later);
    let gone = later
        .filter(later.field(journal::subject).eq(journal::subject))
        .filter(later.field(journal::kind).eq(T::NAME))
        .filter(later.field(journal::recorded_at).le(at))
        .filter(later.field(journal::position).gt(journal::position))
        .filter(later.field(journal::parent).is_distinct_from(parent));
    let rows: Vec<Record> = journal::table
        .filter(journal::parent.eq(parent).and(journal::kind.eq(T::NAME)))
        .filter(journal::recorded_at.le(at))
        .filter(diesel::dsl::not(diesel::dsl::exists(gone)))
        .distinct_on(journal::subject)
        .order((journal::subject, journal::position.desc()))
        .select(KEPT)
        .load(conn)?;
    rows.into_iter().map(|row| serde_json::from_value(row.0).map_err(Error::internal)).collect()
}

/// Nothing was recorded before 1970, and chrono's first instants are too early for PostgreSQL.
fn recorded_by(at: DateTime<Utc>) -> DateTime<Utc> {
    at.max(DateTime::UNIX_EPOCH)
}
