//! Judging whether a provider may take a child (PL-11 to PL-13), with the provider's row locked.
use std::collections::BTreeSet;

use chrono::NaiveDate;
use diesel::prelude::*;

use super::facts;
use crate::{
    carers::{self, CarerFamilyId, CarerTerms},
    children::ChildId,
    facilities::{self, FacilityId, FacilityTerms, Stay, UnitId},
    placements::{
        model::{Placement, Provider, TemporaryApproval},
        rules::{self, CareTypeFacts, ChildFacts, FamilyStay, Limits, Span},
    },
    platform::{
        db::Tx,
        error::{Error, Result},
        reach::beyond,
        rule::Refusal,
        time::age_on,
    },
    schema::{children, placements},
};

/// A child who is to live with a provider.
pub struct Newcomer<'a> {
    pub child: &'a ChildFacts,
    pub care_type: &'a CareTypeFacts,
    pub temporary_approval: Option<&'a TemporaryApproval>,
    pub span: Span,
}

impl<'a> Newcomer<'a> {
    /// The child of a placement that has a first day.
    pub fn of(
        placement: &'a Placement,
        child: &'a ChildFacts,
        care_type: &'a CareTypeFacts,
    ) -> Self {
        let from = placement.started_on.unwrap_or(placement.starts_on);
        let span = Span { from, until: placement.ended_on };
        Self { child, care_type, temporary_approval: placement.temporary_approval.as_ref(), span }
    }

    /// Its stay in a facility.
    pub fn stay(&self, unit: Option<UnitId>) -> Stay {
        Stay {
            unit_id: unit,
            sex: self.child.sex.clone(),
            birth_date: self.child.birth_date,
            started_on: self.span.from,
            ended_on: self.span.until,
        }
    }
}

/// Refuses a provider that may not take the child on the first day, or has no room for it on any.
pub fn judge(
    tx: &mut Tx<'_>,
    provider: &Provider,
    newcomer: &Newcomer<'_>,
    limits: Limits,
) -> Result<()> {
    if let Some(id) = provider.carer_family_id {
        judge_family(tx, id, newcomer, limits)
    } else if let Some(id) = provider.facility_id {
        judge_facility(tx, id, provider.facility_unit_id, newcomer)
    } else {
        Ok(())
    }
}

fn judge_family(
    tx: &mut Tx<'_>,
    id: CarerFamilyId,
    newcomer: &Newcomer<'_>,
    limits: Limits,
) -> Result<()> {
    let terms = carers::store::lock_terms(tx, id)
        .map_err(|error| unknown(error, "/provider/carer_family_id"))?;
    let stays = beyond(tx.conn, |conn| family_stays(conn, id, newcomer.span.from))?;
    let siblings = facts::siblings(tx.conn, newcomer.child.id)?;
    family_takes(&terms, &stays, newcomer, &siblings, limits)
}

/// Refuses a family that may not take the child on the first day, or has no room for it on any.
pub fn family_takes(
    terms: &CarerTerms,
    stays: &[FamilyStay],
    newcomer: &Newcomer<'_>,
    siblings: &BTreeSet<ChildId>,
    limits: Limits,
) -> Result<()> {
    let (child, day) = (newcomer.child, newcomer.span.from);
    let purpose = newcomer.care_type.carer_purpose.as_deref().unwrap_or_default();
    if let Err(why) = terms.active_for(purpose, day) {
        return match newcomer.temporary_approval {
            Some(leave) if purpose == "kinship" => {
                Ok(rules::check_temporary_approval(leave, day, limits)?)
            }
            _ => Err(pl_11(why.detail()).fact("why", why.as_str()).fact("day", day).into()),
        };
    }
    let age = child.birth_date.map_or(0, |birth| age_on(birth, day));
    let in_force = terms.approvals.iter().find(|approval| approval.in_force_on(day));
    let outside = in_force
        .and_then(|approval| approval.outside_terms(purpose, age, &child.sex, child.id.untyped()));
    if let Some(term) = outside {
        let refusal = pl_11("the child lies outside the terms of the family's approval");
        return Err(refusal.fact("term", term).fact("day", day).into());
    }
    Ok(rules::check_family_room(&terms.approvals, stays, child.id, siblings, newcomer.span)?)
}

fn judge_facility(
    tx: &mut Tx<'_>,
    id: FacilityId,
    unit: Option<UnitId>,
    newcomer: &Newcomer<'_>,
) -> Result<()> {
    let facility =
        facilities::store::lock(tx, id).map_err(|error| unknown(error, "/provider/facility_id"))?;
    let terms = facility.terms();
    let (from, child) = (newcomer.span.from, newcomer.child.id);
    let stays = beyond(tx.conn, |conn| facility_stays(conn, id, from, child))?;
    facility_takes(&terms, &stays, unit, newcomer)
}

/// Refuses a facility that may not take the child on the first day, or has no room for it on any
/// beside these others.
pub fn facility_takes(
    terms: &FacilityTerms,
    stays: &[Stay],
    unit: Option<UnitId>,
    newcomer: &Newcomer<'_>,
) -> Result<()> {
    let day = newcomer.span.from;
    if let Err(why) = terms.admits_on(day) {
        let detail = "the facility may not take a child on that day";
        return Err(Refusal::conflict(why.rule(), detail)
            .fact("why", why.as_str())
            .fact("day", day)
            .into());
    }
    let known_unit = |unit: UnitId| {
        terms
            .capacity_on(day)
            .is_some_and(|capacity| capacity.units.iter().any(|known| known.id == unit))
    };
    if unit.is_some_and(|unit| !known_unit(unit)) {
        return Err(Error::value(
            "/provider/facility_unit_id",
            "unknown_reference",
            "is no unit of the facility on that day",
        ));
    }
    let stay = newcomer.stay(unit);
    Ok(rules::check_facility_room(terms, stays, &stay, newcomer.span)?)
}

fn pl_11(detail: &str) -> Refusal {
    Refusal::conflict("PL-11", detail)
}

/// In a body an unknown id is an unacceptable value, not a missing resource.
pub fn unknown(error: Error, pointer: &str) -> Error {
    match error {
        Error::NotFound(_) => {
            Error::value(pointer, "unknown_reference", "is the id of no such record")
        }
        other => other,
    }
}

/// The stays with a family that reach to `from` or beyond.
fn family_stays(
    conn: &mut PgConnection,
    id: CarerFamilyId,
    from: NaiveDate,
) -> Result<Vec<FamilyStay>> {
    let rows: Vec<(ChildId, Option<NaiveDate>, Option<NaiveDate>)> = placements::table
        .filter(placements::carer_family_id.eq(id))
        .filter(placements::state.eq_any(["active", "ended"]))
        .filter(placements::ended_on.is_null().or(placements::ended_on.gt(from)))
        .select((placements::child_id, placements::started_on, placements::ended_on))
        .load(conn)?;
    let stay = |(child, started_on, ended_on): (_, Option<NaiveDate>, _)| {
        Some(FamilyStay { child, started_on: started_on?, ended_on })
    };
    Ok(rows.into_iter().filter_map(stay).collect())
}

type StayRow = (Option<UnitId>, String, Option<NaiveDate>, Option<NaiveDate>, Option<NaiveDate>);

/// The stays of others in a facility that reach to `from` or beyond.
fn facility_stays(
    conn: &mut PgConnection,
    id: FacilityId,
    from: NaiveDate,
    newcomer: ChildId,
) -> Result<Vec<Stay>> {
    let rows: Vec<StayRow> = placements::table
        .inner_join(children::table)
        .filter(placements::facility_id.eq(id))
        .filter(placements::child_id.ne(newcomer))
        // Of a placement that never began there is no day until which it lasts.
        .filter(placements::until.gt(from))
        .select((
            placements::facility_unit_id,
            children::sex,
            children::birth_date,
            placements::started_on,
            placements::ended_on,
        ))
        .load(conn)?;
    let stay = |(unit_id, sex, birth_date, started_on, ended_on): StayRow| {
        Some(Stay { unit_id, sex, birth_date, started_on: started_on?, ended_on })
    };
    Ok(rows.into_iter().filter_map(stay).collect())
}
