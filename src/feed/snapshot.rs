//! What a new copy begins with: every record of a kind, as it is at one place of the feed.
use std::{
    collections::BTreeSet,
    sync::{Arc, OnceLock},
};

use diesel::prelude::*;
use uuid::Uuid;

use super::{
    model::Cursor,
    store::{State, cursor},
};
use crate::{
    children::Child,
    platform::{
        access::Line,
        copies::Copies,
        disclosure::Person,
        error::Result,
        id::Kind as _,
        journal::{KEPT, Record, merged},
        reach::Reach,
    },
    schema::{feed_records, feed_state, journal},
};

/// Records that are read, and sent, together.
const BLOCK: i64 = 500;

/// A snapshot on its way.
pub struct Snapshot {
    copies: Copies,
    kind: &'static str,
    last: Uuid,
    place: Arc<OnceLock<Cursor>>,
}

impl Snapshot {
    pub fn of(copies: Copies, kind: &'static str) -> Self {
        Self { copies, kind, last: Uuid::nil(), place: Arc::default() }
    }

    /// The place at which it is, once something of it was read.
    pub fn place(&self) -> Arc<OnceLock<Cursor>> {
        Arc::clone(&self.place)
    }

    /// The next records, in the order of their ids; none if there are no more.
    pub fn next(&mut self, conn: &mut PgConnection) -> Result<Option<Vec<Line>>> {
        if self.place.get().is_none() {
            let state: State = feed_state::table.select(State::as_select()).first(conn)?;
            let _first = self.place.set(cursor(&state, &self.copies, state.head));
        }
        let rows: Vec<(Uuid, Record)> = feed_records::table
            .inner_join(journal::table)
            .filter(feed_records::kind.eq(self.kind).and(feed_records::subject.gt(self.last)))
            .order(feed_records::subject)
            .limit(BLOCK)
            .select((feed_records::subject, KEPT))
            .load(conn)?;
        let Some((last, _)) = rows.last() else { return Ok(None) };
        self.last = *last;
        self.lines(conn, rows).map(Some)
    }

    fn lines(&self, conn: &mut PgConnection, rows: Vec<(Uuid, Record)>) -> Result<Vec<Line>> {
        let read = |(_, kept): (Uuid, Record)| self.copies.reread(self.kind, kept.0);
        let read: Vec<(Vec<u8>, BTreeSet<Person>)> =
            rows.into_iter().map(read).collect::<Result<_>>()?;
        let about = read.iter().flat_map(|(_, persons)| persons);
        let asked = about.filter(|person| !person.mentioned && !self.copies.is_whole());
        let standings = Reach::standings(conn, asked.collect::<BTreeSet<_>>())?;
        let children = read.iter().flat_map(|(_, persons)| persons);
        let children = children.filter(|person| person.kind == Child::NAME);
        // What a record that was merged said itself is the registry's no more.
        let merged = merged(conn, children.map(|person| person.id).collect())?;
        let gone = |persons: &BTreeSet<Person>| {
            persons.iter().any(|person| merged.contains_key(&person.id))
        };
        let read = read.into_iter().filter(|(_, persons)| !gone(persons));
        let line = |(record, persons): (Vec<u8>, BTreeSet<Person>)| {
            let closed = self.copies.closed(self.kind, &persons, |person| standings.get(person))?;
            Some(Line { record, persons, closed })
        };
        Ok(read.filter_map(line).collect())
    }
}
