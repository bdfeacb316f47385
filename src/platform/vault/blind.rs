//! Blind indexes: equal values are found, and nobody who has the database learns which they are.
//!
//! A blind index is a version byte, the id of its key, and the HMAC-SHA256 of table, system and value
//! under that key. While the key is replaced there are two: look-ups ask for a value's index under each,
//! in the transaction that reads the rows, so that none misses.
use std::sync::Arc;

use diesel::PgConnection;
use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;

use super::{
    Class,
    data_keys::{DataKey, of_class},
    sealed::VERSION,
};
use crate::platform::{
    db::Tx,
    error::{Error, Result},
};

/// What is looked for.
#[derive(Debug, Clone, Copy)]
pub struct Sought<'v> {
    pub table: &'v str,
    pub system: &'v str,
    pub value: &'v str,
}

impl DataKey {
    pub(super) fn blind(&self, sought: Sought<'_>) -> Result<Vec<u8>> {
        let mut mac = Hmac::<Sha256>::new_from_slice(&self.key).map_err(Error::internal)?;
        // No part but the last can hold a zero byte.
        for part in [sought.table, "\0", sought.system, "\0", sought.value] {
            mac.update(part.as_bytes());
        }
        Ok([[VERSION].as_slice(), self.id.as_bytes(), &mac.finalize().into_bytes()].concat())
    }
}

/// The blind indexes of a value: under each key that rows may have theirs under.
pub fn all(conn: &mut PgConnection, sought: Sought<'_>) -> Result<Vec<Vec<u8>>> {
    Keys::of(conn)?.all(sought)
}

/// The keys that rows may have their blind indexes under.
pub struct Keys(Vec<Arc<DataKey>>);

impl Keys {
    pub fn of(conn: &mut PgConnection) -> Result<Self> {
        of_class(conn, Class::Index).map(Self)
    }

    /// The blind indexes of a value, under each.
    pub fn all(&self, sought: Sought<'_>) -> Result<Vec<Vec<u8>>> {
        self.0.iter().map(|key| key.blind(sought)).collect()
    }
}

impl Tx<'_> {
    /// The blind index that a row is written with.
    pub fn blind(&mut self, sought: Sought<'_>) -> Result<Vec<u8>> {
        self.sealer()?.key(Class::Index)?.blind(sought)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::vault::data_keys::testing;

    #[test]
    fn equal_values_are_alike_in_one_table_and_system_under_one_key() {
        let (key, other) = (testing::key(Class::Index), testing::key(Class::Index));
        let here = Sought { table: "t", system: "urn:a", value: "1" };
        let index = key.blind(here).unwrap();
        assert_eq!(key.blind(here).unwrap(), index);
        assert_eq!(index.len(), 49);
        for elsewhere in [
            Sought { table: "u", ..here },
            Sought { system: "urn:b", ..here },
            Sought { value: "2", ..here },
        ] {
            assert_ne!(key.blind(elsewhere).unwrap(), index);
        }
        assert_ne!(other.blind(here).unwrap(), index);
    }
}
