//! Two records of one child that become one, and two again: what of them is in the record itself.
use diesel::prelude::*;
use serde::{Deserialize, Serialize};

use super::parts;
use crate::{
    children::{Child, ChildId, model::ChildName},
    platform::{
        db::Tx,
        error::{Error, Result},
        external_id::ExternalId,
        id::Kind as _,
        journal::Recorded,
        prepared,
    },
    schema::children::{self, dsl},
};

/// What the record was called that was merged, and what of it the other one has since.
#[derive(Clone, Serialize, Deserialize)]
pub struct Joined {
    pub names: Vec<ChildName>,
    pub external_ids: Vec<ExternalId>,
    pub added_names: Vec<ChildName>,
    pub added_ids: Vec<ExternalId>,
}

/// Both records, locked in the order of their ids, merged or not.
pub fn lock_pair(tx: &mut Tx<'_>, one: ChildId, other: ChildId) -> Result<(Child, Child)> {
    let both = children::table.filter(dsl::id.eq_any([one, other])).order(dsl::id).for_update();
    let both: Vec<Child> = both.select(Child::as_select()).load(tx.conn)?;
    let of = |id: ChildId| both.iter().find(|child| child.id == id).cloned();
    of(one).zip(of(other)).ok_or(Error::NotFound(Child::NAME))
}

/// Gives the names and numbers of the other locked record to the survivor, which keeps what else differs.
pub fn merge(tx: &mut Tx<'_>, survivor: &Child, other: &Child) -> Result<Recorded<Joined>> {
    let mut gone = other.clone();
    gone.names.clear();
    gone.external_ids.clear();
    gone.merged_into = Some(survivor.id);
    let _gone = save(tx, "merged", other, gone)?;
    let mut after = survivor.clone();
    let added_names = other.names.iter().filter(|name| !survivor.names.contains(name));
    let added_names: Vec<ChildName> = added_names.cloned().collect();
    let known = |id: &&ExternalId| {
        let mut same = survivor.external_ids.iter();
        same.any(|own| own.system == id.system && own.value == id.value)
    };
    let added_ids: Vec<ExternalId> =
        other.external_ids.iter().filter(|id| !known(id)).cloned().collect();
    after.names.extend_from_slice(&added_names);
    after.external_ids.extend_from_slice(&added_ids);
    let (names, external_ids) = (other.names.clone(), other.external_ids.clone());
    let joined = Joined { names, external_ids, added_names, added_ids };
    Ok(save(tx, "merged", survivor, after)?.map(|_| joined))
}

/// Gives the other locked record back what it was called: the survivor keeps what was recorded of it since.
pub fn unmerge(
    tx: &mut Tx<'_>,
    survivor: &Child,
    other: &Child,
    joined: &Joined,
) -> Result<Recorded<Child>> {
    let mut after = survivor.clone();
    after.names.retain(|name| !joined.added_names.contains(name));
    after.external_ids.retain(|id| !joined.added_ids.contains(id));
    let _survivor = save(tx, "unmerged", survivor, after)?;
    let mut back = other.clone();
    back.names.clone_from(&joined.names);
    back.external_ids.clone_from(&joined.external_ids);
    back.merged_into = None;
    save(tx, "unmerged", other, back)
}

fn save(tx: &mut Tx<'_>, event: &str, before: &Child, mut after: Child) -> Result<Recorded<Child>> {
    after.version = before.version + 1;
    prepared::update(children::table.find(after.id))
        .set((&after, dsl::modified_at.eq(tx.now)))
        .execute(tx.conn)?;
    if before.names != after.names {
        parts::replace_names(tx, &after)?;
    }
    if before.external_ids != after.external_ids {
        parts::write_external_ids(tx, after.id, &after.external_ids, true)?;
    }
    tx.changed(event, before, after)
}
