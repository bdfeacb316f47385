//! The facts about many children at once: one query for each kind of record, never one for each child.
use std::collections::BTreeMap;

use chrono::{DateTime, NaiveDate, Utc};
use diesel::prelude::*;
use uuid::Uuid;

use super::{contact, sweep::Frame};
use crate::{
    assessments::{AssessmentOutcome, AssessmentState, GATEKEEPING},
    care_plans::CarePlanState,
    children::{DatePrecision, LegalAxis},
    matching,
    placements::{CarePeriodState, PlacementState, ProviderKind},
    platform::{error::Result, time::day_in},
    reviews::ChildReviewState,
    rules::deadlines::{
        AbsenceFacts, ChildFacts, MeasureFacts, PeriodFacts, PlacementFacts, PlanFacts, ReviewFacts,
    },
    schema::{
        assessments, care_periods, care_plans, case_managers, cases, children, journal,
        legal_statuses, placements, reviews, temporary_absences,
    },
};

/// Who must act, and where.
#[derive(Debug, Clone, Default)]
pub struct Owner {
    pub organisation: Option<Uuid>,
    pub worker: Option<String>,
    pub area: String,
}

/// A child who is alive and not adopted.
pub type Known = BTreeMap<Uuid, (Owner, ChildFacts)>;

/// What is known of those of these children who are alive and not adopted.
pub fn gather(conn: &mut PgConnection, ids: &[Uuid], frame: &Frame) -> Result<Known> {
    let mut known = persons(conn, ids, frame)?;
    periods(conn, ids, frame, &mut known)?;
    stays(conn, ids, frame, &mut known)?;
    review_facts(conn, ids, frame, &mut known)?;
    plans(conn, ids, frame, &mut known)?;
    assessed(conn, ids, frame, &mut known)?;
    measures(conn, ids, frame, &mut known)?;
    absences(conn, ids, frame, &mut known)?;
    contact::gather(conn, ids, frame, &mut known)?;
    managers(conn, ids, &mut known)?;
    for double in matching::store::doubles(conn, ids)? {
        if let Some((_, facts)) = known.get_mut(&double.child_id.untyped()) {
            facts.doubles.push(double.into());
        }
    }
    Ok(known)
}

type PersonRow = (
    Uuid,
    Option<NaiveDate>,
    Option<DatePrecision>,
    NaiveDate,
    String,
    String,
    Option<Uuid>,
    String,
);

fn persons(conn: &mut PgConnection, ids: &[Uuid], frame: &Frame) -> Result<Known> {
    let rows: Vec<PersonRow> = children::table
        .filter(children::id.eq_any(ids))
        .filter(children::death_date.is_null().and(children::adopted_on.is_null()))
        .filter(children::merged_into.is_null())
        .select((
            children::id,
            children::birth_date,
            children::birth_date_precision,
            children::created_on,
            children::registration_basis,
            children::parental_status,
            children::organisation_id,
            children::area_code,
        ))
        .load(conn)?;
    let known = |row: PersonRow| {
        let (id, birth, precision, registered_on, basis, parental_status, organisation, area) = row;
        let latest = |birth| precision.unwrap_or(DatePrecision::Day).latest(birth);
        let facts = ChildFacts {
            id,
            born: birth.map(latest).map(|day| day.min(frame.today)),
            registered_on,
            without_parental_care: ["without_parental_care", "both"].contains(&basis.as_str()),
            parents: frame.codes.parents.get(&parental_status).copied().unwrap_or_default(),
            ..ChildFacts::default()
        };
        (id, (Owner { organisation, worker: None, area }, facts))
    };
    Ok(rows.into_iter().map(known).collect())
}

fn periods(conn: &mut PgConnection, ids: &[Uuid], frame: &Frame, known: &mut Known) -> Result<()> {
    let rows: Vec<(Uuid, Uuid, NaiveDate, bool)> = care_periods::table
        .filter(care_periods::child_id.eq_any(ids))
        .filter(care_periods::state.eq(CarePeriodState::Open))
        .select((
            care_periods::child_id,
            care_periods::id,
            care_periods::started_on,
            care_periods::emergency,
        ))
        .load(conn)?;
    let of: Vec<Uuid> = rows.iter().map(|(_, id, ..)| *id).collect();
    // What was taken over from elsewhere was not recorded late.
    let entered: Vec<(Uuid, DateTime<Utc>)> = journal::table
        .filter(journal::subject.eq_any(&of).and(journal::event.eq("opened")))
        .select((journal::subject, journal::recorded_at))
        .load(conn)?;
    let entered: BTreeMap<Uuid, DateTime<Utc>> = entered.into_iter().collect();
    for (child, id, started_on, unassessed) in rows {
        let recorded_on = entered.get(&id).map(|at| day_in(frame.zone, *at));
        if let Some((_, facts)) = known.get_mut(&child) {
            facts.period = Some(PeriodFacts { id, started_on, unassessed, recorded_on });
        }
    }
    Ok(())
}

/// Kind and id of the home.
type Home = (ProviderKind, Option<Uuid>, Option<Uuid>);
type StayRow = (Uuid, Uuid, (String, String), (Option<NaiveDate>, Option<NaiveDate>), Home);

fn stays(conn: &mut PgConnection, ids: &[Uuid], frame: &Frame, known: &mut Known) -> Result<()> {
    let rows: Vec<StayRow> = placements::table
        .filter(placements::child_id.eq_any(ids))
        .filter(placements::state.eq_any([PlacementState::Active, PlacementState::Ended]))
        .order((placements::child_id, placements::started_on))
        .select((
            placements::child_id,
            placements::id,
            (placements::care_type, placements::planned_kind),
            (placements::started_on, placements::ended_on),
            (placements::provider_kind, placements::carer_family_id, placements::facility_id),
        ))
        .load(conn)?;
    let codes = &frame.codes;
    // Whoever stays in a home by other terms does not move.
    let mut left: Option<(Uuid, Option<NaiveDate>, Home)> = None;
    for (child, id, (care_type, planned), (started_on, ended_on), home) in rows {
        let before = left.replace((child, ended_on, home));
        let same_home = before == Some((child, started_on, home));
        if let (Some((_, facts)), Some(started_on)) = (known.get_mut(&child), started_on) {
            facts.placements.push(PlacementFacts {
                id,
                started_on,
                ended_on,
                residential: codes.residential.contains(&care_type),
                emergency: codes.emergency_plans.contains(&planned)
                    || codes.emergency_care.contains(&care_type),
                kin: codes.with_kin.contains(&care_type),
                same_home,
            });
        }
    }
    Ok(())
}

type ReviewRow = (Uuid, Uuid, NaiveDate, Option<NaiveDate>, Option<NaiveDate>, Option<String>);

fn review_facts(
    conn: &mut PgConnection,
    ids: &[Uuid],
    frame: &Frame,
    known: &mut Known,
) -> Result<()> {
    let rows: Vec<ReviewRow> = reviews::table
        .filter(reviews::child_id.eq_any(ids))
        .filter(reviews::state.eq_any([ChildReviewState::Due, ChildReviewState::Held]))
        .order((reviews::child_id, reviews::due_on, reviews::id))
        .select((
            reviews::child_id,
            reviews::id,
            reviews::due_on,
            reviews::held_on,
            reviews::next_due_on,
            reviews::outcome,
        ))
        .load(conn)?;
    for (child, id, due_on, held_on, next_due_on, outcome) in rows {
        let moves = outcome.is_some_and(|outcome| frame.codes.moves.contains(&outcome));
        if let Some((_, facts)) = known.get_mut(&child) {
            facts.reviews.push(ReviewFacts { id, due_on, held_on, next_due_on, moves });
        }
    }
    Ok(())
}

fn plans(conn: &mut PgConnection, ids: &[Uuid], frame: &Frame, known: &mut Known) -> Result<()> {
    let rows: Vec<(Uuid, Option<Uuid>, String)> = care_plans::table
        .filter(care_plans::child_id.eq_any(ids))
        .filter(care_plans::approved_on.is_not_null())
        .filter(care_plans::state.ne(CarePlanState::Revoked))
        .select((care_plans::child_id, care_plans::care_period_id, care_plans::permanency_goal))
        .load(conn)?;
    for (child, period_id, goal) in rows {
        if let Some((_, facts)) = known.get_mut(&child) {
            facts
                .plans
                .push(PlanFacts { period_id, leaving: frame.codes.own_life.contains(&goal) });
        }
    }
    Ok(())
}

#[derive(Queryable, Selectable)]
#[diesel(table_name = assessments, check_for_backend(diesel::pg::Pg))]
struct AssessmentRow {
    child_id: Uuid,
    kind: String,
    state: AssessmentState,
    outcome: Option<AssessmentOutcome>,
    completed_on: Option<NaiveDate>,
    decided_on: Option<NaiveDate>,
    valid_until: Option<NaiveDate>,
}

impl AssessmentRow {
    /// Whether a competent body agreed that the child comes into care.
    fn admits(&self) -> bool {
        let agreed = self.outcome.is_some_and(|it| it != AssessmentOutcome::Rejected);
        agreed && self.kind == GATEKEEPING
    }

    /// Whether care could begin on it that day.
    fn bears(&self, day: NaiveDate) -> bool {
        let decided = self.decided_on.is_some_and(|on| on <= day);
        self.admits() && decided && self.valid_until.is_some_and(|until| day < until)
    }
}

fn assessed(conn: &mut PgConnection, ids: &[Uuid], frame: &Frame, known: &mut Known) -> Result<()> {
    let rows: Vec<AssessmentRow> = assessments::table
        .filter(assessments::child_id.eq_any(ids))
        .select(AssessmentRow::as_select())
        .load(conn)?;
    for row in rows {
        let Some((_, facts)) = known.get_mut(&row.child_id) else { continue };
        if row.state == AssessmentState::EnteredInError {
            // What began on it began without one, as in an emergency.
            let began = facts.period.as_mut().filter(|period| row.bears(period.started_on));
            if let Some(period) = began {
                period.unassessed = true;
            }
            continue;
        }
        facts.assessed_until.extend(row.valid_until.filter(|_| row.admits()));
        let of_leaving = frame.codes.leaving_care.contains(&row.kind);
        facts.leaving_assessed_on.extend(row.completed_on.filter(|_| of_leaving));
    }
    Ok(())
}

fn measures(conn: &mut PgConnection, ids: &[Uuid], frame: &Frame, known: &mut Known) -> Result<()> {
    let rows: Vec<(Uuid, Uuid, LegalAxis, String, NaiveDate, Option<NaiveDate>)> =
        legal_statuses::table
            .filter(legal_statuses::child_id.eq_any(ids))
            .order((legal_statuses::child_id, legal_statuses::valid_from, legal_statuses::id))
            .select((
                legal_statuses::child_id,
                legal_statuses::id,
                legal_statuses::axis,
                legal_statuses::status,
                legal_statuses::valid_from,
                legal_statuses::valid_to,
            ))
            .load(conn)?;
    for (child, id, axis, status, valid_from, valid_to) in rows {
        if let Some((_, facts)) = known.get_mut(&child) {
            let means = frame.codes.means(axis, &status);
            let axis = axis.as_str().to_owned();
            facts.measures.push(MeasureFacts { id, axis, means, valid_from, valid_to });
        }
    }
    Ok(())
}

fn absences(conn: &mut PgConnection, ids: &[Uuid], frame: &Frame, known: &mut Known) -> Result<()> {
    let rows: Vec<(Uuid, Uuid, String, NaiveDate)> = temporary_absences::table
        .filter(temporary_absences::child_id.eq_any(ids))
        .filter(temporary_absences::ended_on.is_null())
        .select((
            temporary_absences::child_id,
            temporary_absences::id,
            temporary_absences::reason,
            temporary_absences::started_on,
        ))
        .load(conn)?;
    for (child, id, reason, started_on) in rows {
        let limit = frame.codes.absence_limits.get(&reason).cloned();
        if let (Some((_, facts)), Some(limit)) = (known.get_mut(&child), limit) {
            facts.absences.push(AbsenceFacts { id, started_on, limit });
        }
    }
    Ok(())
}

/// Who is in charge of the open case of each.
fn managers(conn: &mut PgConnection, ids: &[Uuid], known: &mut Known) -> Result<()> {
    let rows: Vec<(Option<Uuid>, String)> = cases::table
        .inner_join(case_managers::table.on(case_managers::case_id.eq(cases::id)))
        .filter(cases::child_id.eq_any(ids))
        .filter(case_managers::valid_to.is_null())
        .select((cases::child_id, case_managers::worker_id))
        .load(conn)?;
    for (child, worker) in rows {
        if let Some((owner, _)) = child.and_then(|child| known.get_mut(&child)) {
            owner.worker = Some(worker);
        }
    }
    Ok(())
}
