//! What stands is compared with what should, and only the differences are written.
use std::collections::{BTreeMap, BTreeSet};

use chrono::NaiveDate;
use diesel::prelude::*;
use uuid::Uuid;

use super::save;
use crate::{
    alerts::model::{Alert, AlertId, AlertState, AlertStep},
    carers::CarerFamilyId,
    children::ChildId,
    facilities::FacilityId,
    insert_rows,
    platform::{db::Tx, error::Result},
    reference::organisations::OrganisationId,
    rules::deadlines::{Severity, Subject},
    schema::alerts,
};

/// A rule and its subject.
pub type Key = (&'static str, Subject);

/// Whom or what alerts are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum About {
    Children,
    Families,
    Facilities,
    /// Workers of organisations, who are told of to these.
    Workers,
}

/// An alert that should stand.
#[derive(Debug, Clone)]
pub struct Due {
    pub rule: &'static str,
    pub subject: Subject,
    pub child_id: Option<ChildId>,
    pub other_child_id: Option<ChildId>,
    pub carer_family_id: Option<CarerFamilyId>,
    pub facility_id: Option<FacilityId>,
    pub organisation_id: Option<OrganisationId>,
    pub worker_id: Option<String>,
    pub area_code: String,
    pub due_on: NaiveDate,
    pub severity: Severity,
}

/// How many alerts changed, and how.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Changes {
    pub raised: usize,
    pub changed: usize,
    pub resolved: usize,
    pub expired: usize,
}

/// Rule, kind and id of the subject, day: what no two alerts have in common.
type Place<'a> = (&'a str, &'a str, Uuid, NaiveDate);

fn stands(alert: &Alert) -> Place<'_> {
    (&alert.rule, &alert.subject_kind, alert.subject_id, alert.due_on)
}

fn should(due: &Due) -> Place<'_> {
    (due.rule, due.subject.kind, due.subject.id, due.due_on)
}

/// Makes the alerts about these those that are due. Of a rule and subject in `passed` an alert that is no longer
/// due has expired; every other one is resolved.
pub fn compare(
    tx: &mut Tx<'_>,
    about: About,
    ids: &[Uuid],
    due: &[Due],
    passed: &BTreeSet<Key>,
    today: NaiveDate,
) -> Result<Changes> {
    let rows = standing(tx.conn, about, ids, due)?;
    let standing: BTreeMap<Place<'_>, &Alert> = rows.iter().map(|it| (stands(it), it)).collect();
    let passed: BTreeSet<(&str, &str, Uuid)> =
        passed.iter().map(|(rule, it)| (*rule, it.kind, it.id)).collect();
    let wanted: BTreeSet<Place<'_>> = due.iter().map(should).collect();
    let mut changes = Changes::default();
    for before in rows.iter().filter(|it| it.state.is_live()) {
        if wanted.contains(&stands(before)) {
            continue;
        }
        let (rule, kind, id, _) = stands(before);
        if passed.contains(&(rule, kind, id)) {
            end(tx, before, AlertStep::Expire, today)?;
            changes.expired += 1;
        } else {
            end(tx, before, AlertStep::Resolve, today)?;
            changes.resolved += 1;
        }
    }
    let mut new = Vec::new();
    for it in due {
        match standing.get(&should(it)) {
            Some(before) => renew(tx, before, it, today, &mut changes)?,
            None => new.push(fresh(it, today)),
        }
    }
    changes.raised += new.len();
    insert_rows!(alerts::table, tx.conn, new.clone());
    for alert in new {
        let _raised = tx.created("raised", alert)?;
    }
    Ok(changes)
}

/// The alerts about these that have not ended, and those of the same subjects that have. None is locked: nearly
/// all stay as they are, and a lock is written to the disk.
fn standing(
    conn: &mut PgConnection,
    about: About,
    ids: &[Uuid],
    due: &[Due],
) -> Result<Vec<Alert>> {
    let subjects: Vec<Uuid> = due.iter().map(|it| it.subject.id).collect();
    let live = alerts::state.eq_any([AlertState::Open, AlertState::Acknowledged]);
    let all = alerts::table
        .filter(live.or(alerts::subject_id.eq_any(subjects)))
        .order(alerts::id)
        .select(Alert::as_select())
        .into_boxed();
    // One column for each: to plan a search in any of them took longer than the search.
    let of = match about {
        About::Children => all.filter(alerts::child_id.eq_any(ids)),
        About::Families => all.filter(alerts::carer_family_id.eq_any(ids)),
        About::Facilities => all.filter(alerts::facility_id.eq_any(ids)),
        About::Workers => all
            .filter(alerts::organisation_id.eq_any(ids))
            .filter(alerts::child_id.is_null().and(alerts::carer_family_id.is_null()))
            .filter(alerts::facility_id.is_null()),
    };
    Ok(of.load(conn)?)
}

fn fresh(due: &Due, today: NaiveDate) -> Alert {
    Alert {
        id: AlertId::generate(),
        rule: due.rule.to_owned(),
        subject_kind: due.subject.kind.to_owned(),
        subject_id: due.subject.id,
        child_id: due.child_id,
        other_child_id: due.other_child_id,
        carer_family_id: due.carer_family_id,
        facility_id: due.facility_id,
        organisation_id: due.organisation_id,
        worker_id: due.worker_id.clone(),
        area_code: due.area_code.clone(),
        state: AlertState::Open,
        severity: due.severity,
        raised_on: today,
        due_on: due.due_on,
        acknowledged_at: None,
        acknowledged_by: None,
        note: None,
        ended_on: None,
        version: 1,
    }
}

/// Brings an alert that stands, or stood once, to what is due. One that is more urgent than before, or due
/// again, is nobody's yet.
fn renew(
    tx: &mut Tx<'_>,
    before: &Alert,
    due: &Due,
    today: NaiveDate,
    changes: &mut Changes,
) -> Result<()> {
    let owned = Alert {
        organisation_id: due.organisation_id,
        worker_id: due.worker_id.clone(),
        area_code: due.area_code.clone(),
        severity: due.severity,
        ..before.clone()
    };
    let unseen = |state| Alert {
        state,
        acknowledged_at: None,
        acknowledged_by: None,
        note: None,
        ..owned.clone()
    };
    if !before.state.is_live() {
        let open = unseen(before.state.after(AlertStep::Raise)?);
        let again = Alert { raised_on: today, ended_on: None, ..open };
        let _raised = save(tx, "raised", before, again)?;
        changes.raised += 1;
    } else if due.severity > before.severity {
        let open = unseen(before.state.after(AlertStep::Escalate)?);
        let _escalated = save(tx, "escalated", before, open)?;
        changes.changed += 1;
    } else if owned != *before {
        let event = if due.severity < before.severity { "eased" } else { "reassigned" };
        let _changed = save(tx, event, before, owned)?;
        changes.changed += 1;
    }
    Ok(())
}

fn end(tx: &mut Tx<'_>, before: &Alert, step: AlertStep, today: NaiveDate) -> Result<()> {
    let state = before.state.after(step)?;
    let ended = Alert { state, ended_on: Some(today.max(before.raised_on)), ..before.clone() };
    let _ended = save(tx, state.as_str(), before, ended)?;
    Ok(())
}
