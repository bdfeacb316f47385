//! Clients that write and read while everything is killed, and remember what they were told.
use std::{
    sync::{
        Arc, Mutex, RwLock,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    thread,
    time::{Duration, Instant},
};

use kinstead::{children::ChildId, facilities::FacilityId};
use rand::{RngExt as _, rngs::ChaCha12Rng};
use serde_json::{Value, json};
use ureq::http::{Method, Request};
use uuid::Uuid;

use super::{
    BACK,
    site::{Site, agent},
};
use crate::support::{AREA, in_facility};

/// An acknowledged change.
#[derive(Debug, Clone)]
pub struct Write {
    pub key: String,
    pub record: Uuid,
    pub version: i64,
}

/// All that clients were told.
#[derive(Debug, Clone, Default)]
pub struct Told {
    pub writes: Vec<Write>,
    pub reads: usize,
    /// Whose data came with which answer: request and child.
    pub looks: Vec<(String, Uuid)>,
    /// Requests that had to be sent again.
    pub again: usize,
    /// What nobody should be told.
    pub faults: Vec<String>,
}

struct Answer {
    request: String,
    etag: String,
    body: Value,
}

/// What one answer is to whoever asked.
enum Outcome {
    Done(Answer),
    Again,
    Fault(String),
}

pub struct Load {
    address: Arc<RwLock<String>>,
    facilities: Vec<FacilityId>,
    agent: ureq::Agent,
    token: String,
    over: AtomicBool,
    writes: AtomicUsize,
    reads: AtomicUsize,
    children: RwLock<Vec<Uuid>>,
    told: Mutex<Told>,
}

/// Lets the clients come to their end, also when a test fails.
pub struct Ending<'l>(&'l Load);

impl Drop for Ending<'_> {
    fn drop(&mut self) {
        self.0.over.store(true, Ordering::Relaxed);
    }
}

impl Load {
    pub fn on(site: &Site) -> Self {
        // Not a case worker: whoever works with single children is held to some in an hour.
        let token = site.token("supervisor");
        site.until_known(&token);
        Self {
            address: Arc::clone(&site.address),
            facilities: site.facilities.clone(),
            agent: agent(),
            token,
            over: AtomicBool::new(false),
            writes: AtomicUsize::new(0),
            reads: AtomicUsize::new(0),
            children: RwLock::default(),
            told: Mutex::default(),
        }
    }

    pub fn ending(&self) -> Ending<'_> {
        Ending(self)
    }

    pub fn told(&self) -> Told {
        self.told.lock().unwrap().clone()
    }

    /// Waits until so many more writes and so many more reads were answered.
    pub fn until_answered(&self, more: usize) {
        let all = || (self.writes.load(Ordering::Relaxed), self.reads.load(Ordering::Relaxed));
        let (begun, deadline) = (all(), Instant::now() + BACK);
        while all().0 < begun.0 + more || all().1 < begun.1 + more {
            let faults = self.told().faults;
            assert!(faults.is_empty(), "{faults:#?}");
            assert!(Instant::now() < deadline, "answered: {begun:?}, {:?} after a while", all());
            thread::sleep(Duration::from_millis(2));
        }
    }

    /// Registers children and changes, orders and places them, each request with a key of its own.
    pub fn write(&self, writer: usize, chance: &mut ChaCha12Rng) {
        let mut turn = 0;
        while !self.over.load(Ordering::Relaxed) {
            turn += 1;
            let facility = self.facilities[chance.random_range(0..self.facilities.len())];
            if self.one_child(&format!("{writer}-{turn}"), facility).is_none() {
                return;
            }
        }
    }

    fn one_child(&self, mark: &str, facility: FacilityId) -> Option<()> {
        let key = format!("child-{mark}");
        let new = json!({
            "names": [{"use": "official", "given": "Zvezdana", "family": key}], "sex": "female",
            "birth_date": "2016-05-01", "area_code": AREA, "registration_basis": "without_parental_care",
        });
        let made = self.change(Method::POST, "/v1/children", &key, None, &new, None)?;
        let child: ChildId = serde_json::from_value(made.body["id"].clone()).unwrap();
        let id = child.untyped();
        self.children.write().unwrap().push(id);
        let path = format!("/v1/children/{child}");
        let parent = json!({"is_parent": true});
        let key = format!("patch-{mark}");
        self.change(Method::PATCH, &path, &key, Some(&made.etag), &parent, Some(id))?;
        let key = format!("legal-{mark}");
        let status = json!({"axis": "care_authority", "status": "emergency_order", "basis": key, "valid_from": "2025-03-02"});
        let path = format!("{path}/legal-statuses");
        self.change(Method::POST, &path, &key, None, &status, Some(id))?;
        let key = format!("place-{mark}");
        let mut stay = in_facility(child, facility, "2025-03-02");
        stay["legal_basis"] = json!(key);
        self.change(Method::POST, "/v1/placements", &key, None, &stay, Some(id)).map(drop)
    }

    /// Reads a child, or some in a list.
    pub fn read(&self, chance: &mut ChaCha12Rng) {
        while !self.over.load(Ordering::Relaxed) {
            let one = {
                let children = self.children.read().unwrap();
                let most = children.len();
                (most > 0 && chance.random_bool(0.9))
                    .then(|| children[chance.random_range(0..most)])
            };
            let path = one.map_or_else(
                || "/v1/children?limit=5".to_owned(),
                |child| format!("/v1/children/{child}"),
            );
            let Some(answer) = self.ask(Method::GET, &path, &[], &Value::Null) else { return };
            let listed = answer.body["data"].as_array().into_iter().flatten();
            let seen = listed.chain(one.is_some().then_some(&answer.body)).map(id_of);
            let mut told = self.told.lock().unwrap();
            told.looks.extend(seen.map(|child| (answer.request.clone(), child)));
            told.reads += 1;
            self.reads.fetch_add(1, Ordering::Relaxed);
        }
    }

    fn change(
        &self,
        method: Method,
        path: &str,
        key: &str,
        seen: Option<&str>,
        body: &Value,
        child: Option<Uuid>,
    ) -> Option<Answer> {
        let mut headers = vec![("idempotency-key", key), ("content-type", "application/json")];
        headers.extend(seen.map(|tag| ("if-match", tag)));
        let answer = self.ask(method, path, &headers, body)?;
        let record = id_of(&answer.body);
        let version = answer.body["version"].as_i64().unwrap();
        let mut told = self.told.lock().unwrap();
        told.writes.push(Write { key: key.to_owned(), record, version });
        told.looks.push((answer.request.clone(), child.unwrap_or(record)));
        drop(told);
        self.writes.fetch_add(1, Ordering::Relaxed);
        Some(answer)
    }

    /// Sends it until it is answered, the same each time. None if it was answered as nothing may be.
    fn ask(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: &Value,
    ) -> Option<Answer> {
        let deadline = Instant::now() + BACK;
        let body = if body.is_null() { Vec::new() } else { serde_json::to_vec(body).unwrap() };
        loop {
            let fault = match self.send(&method, path, headers, &body) {
                Outcome::Done(answer) => return Some(answer),
                Outcome::Again if Instant::now() < deadline => {
                    self.told.lock().unwrap().again += 1;
                    thread::sleep(Duration::from_millis(10));
                    continue;
                }
                Outcome::Again => "not answered for too long".to_owned(),
                Outcome::Fault(what) => what,
            };
            self.told.lock().unwrap().faults.push(format!("{method} {path}: {fault}"));
            return None;
        }
    }

    fn send(&self, method: &Method, path: &str, headers: &[(&str, &str)], body: &[u8]) -> Outcome {
        let url = format!("http://{}{path}", self.address.read().unwrap());
        let mut request = Request::builder().method(method).uri(url);
        request = request.header("authorization", format!("Bearer {}", self.token));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let sent = if body.is_empty() {
            self.agent.run(request.body(()).unwrap())
        } else {
            self.agent.run(request.body(body).unwrap())
        };
        // Cut off before or within the answer: who knows what became of it.
        let Ok(mut answer) = sent else { return Outcome::Again };
        let Ok(body) = answer.body_mut().read_to_vec() else { return Outcome::Again };
        let body: Value = serde_json::from_slice(&body).unwrap_or_default();
        let header = |name| answer.headers().get(name).and_then(|value| value.to_str().ok());
        let text = |name| header(name).unwrap_or_default().to_owned();
        match answer.status().as_u16() {
            200..=299 => {
                Outcome::Done(Answer { request: text("x-request-id"), etag: text("etag"), body })
            }
            503 => Outcome::Again,
            409 if body["code"] == "idempotency_in_flight" => Outcome::Again,
            status => Outcome::Fault(format!("{status} {body}")),
        }
    }
}

fn id_of(record: &Value) -> Uuid {
    serde_json::from_value(record["id"].clone()).unwrap()
}
