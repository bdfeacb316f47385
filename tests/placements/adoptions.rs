//! The day of a child's adoption follows the exit that its final order made.
use serde_json::{Value, json};

use crate::support::{Country, Persona, World, leave, move_to_family, with_family};

const REASON: &str = "The court annulled the order.";

fn adopted(on: &str) -> Value {
    json!({"ended_on": on, "reason": "care_plan", "exit_reason": "adopted_unopposed", "planned_exit": true})
}

/// The child's day of adoption, and what the journal says of it, latest first.
async fn record(asking: &Persona<'_>, child: &str) -> (Value, Vec<String>) {
    let day = asking.get(child).await.ok()["adopted_on"].clone();
    let history = asking.get(&format!("{child}/history")).await.ok();
    let events = history["data"].as_array().unwrap().iter();
    let events = events.map(|entry| entry["event"].as_str().unwrap().to_owned());
    (day, events.filter(|event| event.starts_with("adopt")).collect())
}

#[actix_web::test]
async fn an_annulled_adoption_order_reopens_care() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    let (child, family) = (country.child("male", "2015-03-01"), country.family(1));
    let supervisor = world.persona("supervisor");
    let placed = supervisor.post("/v1/placements", with_family(child, family, "2026-03-01")).await;
    let (place, child) = (placed.header("location").to_owned(), format!("/v1/children/{child}"));
    supervisor.step(&format!("{place}/end"), placed.etag(), adopted("2026-05-01")).await.ok();
    assert_eq!(record(&supervisor, &child).await.0, "2026-05-01");

    let period = format!("/v1/care-periods/{}", placed.ok()["care_period_id"].as_str().unwrap());
    let read = supervisor.get(&period).await;
    let why = json!({"reason": REASON});
    supervisor.step(&format!("{period}/reopen"), read.etag(), why).await.ok();
    let (day, events) = record(&supervisor, &child).await;
    assert_eq!(day, Value::Null);
    assert_eq!(events, ["adoption_annulled", "adopted"]);

    // The child goes on living there, and may be adopted by another order.
    let again = supervisor.get(&place).await;
    supervisor.step(&format!("{place}/end"), again.etag(), adopted("2026-09-01")).await.ok();
    assert_eq!(record(&supervisor, &child).await.0, "2026-09-01");
}

#[actix_web::test]
async fn a_corrected_end_moves_the_adoption_with_it() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    let (child, one, two) =
        (country.child("male", "2015-03-01"), country.family(1), country.family(1));
    let supervisor = world.persona("supervisor");
    let placed = supervisor.post("/v1/placements", with_family(child, one, "2026-03-01")).await;
    let first = placed.header("location").to_owned();
    let moved = move_to_family(two, "2026-04-01");
    let moved = supervisor.step(&format!("{first}/move"), placed.etag(), moved).await;
    let (last, child) = (
        format!("/v1/placements/{}", moved.ok()["id"].as_str().unwrap()),
        format!("/v1/children/{child}"),
    );
    let ended = supervisor.step(&format!("{last}/end"), moved.etag(), adopted("2026-05-01")).await;

    // Even to days that all lie after the order as it was recorded.
    let later = json!({"started_on": "2026-06-01", "ended_on": "2026-07-01", "reason": "The dates were those of another child."});
    supervisor.step(&format!("{last}/correct"), ended.etag(), later).await.ok();
    let (day, events) = record(&supervisor, &child).await;
    assert_eq!((day.as_str(), events[0].as_str()), (Some("2026-07-01"), "adoption_corrected"));

    // The placement before takes the annulled one's days, and its end by adoption.
    let annul = |place: &str| format!("{place}/annul");
    let why = json!({"reason": "The move never was made."});
    let read = supervisor.get(&last).await;
    supervisor.step(&annul(&last), read.etag(), why.clone()).await.ok();
    assert_eq!(record(&supervisor, &child).await.0, "2026-07-01");
    let read = supervisor.get(&first).await;
    assert_eq!(read.ok()["ended_on"], "2026-07-01");

    // With the last placement the care period goes, and the adoption that ended it.
    supervisor.step(&annul(&first), read.etag(), why).await.ok();
    let (day, events) = record(&supervisor, &child).await;
    assert_eq!((day, events[0].as_str()), (Value::Null, "adoption_annulled"));
}

#[actix_web::test]
async fn a_day_of_adoption_that_no_exit_recorded_stays() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    let (child, family) = (country.child("male", "2015-03-01"), country.family(1));
    let supervisor = world.persona("supervisor");
    let placed = supervisor.post("/v1/placements", with_family(child, family, "2026-03-01")).await;
    let (place, child) = (placed.header("location").to_owned(), format!("/v1/children/{child}"));
    supervisor.step(&format!("{place}/end"), placed.etag(), leave("2026-05-01")).await.ok();
    let read = supervisor.get(&child).await;
    supervisor.patch(&child, read.etag(), json!({"adopted_on": "2026-05-01"})).await.ok();
    let period = format!("/v1/care-periods/{}", placed.ok()["care_period_id"].as_str().unwrap());
    let tag = supervisor.get(&period).await;
    let why = json!({"reason": REASON});
    supervisor.step(&format!("{period}/reopen"), tag.etag(), why).await.broke("PL-07");
    let (day, events) = record(&supervisor, &child).await;
    assert_eq!((day.as_str(), events.len()), (Some("2026-05-01"), 0));
}
