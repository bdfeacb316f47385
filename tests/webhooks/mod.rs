//! Webhooks: what is sent to whom, when, and by which signatures; and who is never called.
mod attempts;
mod deliveries;
mod endpoints;
mod fairness;
mod hostile;
mod independent;
mod killed;
mod orders;
mod receiver;
mod scope;
mod tls;

use std::thread;

use chrono::Duration;
use diesel::{RunQueryDsl as _, sql_query, sql_types::BigInt};
use kinstead::webhooks::posting::Post;
use serde_json::{Value, json};

use crate::{
    feed::{Scene, WHOLE},
    support::Reply,
};
use receiver::Receiver;

/// A country, a receiver, and endpoints that are sent something when a test says so.
pub struct Office {
    pub scene: Scene,
    pub receiver: Receiver,
}

/// An endpoint that was registered.
pub struct Registered {
    pub id: String,
    pub secret: String,
    pub etag: String,
    pub public_key: String,
}

impl Registered {
    pub fn path(&self) -> String {
        format!("/v1/webhook-endpoints/{}", self.id)
    }
}

impl Office {
    pub async fn new() -> Self {
        Self { scene: Scene::new().await, receiver: Receiver::start() }
    }

    /// An endpoint of this client at this path of the receiver.
    pub async fn endpoint(&self, who: &str, path: &str, more: Value) -> Registered {
        let mut new = json!({"url": self.receiver.url(path)});
        new.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        Self::registered(&self.scene.world.persona(who).post("/v1/webhook-endpoints", new).await)
    }

    pub fn registered(reply: &Reply) -> Registered {
        let made = reply.ok();
        let text = |value: &Value| value.as_str().unwrap().to_owned();
        Registered {
            id: text(&made["endpoint"]["id"]),
            secret: text(&made["secret"]),
            etag: reply.etag().to_owned(),
            public_key: text(&made["endpoint"]["public_key"]),
        }
    }

    pub fn post(&self) -> Post {
        self.scene.world.parts.post.clone()
    }

    /// Gives what happened its place, and has sent what is due.
    pub fn send(&self) -> usize {
        self.scene.gather();
        Self::send_by(self.post())
    }

    /// On a thread of its own, as the service does.
    pub fn send_by(post: Post) -> usize {
        thread::spawn(move || post.work_off()).join().unwrap().unwrap()
    }

    /// Later, what is due then.
    pub fn send_after(&self, pause: Duration) -> usize {
        self.scene.world.clock.advance(pause);
        self.send()
    }

    pub fn child(&mut self) -> String {
        self.scene.country.child("female", "2016-05-01").to_string()
    }

    pub async fn get(&self, path: &str) -> Value {
        self.scene.world.persona(WHOLE).get(path).await.ok()
    }

    /// The deliveries to an endpoint, newest first.
    pub async fn deliveries(&self, endpoint: &Registered, query: &str) -> Vec<Value> {
        let page = self.get(&format!("{}/deliveries?limit=200{query}", endpoint.path())).await;
        page["data"].as_array().unwrap().clone()
    }

    pub fn count(&self, rows: &str) -> i64 {
        #[derive(diesel::QueryableByName)]
        struct Count {
            #[diesel(sql_type = BigInt)]
            count: i64,
        }
        let mut owner = self.scene.world.database.owner();
        sql_query(format!("SELECT count(*) FROM {rows}"))
            .get_result::<Count>(&mut owner)
            .unwrap()
            .count
    }
}
