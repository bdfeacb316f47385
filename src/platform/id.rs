//! Typed identifiers: the id of a child is not the id of a family.
use std::{
    borrow::Cow,
    fmt,
    hash::{Hash, Hasher},
    marker::PhantomData,
    str::FromStr,
};

use diesel::{
    backend::Backend,
    deserialize::{self, FromSql, FromSqlRow},
    expression::AsExpression,
    serialize::{self, Output, ToSql},
    sql_types,
};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{KnownFormat, ObjectBuilder, RefOr, Schema, SchemaFormat, Type},
};
use uuid::Uuid;

use super::disclosure;

/// A kind of record that has an id.
pub trait Kind: 'static {
    /// The kind's name in the journal and in problems: singular, `snake_case`.
    const NAME: &'static str;
    /// What the contract calls its id.
    const ID_SCHEMA: &'static str;
    /// Whether the time of registration would tell something about a person. Such ids are random
    /// (version 4); the others sort by the time they were made (version 7).
    const PERSONAL: bool = false;
    /// Whether it is a record about a person, or the persons of a household, who may ask who saw it.
    const PERSON: bool = false;
    /// Whether such an id only mentions the person, in data that are not about it.
    const MENTIONED: bool = false;
    /// An id for the contract's examples.
    const EXAMPLE: &'static str;
}

/// The id of one `T`.
#[derive(AsExpression, FromSqlRow)]
#[diesel(sql_type = sql_types::Uuid)]
pub struct Id<T: 'static>(Uuid, PhantomData<fn() -> T>);

impl<T: Kind> Id<T> {
    /// A fresh id.
    #[must_use]
    pub fn generate() -> Self {
        let id = if T::PERSONAL { Uuid::new_v4() } else { Uuid::now_v7() };
        Self(id, PhantomData)
    }
}

impl<T> Id<T> {
    #[must_use]
    pub fn untyped(self) -> Uuid {
        self.0
    }

    #[must_use]
    pub fn from_untyped(id: Uuid) -> Self {
        Self(id, PhantomData)
    }
}

// Derives would ask `T` for what only the UUID needs.
impl<T> Clone for Id<T> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<T> Copy for Id<T> {}
impl<T> PartialEq for Id<T> {
    fn eq(&self, other: &Self) -> bool {
        self.0 == other.0
    }
}
impl<T> Eq for Id<T> {}
impl<T> PartialOrd for Id<T> {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl<T> Ord for Id<T> {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.0.cmp(&other.0)
    }
}
impl<T> Hash for Id<T> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.0.hash(state);
    }
}
impl<T> fmt::Debug for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}
impl<T> fmt::Display for Id<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}
impl<T> FromStr for Id<T> {
    type Err = uuid::Error;
    fn from_str(s: &str) -> Result<Self, Self::Err> {
        Ok(Self::from_untyped(s.parse()?))
    }
}

/// Written as it is; if it is a person's, whoever listens is told.
impl<T: Kind> Serialize for Id<T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        disclosure::name::<T>(self.0);
        self.0.serialize(to)
    }
}

/// Read as it is; if it is a person's, whoever listens is told.
impl<'de, T: Kind> Deserialize<'de> for Id<T> {
    fn deserialize<D: Deserializer<'de>>(from: D) -> Result<Self, D::Error> {
        let id = Uuid::deserialize(from)?;
        disclosure::name::<T>(id);
        Ok(Self::from_untyped(id))
    }
}

impl<T, DB: Backend> ToSql<sql_types::Uuid, DB> for Id<T>
where
    Uuid: ToSql<sql_types::Uuid, DB>,
{
    fn to_sql<'b>(&'b self, out: &mut Output<'b, '_, DB>) -> serialize::Result {
        self.0.to_sql(out)
    }
}
impl<T, DB: Backend> FromSql<sql_types::Uuid, DB> for Id<T>
where
    Uuid: FromSql<sql_types::Uuid, DB>,
{
    fn from_sql(bytes: DB::RawValue<'_>) -> deserialize::Result<Self> {
        Uuid::from_sql(bytes).map(Self::from_untyped)
    }
}

impl<T: Kind> PartialSchema for Id<T> {
    fn schema() -> RefOr<Schema> {
        ObjectBuilder::new()
            .schema_type(Type::String)
            .format(Some(SchemaFormat::KnownFormat(KnownFormat::Uuid)))
            .description(Some(format!("Identifier of a {}.", T::NAME.replace('_', " "))))
            .examples([T::EXAMPLE])
            .into()
    }
}
impl<T: Kind> ToSchema for Id<T> {
    fn name() -> Cow<'static, str> {
        Cow::Borrowed(T::ID_SCHEMA)
    }
}
