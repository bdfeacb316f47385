//! Which living placements a rule would not have let begin, if it held as somebody thinks of letting it hold.
use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;

use super::{
    entering::{self, Entering},
    row::PlacementRow,
};
use crate::{
    children::ChildId,
    placements::{
        model::{
            Breach, CareEntry, CarePeriodId, Placement, PlacementId, PlacementState, RulePreview,
            RulePreviewRequest,
        },
        rules::ChildFacts,
    },
    platform::error::{Error, Result},
    reference,
    rules::{Rulebook, nearness as near_rules, residential},
    schema::{care_periods, children, placements},
};

/// How many placements are gathered at a time: what they take of memory.
pub const BLOCK: usize = 500;
/// Most breaches that are named; all are counted.
const NAMED: usize = 1000;

/// Judges every placement in which a child lives today by a rule as it would hold, as if the placement began
/// anew on its first day. Nothing is written.
pub fn preview(
    conn: &mut PgConnection,
    now: chrono::DateTime<chrono::Utc>,
    (code, asked): (&str, &RulePreviewRequest),
    block: usize,
) -> Result<RulePreview> {
    if !crate::rules::of_placements().contains(&code) {
        let known = reference::rules::store::is_known(conn, code)?;
        let why = "this rule is not judged on facts that are kept with placements";
        return Err(if known { Error::State(why.to_owned()) } else { Error::NotFound("rule") });
    }
    let book = thought_of(conn, now, code, asked)?;
    let mut answer = RulePreview { judged: 0, broken: 0, breaches: Vec::new() };
    let mut last = None;
    loop {
        let living = living(conn, last, block)?;
        last = living.last().map(|it| it.placement.id);
        if last.is_none() {
            return Ok(answer);
        }
        let entering: Vec<Entering<'_>> = living.iter().map(Living::entering).collect();
        for (it, findings) in living.iter().zip(entering::judge(conn, &entering, &book)?) {
            answer.judged += 1;
            let broken = findings.into_iter().find(|it| it.rule == code && it.is_broken());
            let Some(finding) = broken else { continue };
            answer.broken += 1;
            if answer.breaches.len() < NAMED {
                let (placement_id, child_id) = (it.placement.id, it.child.id);
                answer.breaches.push(Breach { placement_id, child_id, finding });
            }
        }
    }
}

/// The rules as they would be: this one in its new version, with the numbers that are thought of.
fn thought_of(
    conn: &mut PgConnection,
    now: chrono::DateTime<chrono::Utc>,
    code: &str,
    asked: &RulePreviewRequest,
) -> Result<Rulebook> {
    let today = reference::parameters::today(conn, now)?;
    let names = [residential::PARAMETERS, near_rules::PARAMETERS].concat();
    let mut book = reference::rules::store::book(conn, today, &[code], &names)?;
    if let Some(new) = &asked.version {
        let version = reference::rules::store::drafted(conn, now, code, new)
            .map_err(|error| error.below("/version"))?;
        book.rules.clear();
        if version.in_force {
            book.rules.insert(code.to_owned(), version.into());
        }
    }
    for (name, value) in &asked.parameters {
        let pointer = format!("/parameters/{name}");
        if !names.contains(&name.as_str()) {
            let detail = "is no parameter that rules on placements go by";
            return Err(Error::value(&pointer, "unknown_code", detail));
        }
        reference::parameters::store::check_value(conn, name, value)
            .map_err(|error| error.below("/parameters"))?;
        let number = reference::parameters::store::number(value)?;
        book.numbers.insert(name.clone(), number);
    }
    Ok(book)
}

/// A placement in which a child lives, and how it came there.
struct Living {
    placement: Placement,
    child: ChildFacts,
    entry: Option<CareEntry>,
    left: Option<String>,
}

impl Living {
    /// As if it began anew.
    fn entering(&self) -> Entering<'_> {
        Entering {
            child: &self.child,
            placement: &self.placement,
            entry: self.entry.as_ref(),
            left: self.left.as_deref(),
        }
    }
}

/// Some placements in which children live, by id.
fn living(conn: &mut PgConnection, after: Option<PlacementId>, most: usize) -> Result<Vec<Living>> {
    let mut query = placements::table
        .filter(placements::state.eq(PlacementState::Active))
        .order(placements::id)
        .limit(i64::try_from(most).map_err(Error::internal)?)
        .select(PlacementRow::as_select())
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(placements::id.gt(after));
    }
    let rows: Vec<PlacementRow> = query.load(conn)?;
    let living: Vec<Placement> = rows.into_iter().map(TryInto::try_into).collect::<Result<_>>()?;
    let children = children_of(conn, &living)?;
    let mut entries = entries(conn, &living)?;
    let mut left = left(conn, &living)?;
    let whole = |placement: Placement| {
        let child = children.get(&placement.child_id)?.clone();
        let period = placement.care_period_id;
        let entry = period.filter(|_| placement.opens_period).and_then(|id| entries.remove(&id));
        let left = left.remove(&placement.id);
        Some(Living { placement, child, entry, left })
    };
    Ok(living.into_iter().filter_map(whole).collect())
}

fn children_of(
    conn: &mut PgConnection,
    living: &[Placement],
) -> Result<BTreeMap<ChildId, ChildFacts>> {
    let ids: Vec<ChildId> = living.iter().map(|placement| placement.child_id).collect();
    let children: Vec<ChildFacts> = children::table
        .filter(children::id.eq_any(ids))
        .select(ChildFacts::as_select())
        .load(conn)?;
    Ok(children.into_iter().map(|child| (child.id, child)).collect())
}

/// Care period, reason, other reasons, route, whether it was an emergency.
type EntryRow = (CarePeriodId, String, Vec<String>, String, bool);

/// How care began, by care period, where it began with one of these.
fn entries(
    conn: &mut PgConnection,
    living: &[Placement],
) -> Result<BTreeMap<CarePeriodId, CareEntry>> {
    let opening = living.iter().filter(|placement| placement.opens_period);
    let ids: BTreeSet<CarePeriodId> = opening.filter_map(|it| it.care_period_id).collect();
    let rows: Vec<EntryRow> = care_periods::table
        .filter(care_periods::id.eq_any(ids))
        .select((
            care_periods::id,
            care_periods::entry_reason,
            care_periods::other_reasons,
            care_periods::entry_route,
            care_periods::emergency,
        ))
        .load(conn)?;
    let entry = |(id, entry_reason, other_reasons, entry_route, emergency): EntryRow| {
        (id, CareEntry { entry_reason, other_reasons, entry_route, emergency })
    };
    Ok(rows.into_iter().map(entry).collect())
}

/// The type of care in which the child lived until then in the same care period, by placement.
fn left(conn: &mut PgConnection, living: &[Placement]) -> Result<BTreeMap<PlacementId, String>> {
    let ids: BTreeSet<CarePeriodId> = living.iter().filter_map(|it| it.care_period_id).collect();
    let rows: Vec<(Option<CarePeriodId>, Option<chrono::NaiveDate>, String)> = placements::table
        .filter(placements::care_period_id.eq_any(ids))
        .filter(placements::state.eq(PlacementState::Ended))
        .select((placements::care_period_id, placements::ended_on, placements::care_type))
        .load(conn)?;
    let ended =
        |(period, on, care_type): (Option<_>, Option<_>, _)| Some(((period?, on?), care_type));
    let ended: BTreeMap<_, String> = rows.into_iter().filter_map(ended).collect();
    let until = |it: &Placement| {
        let care_type = ended.get(&(it.care_period_id?, it.started_on?))?;
        Some((it.id, care_type.clone()))
    };
    Ok(living.iter().filter_map(until).collect())
}
