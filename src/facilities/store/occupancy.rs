//! Who lives in a facility: read from the placements, which belong to a higher domain.
use std::collections::HashMap;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{Array, BigInt, Date, Nullable, Text, Uuid as SqlUuid},
};
use uuid::Uuid;

use super::find;
use crate::{
    facilities::model::{FacilityId, FacilityOccupancy, Stay, UnitId},
    platform::{error::Result, reach::beyond},
    reference::parameters,
};

#[derive(QueryableByName)]
struct StayRow {
    #[diesel(sql_type = Nullable<SqlUuid>)]
    facility_unit_id: Option<Uuid>,
    #[diesel(sql_type = Text)]
    sex: String,
    #[diesel(sql_type = Nullable<Date>)]
    birth_date: Option<NaiveDate>,
    #[diesel(sql_type = Date)]
    started_on: NaiveDate,
    #[diesel(sql_type = Nullable<Date>)]
    ended_on: Option<NaiveDate>,
}

/// The stays in a facility that go on until `from` or later. A placement counts from the day it
/// began to the day before it ended, whether it is still active or not.
pub fn stays(conn: &mut PgConnection, id: FacilityId, from: NaiveDate) -> Result<Vec<Stay>> {
    let query = sql_query(
        "SELECT p.facility_unit_id, c.sex, c.birth_date, p.started_on, p.ended_on \
         FROM placements p JOIN children c ON c.id = p.child_id \
         WHERE p.facility_id = $1 AND p.state IN ('active', 'ended') \
           AND p.started_on IS NOT NULL AND (p.ended_on IS NULL OR p.ended_on > $2)",
    )
    .bind::<SqlUuid, _>(id)
    .bind::<Date, _>(from);
    let rows: Vec<StayRow> = beyond(conn, |conn| Ok(query.load(conn)?))?;
    let stay = |row: StayRow| Stay {
        unit_id: row.facility_unit_id.map(UnitId::from_untyped),
        sex: row.sex,
        birth_date: row.birth_date,
        started_on: row.started_on,
        ended_on: row.ended_on,
    };
    Ok(rows.into_iter().map(stay).collect())
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = SqlUuid)]
    facility_id: FacilityId,
    #[diesel(sql_type = BigInt)]
    living_there: i64,
}

/// How many children live in each of these facilities on that day; those without any are left out.
pub fn living_there(
    conn: &mut PgConnection,
    ids: &[FacilityId],
    day: NaiveDate,
) -> Result<HashMap<FacilityId, i32>> {
    let query = sql_query(
        "SELECT p.facility_id, count(*) AS living_there FROM placements p \
         WHERE p.facility_id = ANY ($1) AND p.state IN ('active', 'ended') \
           AND p.started_on <= $2 AND (p.ended_on IS NULL OR p.ended_on > $2) \
         GROUP BY p.facility_id",
    )
    .bind::<Array<SqlUuid>, _>(ids)
    .bind::<Date, _>(day);
    let counts: Vec<Count> = beyond(conn, |conn| Ok(query.load(conn)?))?;
    let number =
        |count: Count| (count.facility_id, i32::try_from(count.living_there).unwrap_or(i32::MAX));
    Ok(counts.into_iter().map(number).collect())
}

/// How full a facility is on a day; today unless said.
pub fn occupancy(
    conn: &mut PgConnection,
    id: FacilityId,
    as_of: Option<NaiveDate>,
    now: DateTime<Utc>,
) -> Result<FacilityOccupancy> {
    let day = match as_of {
        Some(day) => day,
        None => parameters::today(conn, now)?,
    };
    let facility = find(conn, id)?;
    Ok(FacilityOccupancy::of(&facility, &stays(conn, id, day)?, day))
}
