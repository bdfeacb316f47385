//! Making one record of two, and asking what would come of it.
use std::collections::{BTreeMap, BTreeSet};

use diesel::{connection::SimpleConnection as _, prelude::*};
use serde_json::{Map, Value};

use super::{broken, contradictions};
use crate::{
    care_plans::{self, CarePlan},
    children::{self, Child, ChildId, LegalStatus, Relation},
    deadlines,
    merges::model::{
        ChildMerge, ChildMergeId, Contradiction, MergeEvaluation, MergeRequest, MergeState, Moved,
        PlacementFinding, Records, listed,
    },
    overrides::Override,
    placements::{self, PlacementId, store::Rechecked},
    platform::{
        db::Tx,
        error::{Error, Result},
        id::Kind as _,
        journal::{Hung, Pair, Recorded},
        rule::Refusal,
        version::IfMatch,
    },
    schema::child_merges::{self, dsl},
};

/// What came of two records in the transaction.
struct Joined {
    moved: Moved,
    rechecked: Vec<Rechecked>,
    overrides: Vec<Override>,
}

/// Merges the other record into the one of this id.
pub fn merge(
    tx: &mut Tx<'_>,
    id: ChildId,
    seen: &IfMatch,
    request: &MergeRequest,
) -> Result<Recorded<ChildMerge>> {
    let (survivor, other) = lock(tx, id, seen, request)?;
    contradictions::refuse(&contradictions::of(tx.conn, &survivor, &other)?)?;
    let joined = join(tx, &survivor, &other, request)?;
    for one in joined.rechecked {
        let _findings = one.judged.refuse()?;
    }
    placements::store::keep_overrides(tx, joined.overrides)?;
    let merge = ChildMerge {
        id: ChildMergeId::generate(),
        child_id: survivor.id,
        merged_child_id: other.id,
        state: MergeState::Merged,
        reason: request.reason.clone(),
        moved: listed(&joined.moved.records),
        kept: listed(&joined.moved.kept),
        merged_at: tx.now,
        merged_by: tx.actor,
        undone_at: None,
        undone_by: None,
        undo_reason: None,
        version: 1,
    };
    let row = merge.id.untyped();
    let reason = tx.seal(child_merges::reason, row, &merge.reason)?;
    let moved = tx.seal(child_merges::moved, row, &joined.moved)?;
    diesel::insert_into(child_merges::table)
        .values((
            dsl::id.eq(merge.id),
            dsl::child_id.eq(merge.child_id),
            dsl::merged_child_id.eq(merge.merged_child_id),
            dsl::state.eq(merge.state),
            dsl::reason.eq(reason),
            dsl::moved.eq(moved),
            dsl::merged_at.eq(merge.merged_at),
            dsl::merged_by.eq(merge.merged_by),
            dsl::version.eq(merge.version),
        ))
        .execute(tx.conn)?;
    tx.created("merged", merge)
}

/// What would come of it: for a transaction that is taken back.
pub fn evaluate(
    tx: &mut Tx<'_>,
    id: ChildId,
    seen: &IfMatch,
    request: &MergeRequest,
) -> Result<MergeEvaluation> {
    let (survivor, other) = lock(tx, id, seen, request)?;
    let contradictions = contradictions::of(tx.conn, &survivor, &other)?;
    if !contradictions.is_empty() {
        return Ok(said(&survivor, &other, contradictions, None));
    }
    let joined = join(tx, &survivor, &other, request)?;
    Ok(said(&survivor, &other, Vec::new(), Some(joined)))
}

fn said(
    survivor: &Child,
    other: &Child,
    contradictions: Vec<Contradiction>,
    joined: Option<Joined>,
) -> MergeEvaluation {
    let (moved, rechecked) = joined.map(|it| (it.moved, it.rechecked)).unzip();
    let of_one = |one: Rechecked| {
        let placement_id = one.placement;
        let findings = one.judged.findings.into_iter();
        findings.map(move |finding| PlacementFinding { placement_id, finding })
    };
    let findings: Vec<PlacementFinding> =
        rechecked.unwrap_or_default().into_iter().flat_map(of_one).collect();
    let refused = findings.iter().any(|it| it.finding.is_refused());
    MergeEvaluation {
        child_id: survivor.id,
        merged_child_id: other.id,
        possible: contradictions.is_empty() && !refused,
        contradictions,
        findings,
        moved: moved.as_ref().map(|moved| listed(&moved.records)).unwrap_or_default(),
        kept: moved.as_ref().map(|moved| listed(&moved.kept)).unwrap_or_default(),
    }
}

/// Both records, locked, as the caller saw them, and such as can be of one child.
fn lock(
    tx: &mut Tx<'_>,
    id: ChildId,
    seen: &IfMatch,
    request: &MergeRequest,
) -> Result<(Child, Child)> {
    // What is asked of the survivor is told first, whatever the other one is.
    seen.check(&children::store::find(tx.conn, id)?)?;
    // As of everything that hangs on a child, absent and out of reach are one answer.
    let (survivor, other) = children::store::lock_pair(tx, id, request.child_id)?;
    if request.child_id == id {
        return Err(Error::value("/child_id", "same_child", "is the record itself"));
    }
    if survivor.merged_into.or(other.merged_into).is_some() {
        return Err(Error::Busy);
    }
    seen.check(&survivor)?;
    if other.version != request.version {
        let detail = "the other record changed since it was read: read it again";
        return Err(Error::State(detail.to_owned()));
    }
    let refused = |detail: &str| Err(Refusal::conflict("DI-03", detail).at("/child_id").into());
    if survivor.adopted_on.or(other.adopted_on).is_some() {
        return refused(
            "the record of a child who was adopted is one with none: it would tell who the child is",
        );
    }
    if other.death_date.is_some() && other.death_date != survivor.death_date {
        return refused("the other record knows of a death: record it on the survivor first");
    }
    Ok((survivor, other))
}

/// Lets everything that hangs on the other record hang on the survivor, and asks the rules anew.
fn join(
    tx: &mut Tx<'_>,
    survivor: &Child,
    other: &Child,
    request: &MergeRequest,
) -> Result<Joined> {
    let mut before = broken(tx, survivor.id)?;
    before.extend(broken(tx, other.id)?);
    let kept = contradictions::alike(tx.conn, survivor, other)?;
    let pair = Pair { from: other.id.untyped(), to: survivor.id.untyped() };
    let mut rows = Hung::on(tx.conn, pair)?;
    rows.retain(|row| !holds(&kept, row));
    let renumbered = care_plans::store::last_number(tx.conn, survivor.id)?;
    care_plans::store::renumber(tx, other.id, renumbered)?;
    let joined = children::store::merge(tx, survivor, other)?.into_value();
    tx.rehang(&rows, pair, "merged", |kind, record| number(kind, record, renumbered))?;
    tx.retell(&shown(&kept), pair, "merged", |_, _| ())?;
    deadlines::store::forget(tx, other.id)?;
    // What is held at the end of a transaction is held now, while its rule can be told.
    tx.conn.batch_execute("SET CONSTRAINTS ALL IMMEDIATE")?;
    let mut rechecked = placements::store::recheck(tx, survivor.id)?;
    anew(&mut rechecked, &before);
    let overrides = weigh(tx, &mut rechecked, request)?;
    let loose = rows.iter().filter(|row| row.kind.is_none());
    let mut of_none: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for row in loose {
        of_none.entry(row.table_name.clone()).or_default().insert(row.row_id.clone());
    }
    let moved = Moved { records: Hung::records(&rows), rows: of_none, kept, renumbered, joined };
    Ok(Joined { moved, rechecked, overrides })
}

fn holds(records: &Records, row: &Hung) -> bool {
    let of_kind = row.kind.as_ref().and_then(|kind| records.get(kind));
    of_kind.zip(row.record).is_some_and(|(ids, id)| ids.contains(&id))
}

/// Those that are shown no more while their record is merged.
pub fn shown(kept: &Records) -> Records {
    let hidden = [LegalStatus::NAME, Relation::NAME];
    kept.iter()
        .filter(|(kind, _)| hidden.contains(&kind.as_str()))
        .map(|(kind, ids)| (kind.clone(), ids.clone()))
        .collect()
}

/// Care plans are numbered by child.
pub fn number(kind: &str, record: &mut Map<String, Value>, by: i32) {
    let number = record.get("number").and_then(Value::as_i64);
    if let (CarePlan::NAME, Some(number)) = (kind, number) {
        record.insert("number".to_owned(), Value::from(number.saturating_add(by.into())));
    }
}

/// Leaves of what was found what was not found before.
pub fn anew(rechecked: &mut Vec<Rechecked>, before: &[(PlacementId, String)]) {
    for one in &mut *rechecked {
        let known =
            |rule: &String| before.iter().any(|(id, it)| *id == one.placement && it == rule);
        one.judged.findings.retain(|finding| finding.is_broken() && !known(&finding.rule));
    }
    rechecked.retain(|one| !one.judged.findings.is_empty());
}

fn weigh(
    tx: &Tx<'_>,
    rechecked: &mut [Rechecked],
    request: &MergeRequest,
) -> Result<Vec<Override>> {
    let mut made = Vec::new();
    for (place, said) in request.overrides.iter().enumerate() {
        let at = format!("/overrides/{place}");
        let one = rechecked.iter_mut().find(|one| one.placement == said.placement_id);
        let one = one.ok_or_else(|| {
            let detail = "is no placement that breaks a rule now";
            Error::value(&format!("{at}/placement_id"), "override_not_needed", detail)
        })?;
        made.extend(one.weigh(tx, &said.overrides).map_err(|error| error.below(&at))?);
    }
    Ok(made)
}
