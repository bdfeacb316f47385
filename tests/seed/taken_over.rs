//! What many files at a time are judged by: the same as one after the other.
use chrono::NaiveDate;
use kinstead::{
    care_plans::{self, PastCarePlan},
    cases::{self, CaseState, PastCase},
    children::ChildId,
    families::{self, PastFamily},
    platform::error::Error,
    reviews::{self, PastReview},
};
use serde_json::{Value, json};

use crate::support::{Country, World, body, day, with_family};

/// Two children in care with one family.
struct Scene {
    world: World,
    country: Country,
    children: [(ChildId, Value); 2],
}

impl Scene {
    async fn new() -> Self {
        let world = World::new().await;
        let mut country = Country::of(&world);
        let family = country.family(3);
        let children = [1, 2].map(|_| {
            let child = country.child("female", "2016-05-01");
            let placed = country.stay(with_family(child, family, "2026-03-02"), None);
            (child, json!(placed.care_period_id))
        });
        Self { world, country, children }
    }
}

#[track_caller]
fn refused<T>(done: Result<T, Error>, expected: &str) {
    let Err(error) = done else { panic!("it was taken over, and not {expected}") };
    let told = format!("{} {error:?}", error.code());
    assert!(told.contains(expected), "{told} is not {expected}");
}

fn past_case(child: ChildId, state: CaseState, since: &str) -> PastCase {
    let case = json!({
        "child_id": child, "opened_on": "2026-03-01", "referral_source": "school", "referral_on": "2026-02-27",
        "primary_need": "family_acute_stress", "manager": {"name": "Milica Vetrić", "worker_id": "worker-4711"},
    });
    PastCase { case: body(case), state, since: day(since) }
}

#[actix_web::test]
async fn cases_are_taken_over_as_they_are_and_one_for_a_child() {
    let Scene { world: _world, mut country, children: [(one, _), (other, _)] } = Scene::new().await;
    let going_on = |child| past_case(child, CaseState::Implementing, "2026-04-01");
    let mut taken = |past: Vec<PastCase>| country.change(|tx| cases::store::take_over(tx, &past));
    refused(taken(vec![going_on(one), going_on(one)]), "CA-02");
    refused(taken(vec![past_case(one, CaseState::Closed, "2026-04-01")]), "state_conflict");
    refused(taken(vec![past_case(one, CaseState::Assessing, "2026-02-28")]), "out_of_order");
    refused(taken(vec![past_case(one, CaseState::Assessing, "2027-02-28")]), "future_date");
    refused(taken(vec![going_on(ChildId::generate())]), "not_found");
    let made = taken(vec![going_on(one)]).unwrap();
    let case = &made[0];
    assert_eq!(
        (case.state, case.states.len(), case.managers.len()),
        (CaseState::Implementing, 1, 1)
    );
    assert_eq!(case.managers[0].valid_from, day("2026-03-01"));
    refused(taken(vec![going_on(other), going_on(one)]), "CA-02");
    assert_eq!(taken(vec![going_on(other)]).unwrap().len(), 1);
}

fn past_plan(child: ChildId, period: &Value, authority: &Value, approved: &str) -> PastCarePlan {
    let plan = json!({
        "care_period_id": period, "permanency_goal": "return_6m", "target_date": "2026-09-01", "drafted_on": "2026-03-10",
        "content": {
            "goals": [{"goal": "Home again.", "measure": "Help at home.", "responsible": "Centre", "due_on": "2026-09-01", "state": "open"}],
            "participants": [{"role": "child"}], "child_views": {"views": "Wants to go home."},
        },
    });
    PastCarePlan {
        child_id: child,
        plan: body(plan),
        submission: body(json!({"informed_on": "2026-03-12"})),
        approval: body(json!({"approved_on": approved, "approved_by": authority})),
    }
}

#[actix_web::test]
async fn plans_are_taken_over_for_the_period_that_is_open_and_one_for_each() {
    let Scene { world: _world, mut country, children: [(one, period), (other, foreign)] } =
        Scene::new().await;
    let authority = json!(country.authority);
    let plan = |child, period: &Value| past_plan(child, period, &authority, "2026-03-17");
    let mut taken =
        |past: Vec<PastCarePlan>| country.change(|tx| care_plans::store::take_over(tx, &past));
    refused(taken(vec![plan(one, &foreign)]), "unknown_reference");
    refused(taken(vec![plan(one, &Value::Null)]), "unknown_reference");
    refused(taken(vec![past_plan(one, &period, &authority, "2026-03-09")]), "out_of_order");
    refused(taken(vec![past_plan(one, &period, &authority, "2027-03-09")]), "future_date");
    refused(taken(vec![plan(one, &period), plan(one, &period)]), "state_conflict");
    let made = taken(vec![plan(one, &period)]).unwrap();
    assert_eq!((made[0].state.as_str(), made[0].number, made[0].version), ("active", 1, 1));
    refused(taken(vec![plan(other, &foreign), plan(one, &period)]), "state_conflict");
}

fn past_review(child: ChildId, period: &Value, held: &str, participation: &str) -> PastReview {
    let members = [("/held_on", json!(held)), ("/participation", json!(participation))];
    PastReview {
        child_id: child,
        review: body(
            json!({"kind": "placement", "due_on": "2026-06-02", "care_period_id": period}),
        ),
        holding: body(crate::reviews::holding(&members)),
    }
}

#[actix_web::test]
async fn reviews_are_taken_over_as_they_were_held() {
    let Scene { world: _world, mut country, children: [(one, period), (_, foreign)] } =
        Scene::new().await;
    let spoke = "attended_spoke";
    let mut taken = |past: PastReview| {
        country.change(|tx| reviews::store::take_over(tx, std::slice::from_ref(&past)))
    };
    refused(taken(past_review(one, &foreign, "2026-06-04", spoke)), "unknown_reference");
    refused(taken(past_review(one, &period, "2026-06-04", "under_four")), "RV-04");
    refused(taken(past_review(one, &period, "2027-06-04", spoke)), "future_date");
    let mut of_another_plan = past_review(one, &period, "2026-06-04", spoke);
    of_another_plan.review.care_plan_id = Some(kinstead::care_plans::CarePlanId::generate());
    refused(taken(of_another_plan), "unknown_reference");
    let made = taken(past_review(one, &period, "2026-06-04", spoke)).unwrap();
    assert_eq!((made[0].state.as_str(), made[0].overdue_days), ("held", Some(2)));
}

fn past_family(child: ChildId, registered: NaiveDate, subject: &str) -> PastFamily {
    let family = json!({
        "family_type": "single_parent", "area_code": "RS-20", "registered_on": registered, "risk_level": "medium",
        "members": [{"role": "child", "child_id": child, "in_household": false}, {"role": "mother", "given_name": "Marija", "in_household": true}],
    });
    let factor = json!({"code": "alcohol_parent", "subject": subject, "severity": "high", "identified_on": "2026-02-20"});
    PastFamily { family: body(family), risk_factors: vec![body(factor)] }
}

#[actix_web::test]
async fn families_are_taken_over_with_what_endangers_their_children() {
    let Scene { world: _world, mut country, children: [(one, _), _] } = Scene::new().await;
    let mut taken = |past: PastFamily| {
        country.change(|tx| families::store::take_over(tx, std::slice::from_ref(&past)))
    };
    let known = day("2026-02-20");
    refused(taken(past_family(ChildId::generate(), known, "parent")), "unknown_reference");
    refused(taken(past_family(one, known, "child")), "contradicts");
    refused(taken(past_family(one, day("2027-02-20"), "parent")), "future_date");
    let made = taken(past_family(one, known, "parent")).unwrap();
    let family = &made[0];
    let read = families::store::find(&mut country.conn, family.id).unwrap();
    assert_eq!((read.members.len(), read.risk_factors.len(), read.risk_levels.len()), (2, 1, 1));
    assert_eq!(json!(read), json!(family));
}
