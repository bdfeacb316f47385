//! Making two records again of what was merged.
use std::collections::BTreeSet;

use diesel::{connection::SimpleConnection as _, prelude::*};
use serde_json::json;
use uuid::Uuid;

use super::{
    broken, find_whole,
    merging::{anew, number, shown},
};
use crate::{
    care_plans, children, deadlines,
    merges::model::{ChildMerge, ChildMergeId, MergeStep, Moved, Records, UndoRequest},
    placements,
    platform::{
        db::Tx,
        error::{Error, Result},
        journal::{self, Hung, Pair, Recorded},
        rule::Refusal,
        version::IfMatch,
    },
    schema::child_merges::{self, dsl},
};

/// What is said of other records goes where they go.
const FOLLOWING: [&str; 2] = ["alert", "override"];

/// Undoes a merge: what moved goes back, and what is named goes with it.
pub fn undo(
    tx: &mut Tx<'_>,
    id: ChildMergeId,
    seen: &IfMatch,
    request: &UndoRequest,
) -> Result<Recorded<ChildMerge>> {
    let (known, _) = find_whole(tx.conn, id)?;
    let (survivor, other) = children::store::lock_pair(tx, known.child_id, known.merged_child_id)?;
    let (before, moved) = find_whole(tx.conn, id)?;
    seen.check(&before)?;
    let mut after = before.clone();
    after.state = before.state.after(MergeStep::Undo)?;
    if survivor.merged_into.is_some() {
        let detail = "the survivor was itself merged into another record: undo that first";
        return Err(Error::State(detail.to_owned()));
    }
    let was_broken = broken(tx, survivor.id)?;
    let pair = Pair { from: survivor.id.untyped(), to: other.id.untyped() };
    let rows = Hung::on(tx.conn, pair)?;
    let going = going(tx.conn, &rows, &moved, request, pair)?;
    let goes = |row: &Hung| match (&row.kind, row.record) {
        (Some(kind), Some(record)) => going.get(kind).is_some_and(|ids| ids.contains(&record)),
        _ => moved.rows.get(&row.table_name).is_some_and(|ids| ids.contains(&row.row_id)),
    };
    let rows: Vec<Hung> = rows.into_iter().filter(goes).collect();
    tx.rehang(&rows, pair, "unmerged", |kind, record| number(kind, record, -moved.renumbered))?;
    care_plans::store::renumber(tx, other.id, -moved.renumbered)?;
    let back = Pair { from: pair.to, to: pair.from };
    tx.retell(&shown(&moved.kept), back, "unmerged", |_, _| ())?;
    let _other = children::store::unmerge(tx, &survivor, &other, &moved.joined)?;
    for child in [survivor.id, other.id] {
        deadlines::store::forget(tx, child)?;
    }
    tx.conn.batch_execute("SET CONSTRAINTS ALL IMMEDIATE")?;
    for child in [survivor.id, other.id] {
        let mut rechecked = placements::store::recheck(tx, child)?;
        anew(&mut rechecked, &was_broken);
        for one in rechecked {
            let _findings = one.judged.refuse()?;
        }
    }
    after.undone_at = Some(tx.now);
    after.undone_by = Some(tx.actor);
    after.undo_reason = Some(request.reason.clone());
    after.version = before.version + 1;
    save(tx, &before, after)
}

fn save(tx: &mut Tx<'_>, before: &ChildMerge, after: ChildMerge) -> Result<Recorded<ChildMerge>> {
    let reason = after.undo_reason.as_ref();
    let reason = tx.seal_some(child_merges::undo_reason, after.id.untyped(), reason)?;
    diesel::update(child_merges::table.find(after.id))
        .set((
            dsl::state.eq(after.state),
            dsl::undone_at.eq(after.undone_at),
            dsl::undone_by.eq(after.undone_by),
            dsl::undo_reason.eq(reason),
            dsl::version.eq(after.version),
        ))
        .execute(tx.conn)?;
    tx.changed("undone", before, after)
}

/// The records that go back. Each is still the survivor's, and none refers to what stays, or is referred to by it.
fn going(
    conn: &mut PgConnection,
    rows: &[Hung],
    moved: &Moved,
    request: &UndoRequest,
    pair: Pair,
) -> Result<Records> {
    let here = Hung::records(rows);
    let is_here = |kind: &str, id: &Uuid| here.get(kind).is_some_and(|ids| ids.contains(id));
    let mut going = moved.records.clone();
    let lost: Vec<_> = going
        .iter()
        .flat_map(|(kind, ids)| ids.iter().map(move |id| (kind, id)))
        .filter(|(kind, id)| !is_here(kind, id))
        .map(|(kind, id)| json!({"kind": kind, "id": id}))
        .collect();
    if !lost.is_empty() {
        let detail = "what moved is the survivor's no more: it cannot go back";
        return Err(Refusal::conflict("DI-03", detail).fact("records", lost).into());
    }
    for (place, named) in request.records.iter().enumerate() {
        if !is_here(&named.kind, &named.id) {
            let detail = "is no record about the survivor";
            return Err(Error::value(&format!("/records/{place}"), "unknown_reference", detail));
        }
        going.entry(named.kind.clone()).or_default().insert(named.id);
    }
    let named = journal::named_in(conn, &here, pair)?;
    let ids =
        |records: &Records| -> BTreeSet<Uuid> { records.values().flatten().copied().collect() };
    let first = ids(&going);
    for ((kind, id), others) in &named {
        if FOLLOWING.contains(&kind.as_str()) && !others.is_disjoint(&first) {
            going.entry(kind.clone()).or_default().insert(*id);
        }
    }
    let (gone, all) = (ids(&going), ids(&here));
    let staying: BTreeSet<Uuid> = all.difference(&gone).copied().collect();
    let torn: Vec<_> = named
        .iter()
        .filter(|((_, id), others)| {
            let apart = if gone.contains(id) { &staying } else { &gone };
            !others.is_disjoint(apart)
        })
        .map(|((kind, id), _)| json!({"kind": kind, "id": id}))
        .collect();
    if torn.is_empty() {
        return Ok(going);
    }
    let detail = "what was recorded since and what goes back refer to each other: name in `records` what is the other \
                  child's, or correct it";
    Err(Refusal::conflict("DI-03", detail).at("/records").fact("records", torn).into())
}
