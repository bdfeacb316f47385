//! How many children a carer family could still take: derived, never stored.
use std::collections::BTreeSet;

use chrono::NaiveDate;
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{Array, Date, Integer, Uuid as SqlUuid},
};
use serde::Serialize;
use utoipa::ToSchema;

use super::{approvals, find};
use crate::{
    carers::model::{Approval, CarerFamily, CarerFamilyId},
    platform::error::{Error, Result},
};

/// Counts the children who live with the family `f` on the day `$1`, whoever asks. Placements are the
/// business of a higher domain, which writes them; this one only counts.
pub(super) const PLACED: &str = "SELECT placed_with(f.id, $1)";

/// Whether a carer family could take a child on a day, and how many.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct CarerAvailability {
    /// The family.
    pub carer_family_id: CarerFamilyId,
    /// The day.
    #[schema(example = "2026-03-02")]
    pub on: NaiveDate,
    /// Code of the list `availability`: `available`, `on_hold`, `full` or `not_available`.
    #[schema(example = "available")]
    pub availability: String,
    /// Most children by the approval in force; 0 without one.
    #[schema(example = 3)]
    pub places: i32,
    /// Children who live with the family on that day.
    #[schema(example = 1)]
    pub places_taken: i32,
    /// Children who could come.
    #[schema(example = 2)]
    pub places_free: i32,
    /// The approval in force on that day.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    pub approval: Option<Approval>,
}

/// The family's free places on a day; 404 if it had not come to the registry by then.
pub fn availability(
    conn: &mut PgConnection,
    id: CarerFamilyId,
    day: NaiveDate,
) -> Result<CarerAvailability> {
    let missing = Error::NotFound(<CarerFamily as crate::platform::id::Kind>::NAME);
    let family = find(conn, id)?.as_of(day).ok_or(missing)?;
    let approval = approvals(conn, id)?.into_iter().find(|approval| approval.in_force_on(day));
    let taken = placed(conn, id, day)?;
    let places = approval.as_ref().map_or(0, |approval| approval.max_children);
    let (availability, free) = if approval.is_none() || family.suspended_on(day) {
        ("not_available", 0)
    } else if family.on_hold_on(day) || held_back(conn, day)?.contains(&id) {
        ("on_hold", 0)
    } else if taken >= places {
        ("full", 0)
    } else {
        ("available", places - taken)
    };
    Ok(CarerAvailability {
        carer_family_id: id,
        on: day,
        availability: availability.to_owned(),
        places,
        places_taken: taken,
        places_free: free,
        approval,
    })
}

#[derive(QueryableByName)]
struct HeldBack {
    #[diesel(sql_type = SqlUuid)]
    id: CarerFamilyId,
}

/// The families to which no child comes on a day because an allegation against them is open (CF-05).
pub fn held_back(conn: &mut PgConnection, day: NaiveDate) -> Result<Vec<CarerFamilyId>> {
    let rows: Vec<HeldBack> =
        sql_query("SELECT unnest(families_held_back($1)) AS id").bind::<Date, _>(day).load(conn)?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

#[derive(QueryableByName)]
struct Alleged {
    #[diesel(sql_type = SqlUuid)]
    family_id: CarerFamilyId,
    #[diesel(sql_type = Date)]
    day: NaiveDate,
}

/// Those of these families, each with a day, against which an allegation was open on that day (CF-05), whatever
/// the rule says of it.
pub fn under_allegation(
    conn: &mut PgConnection,
    asked: &BTreeSet<(CarerFamilyId, NaiveDate)>,
) -> Result<BTreeSet<(CarerFamilyId, NaiveDate)>> {
    if asked.is_empty() {
        return Ok(BTreeSet::new());
    }
    let (families, days): (Vec<CarerFamilyId>, Vec<NaiveDate>) = asked.iter().copied().unzip();
    let rows: Vec<Alleged> = sql_query("SELECT family_id, day FROM under_allegation($1, $2)")
        .bind::<Array<SqlUuid>, _>(families)
        .bind::<Array<Date>, _>(days)
        .load(conn)?;
    Ok(rows.into_iter().map(|row| (row.family_id, row.day)).collect())
}

#[derive(QueryableByName)]
struct Placed {
    #[diesel(sql_type = Integer)]
    placed: i32,
}

fn placed(conn: &mut PgConnection, id: CarerFamilyId, day: NaiveDate) -> Result<i32> {
    let counted: Placed =
        sql_query(format!("SELECT ({PLACED}) AS placed FROM (SELECT $2 AS id) f"))
            .bind::<Date, _>(day)
            .bind::<SqlUuid, _>(id)
            .get_result(conn)?;
    Ok(counted.placed)
}
