//! Which living placements a rule would not have let begin, if it held as somebody thinks of letting it hold.
use std::collections::BTreeMap;

use diesel::prelude::*;

use super::{facts, find_period, gatekeeping, nearness, row::PlacementRow};
use crate::{
    placements::{
        model::{Breach, CareEntry, Placement, PlacementId, RulePreview, RulePreviewRequest},
        rules::{CareTypeFacts, ChildFacts},
    },
    platform::error::{Error, Result},
    reference,
    rules::{
        Finding, Rulebook, allegations, gatekeeping as entry_rules, nearness as near_rules,
        poverty, residential,
    },
    schema::{children, placements},
};

/// How many placements are read at a time.
const BLOCK: i64 = 500;
/// Most breaches that are named; all are counted.
const NAMED: usize = 1000;

/// Judges every placement in which a child lives today by a rule as it would hold, as if the placement began
/// anew on its first day. Nothing is written.
pub fn preview(
    conn: &mut PgConnection,
    now: chrono::DateTime<chrono::Utc>,
    code: &str,
    asked: &RulePreviewRequest,
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
        let block = living(conn, last)?;
        let Some((placement, _)) = block.last() else { return Ok(answer) };
        last = Some(placement.id);
        for (placement, child) in block {
            answer.judged += 1;
            let found = findings(conn, code, &child, &placement, &book)?;
            if let Some(finding) = found.into_iter().find(|it| it.rule == code && it.is_broken()) {
                answer.broken += 1;
                if answer.breaches.len() < NAMED {
                    answer.breaches.push(Breach {
                        placement_id: placement.id,
                        child_id: child.id,
                        finding,
                    });
                }
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

/// Some placements in which children live, with these, by id.
fn living(
    conn: &mut PgConnection,
    after: Option<PlacementId>,
) -> Result<Vec<(Placement, ChildFacts)>> {
    let mut query = placements::table
        .filter(placements::state.eq("active"))
        .order(placements::id)
        .limit(BLOCK)
        .select(PlacementRow::as_select())
        .into_boxed();
    if let Some(after) = after {
        query = query.filter(placements::id.gt(after));
    }
    let rows: Vec<PlacementRow> = query.load(conn)?;
    let living: Vec<Placement> = rows.into_iter().map(TryInto::try_into).collect::<Result<_>>()?;
    let ids: Vec<_> = living.iter().map(|placement| placement.child_id).collect();
    let children: Vec<ChildFacts> = children::table
        .filter(children::id.eq_any(&ids))
        .select(ChildFacts::as_select())
        .load(conn)?;
    let children: BTreeMap<_, _> = children.into_iter().map(|child| (child.id, child)).collect();
    let with_child =
        |placement: Placement| Some((children.get(&placement.child_id).cloned(), placement));
    Ok(living
        .into_iter()
        .filter_map(with_child)
        .filter_map(|(child, placement)| Some((placement, child?)))
        .collect())
}

/// What the rule says to one placement.
fn findings(
    conn: &mut PgConnection,
    code: &str,
    child: &ChildFacts,
    placement: &Placement,
    book: &Rulebook,
) -> Result<Vec<Finding>> {
    let day = placement.started_on.unwrap_or(placement.starts_on);
    if near_rules::RULES.contains(&code) {
        return Ok(near_rules::judge(&nearness::of(conn, child, placement)?, book));
    }
    if poverty::RULES.contains(&code) {
        return match entry_of(conn, placement)? {
            Some(entry) => gatekeeping::judge_reasons(conn, &entry, day, book),
            None => Ok(Vec::new()),
        };
    }
    if allegations::RULES.contains(&code) {
        return Ok(gatekeeping::judge_family(conn, placement, book)?.into_iter().collect());
    }
    let care_type: CareTypeFacts = facts::care_type(conn, "/care_type", &placement.care_type, day)?;
    if residential::RULES.contains(&code) {
        return gatekeeping::judge_residential(conn, child, placement, &care_type, book);
    }
    let (entry, before) = (entry_of(conn, placement)?, before(conn, placement)?);
    let from = (entry.as_ref(), before.as_ref());
    let admission = gatekeeping::admission(conn, placement, &care_type, from)?;
    Ok(entry_rules::judge(&admission, book))
}

/// How care began, if it began with this placement.
fn entry_of(conn: &mut PgConnection, placement: &Placement) -> Result<Option<CareEntry>> {
    let Some(period) = placement.care_period_id.filter(|_| placement.opens_period) else {
        return Ok(None);
    };
    let period = find_period(conn, period)?;
    Ok(Some(CareEntry {
        entry_reason: period.entry_reason,
        other_reasons: period.other_reasons,
        entry_route: period.entry_route,
        emergency: period.emergency,
    }))
}

/// Where the child lived until then in the same care period.
fn before(conn: &mut PgConnection, placement: &Placement) -> Result<Option<Placement>> {
    let row: Option<PlacementRow> = placements::table
        .filter(placements::care_period_id.eq(placement.care_period_id))
        .filter(placements::state.eq("ended"))
        .filter(placements::ended_on.eq(placement.started_on))
        .select(PlacementRow::as_select())
        .first(conn)
        .optional()?;
    row.map(TryInto::try_into).transpose()
}
