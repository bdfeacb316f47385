//! Locks of children: whoever changes what hangs on one takes its lock first.
use std::collections::{BTreeSet, HashMap};

use chrono::NaiveDate;
use diesel::prelude::*;

use crate::{
    children::{Child, ChildId},
    platform::{
        db::Tx,
        error::{Error, Found as _, Result},
        id::Kind as _,
    },
    schema::children::{self, dsl},
};

/// The child, locked until the transaction ends: nobody else places, changes or relates it.
pub fn lock(tx: &mut Tx<'_>, id: ChildId) -> Result<Child> {
    let query = children::table.find(id).for_update();
    standing(query.select(Child::as_select()).first(tx.conn).found::<Child>()?)
}

/// A record that was merged into another one while somebody waited for it is asked for anew: the guards point there.
fn standing(child: Child) -> Result<Child> {
    if child.merged_into.is_some() { Err(Error::Busy) } else { Ok(child) }
}

/// Locks the child as [`lock`] does, and reads its birth date alone.
pub fn lock_born(tx: &mut Tx<'_>, id: ChildId) -> Result<Option<NaiveDate>> {
    let born = lock_all_born(tx, &[id])?;
    Ok(born.get(&id).copied().flatten())
}

/// The same of several children, locked in the order of their ids, which they are given in.
pub fn lock_all_born(
    tx: &mut Tx<'_>,
    ids: &[ChildId],
) -> Result<HashMap<ChildId, Option<NaiveDate>>> {
    let of_them = children::table.filter(dsl::id.eq_any(ids)).order(dsl::id);
    let born: Vec<(ChildId, Option<NaiveDate>, Option<ChildId>)> =
        of_them.select((dsl::id, dsl::birth_date, dsl::merged_into)).for_update().load(tx.conn)?;
    if born.len() < ids.len() {
        return Err(Error::NotFound(Child::NAME));
    }
    if born.iter().any(|(.., merged_into)| merged_into.is_some()) {
        return Err(Error::Busy);
    }
    Ok(born.into_iter().map(|(id, birth_date, _)| (id, birth_date)).collect())
}

/// Several children, locked in the order of their ids, so that no two transactions wait for one
/// another.
pub fn lock_all(tx: &mut Tx<'_>, ids: &[ChildId]) -> Result<Vec<Child>> {
    let mut ids = ids.to_vec();
    ids.sort();
    ids.dedup();
    ids.into_iter().map(|id| lock(tx, id)).collect()
}

/// The same in one statement, as a bulk load does.
pub fn lock_together(tx: &mut Tx<'_>, ids: &[ChildId]) -> Result<HashMap<ChildId, Child>> {
    let wanted: BTreeSet<ChildId> = ids.iter().copied().collect();
    let of_them = children::table.filter(dsl::id.eq_any(&wanted)).order(dsl::id).for_update();
    let locked: Vec<Child> = of_them.select(Child::as_select()).load(tx.conn)?;
    if locked.len() < wanted.len() {
        return Err(Error::NotFound(Child::NAME));
    }
    locked.into_iter().map(|child| Ok((child.id, standing(child)?))).collect()
}
