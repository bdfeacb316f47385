//! Families that are taken over from elsewhere, many at a time.
use diesel::prelude::*;

use super::{first_level, judged, parts, sealed};
use crate::{
    families::model::{Family, PastFamily},
    insert_rows,
    platform::{
        db::Tx,
        error::{Error, Result},
        journal::Recorded,
    },
    schema::{
        families,
        family_risk_levels::{self as levels, dsl as level},
    },
};

/// Takes over families with what endangers their children, all or none. Each is judged as if it were
/// registered now, and is one change.
pub fn take_over(tx: &mut Tx<'_>, past: &[PastFamily]) -> Result<Recorded<Vec<Family>>> {
    let mut all = Vec::new();
    for past in past {
        let mut family = judged(tx, &past.family)?;
        for factor in &past.risk_factors {
            family.risk_factors.push(parts::judged_factor(tx, factor)?);
        }
        family.risk_factors.sort_by_key(|factor| (factor.identified_on, factor.id));
        family.risk_levels.push(first_level(&family));
        all.push(family);
    }
    write(tx, &all)?;
    let mut made = Vec::new();
    for family in all {
        made.push(tx.created("taken_over", family)?);
    }
    Recorded::all(made).ok_or_else(|| Error::internal("no family was taken over"))
}

fn write(tx: &mut Tx<'_>, all: &[Family]) -> Result<()> {
    let mut rows = Vec::new();
    for family in all {
        rows.push((family.clone(), sealed(tx, family)?));
    }
    insert_rows!(families::table, tx.conn, rows);
    parts::write_members(tx, &all.iter().collect::<Vec<_>>())?;
    let of_all = all.iter().map(|family| {
        (
            level::family_id.eq(family.id),
            level::place.eq(0),
            level::risk_level.eq(family.risk_level.clone()),
            level::valid_from.eq(family.registered_on),
        )
    });
    let rows: Vec<_> = of_all.collect();
    insert_rows!(levels::table, tx.conn, rows);
    let found =
        all.iter().flat_map(|family| family.risk_factors.iter().map(|factor| (family.id, factor)));
    parts::write_factors(tx, &found.collect::<Vec<_>>())
}
