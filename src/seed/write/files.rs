//! Writing the files of the centres, many at a time: on the evening of the last day they are taken over as
//! they are then.
use std::cell::RefCell;

use chrono::{Duration, NaiveDate, NaiveTime};
use diesel::PgConnection;

use super::{Writer, assess::AFTER, commit, lost, plan_anew};
use crate::{
    care_plans::{
        self, CarePlanApproval, CarePlanContent, CarePlanGoal, CarePlanParticipant,
        CarePlanSubmission, GoalState, NewCarePlan, ParticipantRole, PastCarePlan,
    },
    cases::{self, CaseWorker, NewCase, PastCase},
    children::{self, ChildId, ChildViews},
    contact::{self, ContactInterval, ContactKind, NewContactEvent, NewContactPlan},
    families::{self, FamilyMemberDetails, NewFamily, NewRiskFactor, PastFamily, RiskSubject},
    placements::CarePeriodId,
    platform::{db::Tx, error::Result, time::age_on},
    reference::organisations::OrganisationId,
    reviews::{
        self, NewReview, PastReview, ReviewChair, ReviewHolding, ReviewMatters, ReviewMinutes,
    },
    seed::{
        dice::after,
        plan::{CaseFile, ChildFile, FamilyOfOrigin, Ix, PlanFile, ReviewFile, Stay},
    },
    visits::{self, NewVisit},
};

/// Files that are committed together.
const TOGETHER: usize = 200;
/// The hour of the last day, after everything else of it.
const EVENING: i64 = 21;

/// Takes over all files of a plan.
pub(super) fn take_over(conn: &mut PgConnection, writer: &RefCell<Writer<'_>>) -> Result<()> {
    let plan = writer.borrow().plan;
    let evening = plan.last.and_time(NaiveTime::MIN).and_utc() + Duration::hours(EVENING);
    let mut now = evening;
    plan_anew(conn)?;
    for some in plan.files.families.chunks(TOGETHER) {
        now += Duration::seconds(1);
        commit(conn, writer, now, |writer, tx| writer.families_of_origin(tx, some))?;
    }
    plan_anew(conn)?;
    for (number, some) in plan.files.children.chunks(TOGETHER).enumerate() {
        now += Duration::seconds(1);
        commit(conn, writer, now, |writer, tx| writer.child_files(tx, some))?;
        // The first plans were for tables that held nothing.
        if number == 1 {
            plan_anew(conn)?;
        }
    }
    for some in plan.files.carer_reviews.chunks(TOGETHER) {
        now += Duration::seconds(1);
        commit(conn, writer, now, |writer, tx| writer.carer_reviews(tx, some))?;
    }
    Ok(())
}

impl Writer<'_> {
    fn families_of_origin(&mut self, tx: &mut Tx<'_>, some: &[FamilyOfOrigin]) -> Result<()> {
        let mut past = Vec::new();
        for family in some {
            past.push(self.past_family_of_origin(family)?);
        }
        let made = families::store::take_over(tx, &past)?.into_value();
        let with_case = some.iter().zip(&made).filter_map(|(family, made)| {
            let case = family.case.as_ref()?;
            Some(past_case(case, NewCase { family_id: Some(made.id), ..new_case(case) }))
        });
        let cases: Vec<PastCase> = with_case.collect();
        if !cases.is_empty() {
            let _made = cases::store::take_over(tx, &cases)?;
        }
        Ok(())
    }

    fn past_family_of_origin(&self, family: &FamilyOfOrigin) -> Result<PastFamily> {
        let mut members = Vec::new();
        for parent in &family.parents {
            members.push(FamilyMemberDetails {
                given_name: Some(parent.given.clone()),
                family_name: Some(parent.family.clone()),
                deceased: parent.dead,
                ..member(if parent.mother { "mother" } else { "father" }, !parent.dead)
            });
        }
        for child in &family.children {
            let child_id = Some(self.child(*child)?);
            members.push(FamilyMemberDetails { child_id, ..member("child", family.together) });
        }
        let both = family.parents.iter().filter(|parent| !parent.dead).count() > 1;
        let factor = |(code, subject): &(&str, RiskSubject)| NewRiskFactor {
            code: (*code).to_owned(),
            subject: *subject,
            severity: family.risk.to_owned(),
            identified_on: family.registered,
            source: None,
        };
        Ok(PastFamily {
            family: NewFamily {
                family_type: if both { "two_parent" } else { "single_parent" }.to_owned(),
                organisation_id: Some(self.centre(&family.area_code)),
                area_code: family.area_code.clone(),
                registered_on: Some(family.registered),
                risk_level: family.risk.to_owned(),
                risk_reason: None,
                members,
            },
            risk_factors: family.factors.iter().map(factor).collect(),
        })
    }

    fn child_files(&mut self, tx: &mut Tx<'_>, some: &[ChildFile]) -> Result<()> {
        let (mut cases, mut statuses) = (Vec::new(), Vec::new());
        let (mut plans, mut reviews) = (Vec::new(), Vec::new());
        for file in some {
            let child = self.child(file.child)?;
            cases.push(past_case(
                &file.case,
                NewCase { child_id: Some(child), ..new_case(&file.case) },
            ));
            for status in &file.statuses {
                statuses.push((child, self.legal_status(*status)));
            }
            if let Some(plan) = file.plan {
                plans.push(self.past_plan(file.child, plan)?);
            }
            if let Some(review) = file.review {
                reviews.push(self.past_review(file.child, review)?);
            }
        }
        if !statuses.is_empty() {
            let _made = children::store::set_statuses(tx, statuses)?;
        }
        if !cases.is_empty() {
            let _made = cases::store::take_over(tx, &cases)?;
        }
        if !plans.is_empty() {
            let _made = care_plans::store::take_over(tx, &plans)?;
        }
        if !reviews.is_empty() {
            let _made = reviews::store::take_over(tx, &reviews)?;
        }
        some.iter().try_for_each(|file| self.rest_of_file(tx, file))
    }

    /// What some children have in their files.
    fn rest_of_file(&mut self, tx: &mut Tx<'_>, file: &ChildFile) -> Result<()> {
        if let Some((entered, stay)) = file.assessed {
            self.assess_on(tx, file.child, Stay { from: entered, ..stay }, AFTER)?;
        }
        let child = self.child(file.child)?;
        if let Some(day) = file.visited {
            let visit = NewVisit {
                visited_on: day,
                worker_name: file.case.worker.name.clone(),
                worker_id: file.case.worker.id.clone(),
                organisation_id: Some(self.centre_of(file.child)),
                child_seen: true,
                seen_alone: Some(true),
                place: "Where the child lives.".to_owned(),
                note: None,
            };
            let _made = visits::store::record(tx, child, &visit)?;
        }
        if let Some((with, from)) = file.contact {
            let plan = NewContactPlan {
                contact_with: with,
                relation_id: None,
                kind: ContactKind::Visit,
                times: 2,
                per: ContactInterval::Month,
                supervised: false,
                valid_from: from,
                valid_to: None,
                child_views: self.views(file.child, from),
                arrangements: None,
            };
            let _made = contact::store::agree(tx, child, &plan)?;
        }
        met(tx, child, file)
    }

    fn past_plan(&self, child: Ix, plan: PlanFile) -> Result<PastCarePlan> {
        let took_part = |role| CarePlanParticipant { role, name: None };
        Ok(PastCarePlan {
            child_id: self.child(child)?,
            plan: NewCarePlan {
                care_period_id: Some(self.care_period(child)?),
                permanency_goal: plan.goal.to_owned(),
                parallel_goal: None,
                target_date: plan.target,
                drafted_on: plan.drafted,
                review_due_on: None,
                content: CarePlanContent {
                    goals: vec![CarePlanGoal {
                        goal: "The child has a home that lasts.".to_owned(),
                        measure: "Visits, and help for those who look after the child.".to_owned(),
                        responsible: "Centre for social work".to_owned(),
                        due_on: plan.target,
                        state: GoalState::Open,
                    }],
                    participants: vec![
                        took_part(ParticipantRole::CaseWorker),
                        took_part(ParticipantRole::Carer),
                    ],
                    child_views: self.views(child, plan.drafted),
                    contact_arrangements: None,
                    health_needs: None,
                    education_needs: None,
                    identity_needs: None,
                    reintegration_plan: None,
                    leaving_care_plan: None,
                },
            },
            submission: CarePlanSubmission { informed_on: Some(plan.drafted) },
            approval: CarePlanApproval {
                approved_on: plan.approved,
                approved_by: self.centre_of(child),
            },
        })
    }

    fn past_review(&self, child: Ix, review: ReviewFile) -> Result<PastReview> {
        Ok(PastReview {
            child_id: self.child(child)?,
            review: NewReview {
                kind: review.kind.to_owned(),
                due_on: review.due,
                care_period_id: Some(self.care_period(child)?),
                care_plan_id: None,
            },
            holding: ReviewHolding {
                held_on: review.held,
                participation: review.participation.to_owned(),
                outcome: review.outcome.to_owned(),
                minutes: ReviewMinutes {
                    chair: ReviewChair {
                        name: "Stamena Rajčetić".to_owned(),
                        organisation_id: Some(self.centre_of(child)),
                        qualified: true,
                        case_manager: false,
                    },
                    child_views: self.views(child, review.held),
                    matters: ReviewMatters {
                        development: "The child grows and learns as others do.".to_owned(),
                        family: "Little has changed.".to_owned(),
                        adequate: true,
                        necessary: review.outcome != "reintegrate",
                        reasons: "Those who look after the child know it well.".to_owned(),
                    },
                },
                next_due_on: Some(review.next),
                overrides: Vec::new(),
            },
        })
    }

    fn centre_of(&self, child: Ix) -> OrganisationId {
        self.centre(&self.plan.people.at(child).new.area_code)
    }

    fn care_period(&self, child: Ix) -> Result<CarePeriodId> {
        let placement = self.placements.get(&child).ok_or_else(|| lost("placement"))?;
        placement.care_period_id.ok_or_else(|| lost("care period"))
    }

    /// What a child said of it, or why it did not.
    fn views(&self, child: Ix, day: NaiveDate) -> ChildViews {
        self.said(child, day, "Wants to stay near school and friends.")
    }

    /// This, if the child was old enough to say it.
    pub(super) fn said(&self, child: Ix, day: NaiveDate, text: &str) -> ChildViews {
        let small = age_on(self.plan.people.at(child).born, day) < 4;
        ChildViews {
            views: (!small).then(|| text.to_owned()),
            method: None,
            none_because: small.then(|| "The child does not speak yet.".to_owned()),
        }
    }
}

/// The last time that it met somebody of its family.
fn met(tx: &mut Tx<'_>, child: ChildId, file: &ChildFile) -> Result<()> {
    let Some((with, day)) = file.met else { return Ok(()) };
    let event = NewContactEvent {
        contact_plan_id: None,
        contact_with: with,
        relation_id: None,
        kind: ContactKind::Visit,
        happened_on: day,
        supervised: false,
        took_place: true,
        not_because: None,
        account: None,
        broke_restriction_id: None,
    };
    let _made = contact::store::record(tx, child, &event)?;
    Ok(())
}

fn member(role: &str, in_household: bool) -> FamilyMemberDetails {
    FamilyMemberDetails {
        id: None,
        role: role.to_owned(),
        child_id: None,
        given_name: None,
        family_name: None,
        in_household,
        valid_from: None,
        valid_to: None,
        parental_rights: None,
        whereabouts_known: true,
        deceased: false,
    }
}

/// The case, before it is said of whom it is.
fn new_case(case: &CaseFile) -> NewCase {
    NewCase {
        child_id: None,
        family_id: None,
        opened_on: Some(case.opened),
        referral_source: case.source.to_owned(),
        referral_on: after(case.opened, -3),
        primary_need: case.need.to_owned(),
        immediate_risk: false,
        priority: None,
        manager: CaseWorker { name: case.worker.name.clone(), worker_id: case.worker.id.clone() },
        team: Vec::new(),
    }
}

fn past_case(case: &CaseFile, new: NewCase) -> PastCase {
    PastCase { case: new, state: case.state, since: case.since }
}
