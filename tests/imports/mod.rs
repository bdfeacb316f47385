//! Files of records that other systems send.
mod basics;
pub mod commands;
mod defects;
mod desk;
mod killed;
mod kinds;
mod legacy;
mod refusals;
mod resumed;
mod same;
mod single;
mod tables;
mod turns;

use actix_web::http::Method;
use serde_json::{Value, json};

use crate::support::{Country, Reply, World, files::take_in};

pub const SYSTEM: &str = "urn:example:ministry";

/// A country, and somebody who sends files.
pub struct Desk {
    pub world: World,
    pub country: Country,
}

impl Desk {
    pub async fn new() -> Self {
        let world = World::new().await;
        let country = Country::of(&world);
        Self { world, country }
    }

    /// Sends a file.
    pub async fn send(&self, who: &str, query: &str, lines: &[Value]) -> Reply {
        let text = lines.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
        self.send_bytes(who, query, text.into_bytes()).await
    }

    pub async fn send_bytes(&self, who: &str, query: &str, bytes: Vec<u8>) -> Reply {
        let request =
            self.world.persona(who).request(Method::POST, &format!("/v1/imports?{query}"));
        request.bytes("application/x-ndjson", bytes).send().await
    }

    /// Works until nothing is left to do.
    pub async fn work(&self) {
        take_in(&self.world).await;
    }

    /// Sends a file, waits for it, and says what became of each line.
    pub async fn import(&self, who: &str, query: &str, lines: &[Value]) -> Vec<Value> {
        let sent = self.send(who, query, lines).await;
        assert_eq!(sent.status, 202, "{sent:?}");
        self.work().await;
        let (import, results) = self.outcome(who, sent.ok()["id"].as_str().unwrap()).await;
        assert_eq!(import["state"], "done", "{import} {results:?}");
        results
    }

    /// An import as it is, and what became of each line.
    pub async fn outcome(&self, who: &str, id: &str) -> (Value, Vec<Value>) {
        let who = self.world.persona(who);
        let import = who.get(&format!("/v1/imports/{id}")).await.ok();
        let (mut results, mut cursor) = (Vec::new(), String::new());
        loop {
            let path = format!("/v1/imports/{id}/results?limit=200{cursor}");
            let page = who.get(&path).await.ok();
            results.extend(page["data"].as_array().unwrap().iter().cloned());
            match page["next_cursor"].as_str() {
                Some(next) => cursor = format!("&cursor={next}"),
                None => return (import, results),
            }
        }
    }
}

/// A line about a child.
pub fn child(number: &str, given: &str) -> Value {
    line(
        "child",
        number,
        json!({
            "names": [{"use": "official", "given": given, "family": "Oblakovski"}],
            "sex": "female", "birth_date": "2016-05-20", "area_code": "RS-20",
            "registration_basis": "without_parental_care",
        }),
    )
}

pub fn line(kind: &str, number: &str, data: Value) -> Value {
    json!({"kind": kind, "external": {"system": SYSTEM, "value": number}, "data": data})
}

pub fn reference(kind: &str, number: &str) -> Value {
    json!({"kind": kind, "system": SYSTEM, "value": number})
}

pub fn under(mut line: Value, kind: &str, number: &str) -> Value {
    line["of"] = reference(kind, number);
    line
}

pub fn verdicts(results: &[Value]) -> Vec<&str> {
    results.iter().map(|result| result["verdict"].as_str().unwrap()).collect()
}
