//! Trawling: who works with single persons needs few of them in an hour. Each service counts for itself.
use std::{
    collections::{BTreeSet, HashMap},
    sync::{Mutex, PoisonError},
};

use chrono::{DateTime, Duration, Utc};
use uuid::Uuid;

use super::{db::Tx, disclosure::Person, error::Result, journal::Recorded};

/// In which time persons are counted.
const WINDOW: Duration = Duration::hours(1);

/// Tells those who watch over it that the client that asks reads about too many.
pub type Alarm = dyn Fn(&mut Tx<'_>) -> Result<Recorded<()>> + Send + Sync;

/// The persons whom each client read about in the last hour.
#[derive(Default)]
pub struct Trawling(Mutex<HashMap<Uuid, Reader>>);

#[derive(Default)]
struct Reader {
    /// When it read about each of them last.
    persons: HashMap<Uuid, DateTime<Utc>>,
    told_at: Option<DateTime<Utc>>,
}

/// What comes of a count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    Fine,
    /// Too many; `first` says that nobody was told in this hour.
    TooMany {
        first: bool,
    },
}

impl Trawling {
    /// Counts the persons of this kind in an answer, if it may read about `most` in an hour. Those of an
    /// answer that is too much are not counted, as it does not leave.
    pub fn count(
        &self,
        client: Uuid,
        kind: &str,
        persons: &BTreeSet<Person>,
        most: usize,
        now: DateTime<Utc>,
    ) -> Verdict {
        let asked: BTreeSet<Uuid> =
            persons.iter().filter(|person| person.kind == kind).map(|person| person.id).collect();
        if asked.is_empty() {
            return Verdict::Fine;
        }
        let mut readers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let reader = readers.entry(client).or_default();
        reader.persons.retain(|_, at| now - *at < WINDOW);
        let new = asked.iter().filter(|id| !reader.persons.contains_key(id)).count();
        if new > 0 && reader.persons.len() + new > most {
            let first = reader.told_at.is_none_or(|at| now - at >= WINDOW);
            if first {
                reader.told_at = Some(now);
            }
            return Verdict::TooMany { first };
        }
        reader.persons.extend(asked.into_iter().map(|id| (id, now)));
        Verdict::Fine
    }

    /// Forgets those who have read nothing for a while.
    pub fn tidy(&self, now: DateTime<Utc>) {
        let mut readers = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        readers.retain(|_, reader| reader.persons.values().any(|at| now - *at < WINDOW));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn children(ids: std::ops::Range<u128>) -> BTreeSet<Person> {
        let child = |id| Person { kind: "child".into(), id: Uuid::from_u128(id), mentioned: false };
        ids.map(child).collect()
    }

    #[test]
    fn different_persons_in_an_hour_count_and_the_alarm_is_raised_once() {
        let (trawling, client) = (Trawling::default(), Uuid::from_u128(7));
        let noon: DateTime<Utc> = "2026-11-22T12:00:00Z".parse().unwrap();
        let at = |minutes| noon + Duration::minutes(minutes);
        let count = |ids, minutes| trawling.count(client, "child", &children(ids), 3, at(minutes));
        assert_eq!(count(0..2, 0), Verdict::Fine);
        assert_eq!(count(0..2, 10), Verdict::Fine);
        assert_eq!(count(2..3, 20), Verdict::Fine);
        assert_eq!(count(2..4, 30), Verdict::TooMany { first: true });
        assert_eq!(count(3..4, 31), Verdict::TooMany { first: false });
        assert_eq!(count(0..3, 32), Verdict::Fine);
        // What was read at half past is still of this hour; the rest is not.
        assert_eq!(count(4..7, 93), Verdict::Fine);
        assert_eq!(trawling.count(Uuid::nil(), "child", &children(0..3), 3, noon), Verdict::Fine);
        assert_eq!(trawling.count(client, "family", &children(0..9), 3, noon), Verdict::Fine);
    }
}
