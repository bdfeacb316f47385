//! Queries and changes of contact. None opens a transaction, so any can be part of a larger one.
mod events;
mod list;
mod plans;
mod restrictions;

use chrono::NaiveDate;
use diesel::prelude::*;

pub use events::{annul_event, find_event, record};
pub use list::{
    ContactEventFilter, ContactPlanFilter, ContactRestrictionFilter, list_events, list_plans,
    list_restrictions, total_events, total_plans, total_restrictions,
};
pub use plans::{agree, annul_plan, end_plan, find_plan};
pub use restrictions::{annul_restriction, find_restriction, lift, restrict};

use super::model::{Contact, ContactRestriction, ContactWith};
use crate::{
    children::{self, Child, ChildId, RelationId},
    platform::{
        db::Tx,
        error::{Error, Result},
        id::Kind,
        rule::Refusal,
    },
    schema::contact_restrictions,
};

/// Locks the child of a record; there is no such record if there is no such child.
fn lock_child<T: Kind>(tx: &mut Tx<'_>, child: ChildId) -> Result<Child> {
    children::store::lock(tx, child).map_err(|error| match error {
        Error::NotFound(_) => Error::NotFound(T::NAME),
        other => other,
    })
}

/// Refuses a relation that is not the child's, or that cannot be what `with` says.
fn check_relation(
    conn: &mut PgConnection,
    child: ChildId,
    with: ContactWith,
    relation: Option<RelationId>,
) -> Result<()> {
    let Some(id) = relation else { return Ok(()) };
    let pointer = "/relation_id";
    let found = match children::store::find_relation(conn, child, id) {
        Err(Error::NotFound(_)) => {
            let detail = "is the id of no relation of the child";
            return Err(Error::value(pointer, "unknown_reference", detail));
        }
        found => found?,
    };
    if with.can_be(found.kind) {
        return Ok(());
    }
    Err(Error::value(pointer, "other_relation", "is somebody else than contact_with says"))
}

/// The restrictions that bar this contact on a day, the one that was decided first before the others.
pub fn barring(
    conn: &mut PgConnection,
    child: ChildId,
    contact: Contact,
    day: NaiveDate,
) -> Result<Vec<ContactRestriction>> {
    let rows: Vec<ContactRestriction> = contact_restrictions::table
        .filter(contact_restrictions::child_id.eq(child))
        .filter(contact_restrictions::contact_with.eq(contact.with))
        .filter(contact_restrictions::valid_from.le(day))
        .filter(contact_restrictions::valid_to.gt(day))
        .order((contact_restrictions::decided_on, contact_restrictions::id))
        .select(ContactRestriction::as_select())
        .load(conn)?;
    Ok(rows.into_iter().filter(|restriction| restriction.bars(contact, day)).collect())
}

/// CT-04: no contact with somebody with whom it is restricted on that day in that kind.
fn refuse_restricted(pointer: &str, barring: &[ContactRestriction], detail: &str) -> Result<()> {
    let Some(restriction) = barring.first() else { return Ok(()) };
    Err(Refusal::conflict("CT-04", detail)
        .at(pointer)
        .fact("contact_restriction_id", restriction.id)
        .fact("valid_from", restriction.valid_from)
        .fact("valid_to", restriction.lifted_on.unwrap_or(restriction.valid_to))
        .into())
}
