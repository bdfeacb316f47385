//! Whether a facility may begin to close, and close (FA-05): read from the plans, which belong to a higher
//! domain.
use chrono::NaiveDate;
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{BigInt, Bool, Date, Uuid as SqlUuid},
};

use super::{living_there, occupancy};
use crate::{
    facilities::model::{Facility, FacilityId, FacilityState},
    platform::{db::Tx, error::Result, reach::beyond, rule::Refusal},
    reference::rules::store::refused_by,
};

const RULE: &str = "FA-05";

/// No child may live there on that day or later.
pub(super) fn refuse_inhabited(tx: &mut Tx<'_>, id: FacilityId, on: NaiveDate) -> Result<()> {
    let stays = occupancy::stays(tx.conn, id, on)?;
    if stays.is_empty() {
        return Ok(());
    }
    let detail = "no child may live in a facility that is closed: move the children out first";
    let refusal = Refusal::conflict(RULE, detail);
    Err(refusal.fact("living_there", stays.len()).fact("on", on).into())
}

#[derive(QueryableByName)]
struct Living {
    #[diesel(sql_type = Bool)]
    plan: bool,
}

/// Children who live in a facility that begins to close move by a plan: there must be one of the facility.
pub(super) fn refuse_without_plan(tx: &mut Tx<'_>, id: FacilityId, on: NaiveDate) -> Result<()> {
    let children = living_there(tx.conn, &[id], on)?.get(&id).copied().unwrap_or_default();
    let Living { plan } = sql_query(
        "SELECT EXISTS (SELECT FROM transformation_plans WHERE facility_id = $1 \
           AND state IN ('approved', 'in_progress') AND approved_on <= $2) AS plan",
    )
    .bind::<SqlUuid, _>(id)
    .bind::<Date, _>(on)
    .get_result(tx.conn)?;
    if children == 0 || plan {
        return Ok(());
    }
    let detail = "children live there: approve a transformation plan of the facility first, so that \
                  each of them gets an individual transition plan";
    let refusal = Refusal::conflict(RULE, detail);
    let refusal = refusal.fact("living_there", children).fact("on", on);
    refused_by(tx.conn, on, refusal.into())
}

#[derive(QueryableByName)]
struct Plans {
    #[diesel(sql_type = Date)]
    since: NaiveDate,
    #[diesel(sql_type = BigInt)]
    children: i64,
    #[diesel(sql_type = BigInt)]
    planned: i64,
}

/// Whoever lived there when its transformation plan was approved, when closing began or later needs a
/// transition plan that was agreed by that day. Whoever died or was adopted needs none.
pub(super) fn refuse_unplanned(tx: &mut Tx<'_>, facility: &Facility, on: NaiveDate) -> Result<()> {
    let closing = |state: FacilityState| state == FacilityState::Closing;
    let began = facility.states.iter().rev().find(|period| closing(period.state));
    let began = began.map_or(on, |period| period.valid_from);
    let query = sql_query(
        "WITH counted AS ( \
           SELECT LEAST($2, min(approved_on)) AS since FROM transformation_plans \
           WHERE facility_id = $1 AND approved_on <= $3 \
             AND (state IN ('approved', 'in_progress') OR state = 'completed' AND ended_on >= $2)), \
         moved AS ( \
           SELECT DISTINCT p.child_id \
           FROM counted JOIN placements p ON p.ended_on IS NULL OR p.ended_on > counted.since \
           JOIN children c ON c.id = p.child_id \
           WHERE p.facility_id = $1 AND p.state IN ('active', 'ended') AND p.started_on < $3 \
             AND (c.death_date IS NULL OR c.death_date > $3) \
             AND (c.adopted_on IS NULL OR c.adopted_on > $3)) \
         SELECT (SELECT since FROM counted), count(*) AS children, \
                count(*) FILTER (WHERE EXISTS ( \
                  SELECT FROM transition_plans t WHERE t.child_id = moved.child_id \
                    AND t.facility_id = $1 AND t.state IN ('agreed', 'carried_out') \
                    AND t.agreed_on <= $3)) AS planned FROM moved",
    )
    .bind::<SqlUuid, _>(facility.id)
    .bind::<Date, _>(began)
    .bind::<Date, _>(on);
    let Plans { since, children, planned } =
        beyond(tx.conn, |conn| Ok(query.get_result::<Plans>(conn)?))?;
    if planned >= children {
        return Ok(());
    }
    let detail = "everybody who lived there since then needs an individual transition plan that was \
                  agreed by that day";
    let refusal = Refusal::conflict(RULE, detail)
        .fact("lived_there", children)
        .fact("without_transition_plan", children - planned)
        .fact("since", since)
        .fact("on", on);
    refused_by(tx.conn, on, refusal.into())
}
