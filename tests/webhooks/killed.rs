//! The built service is killed by `kill -9` while it sends: every event comes, and what comes again has the same id.
use std::{
    collections::{BTreeMap, BTreeSet},
    thread,
    time::{Duration, Instant},
};

use diesel::connection::SimpleConnection as _;
use serde_json::{Value, json};

use super::receiver::{Manner, Receiver};
use crate::crash::{
    Victim,
    site::{Site, agent},
};

const ENDPOINTS: [&str; 3] = ["/a", "/b", "/c"];
/// Records made before each kill.
const TOGETHER: usize = 25;
const PATIENCE: Duration = Duration::from_secs(90);

struct Scene {
    site: Site,
    receiver: Receiver,
    sync: String,
    authority: String,
    made: BTreeSet<String>,
}

impl Scene {
    fn post(&self, token: &str, path: &str, body: &Value) -> Value {
        let url = format!("http://{}{path}", self.site.address.read().unwrap());
        let bearer = format!("Bearer {token}");
        let sent =
            agent().post(url).header("authorization", bearer).content_type("application/json");
        let mut answer = sent.send(body.to_string()).unwrap();
        let text = answer.body_mut().read_to_string().unwrap();
        assert!(answer.status().is_success(), "{text}");
        serde_json::from_str(&text).unwrap()
    }

    fn make(&mut self, how_many: usize) {
        for _ in 0..how_many {
            let new = json!({"kind": "court", "name": "Court", "area_code": "RS", "valid_from": "2001-01-01"});
            let made = self.post(&self.authority, "/v1/organisations", &new);
            self.made.insert(made["id"].as_str().unwrap().to_owned());
        }
    }

    /// Kills it and starts it anew. What a dead service held is free after a minute: that minute is over.
    fn kill(&mut self) {
        self.site.kill(Victim::Service);
        let minute = "UPDATE webhook_progress SET taken_until = now() WHERE taken_by IS NOT NULL";
        self.site.owner().batch_execute(minute).unwrap();
        self.site.start();
    }
}

fn until(what: &str, is_so: impl Fn() -> bool) {
    let deadline = Instant::now() + PATIENCE;
    while !is_so() {
        assert!(Instant::now() < deadline, "{what}");
        thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn every_event_comes_though_the_service_is_killed_while_it_sends() {
    let site = Site::open();
    let (sync, authority) = (site.token("sync_client"), site.token("national_authority"));
    site.until_known(&sync);
    site.until_known(&authority);
    let made = BTreeSet::new();
    let mut scene = Scene { site, receiver: Receiver::start(), sync, authority, made };
    let secrets = ENDPOINTS.map(|path| {
        let new = json!({"url": scene.receiver.url(path), "kinds": ["organisation"]});
        let made = scene.post(&scene.sync, "/v1/webhook-endpoints", &new);
        made["secret"].as_str().unwrap().to_owned()
    });
    // Taken, and never answered: whoever sent it is killed before it knows.
    for path in ENDPOINTS {
        scene.receiver.behave(path, Manner::Silent);
    }
    scene.make(1);
    until("something is sent", || scene.receiver.count("/") >= ENDPOINTS.len());
    for path in ENDPOINTS {
        scene.receiver.says(path, 204);
    }
    scene.kill();
    for _ in 0..3 {
        let before = scene.receiver.count("/");
        scene.make(TOGETHER);
        // Somewhere in the midst of what is to be sent.
        until("something is sent", || scene.receiver.count("/") > before + TOGETHER / 2);
        scene.kill();
    }
    let came = || ENDPOINTS.map(|path| told(&scene.receiver, path));
    let all = |of: &BTreeMap<String, Vec<String>>| scene.made.iter().all(|id| of.contains_key(id));
    until("every event comes", || came().iter().all(all));
    for (path, secret) in ENDPOINTS.iter().zip(&secrets) {
        let told = told(&scene.receiver, path);
        let first = told.values().filter(|ids| ids.len() > 1).count();
        assert!(first > 0, "what was taken and not written down comes again");
        for (record, ids) in &told {
            let one: BTreeSet<&String> = ids.iter().collect();
            assert_eq!(one.len(), 1, "{record} came by {ids:?}");
        }
        assert!(scene.receiver.take(path).iter().all(|it| it.is_by_secret(secret)));
    }
}

/// The ids of the messages that came about each record, at a path.
fn told(receiver: &Receiver, path: &str) -> BTreeMap<String, Vec<String>> {
    let mut told: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for received in receiver.seen(path) {
        let record = received.json()["data"]["id"].as_str().unwrap().to_owned();
        told.entry(record).or_default().push(received.id().to_owned());
    }
    told
}
