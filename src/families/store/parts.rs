//! The parts of a family's record: members, levels of risk, risk factors, support.
use diesel::prelude::*;
use uuid::Uuid;

use super::{lock_seen, save};
use crate::{
    families::model::{
        EndRiskFactor, EndSupport, Family, FamilyId, FamilyRiskFactor, FamilyRiskLevel,
        FamilySupport, NewRiskFactor, NewRiskLevel, NewSupport, RiskSubject,
    },
    insert_rows,
    platform::{
        db::Tx,
        error::{Error, Result},
        journal::Recorded,
        prepared,
        time::{in_order, not_future},
        version::IfMatch,
    },
    reference::{code_lists, organisations, parameters},
    schema::{
        family_members::{self as members, dsl as member},
        family_risk_factors::{self as factors, dsl as factor},
        family_risk_levels::{self as levels, dsl as level},
        family_support::{self as supports, dsl as support},
    },
};

/// Writes who belongs to a family, in the place of those who did.
pub(super) fn replace_members(tx: &mut Tx<'_>, family: &Family) -> Result<()> {
    diesel::delete(members::table.filter(member::family_id.eq(family.id))).execute(tx.conn)?;
    write_members(tx, &[family])
}

/// Writes who belongs to families that have nobody yet.
pub(super) fn write_members(tx: &mut Tx<'_>, families: &[&Family]) -> Result<()> {
    let mut rows = Vec::new();
    let all = families.iter().flat_map(|family| {
        (0_i32..).zip(&family.members).map(move |(place, member)| (family.id, place, member))
    });
    for (family, place, of_family) in all {
        rows.push((
            member::id.eq(of_family.id),
            member::family_id.eq(family),
            member::place.eq(place),
            member::role.eq(of_family.role.clone()),
            member::child_id.eq(of_family.child_id),
            member::given_name.eq(of_family.given_name.clone()),
            member::family_name.eq(of_family.family_name.clone()),
            member::in_household.eq(of_family.in_household),
            member::valid_from.eq(of_family.valid_from),
            member::valid_to.eq(of_family.valid_to),
            member::parental_rights.eq(of_family.parental_rights.clone()),
            member::whereabouts_known.eq(of_family.whereabouts_known),
            member::deceased.eq(of_family.deceased),
        ));
    }
    insert_rows!(members::table, tx.conn, rows);
    Ok(())
}

/// Writes the level that a family has come to.
pub(super) fn add_level(tx: &mut Tx<'_>, family: &mut Family, next: FamilyRiskLevel) -> Result<()> {
    let place = i32::try_from(family.risk_levels.len()).unwrap_or(i32::MAX);
    let row = (
        level::family_id.eq(family.id),
        level::place.eq(place),
        level::risk_level.eq(&next.risk_level),
        level::valid_from.eq(next.valid_from),
    );
    diesel::insert_into(levels::table).values(row).execute(tx.conn)?;
    if let Some(last) = family.risk_levels.last_mut() {
        last.valid_to = Some(next.valid_from);
    }
    family.risk_levels.push(next);
    Ok(())
}

/// Assesses the risk in a family anew.
pub fn assess_risk(
    tx: &mut Tx<'_>,
    id: FamilyId,
    seen: &IfMatch,
    new: &NewRiskLevel,
) -> Result<Recorded<Family>> {
    let before = lock_seen(tx, id, seen)?;
    let today = parameters::today(tx.conn, tx.now)?;
    let last = before.risk_levels.last().map_or(before.registered_on, |level| level.valid_from);
    in_order("/on", new.on, last, today)?;
    code_lists::check(tx.conn, "risk_level", "/risk_level", &new.risk_level, today)?;
    let mut after = before.clone();
    after.risk_level.clone_from(&new.risk_level);
    after.risk_reason = Some(new.reason.clone());
    let next =
        FamilyRiskLevel { risk_level: new.risk_level.clone(), valid_from: new.on, valid_to: None };
    add_level(tx, &mut after, next)?;
    save(tx, "risk_assessed", &before, after)
}

/// Records something that endangers the children of a family.
pub fn add_risk_factor(
    tx: &mut Tx<'_>,
    id: FamilyId,
    seen: &IfMatch,
    new: &NewRiskFactor,
) -> Result<Recorded<Family>> {
    let before = lock_seen(tx, id, seen)?;
    let found = judged_factor(tx, new)?;
    write_factors(tx, &[(id, &found)])?;
    let mut after = before.clone();
    after.risk_factors.push(found);
    after.risk_factors.sort_by_key(|factor| (factor.identified_on, factor.id));
    save(tx, "risk_factor_added", &before, after)
}

/// Writes what endangers the children of families.
pub(super) fn write_factors(
    tx: &mut Tx<'_>,
    found: &[(FamilyId, &FamilyRiskFactor)],
) -> Result<()> {
    let mut rows = Vec::new();
    for (family, found) in found {
        rows.push((
            factor::id.eq(found.id),
            factor::family_id.eq(*family),
            factor::code.eq(found.code.clone()),
            factor::subject.eq(found.subject),
            factor::severity.eq(found.severity.clone()),
            factor::identified_on.eq(found.identified_on),
            factor::source.eq(found.source.clone()),
        ));
    }
    insert_rows!(factors::table, tx.conn, rows);
    Ok(())
}

/// The risk factor, if nothing speaks against it.
pub(super) fn judged_factor(tx: &mut Tx<'_>, new: &NewRiskFactor) -> Result<FamilyRiskFactor> {
    let today = parameters::today(tx.conn, tx.now)?;
    not_future("/identified_on", new.identified_on, today)?;
    let mut codes = vec![
        ("risk_factor", "/code".to_owned(), new.code.as_str()),
        ("risk_level", "/severity".to_owned(), new.severity.as_str()),
    ];
    codes.extend(new.source.as_deref().map(|it| ("referral_source", "/source".to_owned(), it)));
    code_lists::check_all(tx.conn, &codes, today)?;
    if new.code.ends_with("_parent") && new.subject != RiskSubject::Parent {
        let detail = "must be `parent`, as the code says";
        return Err(Error::value("/subject", "contradicts", detail));
    }
    Ok(FamilyRiskFactor {
        id: Uuid::new_v4(),
        code: new.code.clone(),
        subject: new.subject,
        severity: new.severity.clone(),
        identified_on: new.identified_on,
        ended_on: None,
        source: new.source.clone(),
    })
}

/// Records that something endangers the children of a family no longer.
pub fn end_risk_factor(
    tx: &mut Tx<'_>,
    id: FamilyId,
    seen: &IfMatch,
    request: &EndRiskFactor,
) -> Result<Recorded<Family>> {
    let before = lock_seen(tx, id, seen)?;
    let today = parameters::today(tx.conn, tx.now)?;
    let mut after = before.clone();
    let found = after.risk_factors.iter_mut().find(|factor| factor.id == request.risk_factor_id);
    let found = found.ok_or_else(|| unknown("/risk_factor_id"))?;
    let open = found.ended_on.replace(request.on).is_none();
    ends(open, request.on, (found.identified_on, today))?;
    prepared::update(factors::table.find(request.risk_factor_id))
        .set(factor::ended_on.eq(request.on))
        .execute(tx.conn)?;
    save(tx, "risk_factor_ended", &before, after)
}

/// Records something that is done to help a family.
pub fn add_support(
    tx: &mut Tx<'_>,
    id: FamilyId,
    seen: &IfMatch,
    new: &NewSupport,
) -> Result<Recorded<Family>> {
    let before = lock_seen(tx, id, seen)?;
    let today = parameters::today(tx.conn, tx.now)?;
    not_future("/started_on", new.started_on, today)?;
    code_lists::check(tx.conn, "service_type", "/service_type", &new.service_type, today)?;
    if let Some(provider) = new.provided_by {
        organisations::store::check(tx.conn, "/provided_by", provider)?;
    }
    let given = FamilySupport {
        id: Uuid::new_v4(),
        service_type: new.service_type.clone(),
        provided_by: new.provided_by,
        started_on: new.started_on,
        ended_on: None,
        outcome: None,
    };
    let row = (
        support::id.eq(given.id),
        support::family_id.eq(id),
        support::service_type.eq(&given.service_type),
        support::provided_by.eq(given.provided_by),
        support::started_on.eq(given.started_on),
    );
    diesel::insert_into(supports::table).values(row).execute(tx.conn)?;
    let mut after = before.clone();
    after.support.push(given);
    after.support.sort_by_key(|support| (support.started_on, support.id));
    save(tx, "support_added", &before, after)
}

/// Records the end of something that was done to help a family, and what came of it.
pub fn end_support(
    tx: &mut Tx<'_>,
    id: FamilyId,
    seen: &IfMatch,
    request: &EndSupport,
) -> Result<Recorded<Family>> {
    let before = lock_seen(tx, id, seen)?;
    let today = parameters::today(tx.conn, tx.now)?;
    let mut after = before.clone();
    let found = after.support.iter_mut().find(|support| support.id == request.support_id);
    let found = found.ok_or_else(|| unknown("/support_id"))?;
    let open = found.ended_on.replace(request.on).is_none();
    found.outcome = Some(request.outcome);
    ends(open, request.on, (found.started_on, today))?;
    prepared::update(supports::table.find(request.support_id))
        .set((support::ended_on.eq(request.on), support::outcome.eq(request.outcome)))
        .execute(tx.conn)?;
    save(tx, "support_ended", &before, after)
}

fn unknown(pointer: &str) -> Error {
    Error::value(pointer, "unknown_reference", "is the id of none of this family's")
}

/// Refuses the end of what has ended, and an end before the beginning or in the future.
fn ends(
    open: bool,
    on: chrono::NaiveDate,
    (began, today): (chrono::NaiveDate, chrono::NaiveDate),
) -> Result<()> {
    if !open {
        return Err(Error::State("it has ended already".to_owned()));
    }
    not_future("/on", on, today)?;
    if on > began {
        return Ok(());
    }
    Err(Error::value("/on", "out_of_order", "must be after its first day"))
}
