//! Contact that took place or did not: recorded, taken back.
use diesel::prelude::*;

use super::{barring, check_relation, find_plan, lock_child, refuse_restricted};
use crate::{
    children::{self, ChildId},
    contact::model::{
        ContactAnnulment, ContactEvent, ContactEventId, ContactEventState, ContactEventStep,
        ContactPlanState, NewContactEvent, SealedEvent,
    },
    platform::{
        db::Tx,
        error::{Error, Found as _, Result},
        journal::Recorded,
        prepared,
        version::IfMatch,
    },
    reference::parameters,
    schema::contact_events,
};

/// One event.
pub fn find_event(conn: &mut PgConnection, id: ContactEventId) -> Result<ContactEvent> {
    let event = contact_events::table.find(id).select(ContactEvent::as_select());
    event.first(conn).found::<ContactEvent>()
}

/// Records contact: with somebody with whom it was restricted only as a breach of that restriction (CT-04).
pub fn record(
    tx: &mut Tx<'_>,
    child: ChildId,
    new: &NewContactEvent,
) -> Result<Recorded<ContactEvent>> {
    let child = children::store::lock(tx, child)?;
    let today = parameters::today(tx.conn, tx.now)?;
    child.check_happened("/happened_on", new.happened_on, today)?;
    new.check()?;
    check_relation(tx.conn, child.id, new.contact_with, new.relation_id)?;
    check_plan(tx.conn, child.id, new)?;
    check_restrictions(tx.conn, child.id, new)?;
    let event = ContactEvent {
        id: ContactEventId::generate(),
        child_id: child.id,
        contact_plan_id: new.contact_plan_id,
        contact_with: new.contact_with,
        relation_id: new.relation_id,
        kind: new.kind,
        happened_on: new.happened_on,
        supervised: new.supervised,
        took_place: new.took_place,
        not_because: new.not_because,
        account: new.account.clone(),
        broke_restriction_id: new.broke_restriction_id,
        state: ContactEventState::Recorded,
        state_reason: None,
        version: 1,
    };
    let sealed = SealedEvent::of(tx, &event)?;
    diesel::insert_into(contact_events::table).values((&event, sealed)).execute(tx.conn)?;
    tx.created("recorded", event)
}

/// A plan of the child for contact with the same.
fn check_plan(conn: &mut PgConnection, child: ChildId, new: &NewContactEvent) -> Result<()> {
    let Some(id) = new.contact_plan_id else { return Ok(()) };
    let plan = match find_plan(conn, id) {
        Err(Error::NotFound(_)) => None,
        found => Some(found?),
    };
    let fits = plan.is_some_and(|plan| {
        plan.child_id == child
            && plan.state != ContactPlanState::EnteredInError
            && plan.contact_with == new.contact_with
    });
    if fits {
        return Ok(());
    }
    let detail = "is the id of no plan of the child for contact with the same";
    Err(Error::value("/contact_plan_id", "unknown_reference", detail))
}

/// CT-04: restricted contact that took place names the restriction that it went against, and no other does.
fn check_restrictions(
    conn: &mut PgConnection,
    child: ChildId,
    new: &NewContactEvent,
) -> Result<()> {
    let restricted = if new.took_place {
        barring(conn, child, new.contact(), new.happened_on)?
    } else {
        Vec::new()
    };
    let Some(broken) = new.broke_restriction_id else {
        let detail = "such contact was restricted on that day: if it took place all the same, say which \
                      restriction it went against";
        return refuse_restricted("/happened_on", &restricted, detail);
    };
    if restricted.iter().any(|restriction| restriction.id == broken) {
        return Ok(());
    }
    let detail = "is the id of no restriction that such contact on that day went against";
    Err(Error::value("/broke_restriction_id", "unknown_reference", detail))
}

/// Takes back an event that was entered in error.
pub fn annul_event(
    tx: &mut Tx<'_>,
    id: ContactEventId,
    seen: &IfMatch,
    request: &ContactAnnulment,
) -> Result<Recorded<ContactEvent>> {
    let child = find_event(tx.conn, id)?.child_id;
    lock_child::<ContactEvent>(tx, child)?;
    let before = find_event(tx.conn, id)?;
    seen.check(&before)?;
    let mut after = before.clone();
    after.state = before.state.after(ContactEventStep::Annul)?;
    after.state_reason = Some(request.reason.clone());
    after.version = before.version + 1;
    let sealed = SealedEvent::of(tx, &after)?;
    prepared::update(contact_events::table.find(after.id))
        .set((&after, sealed))
        .execute(tx.conn)?;
    tx.changed("annulled", &before, after)
}
