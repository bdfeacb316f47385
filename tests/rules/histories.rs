//! Whatever is tried over HTTP: no child under three lives in an institution without its four findings, nor
//! longer than the limit without the critical alert.
use chrono::{Datelike as _, Days, Months, NaiveDate};
use kinstead::{
    carers::CarerFamilyId,
    children::ChildId,
    deadlines::store::{Scope, sweep},
    facilities::FacilityId,
    platform::clock::Clock as _,
    rules::residential::Stay,
};
use serde_json::{Value, json};

use super::{
    clock::{walk, years_of_age},
    exception,
};
use crate::support::{
    Country, Persona, World, day, in_facility, leave, move_to_facility, move_to_family, with_family,
};

const LIVES: usize = 60;
const TRIES: usize = 9;
const TODAY: &str = "2026-11-22";

/// Numbers that look like chance and are the same each time.
struct Chance(u64);

impl Chance {
    fn of(&mut self, sides: u64) -> u64 {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % sides
    }

    fn day(&mut self, from: NaiveDate, most: u64) -> NaiveDate {
        from + Days::new(self.of(most))
    }
}

struct Life<'w> {
    worker: Persona<'w>,
    child: ChildId,
    family: CarerFamilyId,
    homes: [FacilityId; 2],
    /// The latest day on which the child may have been born.
    born: NaiveDate,
}

/// A child of whom the registry knows its birth more or less exactly.
async fn born(worker: &Persona<'_>, chance: &mut Chance) -> (ChildId, NaiveDate) {
    let born = chance.day(day("2022-06-01"), 1_500);
    let (precision, latest) = match chance.of(4) {
        0 => ("month", (born.with_day(1).unwrap() + Months::new(1)).pred_opt().unwrap()),
        1 => ("estimated", NaiveDate::from_ymd_opt(born.year(), 12, 31).unwrap()),
        _ => ("day", born),
    };
    let new = json!({
        "names": [{"use": "official", "given": "Zvezdana"}], "sex": "female", "birth_date": born,
        "birth_date_precision": precision, "area_code": crate::support::AREA,
        "registration_basis": "without_parental_care",
    });
    let made = worker.post("/v1/children", new).await.ok();
    (serde_json::from_value(made["id"].clone()).unwrap(), latest)
}

/// With an exception that is more or less what the law wants, and an end more or less far away.
fn excepted(chance: &mut Chance, new: &mut Value, on: NaiveDate) {
    if chance.of(5) > 0 {
        let kind = ["under3_planned", "under3_emergency", "under3_sibling"];
        let kind = kind[usize::try_from(chance.of(3)).unwrap()];
        new["exception"] = exception(kind, "2022-01-01");
        if chance.of(6) == 0 {
            let finding = ["limited_stay", "last_resort", "absolutely_necessary", "best_interests"];
            let finding = finding[usize::try_from(chance.of(4)).unwrap()];
            new["exception"]["findings"][finding] = json!(false);
        }
    }
    if chance.of(6) > 0 {
        let most = if chance.of(2) == 0 { 32 } else { 190 };
        new["expected_end_on"] = json!(chance.day(on + Days::new(1), most));
    }
}

impl Life<'_> {
    /// What it lived so far, by first day.
    async fn lived(&self) -> Vec<Value> {
        let path = format!("/v1/placements?child_id={}&sort=started_on&limit=200", self.child);
        let all = self.worker.get(&path).await.ok()["data"].as_array().unwrap().clone();
        all.into_iter()
            .filter(|it| ["active", "ended"].contains(&it["state"].as_str().unwrap()))
            .collect()
    }

    /// Tries something, which may be refused.
    async fn attempt(&self, chance: &mut Chance) -> bool {
        let lived = self.lived().await;
        let last = lived.last().cloned().unwrap_or_default();
        let begun = last["started_on"].as_str().map_or(self.born, day);
        let home = self.homes[usize::try_from(chance.of(2)).unwrap()];
        let reply = if last["state"] == "active" {
            let on = chance.day(begun + Days::new(1), 150);
            let path = format!("/v1/placements/{}", last["id"].as_str().unwrap());
            let tag = self.worker.get(&path).await.etag().to_owned();
            let (step, body) = match chance.of(5) {
                0 => ("move", move_to_family(self.family, &on.to_string())),
                1 => ("end", leave(&on.to_string())),
                2 => {
                    let why = "The day was mistyped in the first place.";
                    let end = chance.day(on, 300);
                    ("correct", json!({"reason": why, "expected_end_on": end}))
                }
                _ => {
                    let mut body = move_to_facility(home, &on.to_string());
                    excepted(chance, &mut body["to"], on);
                    ("move", body)
                }
            };
            self.worker.step(&format!("{path}/{step}"), &tag, body).await
        } else {
            let free = last["ended_on"].as_str().map_or(self.born, day);
            let on = chance.day(free, 45).to_string();
            let mut new = in_facility(self.child, home, &on);
            if chance.of(4) == 0 {
                new = with_family(self.child, self.family, &on);
            } else {
                excepted(chance, &mut new, day(&on));
            }
            self.worker.post("/v1/placements", new).await
        };
        let status = reply.status.as_u16();
        assert!(matches!(status, 200 | 201 | 409 | 422), "{status}: {}", reply.json());
        status < 300
    }

    /// The stays in institutions; each of a child under three has its four findings.
    async fn residential(&self) -> Vec<Stay> {
        let lived = self.lived().await;
        let there = lived.iter().filter(|it| it["provider"]["kind"] == "facility");
        there
            .map(|stay| {
                let from = day(stay["started_on"].as_str().unwrap());
                if years_of_age(self.born, from) < 3 {
                    let found = stay["exception"]["findings"].as_object();
                    let found = found.unwrap_or_else(|| panic!("{stay} of one born {}", self.born));
                    assert_eq!(
                        found.values().filter(|it| **it == json!(true)).count(),
                        4,
                        "{stay}"
                    );
                    assert!(stay["expected_end_on"].is_string(), "{stay}");
                }
                Stay { from, until: stay["ended_on"].as_str().map(day) }
            })
            .collect()
    }

    /// Whether it is there for longer than the six months that the law allows, by a count of days.
    fn is_over(&self, stays: &[Stay]) -> bool {
        let there = stays.last().is_some_and(|stay| stay.until.is_none());
        let counted = walk(stays, self.born, day(TODAY)).filter(|_| there);
        counted.is_some_and(|(since, _, away)| {
            let limit = since + Months::new(6) + Days::new(away.try_into().unwrap());
            day(TODAY) > limit
        })
    }
}

#[actix_web::test]
async fn no_history_leaves_an_infant_unjustified_or_too_long_unnoticed() {
    let seed = std::env::var("KINSTEAD_SEED").ok().and_then(|seed| seed.parse().ok());
    let mut chance = Chance(seed.unwrap_or(2_026));
    eprintln!("seed {}", chance.0);
    let world = World::new().await;
    let mut country = Country::of(&world);
    let homes = [(); 2].map(|()| country.facility(json!({"total": 200})));
    let (mut lives, mut done, mut refused) = (Vec::new(), 0, 0);
    for _ in 0..LIVES {
        let worker = world.persona("national_authority");
        let ((child, born), family) = (born(&worker, &mut chance).await, country.family(3));
        let life = Life { worker, child, family, homes, born };
        for _ in 0..TRIES {
            if life.attempt(&mut chance).await { done += 1 } else { refused += 1 }
        }
        lives.push(life);
    }
    sweep(&mut world.database.service(), world.clock.now(), Scope::Everybody, &|_| {}).unwrap();
    let (mut infants, mut over) = (0, 0);
    for life in &lives {
        let stays = life.residential().await;
        infants += stays.iter().filter(|it| years_of_age(life.born, it.from) < 3).count();
        let path = format!("/v1/alerts?child_id={}&limit=200", life.child);
        let alerts = life.worker.get(&path).await.ok();
        let critical = alerts["data"].as_array().unwrap().iter().any(|alert| {
            alert["rule"] == "PL-18" && alert["severity"] == "critical" && alert["state"] == "open"
        });
        assert_eq!(critical, life.is_over(&stays), "{stays:?} of one born {}", life.born);
        over += usize::from(critical);
    }
    eprintln!("{done} done, {refused} refused, {infants} stays of infants, {over} too long");
    assert!(done > 150 && refused > 100 && infants > 20 && over > 3);
}
