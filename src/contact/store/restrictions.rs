//! Restrictions of contact: decided, lifted, taken back.
use chrono::NaiveDate;
use diesel::prelude::*;
use serde_json::Value;

use super::{check_relation, lock_child};
use crate::{
    children::{self, ChildId},
    contact::model::{
        ContactAnnulment, ContactRestriction, ContactRestrictionId, ContactRestrictionState,
        ContactRestrictionStep, NewContactRestriction, RestrictionLifting, SealedRestriction,
    },
    platform::{
        db::Tx,
        error::{Error, Found as _, Result},
        journal::Recorded,
        prepared,
        rule::Refusal,
        version::IfMatch,
    },
    reference::{code_lists, organisations, parameters},
    schema::contact_restrictions,
};

/// One restriction.
pub fn find_restriction(
    conn: &mut PgConnection,
    id: ContactRestrictionId,
) -> Result<ContactRestriction> {
    let restriction = contact_restrictions::table.find(id).select(ContactRestriction::as_select());
    restriction.first(conn).found::<ContactRestriction>()
}

/// Records that a body that may decide restricts contact until an end (CT-02).
pub fn restrict(
    tx: &mut Tx<'_>,
    child: ChildId,
    new: &NewContactRestriction,
) -> Result<Recorded<ContactRestriction>> {
    let child = children::store::lock(tx, child)?;
    let today = parameters::today(tx.conn, tx.now)?;
    new.check_days(today)?;
    child.check_goes_on("/valid_from", new.valid_from)?;
    code_lists::check(tx.conn, "contact_restriction_reason", "/reason", &new.reason, today)?;
    new.child_views.check("/child_views")?;
    check_relation(tx.conn, child.id, new.contact_with, new.relation_id)?;
    check_body(tx, new, today)?;
    let mut kinds = new.kinds.clone();
    kinds.sort_unstable();
    kinds.dedup();
    let restriction = ContactRestriction {
        id: ContactRestrictionId::generate(),
        child_id: child.id,
        contact_with: new.contact_with,
        relation_id: new.relation_id,
        kinds,
        reason: new.reason.clone(),
        valid_from: new.valid_from,
        valid_to: new.valid_to,
        decided_by: new.decided_by,
        decided_on: new.decided_on,
        decision: new.decision.clone(),
        child_views: new.child_views.clone(),
        lifted_on: None,
        state: ContactRestrictionState::Decided,
        state_reason: None,
        version: 1,
    };
    let sealed = SealedRestriction::of(tx, &restriction)?;
    let row = (&restriction, sealed);
    diesel::insert_into(contact_restrictions::table).values(row).execute(tx.conn)?;
    tx.created("decided", restriction)
}

/// CT-02: the organisation is of a kind that may be such a body.
fn check_body(tx: &mut Tx<'_>, new: &NewContactRestriction, today: NaiveDate) -> Result<()> {
    let (list, pointer) = ("decision_body", "/decision/body");
    let body = &new.decision.body;
    let attributes = code_lists::store::attributes(tx.conn, list, pointer, body, today)?;
    let kinds = attributes.get("organisation_kinds").and_then(Value::as_array);
    let fitting: Vec<&str> = kinds.into_iter().flatten().filter_map(Value::as_str).collect();
    organisations::store::check(tx.conn, "/decided_by", new.decided_by)?;
    let decided_by = organisations::store::find(tx.conn, new.decided_by)?;
    if fitting.contains(&decided_by.kind.as_str()) {
        return Ok(());
    }
    let detail = "an organisation of this kind cannot be such a body";
    Err(Refusal::values("CT-02", detail)
        .at("/decided_by")
        .fact("kind", decided_by.kind)
        .fact("fitting_kinds", fitting)
        .into())
}

/// Lifts a restriction before its end.
pub fn lift(
    tx: &mut Tx<'_>,
    id: ContactRestrictionId,
    seen: &IfMatch,
    request: &RestrictionLifting,
) -> Result<Recorded<ContactRestriction>> {
    let before = lock(tx, id, seen)?;
    let mut after = before.clone();
    after.state = before.state.after(ContactRestrictionStep::Lift)?;
    if !(before.valid_from..before.valid_to).contains(&request.lifted_on) {
        let detail = "must not lie before valid_from, and before valid_to";
        return Err(Error::value("/lifted_on", "out_of_order", detail));
    }
    after.lifted_on = Some(request.lifted_on);
    after.state_reason = Some(request.reason.clone());
    save(tx, "lifted", &before, after)
}

/// Takes back a restriction that was entered in error.
pub fn annul_restriction(
    tx: &mut Tx<'_>,
    id: ContactRestrictionId,
    seen: &IfMatch,
    request: &ContactAnnulment,
) -> Result<Recorded<ContactRestriction>> {
    let before = lock(tx, id, seen)?;
    let mut after = before.clone();
    after.state = before.state.after(ContactRestrictionStep::Annul)?;
    after.state_reason = Some(request.reason.clone());
    save(tx, "annulled", &before, after)
}

fn lock(tx: &mut Tx<'_>, id: ContactRestrictionId, seen: &IfMatch) -> Result<ContactRestriction> {
    let child = find_restriction(tx.conn, id)?.child_id;
    lock_child::<ContactRestriction>(tx, child)?;
    let restriction = find_restriction(tx.conn, id)?;
    seen.check(&restriction)?;
    Ok(restriction)
}

fn save(
    tx: &mut Tx<'_>,
    event: &str,
    before: &ContactRestriction,
    mut after: ContactRestriction,
) -> Result<Recorded<ContactRestriction>> {
    after.version = before.version + 1;
    let sealed = SealedRestriction::of(tx, &after)?;
    prepared::update(contact_restrictions::table.find(after.id))
        .set((&after, sealed))
        .execute(tx.conn)?;
    tx.changed(event, before, after)
}
