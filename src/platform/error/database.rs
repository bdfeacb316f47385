//! Errors of the database, as what they mean to whoever asked.
use diesel::result::{DatabaseErrorInformation, DatabaseErrorKind, Error as DbError};

use super::{
    super::{id::Kind, rule::Refusal},
    Error, Result,
};

/// A database error that no query expected. Expected ones are named at the query, with
/// [`Found::found`].
impl From<DbError> for Error {
    fn from(error: DbError) -> Self {
        match error {
            // The connection is broken, or broke earlier in this transaction: the request may come
            // again, on another one.
            DbError::DatabaseError(DatabaseErrorKind::ClosedConnection, _)
            | DbError::BrokenTransactionManager => Self::Busy,
            DbError::DatabaseError(kind, info) => of_database(kind, info.as_ref()),
            DbError::RollbackErrorOnCommit { commit_error, .. } => Self::from(*commit_error),
            other => Self::internal(other),
        }
    }
}

fn of_database(
    kind: DatabaseErrorKind,
    info: &(dyn DatabaseErrorInformation + Send + Sync),
) -> Error {
    if lost_race(kind, info.message()) {
        return Error::Busy;
    }
    if info.message().starts_with("new row violates row-level security policy") {
        return Error::OutOfReach;
    }
    let constraint = info.constraint_name().unwrap_or_default();
    if let Some(refusal) = Refusal::of_constraint(constraint) {
        return Error::Rule(Box::new(refusal));
    }
    if matches!(kind, DatabaseErrorKind::ForeignKeyViolation) {
        return Error::value(
            "",
            "unknown_reference",
            "a record that this one refers to is unknown",
        );
    }
    // The message of a constraint violation quotes no values; its details would.
    Error::internal(format!("{kind:?} {constraint}: {}", info.message()))
}

/// Whether the transaction lost against another one and may be tried again. Diesel tells only
/// serialization failures apart, so deadlocks and lock time-outs go by PostgreSQL's English
/// messages, which every connection asks for.
fn lost_race(kind: DatabaseErrorKind, message: &str) -> bool {
    matches!(kind, DatabaseErrorKind::SerializationFailure)
        || [
            "deadlock detected",
            "due to lock timeout",
            "due to statement timeout",
            "terminating connection",
            "server closed the connection",
            "no connection to the server",
            "could not send data to server",
            "could not receive data from server",
        ]
        .iter()
        .any(|known| message.contains(known))
}

impl From<diesel::r2d2::PoolError> for Error {
    fn from(_: diesel::r2d2::PoolError) -> Self {
        Self::Busy
    }
}

/// Says what is missing when a query finds no row.
pub trait Found<T> {
    fn found<K: Kind>(self) -> Result<T>;
}
impl<T> Found<T> for diesel::QueryResult<T> {
    fn found<K: Kind>(self) -> Result<T> {
        self.map_err(|error| match error {
            DbError::NotFound => Error::NotFound(K::NAME),
            other => other.into(),
        })
    }
}
