//! What is due of some children, families, facilities or workers is written: what differs, and nothing else.
use std::collections::{BTreeMap, BTreeSet};

use diesel::prelude::*;
use uuid::Uuid;

use super::{children::Owner, sweep::Frame};
use crate::{
    alerts::store::{About, Changes, Due, Key, compare},
    carers::CarerFamilyId,
    children::ChildId,
    deadlines::model::{Deadline, DeadlineId},
    facilities::FacilityId,
    insert_rows,
    platform::{db::Tx, error::Result},
    reference::organisations::OrganisationId,
    rules::deadlines,
    schema::deadlines as table,
};

/// One of them, who must act, and what is due.
pub struct Judged<'o> {
    pub id: Uuid,
    pub owner: &'o Owner,
    pub due: Vec<deadlines::Deadline>,
}

/// Writes what is due of all of these, and says how many rows and which alerts changed. Of those of `ids` who
/// are not among the judged nothing is due.
pub fn write(
    tx: &mut Tx<'_>,
    frame: &Frame,
    about: About,
    ids: &[Uuid],
    judged: &[Judged<'_>],
) -> Result<(usize, Changes)> {
    let (mut rows, mut told, mut passed) = (Vec::new(), Vec::new(), BTreeSet::<Key>::new());
    for one in judged {
        for deadline in &one.due {
            let stage = deadline.told_on(frame.today);
            let anew = stage.is_some_and(|stage| stage.due_on != deadline.due_on);
            if anew || !deadline.runs_on(frame.today) {
                passed.insert((deadline.rule, deadline.subject));
            }
            if deadline.runs_on(frame.today) {
                rows.push(row(frame, about, one, deadline));
            }
            told.extend(stage.map(|stage| alert(about, one, deadline, stage)));
        }
    }
    let written = write_rows(tx, about, ids, rows)?;
    let changes = compare(tx, about, ids, &told, &passed, frame.today)?;
    Ok((written, changes))
}

fn row(frame: &Frame, about: About, one: &Judged<'_>, deadline: &deadlines::Deadline) -> Deadline {
    let is = |kind| about == kind;
    Deadline {
        id: DeadlineId::generate(),
        rule: deadline.rule.to_owned(),
        subject_kind: deadline.subject.kind.to_owned(),
        subject_id: deadline.subject.id,
        child_id: is(About::Children).then(|| ChildId::from_untyped(one.id)),
        other_child_id: deadline.other.map(ChildId::from_untyped),
        carer_family_id: is(About::Families).then(|| CarerFamilyId::from_untyped(one.id)),
        facility_id: is(About::Facilities).then(|| FacilityId::from_untyped(one.id)),
        organisation_id: one.owner.organisation.map(OrganisationId::from_untyped),
        area_code: one.owner.area.clone(),
        due_on: deadline.due_on,
        severity: deadline.told_on(frame.today).map(|stage| stage.severity),
        changes_on: deadline.changes_after(frame.today),
    }
}

fn alert(
    about: About,
    one: &Judged<'_>,
    deadline: &deadlines::Deadline,
    stage: &deadlines::Stage,
) -> Due {
    let is = |kind| about == kind;
    Due {
        rule: deadline.rule,
        subject: deadline.subject,
        child_id: is(About::Children).then(|| ChildId::from_untyped(one.id)),
        other_child_id: deadline.other.map(ChildId::from_untyped),
        carer_family_id: is(About::Families).then(|| CarerFamilyId::from_untyped(one.id)),
        facility_id: is(About::Facilities).then(|| FacilityId::from_untyped(one.id)),
        organisation_id: one.owner.organisation.map(OrganisationId::from_untyped),
        worker_id: one.owner.worker.clone(),
        area_code: one.owner.area.clone(),
        due_on: stage.due_on,
        severity: stage.severity,
    }
}

/// Puts other rows in the place of those that differ; says how many.
fn write_rows(tx: &mut Tx<'_>, about: About, ids: &[Uuid], rows: Vec<Deadline>) -> Result<usize> {
    let all = table::table.select(Deadline::as_select()).into_boxed();
    let standing: Vec<Deadline> = match about {
        About::Children => all.filter(table::child_id.eq_any(ids)).load(tx.conn)?,
        About::Families => all.filter(table::carer_family_id.eq_any(ids)).load(tx.conn)?,
        About::Facilities => all.filter(table::facility_id.is_not_null()).load(tx.conn)?,
        About::Workers => {
            let homes = table::carer_family_id.is_null().and(table::facility_id.is_null());
            all.filter(table::child_id.is_null().and(homes)).load(tx.conn)?
        }
    };
    let key = |it: &Deadline| (it.rule.clone(), it.subject_kind.clone(), it.subject_id);
    let mut standing: BTreeMap<_, Deadline> =
        standing.into_iter().map(|it| (key(&it), it)).collect();
    let mut gone = Vec::new();
    let mut new = Vec::new();
    for mut row in rows {
        if let Some(before) = standing.remove(&key(&row)) {
            // It stays the same clock, whatever its day is.
            row.id = before.id;
            if row == before {
                continue;
            }
            gone.push(before.id);
        }
        new.push(row);
    }
    gone.extend(standing.into_values().map(|it| it.id));
    let written = new.len().max(gone.len());
    if !gone.is_empty() {
        diesel::delete(table::table.filter(table::id.eq_any(gone))).execute(tx.conn)?;
    }
    insert_rows!(table::table, tx.conn, new);
    Ok(written)
}
