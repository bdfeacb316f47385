//! The vault: what identifies a person is sealed before it reaches the database.
//!
//! A value is sealed (XChaCha20-Poly1305) with a data key of its class, for its table, its column and
//! its row: elsewhere it does not open. The data keys lie in the database, sealed themselves by a master
//! key that the database never sees. Whoever has the database alone, its log or a copy of it reads no
//! sealed value.
//!
//! * [`master`]: the master keys, which a process holds.
//! * [`data_keys`]: the data keys, made with the registry, read when they are needed, kept in memory.
//! * [`sealed`]: one sealed value, and how a query opens it.
//! * [`blind`]: exact look-up of a value that nobody can read.
//! * [`rotation`]: new data keys, and every value sealed anew; [`tables`]: where these are.
//!
//! A process holds one set of master keys; data keys are known by their ids, so that it may work on
//! several databases, as tests do.
pub mod blind;
pub mod data_keys;
pub mod master;
pub mod rotation;
pub mod sealed;
pub mod tables;

pub use data_keys::{Sealer, unlock};
pub use master::{MasterKeys, hold};
pub use sealed::{Opened, Place, Seat, Unopened};

use crate::text_enum;

text_enum! {
    /// What a data key is for.
    pub enum Class {
        /// Identifiers, addresses, contact, free text.
        Identifying = "identifying",
        /// Facts that a few may know: protected addresses, adoption links, reporters.
        Sealed = "sealed",
        /// The journal's whole records and kept answers.
        Journal = "journal",
        /// Blind indexes, by which identifiers are looked up.
        Index = "index",
        /// What clients carry in cursors.
        Cursor = "cursor",
    }
}

/// Declares columns of a table, whose key is `id`, as sealed: each becomes a [`Place`].
#[macro_export]
macro_rules! sealed_columns {
    ($table:ident: $class:ident { $($column:ident),+ $(,)? }) => {
        $(
            impl $crate::platform::vault::Place for $crate::schema::$table::$column {
                const TABLE: &'static str = stringify!($table);
                const COLUMN: &'static str = stringify!($column);
                const CLASS: $crate::platform::vault::Class =
                    $crate::platform::vault::Class::$class;
            }
        )+
    };
}
