//! One placement or care period as it was, with the lists under it that are asked for.
use diesel::prelude::*;

use super::{absence::all_absences, find, find_period, row::PlacementRow};
use crate::{
    placements::model::{
        CarePeriod, CarePeriodId, CarePeriodInclude, CarePeriodWithLists, Placement, PlacementId,
        PlacementInclude, PlacementWithLists, TemporaryAbsence,
    },
    platform::{
        error::{Error, Result},
        id::Kind as _,
        include::Include,
        journal,
        time::AsOf,
    },
    schema::placements,
};

/// The placement as it was true on a day, as far as the registry knew at an instant.
pub fn read(
    conn: &mut PgConnection,
    id: PlacementId,
    asked: &Include<PlacementWithLists>,
    when: AsOf,
) -> Result<PlacementWithLists> {
    let placement = match when.known_at {
        Some(at) => journal::known::<Placement>(conn, id.untyped(), at)?,
        None => find(conn, id)?,
    };
    let record = match when.as_of {
        Some(day) => placement.on(day).ok_or(Error::NotFound(Placement::NAME))?,
        None => placement,
    };
    let absences = || {
        let all = all_absences(conn, record.child_id, id, when.known_at)?;
        let on = |absence: TemporaryAbsence| match when.as_of {
            Some(day) => absence.on(day),
            None => Some(absence),
        };
        Ok(all.into_iter().filter_map(on).collect())
    };
    let absences = asked.then(PlacementInclude::Absences, absences)?;
    Ok(PlacementWithLists { record, absences })
}

/// The care period as it was true on a day, as far as the registry knew at an instant.
pub fn read_period(
    conn: &mut PgConnection,
    id: CarePeriodId,
    asked: &Include<CarePeriodWithLists>,
    when: AsOf,
) -> Result<CarePeriodWithLists> {
    let period = match when.known_at {
        Some(at) => journal::known::<CarePeriod>(conn, id.untyped(), at)?,
        None => find_period(conn, id)?,
    };
    let record = match when.as_of {
        Some(day) => period.on(day).ok_or(Error::NotFound(CarePeriod::NAME))?,
        None => period,
    };
    let placements = || placements_of(conn, &record, when);
    let placements = asked.then(CarePeriodInclude::Placements, placements)?;
    Ok(CarePeriodWithLists { record, placements })
}

/// The placements that fill a care period, in their order.
fn placements_of(
    conn: &mut PgConnection,
    period: &CarePeriod,
    when: AsOf,
) -> Result<Vec<Placement>> {
    let mut all: Vec<Placement> = match when.known_at {
        Some(at) => journal::known_under(conn, period.child_id.untyped(), at)?,
        None => placements::table
            .filter(placements::child_id.eq(period.child_id))
            .filter(placements::care_period_id.eq(period.id))
            .select(PlacementRow::as_select())
            .load(conn)?
            .into_iter()
            .map(Placement::try_from)
            .collect::<Result<_>>()?,
    };
    all.retain(|placement| placement.care_period_id == Some(period.id));
    if let Some(day) = when.as_of {
        all = all.into_iter().filter_map(|placement| placement.on(day)).collect();
    }
    all.sort_by_key(|placement| (placement.started_on, placement.id));
    Ok(all)
}
