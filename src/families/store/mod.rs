//! Queries and changes of families of origin. None opens a transaction.
mod list;
mod parts;
mod past;

use chrono::{Datelike as _, NaiveDate};
use diesel::prelude::*;
use uuid::Uuid;

pub use list::{FamilyFilter, list, total};
pub use parts::{add_risk_factor, add_support, assess_risk, end_risk_factor, end_support};
pub use past::take_over;

use super::model::{
    Family, FamilyId, FamilyMember, FamilyMemberDetails, FamilyPatch, FamilyRiskLevel, FamilyState,
    FamilyStep, FamilyStepRequest, NewFamily,
};
use crate::{
    children,
    platform::{
        check_digit::with_check,
        db::Tx,
        error::{Error, Found as _, Result},
        journal::Recorded,
        prepared,
        time::{in_order, not_future},
        version::IfMatch,
    },
    reference::{areas, code_lists, organisations, parameters},
    schema::families::{self, dsl},
};

diesel::define_sql_function! {
    /// The next number of a sequence.
    fn nextval(sequence: diesel::sql_types::Text) -> diesel::sql_types::BigInt;
}

/// One family.
pub fn find(conn: &mut PgConnection, id: FamilyId) -> Result<Family> {
    families::table.find(id).select(Family::as_select()).first(conn).found::<Family>()
}

/// The family, kept from changing until the transaction ends, with its parts as they are then.
pub fn lock(tx: &mut Tx<'_>, id: FamilyId) -> Result<Family> {
    let row = families::table.find(id).select(dsl::id).for_update();
    let id: FamilyId = row.first(tx.conn).found::<Family>()?;
    // A statement that waited for the lock would have read the parts as they were before.
    find(tx.conn, id)
}

/// The family as the caller saw it, locked.
fn lock_seen(tx: &mut Tx<'_>, id: FamilyId, seen: &IfMatch) -> Result<Family> {
    let family = lock(tx, id)?;
    seen.check(&family)?;
    Ok(family)
}

/// Registers a family.
pub fn register(tx: &mut Tx<'_>, new: &NewFamily) -> Result<Recorded<Family>> {
    let mut family = judged(tx, new)?;
    let row = (&family, sealed(tx, &family)?);
    diesel::insert_into(families::table).values(row).execute(tx.conn)?;
    parts::write_members(tx, &[&family])?;
    let first = first_level(&family);
    parts::add_level(tx, &mut family, first)?;
    tx.created("registered", family)
}

/// The family that is to be registered, with its number, if nothing speaks against it.
fn judged(tx: &mut Tx<'_>, new: &NewFamily) -> Result<Family> {
    let today = parameters::today(tx.conn, tx.now)?;
    let registered_on = new.registered_on.unwrap_or(today);
    not_future("/registered_on", registered_on, today)?;
    let mut family = Family {
        id: FamilyId::generate(),
        family_no: String::new(),
        family_type: new.family_type.clone(),
        organisation_id: organisations::store::responsible(tx, new.organisation_id)?,
        area_code: new.area_code.clone(),
        registered_on,
        state: FamilyState::Open,
        state_since: registered_on,
        state_reason: None,
        risk_level: new.risk_level.clone(),
        risk_reason: new.risk_reason.clone(),
        risk_levels: Vec::new(),
        members: members(tx.conn, &[], &new.members)?,
        risk_factors: Vec::new(),
        support: Vec::new(),
        version: 1,
    };
    family.check()?;
    check_references(tx.conn, &family, today)?;
    let serial: i64 = diesel::select(nextval("family_numbers")).get_result(tx.conn)?;
    family.family_no = with_check("FO", today.year(), serial);
    Ok(family)
}

/// The level of risk that a family is registered at.
fn first_level(family: &Family) -> FamilyRiskLevel {
    FamilyRiskLevel {
        risk_level: family.risk_level.clone(),
        valid_from: family.registered_on,
        valid_to: None,
    }
}

/// Changes a family that is still as the caller saw it.
pub fn change(
    tx: &mut Tx<'_>,
    id: FamilyId,
    seen: &IfMatch,
    patch: &FamilyPatch,
) -> Result<Recorded<Family>> {
    let before = lock_seen(tx, id, seen)?;
    let today = parameters::today(tx.conn, tx.now)?;
    let mut after = before.clone();
    patch.apply(&mut after);
    if let Some(details) = &patch.members {
        after.members = members(tx.conn, &before.members, details)?;
    }
    after.check()?;
    check_references(tx.conn, &after, today)?;
    if before.members != after.members {
        parts::replace_members(tx, &after)?;
    }
    save(tx, "changed", &before, after)
}

/// Takes a step.
pub fn take(
    tx: &mut Tx<'_>,
    id: FamilyId,
    seen: &IfMatch,
    step: FamilyStep,
    request: &FamilyStepRequest,
) -> Result<Recorded<Family>> {
    let before = lock_seen(tx, id, seen)?;
    let today = parameters::today(tx.conn, tx.now)?;
    let mut after = before.clone();
    after.state = before.state.after(step)?;
    in_order("/on", request.on, before.state_since, today)?;
    after.state_since = request.on;
    after.state_reason = Some(request.reason.clone());
    save(tx, step.event(), &before, after)
}

/// Who is meant: members known by their id, and new ones. A child who comes in is one whom the caller knows.
fn members(
    conn: &mut PgConnection,
    known: &[FamilyMember],
    details: &[FamilyMemberDetails],
) -> Result<Vec<FamilyMember>> {
    let mut members: Vec<FamilyMember> = Vec::with_capacity(details.len());
    for (index, member) in details.iter().enumerate() {
        let is_of = |some: &[FamilyMember], id| some.iter().any(|member| member.id == id);
        if member.id.is_some_and(|id| !is_of(known, id) || is_of(&members, id)) {
            let detail = "must be the id of a member of this family, once";
            return Err(Error::value(&format!("/members/{index}/id"), "unknown_reference", detail));
        }
        if let Some(child) = member.child_id {
            let belongs = known.iter().any(|member| member.child_id == Some(child));
            if !belongs && !children::store::exists(conn, child)? {
                let pointer = format!("/members/{index}/child_id");
                return Err(Error::value(&pointer, "unknown_reference", "is the id of no child"));
            }
        }
        members.push(member_of(member));
    }
    Ok(members)
}

fn member_of(details: &FamilyMemberDetails) -> FamilyMember {
    FamilyMember {
        id: details.id.unwrap_or_else(Uuid::new_v4),
        role: details.role.clone(),
        child_id: details.child_id,
        given_name: details.given_name.clone(),
        family_name: details.family_name.clone(),
        in_household: details.in_household,
        valid_from: details.valid_from,
        valid_to: details.valid_to,
        parental_rights: details.parental_rights.clone(),
        whereabouts_known: details.whereabouts_known,
        deceased: details.deceased,
    }
}

fn check_references(conn: &mut PgConnection, family: &Family, today: NaiveDate) -> Result<()> {
    areas::check(conn, "/area_code", &family.area_code)?;
    let mut codes = vec![
        ("family_type", "/family_type".to_owned(), family.family_type.as_str()),
        ("risk_level", "/risk_level".to_owned(), family.risk_level.as_str()),
    ];
    for (index, member) in family.members.iter().enumerate() {
        codes.push(("relationship", format!("/members/{index}/role"), &member.role));
        if let Some(rights) = &member.parental_rights {
            codes.push(("parental_rights", format!("/members/{index}/parental_rights"), rights));
        }
    }
    code_lists::check_all(conn, &codes, today)
}

type SealedReasons = (
    diesel::dsl::Eq<dsl::state_reason, Option<Vec<u8>>>,
    diesel::dsl::Eq<dsl::risk_reason, Option<Vec<u8>>>,
);

/// The sealed columns of a family.
fn sealed(tx: &mut Tx<'_>, family: &Family) -> Result<SealedReasons> {
    let id = family.id.untyped();
    let state = tx.seal_some(dsl::state_reason, id, family.state_reason.as_ref())?;
    let risk = tx.seal_some(dsl::risk_reason, id, family.risk_reason.as_ref())?;
    Ok((dsl::state_reason.eq(state), dsl::risk_reason.eq(risk)))
}

/// Writes the family's own row, which is locked, as its next version.
fn save(
    tx: &mut Tx<'_>,
    event: &str,
    before: &Family,
    mut after: Family,
) -> Result<Recorded<Family>> {
    after.version = before.version + 1;
    let row = (&after, sealed(tx, &after)?);
    prepared::update(families::table.find(after.id)).set(row).execute(tx.conn)?;
    tx.changed(event, before, after)
}
