//! Which records may be of one child: what a match explains, who is told of whom, and what nobody learns.
mod duplicates;
mod explained;
mod hidden;

use kinstead::{
    deadlines::store::Scope,
    feed,
    platform::{db, embedded::Role},
};
use serde_json::{Value, json};

use crate::{
    deadlines::swept,
    support::{Country, Persona, World},
    trust::add_elsewhere,
};

/// A country with two centres that know nothing of each other's children.
struct Scene {
    world: World,
    country: Country,
}

impl Scene {
    async fn new() -> Self {
        let world = World::new().await;
        let country = Country::of(&world);
        add_elsewhere(&world);
        Self { world, country }
    }

    /// Lets the registry work out what happened so far.
    fn look(&self) {
        let url = self.world.database.url(Role::Keeper);
        feed::gather(&mut db::connect(&url).unwrap()).unwrap();
        swept(&self.world, Scope::Needed);
    }
}

/// A child to be registered, with these members more or instead.
fn new(area: &str, extra: Value) -> Value {
    let mut body = json!({
        "names": [{"use": "official", "given": "Jelena", "family": "Đorđević"}],
        "sex": "female", "birth_date": "2017-05-14", "area_code": area,
        "registration_basis": "without_parental_care",
    });
    body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    body
}

fn named(given: &str, family: &str) -> Value {
    json!({"names": [{"use": "official", "given": given, "family": family}]})
}

async fn registered(who: &Persona<'_>, body: Value) -> String {
    who.post("/v1/children", body).await.ok()["id"].as_str().unwrap().to_owned()
}

async fn matched(who: &Persona<'_>, body: Value) -> Vec<Value> {
    let answer = who.post("/v1/children:match", body).await.ok();
    answer["data"].as_array().unwrap().clone()
}

/// What a field of a candidate was found to be.
fn outcome<'c>(candidate: &'c Value, field: &str) -> &'c str {
    let fields = candidate["fields"].as_array().unwrap();
    fields.iter().find(|it| it["field"] == field).unwrap()["outcome"].as_str().unwrap()
}
