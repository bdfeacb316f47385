//! What the clocks of contact and of overrides ask of many children at once: who saw them, whom they met, what
//! bars it; and until when their placements are as they should not be.
use chrono::{DateTime, NaiveDate, Utc};
use diesel::{dsl::max, prelude::*};
use uuid::Uuid;

use super::{children::Known, sweep::Frame};
use crate::{
    contact::{ContactEventState, ContactRestrictionState},
    placements::PlacementState,
    platform::{error::Result, time::day_in},
    rules::deadlines::{ChildFacts, OverrideFacts},
    schema::{
        contact_events, contact_restrictions, missing_episodes, overrides, placements, visits,
    },
    visits::VisitState,
};

/// Adds it to what is known of these children.
pub fn gather(
    conn: &mut PgConnection,
    ids: &[Uuid],
    frame: &Frame,
    known: &mut Known,
) -> Result<()> {
    let seen: Vec<(Uuid, Option<NaiveDate>)> = visits::table
        .filter(visits::child_id.eq_any(ids))
        .filter(visits::state.eq(VisitState::Recorded).and(visits::child_seen))
        .group_by(visits::child_id)
        .select((visits::child_id, max(visits::visited_on)))
        .load(conn)?;
    add(known, seen, |facts, day| facts.seen_on = day);
    let met: Vec<(Uuid, Option<NaiveDate>)> = contact_events::table
        .filter(contact_events::child_id.eq_any(ids))
        .filter(contact_events::state.eq(ContactEventState::Recorded))
        .filter(contact_events::took_place)
        .group_by(contact_events::child_id)
        .select((contact_events::child_id, max(contact_events::happened_on)))
        .load(conn)?;
    add(known, met, |facts, day| facts.contact_on = day);
    restrictions(conn, ids, frame, known)?;
    let missing: Vec<(Uuid, DateTime<Utc>)> = missing_episodes::table
        .filter(missing_episodes::child_id.eq_any(ids))
        .filter(missing_episodes::ended_at.is_null())
        .select((missing_episodes::child_id, missing_episodes::started_at))
        .load(conn)?;
    add(known, missing, |facts, at| facts.missing_since = Some(day_in(frame.zone, at)));
    let stepped_over: Vec<(Uuid, (Uuid, NaiveDate))> = overrides::table
        .inner_join(placements::table.on(placements::id.eq(overrides::subject_id)))
        .filter(overrides::child_id.eq_any(ids))
        .filter(placements::state.eq(PlacementState::Active))
        .order((overrides::child_id, overrides::id))
        .select((overrides::child_id, (overrides::id, overrides::valid_until)))
        .load(conn)?;
    add(known, stepped_over, |facts, (id, until)| {
        facts.overrides.push(OverrideFacts { id, until });
    });
    Ok(())
}

/// Until when contact was restricted, or is, by decisions that have begun: one that was lifted, until then.
fn restrictions(
    conn: &mut PgConnection,
    ids: &[Uuid],
    frame: &Frame,
    known: &mut Known,
) -> Result<()> {
    let rows: Vec<(Uuid, NaiveDate, Option<NaiveDate>)> = contact_restrictions::table
        .filter(contact_restrictions::child_id.eq_any(ids))
        .filter(contact_restrictions::state.ne(ContactRestrictionState::EnteredInError))
        .filter(contact_restrictions::valid_from.le(frame.today))
        .select((
            contact_restrictions::child_id,
            contact_restrictions::valid_to,
            contact_restrictions::lifted_on,
        ))
        .load(conn)?;
    let ends = rows.into_iter().map(|(child, to, lifted)| (child, lifted.unwrap_or(to)));
    add(known, ends, |facts, end| facts.restricted_until = facts.restricted_until.max(Some(end)));
    Ok(())
}

fn add<T>(
    known: &mut Known,
    rows: impl IntoIterator<Item = (Uuid, T)>,
    set: impl Fn(&mut ChildFacts, T),
) {
    for (child, value) in rows {
        if let Some((_, facts)) = known.get_mut(&child) {
            set(facts, value);
        }
    }
}
