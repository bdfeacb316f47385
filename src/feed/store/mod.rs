//! Reading the feed: which events a client is told of, and what it is told of them. Who follows it lies beside.
pub mod consumers;
pub mod progress;

use std::collections::{BTreeMap, BTreeSet};

use base64::{Engine as _, prelude::BASE64_URL_SAFE_NO_PAD as BASE64};
use chrono::{DateTime, TimeDelta, Utc};
use diesel::prelude::*;
use uuid::Uuid;

use super::model::{ChangeEvent, ChangeType, Changes, Cursor};
use crate::{
    children::{Child, ChildId},
    platform::{
        copies::Copies,
        disclosure::{AboutAll, Person, Persons},
        error::{Error, Result},
        id::Kind as _,
        journal,
        reach::{self, Reach, Standing},
    },
    schema::{feed, feed_state},
};

/// Places that are looked through for one page: who may know of little waits no longer than others.
const WINDOW: i64 = 20_000;

/// How long after the registry learned of a change it may get its place.
const LATEST_COMMIT: TimeDelta = TimeDelta::minutes(5);

/// A row of the feed.
#[derive(Debug, Clone, Queryable, Selectable)]
#[diesel(table_name = feed, check_for_backend(diesel::pg::Pg))]
struct Row {
    position: i64,
    recorded_at: DateTime<Utc>,
    kind: String,
    subject: Uuid,
    parent: Option<Uuid>,
    version: i64,
    event: String,
    changed: Vec<String>,
    persons: Persons,
    from_kind: Option<String>,
    from_organisation: Option<Uuid>,
    from_area: Option<String>,
}

impl Row {
    /// Who moved, if that is why the record is told again, and how it stood before.
    fn moved(&self) -> Option<(Person, Standing)> {
        let (kind, area) = (self.from_kind.clone()?, self.from_area.clone()?);
        // It is told of a person's own record, and of those that are listed under it.
        let id = if self.kind == kind { self.subject } else { self.parent? };
        let organisation = self.from_organisation;
        let standing = Standing { person: kind.clone(), organisation, area, ..Standing::default() };
        Some((Person { kind, id, mentioned: false }, standing))
    }

    /// Those of the persons whose data the record holds whom an event names: it tells nothing of others.
    fn named(&self, mentioned: bool) -> BTreeSet<Person> {
        let named = [Some(self.subject), self.parent];
        let persons = self.persons.0.iter().filter(|person| named.contains(&Some(person.id)));
        persons.map(|person| Person { mentioned, ..person.clone() }).collect()
    }

    fn tell(self, change: ChangeType, copies: &Copies, closed: &BTreeSet<&str>) -> ChangeEvent {
        let href = copies.address(&self.kind, self.subject, self.parent);
        let changed = self.changed.into_iter().filter(|name| !closed.contains(name.as_str()));
        let is_told = matches!(change, ChangeType::Created | ChangeType::Changed);
        ChangeEvent {
            position: self.position,
            change,
            kind: self.kind,
            id: self.subject,
            parent_id: self.parent,
            version: (change != ChangeType::LeftScope).then_some(self.version),
            href: href.filter(|_| change != ChangeType::LeftScope),
            recorded_at: self.recorded_at,
            event: is_told.then_some(self.event),
            changed: changed.collect(),
            merged_into: None,
        }
    }
}

/// What is told of a row, and with what is kept from the client; nothing, if it may not know of it or
/// it is no news to it.
fn tell(
    row: Row,
    copies: &Copies,
    standings: &BTreeMap<Person, Standing>,
) -> Option<(ChangeEvent, BTreeSet<Person>)> {
    let now = copies.closed(&row.kind, &row.persons.0, |person| standings.get(person));
    let Some((moved, standing)) = row.moved() else {
        let change = if row.version == 1 { ChangeType::Created } else { ChangeType::Changed };
        let named = row.named(false);
        return Some((row.tell(change, copies, &now?), named));
    };
    let then = |person: &Person| {
        if *person == moved { Some(&standing) } else { standings.get(person) }
    };
    let before = copies.closed(&row.kind, &row.persons.0, then);
    match (before, now) {
        (None, Some(closed)) => {
            let named = row.named(false);
            Some((row.tell(ChangeType::EnteredScope, copies, &closed), named))
        }
        (Some(closed), None) => {
            // Who is out of reach is only mentioned: nothing of its data is told.
            let gone = row.named(true);
            Some((row.tell(ChangeType::LeftScope, copies, &closed), gone))
        }
        _ => None,
    }
}

/// The history that is told, and from where to where.
#[derive(Debug, Clone, Copy, Queryable, Selectable)]
#[diesel(table_name = feed_state, check_for_backend(diesel::pg::Pg))]
pub(super) struct State {
    epoch: Uuid,
    pub head: i64,
    tail: i64,
}

/// Where a copy goes on that was told everything up to that place.
pub(super) fn cursor(state: &State, copies: &Copies, position: i64) -> Cursor {
    Cursor { epoch: state.epoch, position, scope: BASE64.encode(copies.fingerprint()) }
}

/// The changes of records of these kinds after a place, so many at most.
pub fn page(
    conn: &mut PgConnection,
    copies: &Copies,
    after: Option<&Cursor>,
    kinds: &[&'static str],
    limit: i64,
) -> Result<AboutAll<Changes>> {
    let state: State = feed_state::table.select(State::as_select()).first(conn)?;
    let here = cursor(&state, copies, state.head);
    let from = after.map_or(Ok(0), |after| begin(after, &state, &here.scope))?;
    if from < state.tail {
        return Err(Error::CopyEnded("the registry no longer tells of what was changed then"));
    }
    let end = from.saturating_add(WINDOW).min(state.head);
    let rows: Vec<Row> = feed::table
        .filter(feed::position.gt(from).and(feed::position.le(end)))
        .filter(feed::kind.eq_any(kinds))
        .order(feed::position)
        .limit(limit)
        .select(Row::as_select())
        .load(conn)?;
    let is_full = i64::try_from(rows.len()).is_ok_and(|rows| rows == limit);
    let to = rows.last().filter(|_| is_full).map_or(end, |last| last.position);
    let (data, persons) = told(conn, copies, rows)?;
    let next_cursor = Cursor { position: to, ..here }.write();
    Ok(AboutAll(persons, Changes { data, from, to, head: state.head, next_cursor }))
}

/// Where somebody begins who follows from now on.
pub fn head(conn: &mut PgConnection, copies: &Copies) -> Result<Cursor> {
    let state: State = feed_state::table.select(State::as_select()).first(conn)?;
    let scope = BASE64.encode(copies.fingerprint());
    Ok(Cursor { epoch: state.epoch, position: state.head, scope })
}

/// What the client is told now of the change at that place of that history; nothing, if it may not know of it
/// any more, or the registry does not tell of it any more.
pub fn at(
    conn: &mut PgConnection,
    copies: &Copies,
    (epoch, position): (Uuid, i64),
) -> Result<Option<AboutAll<ChangeEvent>>> {
    let state: State = feed_state::table.select(State::as_select()).first(conn)?;
    if state.epoch != epoch {
        return Ok(None);
    }
    let row = feed::table.find(position).filter(feed::kind.eq_any(copies.kinds()));
    let row: Option<Row> = row.select(Row::as_select()).first(conn).optional()?;
    let (events, persons) = told(conn, copies, row.into_iter().collect())?;
    Ok(events.into_iter().next().map(|event| AboutAll(persons, event)))
}

/// The place before the first change that the registry learned of at that moment or later. Sees all changes,
/// and tells of none.
pub fn place_before(conn: &mut PgConnection, moment: DateTime<Utc>) -> Result<i64> {
    let state: State = feed_state::table.select(State::as_select()).first(conn)?;
    reach::beyond(conn, |conn| {
        // Times go with places but for those who committed late: some more are told rather than one too few.
        let moment = moment - LATEST_COMMIT;
        let (mut before, mut end) = (state.tail, state.head);
        while before < end {
            let middle = before + (end - before) / 2 + 1;
            let row = feed::table.filter(feed::position.ge(middle)).order(feed::position);
            let at: Option<DateTime<Utc>> = row.select(feed::recorded_at).first(conn).optional()?;
            if at.is_some_and(|at| at < moment) { before = middle } else { end = middle - 1 }
        }
        Ok(before)
    })
}

/// Where a copy goes on, if it can.
fn begin(after: &Cursor, state: &State, scope: &str) -> Result<i64> {
    if after.epoch != state.epoch || after.position > state.head {
        Err(Error::CopyEnded("the registry was set back since, or the cursor is of another one"))
    } else if after.scope != scope {
        Err(Error::CopyEnded("the client reaches farther, or less far, than it did then"))
    } else {
        Ok(after.position)
    }
}

fn told(
    conn: &mut PgConnection,
    copies: &Copies,
    rows: Vec<Row>,
) -> Result<(Vec<ChangeEvent>, BTreeSet<Person>)> {
    let about: BTreeSet<Person> = rows.iter().flat_map(|row| row.persons.0.clone()).collect();
    // To whom nothing is closed it does not matter how it stands to whom.
    let asked = about.iter().filter(|person| !person.mentioned && !copies.is_whole());
    let standings = Reach::standings(conn, asked)?;
    let told = rows.into_iter().filter_map(|row| tell(row, copies, &standings));
    let (mut events, persons): (Vec<_>, Vec<_>) = told.unzip();
    let mut persons: BTreeSet<Person> = persons.into_iter().flatten().collect();
    point_on(conn, copies, &mut events, &mut persons)?;
    Ok((events, persons))
}

/// Says of records that were merged which is the child's, to whoever may know of that.
fn point_on(
    conn: &mut PgConnection,
    copies: &Copies,
    events: &mut [ChangeEvent],
    persons: &mut BTreeSet<Person>,
) -> Result<()> {
    let of_children = events.iter().filter(|event| event.kind == Child::NAME);
    let merged = journal::merged(conn, of_children.map(|event| event.id).collect())?;
    let survivor = |id: &Uuid| Person::of(ChildId::from_untyped(*id));
    let asked: BTreeSet<Person> = merged.values().flatten().map(survivor).collect();
    let standings = Reach::standings(conn, &asked)?;
    let known = |person: &Person| {
        let standing = standings.get(person);
        standing.is_some_and(|standing| copies.classes(Child::NAME, standing).is_some())
    };
    for event in events.iter_mut().filter(|event| event.kind == Child::NAME) {
        let into = merged.get(&event.id).copied().flatten();
        let Some(into) = into.filter(|into| known(&survivor(into))) else {
            continue;
        };
        event.merged_into = Some(into);
        persons.insert(survivor(&into));
    }
    Ok(())
}
