//! The feed: every change once, in order, to whom it may be told.
mod consumers;
mod cursors;
mod examples;
mod harness;
mod moves;
mod scope;
mod snapshot;

use std::{
    collections::{BTreeMap, BTreeSet},
    str::FromStr,
};

use kinstead::{
    clients::{Manager, NewClient, store as clients},
    feed,
    platform::{db, embedded::Role},
};
use serde_json::{Value, json};

use crate::support::{Country, World, body};

/// A country, and systems that keep copies: of all of it, of the district of its children, and of another one.
pub struct Scene {
    pub world: World,
    pub country: Country,
}

pub const WHOLE: &str = "sync_client";
pub const HERE: &str = "sync here";
pub const THERE: &str = "sync there";

impl Scene {
    pub async fn new() -> Self {
        let world = World::new().await;
        let mut country = Country::of(&world);
        let centre = country.authority;
        let district = json!({"code": "RS-99", "level": "district", "parent_code": "RS", "names": {"en": "Elsewhere"}});
        let added = country.change(|tx| {
            let area = kinstead::reference::areas::store::add(tx, &body(district.clone()))?;
            for (name, area) in [(HERE, "RS-20"), (THERE, "RS-99")] {
                let new = NewClient {
                    name: name.to_owned(),
                    organisation_id: Some(centre),
                    area_codes: vec![area.to_owned()],
                    ..NewClient::of_role("sync_client")
                };
                drop(clients::register(tx, &Manager::Operator, new)?);
            }
            Ok(area)
        });
        drop(added.unwrap());
        world.refresh();
        Self { world, country }
    }

    /// Gives what happened its place.
    pub fn gather(&self) -> i64 {
        let url = self.world.database.url(Role::Keeper);
        feed::gather(&mut db::connect(&url).unwrap()).unwrap()
    }

    pub async fn page(&self, who: &str, query: &str) -> Value {
        let page = self.world.persona(who).get(&format!("/v1/changes?{query}")).await.ok();
        let places: Vec<i64> = events(&page).map(|it| it["position"].as_i64().unwrap()).collect();
        assert!(places.is_sorted_by(|one, next| one < next), "{page}");
        assert!(places.iter().all(|it| page["from"].as_i64() < Some(*it)), "{page}");
        assert!(places.iter().all(|it| Some(*it) <= page["to"].as_i64()), "{page}");
        page
    }

    pub async fn move_child(&self, child: &str, area: &str) {
        let national = self.world.persona("national_authority");
        let path = format!("/v1/children/{child}");
        let seen = national.get(&path).await;
        national.patch(&path, seen.etag(), json!({"area_code": area})).await.ok();
        self.gather();
    }
}

pub fn events(page: &Value) -> impl Iterator<Item = &Value> {
    page["data"].as_array().unwrap().iter()
}

/// A number that makes a test longer than it is otherwise.
pub fn longer<T: FromStr>(name: &str, otherwise: T) -> T {
    let set = std::env::var(name).ok();
    set.map_or(otherwise, |set| set.parse().unwrap_or_else(|_| panic!("{name}: {set}")))
}

/// A copy that somebody keeps by what the feed tells: which version it holds of which record.
#[derive(Default)]
pub struct Copy {
    pub cursor: Option<String>,
    pub place: i64,
    pub held: BTreeMap<(String, String), i64>,
    /// Records that had to go.
    pub left: usize,
    /// Records that came within reach, each told as it was by then: what led to that may follow.
    came: BTreeSet<(String, String)>,
}

impl Copy {
    /// Follows the feed to its end, a few events at a time.
    pub async fn follow(&mut self, scene: &Scene, who: &str, more: &str) {
        loop {
            let after = self.cursor.as_ref().map_or(String::new(), |it| format!("after={it}&"));
            let page = scene.page(who, &format!("{after}{more}")).await;
            assert_eq!(page["from"].as_i64(), Some(self.place), "nothing lies between two pages");
            self.place = page["to"].as_i64().unwrap();
            self.cursor = Some(page["next_cursor"].as_str().unwrap().to_owned());
            for event in events(&page) {
                self.apply(event);
            }
            if page["to"] == page["head"] {
                return;
            }
        }
    }

    fn apply(&mut self, event: &Value) {
        let text = |name: &str| event[name].as_str().unwrap().to_owned();
        let record = (text("kind"), text("id"));
        if event["type"] == "left_scope" {
            assert!(event.get("version").is_none() && event["changed"] == json!([]), "{event}");
            self.left += usize::from(self.held.remove(&record).is_some());
            return;
        }
        let version = event["version"].as_i64().unwrap();
        let before = self.held.get(&record).copied().unwrap_or_default();
        assert!(before <= version || self.came.contains(&record), "{event} after {before}");
        if event["type"] == "entered_scope" {
            self.came.insert(record.clone());
        }
        self.held.insert(record, version.max(before));
    }
}
