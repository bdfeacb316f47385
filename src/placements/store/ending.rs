//! The end of a placement and of its care period: what the rules say to it, and what is kept of that.
use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use uuid::Uuid;

use super::{
    checks::{Exit, check_leaving, exit_of},
    find_period, missing, save, save_period,
    steps::{ended, lock, of_period},
};
use crate::{
    assessments,
    overrides::{self, Judged, Override, store::Subject},
    placements::model::{
        CarePeriod, CarePeriodState, EndRequest, Placement, PlacementEnding, PlacementId,
        PlacementState, PlacementStep,
    },
    platform::{
        db::Tx,
        error::{Error, Result},
        id::Kind as _,
        journal::Recorded,
        vault::Opened,
        version::IfMatch,
    },
    reference::{code_lists, parameters, rules::store::book},
    rules::{
        Finding, Rulebook,
        returning::{self, Assessed, Return},
    },
    schema::placement_endings,
    sealed_columns,
};

/// Ends the last placement of a care period, and the period with it.
pub fn end(
    tx: &mut Tx<'_>,
    id: PlacementId,
    seen: &IfMatch,
    request: &EndRequest,
) -> Result<Recorded<Placement>> {
    let (child, before) = lock(tx, id, seen)?;
    let day = request.ended_on;
    code_lists::check(tx.conn, "move_reason", "/reason", &request.reason, day)?;
    let area = request.exit_area_code.as_deref();
    let today = parameters::today(tx.conn, tx.now)?;
    let exit = check_leaving(tx.conn, &child, day, &request.exit_reason, area, today)?;
    check_visit(exit, request)?;
    let after = ended(tx, &before, PlacementStep::End, day, &request.reason)?;
    let period = find_period(tx.conn, of_period(&before)?)?;
    missing::refuse_open(tx.conn, &period)?;
    let closed = CarePeriod {
        state: CarePeriodState::Closed,
        ended_on: Some(day),
        exit_reason: Some(request.exit_reason.clone()),
        planned_exit: Some(request.planned_exit),
        exit_area_code: request.exit_area_code.clone(),
        first_visit_on: request.first_visit_on,
        ..period.clone()
    };
    let mut judged = judge(tx.conn, &closed, exit)?;
    let overrides = judged.weigh(tx, subject(&closed, day), &request.overrides)?;
    let findings = judged.refuse()?;
    let _closed = save_period(tx, "closed", &period, closed)?;
    let saved = save(tx, "ended", &before, after)?;
    keep(tx, saved.value(), &request.exit_reason, &findings)?;
    overrides::store::keep(tx, overrides)?;
    Ok(saved)
}

/// A first visit goes with a return to the family, and follows it.
fn check_visit(exit: Exit, request: &EndRequest) -> Result<()> {
    let Some(day) = request.first_visit_on else { return Ok(()) };
    if !exit.returns {
        let detail = "goes with a return to the family, and only with that";
        return Err(Error::value("/first_visit_on", "not_wanted", detail));
    }
    if day < request.ended_on {
        let detail = "must not lie before the day of the return";
        return Err(Error::value("/first_visit_on", "out_of_order", detail));
    }
    Ok(())
}

/// What overrides of rules on an end are made for: the care that ends, which may end again once it was reopened.
fn subject(period: &CarePeriod, day: NaiveDate) -> Subject {
    let (id, child) = (period.id.untyped(), period.child_id);
    Subject { kind: CarePeriod::NAME, id, child, day }
}

/// PLN-01: what the rules of the day say to a care period that ends.
fn judge(conn: &mut PgConnection, period: &CarePeriod, exit: Exit) -> Result<Judged> {
    let returned_on = period.ended_on.filter(|_| exit.returns && exit.planned);
    let Some(day) = returned_on else {
        return Ok(Judged { findings: Vec::new(), book: Rulebook::default() });
    };
    let book = book(conn, day, returning::RULES, returning::PARAMETERS)?;
    let assessed = assessments::store::reintegration_on(conn, period.child_id, day)?;
    let asked = Return {
        returned_on: day,
        assessed: assessed.map(|it| Assessed {
            assessment_id: it.assessment_id.untyped(),
            decided_on: it.decided_on,
            valid_until: it.valid_until,
            recommended: it.recommended,
        }),
        first_visit_on: period.first_visit_on,
    };
    let findings = returning::judge(&asked, &book).into_iter().collect();
    Ok(Judged { findings, book })
}

/// The rules that a correction of an end breaks and the end as it was kept.
pub fn newly_broken(
    conn: &mut PgConnection,
    (before, after): (&CarePeriod, &CarePeriod),
) -> Result<Vec<String>> {
    let broken = |conn: &mut PgConnection, period: &CarePeriod| -> Result<Vec<String>> {
        let findings = match exit_of(conn, period)? {
            Some(exit) => judge(conn, period, exit)?.findings,
            None => Vec::new(),
        };
        Ok(findings.into_iter().filter(Finding::is_refused).map(|finding| finding.rule).collect())
    };
    let was = broken(conn, before)?;
    let mut is = broken(conn, after)?;
    is.retain(|rule| !was.contains(rule));
    Ok(is)
}

/// Keeps what was found of an end. An end to which no rule had anything to say keeps nothing.
fn keep(
    tx: &mut Tx<'_>,
    placement: &Placement,
    exit_reason: &str,
    findings: &[Finding],
) -> Result<()> {
    if findings.is_empty() {
        return Ok(());
    }
    let id = Uuid::now_v7();
    let findings = tx.seal(placement_endings::findings, id, &findings)?;
    diesel::insert_into(placement_endings::table)
        .values((
            placement_endings::id.eq(id),
            placement_endings::placement_id.eq(placement.id),
            placement_endings::child_id.eq(placement.child_id),
            placement_endings::exit_reason.eq(exit_reason),
            placement_endings::made_at.eq(tx.now),
            placement_endings::findings.eq(findings),
        ))
        .execute(tx.conn)?;
    Ok(())
}

/// How findings lie in their table.
#[derive(Queryable, Selectable)]
#[diesel(table_name = placement_endings, check_for_backend(diesel::pg::Pg))]
struct Kept {
    made_at: DateTime<Utc>,
    #[diesel(select_expression = (placement_endings::id, placement_endings::findings))]
    #[diesel(select_expression_type = (placement_endings::id, placement_endings::findings))]
    #[diesel(deserialize_as = Opened<placement_endings::findings, Vec<Finding>>)]
    findings: Vec<Finding>,
}

sealed_columns!(placement_endings: Identifying { findings });

impl From<Opened<placement_endings::findings, Vec<Finding>>> for Vec<Finding> {
    fn from(opened: Opened<placement_endings::findings, Self>) -> Self {
        opened.into_value()
    }
}

/// What the end of a placement was judged on, if care ended with it and a rule had something to say. An end that was
/// taken back is told no more, also when the placement ended otherwise since.
pub fn of(
    conn: &mut PgConnection,
    placement: &Placement,
) -> Result<Option<(PlacementEnding, Vec<Override>)>> {
    let (PlacementState::Ended, Some(period)) = (placement.state, placement.care_period_id) else {
        return Ok(None);
    };
    let period = find_period(conn, period)?;
    let Some(reason) = period.exit_reason.filter(|_| period.ended_on == placement.ended_on) else {
        return Ok(None);
    };
    let kept: Option<Kept> = placement_endings::table
        .filter(placement_endings::placement_id.eq(placement.id))
        .filter(placement_endings::exit_reason.eq(reason))
        .order((placement_endings::made_at.desc(), placement_endings::id.desc()))
        .select(Kept::as_select())
        .first(conn)
        .optional()?;
    let Some(kept) = kept else { return Ok(None) };
    let overrides = overrides::store::of_subject(conn, period.id.untyped())?;
    let ending = PlacementEnding { made_at: kept.made_at, findings: kept.findings };
    Ok(Some((ending, overrides)))
}
