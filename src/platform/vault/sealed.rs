//! One sealed value: how it is made, where it belongs, how a query opens it.
//!
//! It is a version byte, the id of its key, a random nonce, and the ciphertext with its tag. It opens
//! only at its seat: table, column and row are part of what the tag covers.
use std::{fmt, marker::PhantomData};

use chacha20poly1305::{AeadInOut as _, Key, KeyInit as _, XChaCha20Poly1305, XNonce};
use diesel::{
    Queryable, deserialize,
    pg::Pg,
    sql_types::{Binary, Nullable, Uuid as SqlUuid},
};
use serde::{Serialize, de::DeserializeOwned};
use uuid::Uuid;

use super::{
    Class,
    data_keys::{DataKey, Sealer, find},
    master::NONCE,
};
use crate::platform::{
    db::Tx,
    error::{Error, Result},
};

/// The form of a sealed value.
pub const VERSION: u8 = 1;
/// How long the id of a key is.
const ID: usize = 16;

/// A sealed value does not open: it is not whole, not of this place, or its key is not to be had.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a sealed value does not open in its place")]
pub struct Unopened;

/// Where a sealed value belongs.
#[derive(Debug, Clone, Copy)]
pub struct Seat<'r> {
    pub table: &'r str,
    pub column: &'r str,
    /// What tells the row from all others of the table.
    pub row: &'r [u8],
}

impl Seat<'_> {
    /// Names hold no zero byte, so that no two seats look alike.
    fn context(&self) -> Vec<u8> {
        [self.table.as_bytes(), b"\0", self.column.as_bytes(), b"\0", self.row].concat()
    }
}

/// A column of which every value is sealed, in a table whose rows are told apart by their `id`.
/// Declared by [`sealed_columns!`](crate::sealed_columns).
pub trait Place {
    const TABLE: &'static str;
    const COLUMN: &'static str;
    const CLASS: Class;

    /// The seat of a row's value.
    fn seat(row: &Uuid) -> Seat<'_> {
        Seat { table: Self::TABLE, column: Self::COLUMN, row: row.as_bytes() }
    }
}

impl DataKey {
    fn cipher(&self) -> XChaCha20Poly1305 {
        XChaCha20Poly1305::new(&Key::from(self.key))
    }

    pub(super) fn seal(&self, seat: Seat<'_>, text: &[u8]) -> Result<Vec<u8>> {
        let nonce: [u8; NONCE] = rand::random();
        let mut sealed = text.to_vec();
        self.cipher()
            .encrypt_in_place(&XNonce::from(nonce), &seat.context(), &mut sealed)
            .map_err(|_| Error::internal("a value cannot be sealed"))?;
        Ok([[VERSION].as_slice(), self.id.as_bytes(), &nonce, &sealed].concat())
    }
}

/// The id of the key that a sealed value was sealed with.
pub(super) fn key_id(sealed: &[u8]) -> Option<Uuid> {
    let rest = sealed.strip_prefix(&[VERSION])?;
    rest.first_chunk::<ID>().map(|id| Uuid::from_bytes(*id))
}

/// Opens what was sealed at this seat with a key of this class.
pub fn open(class: Class, seat: Seat<'_>, sealed: &[u8]) -> Result<Vec<u8>, Unopened> {
    let key = key_id(sealed).and_then(find).filter(|key| key.class == class).ok_or(Unopened)?;
    let rest = sealed.get(1 + ID..).and_then(|rest| rest.split_first_chunk::<NONCE>());
    let (nonce, sealed) = rest.ok_or(Unopened)?;
    let mut text = sealed.to_vec();
    let opened = key.cipher().decrypt_in_place(&XNonce::from(*nonce), &seat.context(), &mut text);
    opened.map(|()| text).map_err(|_| Unopened)
}

/// Opens a value that was sealed as JSON.
pub fn open_json<T: DeserializeOwned>(
    class: Class,
    seat: Seat<'_>,
    sealed: &[u8],
) -> Result<T, Unopened> {
    serde_json::from_slice(&open(class, seat, sealed)?).map_err(|_| Unopened)
}

/// The bytes of a sealed value in a row that came as JSON, as PostgreSQL writes them: `\x` and digits.
pub fn of_json(text: &str) -> Result<Vec<u8>, Unopened> {
    let digits = text.strip_prefix("\\x").ok_or(Unopened)?.as_bytes();
    let value =
        |digit: u8| char::from(digit).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let (pairs, odd) = digits.as_chunks::<2>();
    let byte = |pair: &[u8; 2]| Some(value(pair[0])? << 4 | value(pair[1])?);
    pairs.iter().map(byte).collect::<Option<_>>().filter(|_| odd.is_empty()).ok_or(Unopened)
}

impl Tx<'_> {
    /// The keys that this transaction seals with.
    pub fn sealer(&mut self) -> Result<&Sealer> {
        let sealer = match self.sealer.take() {
            Some(sealer) => sealer,
            None => Sealer::of(self.conn)?,
        };
        Ok(self.sealer.insert(sealer))
    }

    /// Seals bytes for this seat.
    pub fn seal_bytes(&mut self, class: Class, seat: Seat<'_>, text: &[u8]) -> Result<Vec<u8>> {
        self.sealer()?.key(class)?.seal(seat, text)
    }

    /// Seals a value of a row for this column.
    pub fn seal<P: Place>(&mut self, _: P, row: Uuid, value: &impl Serialize) -> Result<Vec<u8>> {
        let text = serde_json::to_vec(value).map_err(Error::internal)?;
        self.seal_bytes(P::CLASS, P::seat(&row), &text)
    }

    /// Seals a value of a row for this column, if there is one.
    pub fn seal_some<P: Place>(
        &mut self,
        column: P,
        row: Uuid,
        value: Option<&impl Serialize>,
    ) -> Result<Option<Vec<u8>>> {
        value.map(|value| self.seal(column, row, value)).transpose()
    }
}

/// What a query finds in a sealed column, which it selects as the row's id and the column: opened.
pub struct Opened<P, T>(T, PhantomData<P>);

impl<P: Place, T: DeserializeOwned> Queryable<(SqlUuid, Binary), Pg> for Opened<P, T> {
    type Row = (Uuid, Vec<u8>);

    fn build((row, sealed): Self::Row) -> deserialize::Result<Self> {
        Ok(Self(open_json(P::CLASS, P::seat(&row), &sealed)?, PhantomData))
    }
}

impl<P: Place, T: DeserializeOwned> Queryable<(SqlUuid, Nullable<Binary>), Pg>
    for Opened<P, Option<T>>
{
    type Row = (Uuid, Option<Vec<u8>>);

    fn build((row, sealed): Self::Row) -> deserialize::Result<Self> {
        let open = |sealed: Vec<u8>| open_json(P::CLASS, P::seat(&row), &sealed);
        Ok(Self(sealed.map(open).transpose()?, PhantomData))
    }
}

impl<P, T> Opened<P, T> {
    /// What was sealed.
    pub fn into_value(self) -> T {
        self.0
    }
}

/// What sealed columns hold.
macro_rules! opens_to {
    ($($kind:ty),+ $(,)?) => {
        $(
            impl<P> From<Opened<P, $kind>> for $kind {
                fn from(opened: Opened<P, $kind>) -> Self {
                    opened.0
                }
            }
        )+
    };
}
opens_to!(String, Vec<String>, Option<String>, Option<f64>, Option<serde_json::Value>);

impl<P, T> fmt::Debug for Opened<P, T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Opened(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::platform::vault::data_keys::testing;

    const HERE: Seat<'_> = Seat { table: "children", column: "note", row: b"1" };

    #[test]
    fn what_is_sealed_opens_whole_and_in_its_place_only() {
        let key = testing::key(Class::Identifying);
        let sealed = key.seal(HERE, b"1405017715007").unwrap();
        assert_eq!(open(Class::Identifying, HERE, &sealed).unwrap(), b"1405017715007");
        assert_ne!(key.seal(HERE, b"1405017715007").unwrap(), sealed);
        for elsewhere in [
            Seat { table: "families", ..HERE },
            Seat { column: "other", ..HERE },
            Seat { row: b"2", ..HERE },
            Seat { column: "note\0", row: b"", ..HERE },
        ] {
            assert_eq!(open(Class::Identifying, elsewhere, &sealed), Err(Unopened));
        }
        assert_eq!(open(Class::Journal, HERE, &sealed), Err(Unopened));
        for place in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[place] ^= 1;
            assert_eq!(open(Class::Identifying, HERE, &changed), Err(Unopened), "{place}");
            assert_eq!(open(Class::Identifying, HERE, &sealed[..place]), Err(Unopened), "{place}");
        }
    }

    #[test]
    fn bytes_come_back_from_json_as_postgresql_writes_them() {
        assert_eq!(of_json("\\x0aFf"), Ok(vec![10, 255]));
        for bad in ["0aff", "\\x0", "\\xzz", "\\x+1", ""] {
            assert_eq!(of_json(bad), Err(Unopened), "{bad}");
        }
    }
}
