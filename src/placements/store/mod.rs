//! Queries and changes of placements. None opens a transaction, so any of them can be part of a
//! larger one.
//!
//! Every step locks the child's row first and the provider's row after it; a step for several
//! children locks them in the order of their ids. So no two steps wait for each other in a circle.
mod absence;
mod checks;
mod correct;
mod drafts;
mod ending;
mod entering;
mod evaluate;
mod facts;
mod gatekeeping;
mod homes;
mod judgement;
mod known;
mod list;
mod missing;
mod nearness;
mod next_homes;
mod past;
mod periods;
mod preview;
mod provider;
mod reads;
mod recheck;
mod row;
mod stays;
mod steps;
mod ties;
mod timeline;

use diesel::prelude::*;

pub use absence::{absences, end_absence, find_absence, report_absence};
pub use correct::{annul, correct, reopen};
pub use ending::end;
pub use evaluate::evaluate;
pub use judgement::decision;
pub use list::{PlacementFilter, list, total};
pub use missing::{end_missing, find_missing, missing_episodes, report_missing};
pub use next_homes::{Leaving, next_homes};
pub use past::{TakenOver, take_over, take_over_one};
pub use periods::{CarePeriodFilter, list_periods, total_periods};
pub use preview::{BLOCK as PREVIEW_BLOCK, preview};
pub use reads::{read, read_period};
pub use recheck::{Rechecked, keep_overrides, recheck};
pub use steps::{cancel, create, create_siblings, move_on, start};
pub use ties::ties;
pub use timeline::timeline;

use row::{PlacementRow, SealedColumns};

use super::model::{CarePeriod, CarePeriodId, Placement, PlacementId};
use crate::{
    children::{self, ChildId},
    platform::{
        db::Tx,
        error::{Found as _, Result},
        journal::Recorded,
        prepared,
    },
    schema::{care_periods, placements},
};

/// One placement.
pub fn find(conn: &mut PgConnection, id: PlacementId) -> Result<Placement> {
    let row: PlacementRow = placements::table
        .find(id)
        .select(PlacementRow::as_select())
        .first(conn)
        .found::<Placement>()?;
    row.try_into()
}

/// One care period.
pub fn find_period(conn: &mut PgConnection, id: CarePeriodId) -> Result<CarePeriod> {
    care_periods::table.find(id).select(CarePeriod::as_select()).first(conn).found::<CarePeriod>()
}

/// The care periods of a child, by first day; those entered in error last of all that began then.
fn periods_of(conn: &mut PgConnection, child: ChildId) -> Result<Vec<CarePeriod>> {
    periods_of_all(conn, &[child])
}

/// The care periods of several children, in the same order.
fn periods_of_all(conn: &mut PgConnection, children: &[ChildId]) -> Result<Vec<CarePeriod>> {
    Ok(care_periods::table
        .filter(care_periods::child_id.eq_any(children))
        .order((care_periods::started_on, care_periods::state.desc(), care_periods::id))
        .select(CarePeriod::as_select())
        .load(conn)?)
}

/// The placements of a care period in which the child lived, by first day.
fn placements_of(conn: &mut PgConnection, period: CarePeriodId) -> Result<Vec<Placement>> {
    let rows: Vec<PlacementRow> = placements::table
        .filter(placements::care_period_id.eq(period))
        .filter(placements::state.eq_any(["active", "ended"]))
        .order(placements::started_on)
        .select(PlacementRow::as_select())
        .load(conn)?;
    rows.into_iter().map(TryInto::try_into).collect()
}

fn insert(tx: &mut Tx<'_>, event: &str, placement: Placement) -> Result<Recorded<Placement>> {
    let row = (PlacementRow::try_from(&placement)?, SealedColumns::of(tx, &placement)?);
    diesel::insert_into(placements::table).values(row).execute(tx.conn)?;
    tx.created(event, placement)
}

/// Writes a placement whose row is covered by the child's lock; counts its version up.
fn save(
    tx: &mut Tx<'_>,
    event: &str,
    before: &Placement,
    mut after: Placement,
) -> Result<Recorded<Placement>> {
    after.version = before.version + 1;
    let row = (PlacementRow::try_from(&after)?, SealedColumns::of(tx, &after)?);
    prepared::update(placements::table.find(after.id)).set(row).execute(tx.conn)?;
    tx.changed(event, before, after)
}

/// Writes a care period whose row is covered by the child's lock; counts its version up. The child's
/// day of adoption follows: a final order that ends the period sets it, and whatever moves or takes
/// back that end moves it or takes it back.
fn save_period(
    tx: &mut Tx<'_>,
    event: &str,
    before: &CarePeriod,
    mut after: CarePeriod,
) -> Result<Recorded<CarePeriod>> {
    let (was, is) = (checks::adoption(tx.conn, before)?, checks::adoption(tx.conn, &after)?);
    if was != is {
        let recorded = children::store::find(tx.conn, after.child_id)?.adopted_on;
        // Another day than that of the exit was recorded on purpose: it stays when the exit goes.
        if is.is_some() || recorded == was {
            let _child = children::store::adopted(tx, after.child_id, is)?;
        }
    }
    after.version = before.version + 1;
    let reason = after.state_reason.as_ref();
    let reason = tx.seal_some(care_periods::state_reason, after.id.untyped(), reason)?;
    prepared::update(care_periods::table.find(after.id))
        .set((&after, care_periods::state_reason.eq(reason)))
        .execute(tx.conn)?;
    tx.changed(event, before, after)
}
