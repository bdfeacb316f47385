//! Cursor pagination: one page, and where the next one begins.
use base64::{Engine, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use chrono::{DateTime, Duration, Utc};
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use sha2::{Digest, Sha256};
use utoipa::IntoParams;

use super::{
    clock::{Clock, SystemClock},
    error::{Error, Result},
    order::Order,
    seal,
};

const DEFAULT_LIMIT: i64 = 50;
const MAX_LIMIT: i64 = 200;
/// How long a cursor may lie unused.
const CURSOR_LIFE: Duration = Duration::hours(24);
/// Longer ones are hostile: ours are far shorter.
const MAX_CURSOR: usize = 3072;

/// Which page of a list.
#[derive(Debug, Clone, Default, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct PageQuery {
    /// Most records to return, 1 to 200; 50 unless said.
    #[param(minimum = 1, maximum = 200, default = 50, nullable = false)]
    limit: Option<i32>,
    /// `next_cursor` of the page before this one. Opaque, bound to the filters, good for 24 hours.
    #[param(nullable = false, max_length = 3072)]
    cursor: Option<String>,
}

#[derive(Serialize, Deserialize)]
struct Cursor {
    /// Where the page before ended, sealed: it may be a day of birth, and an address is kept by
    /// browsers and proxies.
    k: String,
    /// Fingerprint of the filters.
    f: String,
    /// When it was handed out, in Unix seconds.
    t: i64,
}

/// A page query that knows which filters it belongs to.
pub struct Bound {
    fingerprint: String,
    cursor: Option<String>,
    now: DateTime<Utc>,
}

impl PageQuery {
    /// A page asked for in a body.
    #[must_use]
    pub fn new(limit: Option<i32>, cursor: Option<String>) -> Self {
        Self { limit, cursor }
    }

    pub fn limit(&self) -> Result<i64> {
        match self.limit.map_or(DEFAULT_LIMIT, i64::from) {
            limit @ 1..=MAX_LIMIT => Ok(limit),
            _ => Err(Error::query("limit", "out_of_range", "must be 1 to 200")),
        }
    }

    /// Binds the cursor to the list's filters: with others it is refused.
    pub fn bind(&self, filters: &impl Serialize) -> Bound {
        let filters = serde_json::to_vec(filters).unwrap_or_default();
        let digest = Sha256::digest(&filters);
        let fingerprint = BASE64.encode(digest.get(..9).unwrap_or_default());
        Bound { fingerprint, cursor: self.cursor.clone(), now: SystemClock.now() }
    }
}

impl Bound {
    /// The key after which the page begins.
    pub fn after<K: DeserializeOwned>(&self) -> Result<Option<K>> {
        let Some(text) = &self.cursor else { return Ok(None) };
        let hostile =
            || Error::Malformed("invalid_cursor", "the cursor is none of ours".to_owned());
        let bytes = (text.len() <= MAX_CURSOR).then(|| BASE64.decode(text).ok()).flatten();
        let cursor: Cursor =
            bytes.and_then(|bytes| serde_json::from_slice(&bytes).ok()).ok_or_else(hostile)?;
        if cursor.f != self.fingerprint {
            let detail = "the cursor belongs to other filters: start from the first page";
            return Err(Error::Malformed("cursor_mismatch", detail.to_owned()));
        }
        let made = DateTime::from_timestamp(cursor.t, 0).ok_or_else(hostile)?;
        if self.now.signed_duration_since(made) > CURSOR_LIFE {
            return Err(Error::CursorExpired);
        }
        let key = BASE64.decode(&cursor.k).ok();
        let key = key.and_then(|key| seal::open(&key, self.fingerprint.as_bytes()));
        let key = key.and_then(|key| serde_json::from_slice(&key).ok());
        key.map(Some).ok_or_else(hostile)
    }

    /// The keys of the row after which the page begins, in a list of this order.
    pub fn place(&self, order: &Order) -> Result<Option<Vec<String>>> {
        let keys: Option<Vec<String>> = self.after()?;
        if keys.as_ref().is_some_and(|keys| keys.len() != order.width()) {
            return Err(Error::Malformed(
                "invalid_cursor",
                "the cursor is of another order".to_owned(),
            ));
        }
        Ok(keys)
    }

    /// Makes a page of rows that were loaded with `LIMIT limit + 1`, each with its keys in the order
    /// of the list.
    pub fn sorted<T>(self, rows: Vec<(T, Vec<String>)>, limit: i64) -> Page<T> {
        self.page(rows, limit, |(_, keys)| keys.clone()).map(|(row, _)| row)
    }

    /// Makes a page out of all the rows of a record that has few of them, in their order; `fits` says
    /// which to show. The one at which the page before ended may no longer fit.
    pub fn cut<T, K: Serialize + DeserializeOwned + PartialEq>(
        self,
        mut rows: Vec<T>,
        limit: i64,
        key: impl Fn(&T) -> K,
        fits: impl Fn(&T) -> bool,
    ) -> Result<Page<T>> {
        let after = self.after::<K>()?;
        let last = after.and_then(|after| rows.iter().position(|row| key(row) == after));
        rows.drain(..last.map_or(0, |last| last + 1));
        rows.retain(fits);
        Ok(self.page(rows, limit, key))
    }

    /// Makes a page of rows that were loaded with `LIMIT limit + 1`.
    pub fn page<T, K: Serialize>(
        self,
        mut rows: Vec<T>,
        limit: i64,
        key: impl Fn(&T) -> K,
    ) -> Page<T> {
        let limit = usize::try_from(limit).unwrap_or(usize::MAX);
        let more = rows.len() > limit;
        rows.truncate(limit);
        let next_cursor = rows.last().filter(|_| more).and_then(|last| {
            let key = serde_json::to_vec(&key(last)).ok()?;
            let k = BASE64.encode(seal::seal(&key, self.fingerprint.as_bytes())?);
            let cursor = Cursor { k, f: self.fingerprint, t: self.now.timestamp() };
            Some(BASE64.encode(serde_json::to_vec(&cursor).ok()?))
        });
        Page { data: rows, next_cursor, total: None }
    }
}

/// Some records of a list. Each list has a named page type of its own in the contract, made from
/// this one by [`page_of!`](crate::page_of).
#[derive(Debug)]
pub struct Page<T> {
    pub data: Vec<T>,
    pub next_cursor: Option<String>,
    /// How many there are in all, where that was asked for.
    pub total: Option<i64>,
}

impl<T> Page<T> {
    /// The same page of other records.
    pub fn map<U>(self, change: impl FnMut(T) -> U) -> Page<U> {
        let data = self.data.into_iter().map(change).collect();
        Page { data, next_cursor: self.next_cursor, total: self.total }
    }

    /// The same page, with the number of records in all.
    #[must_use]
    pub fn of(self, total: Option<i64>) -> Self {
        Self { total, ..self }
    }
}

/// Defines the page type of a list; with `counted`, of one that can be counted.
#[macro_export]
macro_rules! page_of {
    ($(#[$meta:meta])* counted $name:ident, $item:ty) => {
        $crate::page_of!(@define [$(#[$meta])*] $name, $item,
            /// How many records there are in all; absent unless `count` asked for it.
            #[serde(skip_serializing_if = "Option::is_none")]
            #[schema(nullable = false, minimum = 0, example = 1)]
            total: Option<i64>,
        );
    };
    ($(#[$meta:meta])* $name:ident, $item:ty) => {
        $crate::page_of!(@define [$(#[$meta])*] $name, $item,);
    };
    (@define [$(#[$meta:meta])*] $name:ident, $item:ty, $($(#[$mmeta:meta])* $member:ident: $kind:ty,)*) => {
        $(#[$meta])*
        #[derive(Debug, ::serde::Serialize, ::utoipa::ToSchema)]
        pub struct $name {
            /// The records of this page.
            pub data: Vec<$item>,
            /// Cursor of the next page; absent on the last one.
            #[serde(skip_serializing_if = "Option::is_none")]
            #[schema(nullable = false, example = "eyJrIjoiMDE5OSIsImYiOiJhYmMiLCJ0IjoxfQ")]
            pub next_cursor: Option<String>,
            $($(#[$mmeta])* pub $member: $kind,)*
        }

        impl From<$crate::platform::page::Page<$item>> for $name {
            fn from(page: $crate::platform::page::Page<$item>) -> Self {
                Self { data: page.data, next_cursor: page.next_cursor, $($member: page.$member,)* }
            }
        }

        impl $crate::platform::page::Paged for $name {
            fn next_cursor(&self) -> Option<&str> {
                self.next_cursor.as_deref()
            }
        }
    };
}

/// A page type of the contract.
pub trait Paged: Serialize {
    fn next_cursor(&self) -> Option<&str>;
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(cursor: Option<String>) -> PageQuery {
        PageQuery { limit: Some(2), cursor }
    }

    #[test]
    fn a_cursor_leads_on_and_only_under_its_filters() {
        let first = page(None).bind(&"a").page(vec![1, 2, 3], 2, |row| *row);
        assert_eq!(first.data, [1, 2]);
        let next = page(first.next_cursor);
        assert_eq!(next.bind(&"a").after::<i32>().unwrap(), Some(2));
        assert_eq!(next.bind(&"b").after::<i32>().unwrap_err().code(), "cursor_mismatch");
        assert!(page(None).bind(&"a").page(vec![1, 2], 2, |row| *row).next_cursor.is_none());
    }

    #[test]
    fn a_short_list_is_cut_into_pages_even_if_the_last_row_shown_no_longer_fits() {
        let first =
            page(None).bind(&"a").cut(vec![3, 1, 2, 5, 4], 2, |row| *row, |_| true).unwrap();
        assert_eq!(first.data, [3, 1]);
        let next = page(first.next_cursor).bind(&"a");
        let next =
            next.cut(vec![3, 1, 2, 5, 4], 2, |row| *row, |row| ![1, 5].contains(row)).unwrap();
        assert_eq!((next.data, next.next_cursor), (vec![2, 4], None));
    }

    #[test]
    fn an_old_cursor_has_expired() {
        let first = page(None).bind(&"a").page(vec![1, 2, 3], 2, |row| *row);
        let mut later = page(first.next_cursor).bind(&"a");
        later.now += CURSOR_LIFE + Duration::seconds(2);
        assert_eq!(later.after::<i32>().unwrap_err().code(), "cursor_expired");
    }

    #[test]
    fn hostile_cursors_are_refused() {
        for cursor in ["", "!", "e30", "bnVsbA", &"A".repeat(100_000), "ыыы"] {
            let refused = page(Some(cursor.to_owned())).bind(&"a").after::<i32>().unwrap_err();
            assert_eq!(refused.code(), "invalid_cursor", "{}", cursor.len());
        }
        for limit in [0, -1, 201, i32::MAX, i32::MIN] {
            assert!(PageQuery { limit: Some(limit), cursor: None }.limit().is_err());
        }
    }
}
