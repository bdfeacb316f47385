//! Who is judged by where somebody else is: what is to be written in its order.
use diesel::prelude::*;
use uuid::Uuid;

use super::super::model::PlacementState;
use crate::{
    children::{self, ChildId},
    platform::{error::Result, reach::beyond},
    schema::placements,
};

/// Of the children among these records, each with the brothers and sisters from whom they are not to be parted, and with the families and
/// facilities where they live, or are planned to: pairs of ids.
pub fn ties(conn: &mut PgConnection, records: &[Uuid]) -> Result<Vec<(Uuid, Uuid)>> {
    type Home = (ChildId, Option<Uuid>, Option<Uuid>);
    let children: Vec<ChildId> = records.iter().copied().map(ChildId::from_untyped).collect();
    beyond(conn, |conn| {
        let kept_together = children::store::kept_together_of(conn, &children)?;
        let siblings =
            kept_together.into_iter().map(|(one, other)| (one.untyped(), other.untyped()));
        let homes: Vec<Home> = placements::table
            .filter(placements::child_id.eq_any(children))
            .filter(placements::state.eq_any([PlacementState::Active, PlacementState::Planned]))
            .select((placements::child_id, placements::carer_family_id, placements::facility_id))
            .load(conn)?;
        let homes = homes.into_iter().flat_map(|(child, family, facility)| {
            family.into_iter().chain(facility).map(move |home| (child.untyped(), home))
        });
        Ok(siblings.chain(homes).collect())
    })
}
