//! Approvals of carer families.
use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use serde_json::json;

use super::{add_state, find_at, lock_seen, save_progress, steps::check_day};
use crate::{
    carers::model::{
        Approval, ApprovalId, CarerFamily, CarerFamilyId, CarerState, CarerStatePeriod, CarerStep,
        NewCarerApproval, check_max_children,
    },
    insert_rows,
    platform::{
        db::Tx,
        error::{Error, Found as _, Result},
        journal::{self, Recorded},
        page::{Page, PageQuery},
        version::IfMatch,
    },
    reference::{code_lists::Codes, organisations, parameters},
    schema::carer_approvals,
};

/// All approvals of a family, by first day.
pub fn approvals(conn: &mut PgConnection, id: CarerFamilyId) -> Result<Vec<Approval>> {
    of_families(conn, &[id])
}

/// All approvals of several families, by first day.
pub(super) fn of_families(conn: &mut PgConnection, ids: &[CarerFamilyId]) -> Result<Vec<Approval>> {
    Ok(carer_approvals::table
        .filter(carer_approvals::carer_family_id.eq_any(ids))
        .order((carer_approvals::valid_from, carer_approvals::id))
        .select(Approval::as_select())
        .load(conn)?)
}

/// One approval of a family.
pub fn approval(conn: &mut PgConnection, of: CarerFamilyId, id: ApprovalId) -> Result<Approval> {
    carer_approvals::table
        .find(id)
        .filter(carer_approvals::carer_family_id.eq(of))
        .select(Approval::as_select())
        .first(conn)
        .found::<Approval>()
}

/// A page of a family's approvals, by first day: those in force on `day`, if it is given, as the
/// registry knew them at `known_at` or knows them now.
pub fn list_approvals(
    conn: &mut PgConnection,
    id: CarerFamilyId,
    day: Option<NaiveDate>,
    known_at: Option<DateTime<Utc>>,
    page: &PageQuery,
) -> Result<Page<Approval>> {
    let (bound, limit) = (page.bind(&(id, day, known_at)), page.limit()?);
    find_at(conn, id, known_at)?;
    let all = all_approvals(conn, id, day, known_at)?;
    bound.cut(all, limit, |approval| approval.id, |_| true)
}

/// All of them at once.
pub(super) fn all_approvals(
    conn: &mut PgConnection,
    id: CarerFamilyId,
    day: Option<NaiveDate>,
    known_at: Option<DateTime<Utc>>,
) -> Result<Vec<Approval>> {
    let mut all = match known_at {
        Some(at) => journal::known_under::<Approval>(conn, id.untyped(), at)?,
        None => approvals(conn, id)?,
    };
    all.retain(|approval| day.is_none_or(|day| approval.in_force_on(day)));
    all.sort_by_key(|approval| (approval.valid_from, approval.id));
    Ok(all)
}

/// Approves a family on terms, or renews its approval (CF-01).
pub fn approve(
    tx: &mut Tx<'_>,
    id: CarerFamilyId,
    seen: &IfMatch,
    new: &NewCarerApproval,
) -> Result<Recorded<Approval>> {
    let before = lock_seen(tx, id, seen)?;
    let others = approvals(tx.conn, id)?;
    let (approval, next) = granted(tx, &before, &others, new)?;
    insert_all(tx, std::slice::from_ref(&approval))?;
    let mut after = before.clone();
    let mut event = "approval_renewed";
    if let Some(next) = next {
        event = CarerStep::Approve.event();
        add_state(tx, &mut after, next)?;
    }
    save_progress(tx, &mut after)?;
    drop(tx.changed(event, &before, after)?);
    tx.created("granted", approval)
}

/// The approval, beside the others of the family, and the state that the family comes into by it.
pub(super) fn granted(
    tx: &mut Tx<'_>,
    family: &CarerFamily,
    others: &[Approval],
    new: &NewCarerApproval,
) -> Result<(Approval, Option<CarerStatePeriod>)> {
    let state = family.state.after(CarerStep::Approve)?;
    check_terms(tx, family, new)?;
    let approval = terms(family.id, new);
    let overlaps =
        |other: &Approval| other.valid_from < approval.end() && approval.valid_from < other.end();
    if others.iter().any(overlaps) {
        let detail = "the family has another approval for a part of that time";
        return Err(Error::State(detail.to_owned()));
    }
    let next = (family.state != CarerState::Approved).then(|| CarerStatePeriod {
        state,
        valid_from: new.decided_on,
        valid_to: None,
        reason: None,
        decision_no: Some(new.decision_no.clone()),
    });
    Ok((approval, next))
}

fn check_terms(tx: &mut Tx<'_>, family: &CarerFamily, new: &NewCarerApproval) -> Result<()> {
    let today = parameters::today(tx.conn, tx.now)?;
    check_day("/decided_on", new.decided_on, family, today)?;
    let years = parameters::integer(tx.conn, "carer_approval_years", today)?;
    new.check(u32::try_from(years).unwrap_or(0))?;
    if new.purposes.iter().any(|purpose| !family.purposes.contains(purpose)) {
        let detail = "must hold only kinds of care that the family offers";
        return Err(Error::value("/purposes", "not_offered", detail));
    }
    let most = parameters::integer(tx.conn, "foster_max_children", new.decided_on)?;
    let codes = Codes::read(tx.conn, &["carer_purpose"])?;
    let of_unrelated =
        |code: &String| codes.has("carer_purpose", code, "of_unrelated", &json!(true));
    let fosters = new.purposes.iter().any(of_unrelated);
    check_max_children(fosters, new.max_children, most)?;
    organisations::store::check(tx.conn, "/decided_by", new.decided_by)?;
    family.ready_for_approval(new.decided_on, new.assessed_on)
}

fn terms(family: CarerFamilyId, new: &NewCarerApproval) -> Approval {
    let mut purposes = new.purposes.clone();
    purposes.sort();
    purposes.dedup();
    Approval {
        id: ApprovalId::generate(),
        carer_family_id: family,
        decided_by: new.decided_by,
        decision_no: new.decision_no.clone(),
        decided_on: new.decided_on,
        assessed_on: new.assessed_on,
        valid_from: new.valid_from,
        valid_to: new.valid_to,
        max_children: new.max_children,
        age_min: new.age_min,
        age_max: new.age_max,
        sex: new.sex,
        siblings_allowed: new.siblings_allowed,
        purposes,
        named_children: new.named_children.clone(),
        exemptions: new.exemptions.clone(),
        ended_on: None,
        end_reason: None,
        version: 1,
    }
}

/// Writes approvals that are new.
pub(super) fn insert_all(tx: &mut Tx<'_>, approvals: &[Approval]) -> Result<()> {
    use carer_approvals as columns;
    let mut rows = Vec::new();
    for approval in approvals {
        let exemptions = serde_json::to_value(&approval.exemptions).map_err(Error::internal)?;
        rows.push((
            columns::id.eq(approval.id),
            columns::carer_family_id.eq(approval.carer_family_id),
            columns::decided_by.eq(approval.decided_by),
            columns::decision_no.eq(approval.decision_no.clone()),
            columns::decided_on.eq(approval.decided_on),
            columns::assessed_on.eq(approval.assessed_on),
            columns::valid_from.eq(approval.valid_from),
            columns::valid_to.eq(approval.valid_to),
            columns::max_children.eq(approval.max_children),
            columns::age_min.eq(approval.age_min),
            columns::age_max.eq(approval.age_max),
            columns::sex.eq(approval.sex),
            columns::siblings_allowed.eq(approval.siblings_allowed),
            columns::purposes.eq(approval.purposes.clone()),
            columns::named_children.eq(approval.named_children.clone()),
            columns::exemptions.eq(exemptions),
            columns::ended_on.eq(approval.ended_on),
            columns::end_reason.eq(approval.end_reason.clone()),
        ));
    }
    insert_rows!(columns::table, tx.conn, rows);
    Ok(())
}
