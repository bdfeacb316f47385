//! Plans of contact: agreed, ended, taken back.
use diesel::prelude::*;

use super::{barring, check_relation, lock_child, refuse_restricted};
use crate::{
    children::{self, ChildId},
    contact::model::{
        ContactAnnulment, ContactPlan, ContactPlanEnd, ContactPlanId, ContactPlanState,
        ContactPlanStep, NewContactPlan, SealedPlan,
    },
    platform::{
        db::Tx,
        error::{Error, Found as _, Result},
        journal::Recorded,
        prepared,
        version::IfMatch,
    },
    schema::contact_plans,
};

/// One plan.
pub fn find_plan(conn: &mut PgConnection, id: ContactPlanId) -> Result<ContactPlan> {
    let plan = contact_plans::table.find(id).select(ContactPlan::as_select());
    plan.first(conn).found::<ContactPlan>()
}

/// Agrees contact from a day on which it is not restricted (CT-04).
pub fn agree(
    tx: &mut Tx<'_>,
    child: ChildId,
    new: &NewContactPlan,
) -> Result<Recorded<ContactPlan>> {
    let child = children::store::lock(tx, child)?;
    child.check_goes_on("/valid_from", new.valid_from)?;
    if new.valid_to.is_some_and(|end| end <= new.valid_from) {
        let detail = "must lie after valid_from: it is the first day on which it no longer holds";
        return Err(Error::value("/valid_to", "out_of_order", detail));
    }
    new.child_views.check("/child_views")?;
    check_relation(tx.conn, child.id, new.contact_with, new.relation_id)?;
    let restricted = barring(tx.conn, child.id, new.contact(), new.valid_from)?;
    let detail =
        "on its first day such contact is restricted: agree it from the end of the restriction on";
    refuse_restricted("/valid_from", &restricted, detail)?;
    let plan = ContactPlan {
        id: ContactPlanId::generate(),
        child_id: child.id,
        contact_with: new.contact_with,
        relation_id: new.relation_id,
        kind: new.kind,
        times: new.times,
        per: new.per,
        supervised: new.supervised,
        valid_from: new.valid_from,
        valid_to: new.valid_to,
        child_views: new.child_views.clone(),
        arrangements: new.arrangements.clone(),
        state: ContactPlanState::Agreed,
        state_reason: None,
        version: 1,
    };
    let sealed = SealedPlan::of(tx, &plan)?;
    diesel::insert_into(contact_plans::table).values((&plan, sealed)).execute(tx.conn)?;
    tx.created("agreed", plan)
}

/// Ends a plan on a day in its time.
pub fn end_plan(
    tx: &mut Tx<'_>,
    id: ContactPlanId,
    seen: &IfMatch,
    request: &ContactPlanEnd,
) -> Result<Recorded<ContactPlan>> {
    let before = lock(tx, id, seen)?;
    let mut after = before.clone();
    after.state = before.state.after(ContactPlanStep::End)?;
    let later = before.valid_to.is_some_and(|end| end < request.valid_to);
    if request.valid_to <= before.valid_from || later {
        let detail = "must lie after valid_from, and not after the end that it has";
        return Err(Error::value("/valid_to", "out_of_order", detail));
    }
    after.valid_to = Some(request.valid_to);
    after.state_reason = Some(request.reason.clone());
    save(tx, "ended", &before, after)
}

/// Takes back a plan that was entered in error.
pub fn annul_plan(
    tx: &mut Tx<'_>,
    id: ContactPlanId,
    seen: &IfMatch,
    request: &ContactAnnulment,
) -> Result<Recorded<ContactPlan>> {
    let before = lock(tx, id, seen)?;
    let mut after = before.clone();
    after.state = before.state.after(ContactPlanStep::Annul)?;
    after.state_reason = Some(request.reason.clone());
    save(tx, "annulled", &before, after)
}

fn lock(tx: &mut Tx<'_>, id: ContactPlanId, seen: &IfMatch) -> Result<ContactPlan> {
    let child = find_plan(tx.conn, id)?.child_id;
    lock_child::<ContactPlan>(tx, child)?;
    let plan = find_plan(tx.conn, id)?;
    seen.check(&plan)?;
    Ok(plan)
}

fn save(
    tx: &mut Tx<'_>,
    event: &str,
    before: &ContactPlan,
    mut after: ContactPlan,
) -> Result<Recorded<ContactPlan>> {
    after.version = before.version + 1;
    let sealed = SealedPlan::of(tx, &after)?;
    prepared::update(contact_plans::table.find(after.id)).set((&after, sealed)).execute(tx.conn)?;
    tx.changed(event, before, after)
}
