//! Whose data an answer holds: every person whose id is written while the answer is put together.
//!
//! Nothing has to be declared for it, so nothing can be forgotten: the id of a person is of a type
//! that tells the collector, wherever in an answer it stands.
use std::{cell::RefCell, collections::BTreeSet, fmt, str::FromStr};

use diesel::{
    deserialize::{self, FromSql, FromSqlRow},
    expression::AsExpression,
    pg::{Pg, PgValue},
    serialize::{self, Output, ToSql},
    sql_types::{Array, Text},
};
use serde::{Serialize, Serializer};
use uuid::Uuid;

use super::{
    error::{Error, Result},
    id::{Id, Kind},
    page::Paged,
};

/// A person, or the persons of a household, whom the registry keeps data about.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Person {
    /// Kind of the record.
    pub kind: String,
    /// Its id.
    pub id: Uuid,
    /// Whether it is named only as somebody's relation, in data that are not its own.
    pub mentioned: bool,
}

impl Person {
    /// The person, or household, with this record.
    #[must_use]
    pub fn of<T: Kind>(id: Id<T>) -> Self {
        Self { kind: T::NAME.to_owned(), id: id.untyped(), mentioned: T::MENTIONED }
    }
}

/// Each person once, however named.
#[must_use]
pub fn distinct(persons: &BTreeSet<Person>) -> BTreeSet<Person> {
    persons.iter().map(|person| Person { mentioned: false, ..person.clone() }).collect()
}

/// What stands after a person who is only mentioned.
const MENTIONED: &str = " mentioned";

/// As it stands in the database.
impl fmt::Display for Person {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.kind, self.id)?;
        if self.mentioned { f.write_str(MENTIONED) } else { Ok(()) }
    }
}

impl FromStr for Person {
    type Err = &'static str;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let malformed = "a person is a kind and an id";
        let (person, mentioned) = match text.strip_suffix(MENTIONED) {
            Some(person) => (person, true),
            None => (text, false),
        };
        let (kind, id) = person.split_once(' ').ok_or(malformed)?;
        Ok(Self { kind: kind.to_owned(), id: id.parse().map_err(|_| malformed)?, mentioned })
    }
}

/// Some persons, as they stand in the database: one text each.
#[derive(Debug, Clone, Default, PartialEq, Eq, AsExpression, FromSqlRow)]
#[diesel(sql_type = Array<Text>)]
pub struct Persons(pub BTreeSet<Person>);

impl ToSql<Array<Text>, Pg> for Persons {
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, Pg>) -> serialize::Result {
        let texts: Vec<String> = self.0.iter().map(ToString::to_string).collect();
        ToSql::<Array<Text>, Pg>::to_sql(&texts, &mut out.reborrow())
    }
}

impl FromSql<Array<Text>, Pg> for Persons {
    fn from_sql(value: PgValue<'_>) -> deserialize::Result<Self> {
        let texts: Vec<String> = FromSql::<Array<Text>, Pg>::from_sql(value)?;
        let persons: Result<_, _> = texts.iter().map(|text| text.parse()).collect();
        Ok(Self(persons?))
    }
}

/// An answer about a person whom it does not name itself.
pub struct About<T>(pub Person, pub T);

impl<T: Serialize> Serialize for About<T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        name_all(|| [self.0.clone()]);
        self.1.serialize(to)
    }
}

/// An answer that names records alone which hold data of these persons.
pub struct AboutAll<T>(pub BTreeSet<Person>, pub T);

impl<T: Serialize> Serialize for AboutAll<T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        name_all(|| self.0.iter().cloned());
        self.1.serialize(to)
    }
}

impl<T: Paged> Paged for AboutAll<T> {
    fn next_cursor(&self) -> Option<&str> {
        self.1.next_cursor()
    }
}

impl<T: Paged> Paged for About<T> {
    fn next_cursor(&self) -> Option<&str> {
        self.1.next_cursor()
    }
}

thread_local! {
    /// The persons named so far, while somebody listens.
    static NAMED: RefCell<Option<BTreeSet<Person>>> = const { RefCell::new(None) };
}

/// Writes a value as JSON; says which persons it names.
pub fn json(value: &impl Serialize) -> Result<(Vec<u8>, BTreeSet<Person>)> {
    let (json, named) = listening(|| serde_json::to_vec(value));
    Ok((json.map_err(Error::internal)?, named))
}

/// Does some work; says which persons were named meanwhile.
pub fn listening<T>(work: impl FnOnce() -> T) -> (T, BTreeSet<Person>) {
    let before = NAMED.replace(Some(BTreeSet::new()));
    let done = work();
    (done, NAMED.replace(before).unwrap_or_default())
}

/// Says that the id of this record is being written, or read from a request.
pub(super) fn name<T: Kind>(id: Uuid) {
    if T::PERSON {
        name_all(|| [Person::of(Id::<T>::from_untyped(id))]);
    }
}

/// Writes the id of a person who is only mentioned: what is written is not about it.
pub fn mention<T: Kind, S: Serializer>(id: &Option<Id<T>>, to: S) -> Result<S::Ok, S::Error> {
    if let Some(id) = id {
        name_all(|| [Person { mentioned: true, ..Person::of(*id) }]);
    }
    id.map(Id::untyped).serialize(to)
}

/// Says that something is being written that holds data of these persons.
pub fn name_all<I: IntoIterator<Item = Person>>(persons: impl FnOnce() -> I) {
    NAMED.with_borrow_mut(|named| {
        if let Some(named) = named {
            named.extend(persons());
        }
    });
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::platform::id::Id;

    struct Somebody;
    impl Kind for Somebody {
        const NAME: &'static str = "somebody";
        const ID_SCHEMA: &'static str = "SomebodyId";
        const PERSON: bool = true;
        const EXAMPLE: &'static str = "";
    }

    struct Something;
    impl Kind for Something {
        const NAME: &'static str = "something";
        const ID_SCHEMA: &'static str = "SomethingId";
        const EXAMPLE: &'static str = "";
    }

    #[derive(Serialize)]
    struct Answer {
        id: Id<Something>,
        with: Vec<Option<Id<Somebody>>>,
    }

    #[test]
    fn every_person_is_named_once_wherever_the_id_stands() {
        let (one, other) = (Id::<Somebody>::generate(), Id::<Somebody>::generate());
        let with = vec![Some(one), None, Some(other), Some(one)];
        let (_, named) = json(&Answer { id: Id::generate(), with }).unwrap();
        let ids: BTreeSet<Uuid> = named.iter().map(|person| person.id).collect();
        assert_eq!(ids, BTreeSet::from([one.untyped(), other.untyped()]));
        assert!(named.iter().all(|person| person.kind == "somebody"));
        let read: Result<BTreeSet<Person>, _> =
            named.iter().map(|person| person.to_string().parse()).collect();
        assert_eq!(read, Ok(named));
    }

    #[test]
    fn who_listens_hears_no_more_than_what_is_written_meanwhile() {
        let id = Id::<Somebody>::generate();
        let _ = serde_json::to_value(id).unwrap();
        let ((), outer) = listening(|| {
            let (_, inner) = json(&json!({})).unwrap();
            assert!(inner.is_empty());
            let _ = serde_json::to_value(id).unwrap();
        });
        assert_eq!(outer.len(), 1);
    }
}
