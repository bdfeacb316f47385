//! Taking over care periods of the past, each with all its placements in one change.
//!
//! Nothing is made easier by it: locks, rules and journal are those of the steps. Only the answers
//! of the database are fetched, and the rows written, for many at once.
use std::collections::BTreeMap;

use chrono::NaiveDate;
use diesel::prelude::*;

use super::{
    checks::{adoption, check_decision, check_entry, check_leaving, check_plan, unknown_child},
    drafts::of_past,
    facts::{self, File},
    homes::Homes,
    row::{PlacementRow, SealedColumns},
    steps::opened,
};
use crate::{
    children::{self, ChildId},
    insert_rows,
    placements::{
        model::{
            CarePeriod, CarePeriodState, PastCarePeriod, PastPlacement, Placement, PlacementState,
            PlacementStep,
        },
        rules::{self, CareTypeFacts, ChildFacts},
    },
    platform::{
        db::Tx,
        error::{Error, Result},
        journal::Recorded,
        rule::Refusal,
    },
    reference::{code_lists, parameters},
    schema::{care_periods, placements},
};

/// A care period that was taken over, and its placements by first day.
pub struct TakenOver {
    pub period: CarePeriod,
    pub placements: Vec<Placement>,
}

/// A care period before it is written.
struct Draft {
    period: CarePeriod,
    placements: Vec<(Placement, CareTypeFacts)>,
}

/// Takes over one care period from an older register.
pub fn take_over_one(tx: &mut Tx<'_>, new: &PastCarePeriod) -> Result<Recorded<CarePeriod>> {
    let made = take_over(tx, std::slice::from_ref(new))?;
    let period = made.value().first().map(|made| made.period.clone());
    let period = period.ok_or_else(|| Error::internal("a care period was lost"))?;
    Ok(made.map(|_| period))
}

/// Takes over several care periods, all or none, as an import does; those of one child by first day.
pub fn take_over(tx: &mut Tx<'_>, new: &[PastCarePeriod]) -> Result<Recorded<Vec<TakenOver>>> {
    let today = parameters::today(tx.conn, tx.now)?;
    let ids: Vec<ChildId> = new.iter().map(|period| period.child_id).collect();
    let mut files = facts::lock_files(tx, &ids).map_err(unknown_child)?;
    let mut drafts = Vec::new();
    for period in new {
        let file = of_child(&mut files, period.child_id)?;
        let draft = draft(tx.conn, file, period, today)?;
        file.periods.push(draft.period.clone());
        drafts.push(draft);
    }
    let placements = drafts.iter().flat_map(|draft| &draft.placements);
    let mut homes = Homes::lock(tx, placements.map(|(placement, _)| placement))?;
    for draft in &drafts {
        let file = of_child(&mut files, draft.period.child_id)?;
        for (place, (placement, care_type)) in draft.placements.iter().enumerate() {
            let taken = homes.take_in(tx.conn, file, placement, care_type);
            taken.map_err(|error| error.below(&format!("/placements/{place}")))?;
        }
    }
    write(tx, drafts)
}

fn of_child(files: &mut BTreeMap<ChildId, File>, child: ChildId) -> Result<&mut File> {
    files.get_mut(&child).ok_or_else(|| Error::internal("a child was not locked"))
}

/// The care period and its placements, judged but for the room that they take.
fn draft(
    conn: &mut PgConnection,
    file: &File,
    new: &PastCarePeriod,
    today: NaiveDate,
) -> Result<Draft> {
    let first = new.placements.first().map(|placement| placement.starts_on);
    let first = first.ok_or_else(|| Error::internal("a care period has a placement"))?;
    check_entry(conn, &new.care_entry, first)?;
    let mut period = opened(&file.periods, new.child_id, first, &new.care_entry)?;
    if let Some(exit) = &new.exit {
        let day = exit.ended_on;
        let area = exit.exit_area_code.as_deref();
        let leaving = check_leaving(conn, &file.child, day, &exit.exit_reason, area, today);
        let _exit = leaving.map_err(|error| error.below("/exit"))?;
        period.state = CarePeriodState::Closed;
        period.ended_on = Some(day);
        period.exit_reason = Some(exit.exit_reason.clone());
        period.planned_exit = Some(exit.planned_exit);
        period.exit_area_code.clone_from(&exit.exit_area_code);
    }
    let mut placements: Vec<(Placement, CareTypeFacts)> = Vec::new();
    for (place, (stay, until)) in new.stays().enumerate() {
        let before = placements.last().map(|(placement, _)| placement);
        let made = lived(conn, &file.child, &period, before, stay, until, today);
        placements.push(made.map_err(|error| error.below(&format!("/placements/{place}")))?);
    }
    Ok(Draft { period, placements })
}

/// A placement of the period, after the one before it.
fn lived(
    conn: &mut PgConnection,
    child: &ChildFacts,
    period: &CarePeriod,
    before: Option<&Placement>,
    stay: &PastPlacement,
    until: Option<NaiveDate>,
    today: NaiveDate,
) -> Result<(Placement, CareTypeFacts)> {
    let day = stay.starts_on;
    let care_type = facts::care_type(conn, "/care_type", &stay.care_type, day)?;
    facts::check_provider_kind(&care_type, &stay.provider, "/provider")?;
    check_plan(conn, day, &stay.planned_kind, stay.expected_end_on, "")?;
    check_decision(conn, stay.decision.as_ref().map(|decision| decision.body.as_str()), day, "")?;
    let limits = facts::limits(conn, day)?;
    rules::check_first_day(child, day, today, limits, before.is_some())?;
    rules::check_age_for(&care_type, child, day)?;
    let mut made = of_past(period, stay);
    if let Some(before) = before {
        made.opens_period = false;
        made.same_carer = made.provider == before.provider;
        if made.same_carer
            && made.care_type == before.care_type
            && made.planned_kind == before.planned_kind
        {
            let detail = "the child would stay with the same provider in the same care";
            return Err(Error::value("/care_type", "no_change", detail));
        }
    }
    made.state = PlacementState::Planned.after(PlacementStep::Start)?;
    if until.is_some() != stay.end_reason.is_some() {
        let detail = "goes with a placement that has ended, and only with that";
        return Err(Error::value("/end_reason", "reason_with_end", detail));
    }
    if let (Some(until), Some(reason)) = (until, &stay.end_reason) {
        code_lists::check(conn, "move_reason", "/end_reason", reason, until)?;
        if until <= day {
            let detail = "a placement lasts at least one day: its end must be after its first day";
            return Err(Refusal::values("PL-02", detail)
                .fact("started_on", day)
                .fact("ended_on", until)
                .into());
        }
        made.state = made.state.after(PlacementStep::End)?;
        made.ended_on = Some(until);
    }
    Ok((made, care_type))
}

fn write(tx: &mut Tx<'_>, drafts: Vec<Draft>) -> Result<Recorded<Vec<TakenOver>>> {
    let periods: Vec<CarePeriod> = drafts.iter().map(|draft| draft.period.clone()).collect();
    let all = drafts.iter().flat_map(|draft| &draft.placements);
    let mut rows = Vec::new();
    for (placement, _) in all {
        rows.push((PlacementRow::try_from(placement)?, SealedColumns::of(tx, placement)?));
    }
    // What is taken over has no reason of its state yet.
    insert_rows!(care_periods::table, tx.conn, periods);
    insert_rows!(placements::table, tx.conn, rows);
    let mut made = Vec::new();
    for Draft { period, placements } in drafts {
        if let Some(day) = adoption(tx.conn, &period)? {
            let _child = children::store::adopted(tx, period.child_id, Some(day))?;
        }
        let period = tx.created("taken_over", period)?;
        let mut lived = Vec::new();
        for (placement, _) in placements {
            lived.push(tx.created("taken_over", placement)?.into_value());
        }
        made.push(period.map(|period| TakenOver { period, placements: lived }));
    }
    Recorded::all(made).ok_or_else(|| Error::internal("nothing was taken over"))
}
