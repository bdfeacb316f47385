//! What stands in `examples/` and keeps a copy, run against a registry that changes meanwhile.
use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
    process::{Child, Command, Stdio},
    sync::Arc,
    thread::sleep,
    time::Duration,
};

use kinstead::{
    feed,
    platform::{
        clock::{Clock as _, SystemClock},
        db,
        embedded::Role,
    },
};
use serde_json::{Value, json};
use tempfile::TempDir;

use super::Scene;
use crate::support::{
    Everything, Live,
    process::{python, text},
};

const KINDS: [&str; 4] = ["child", "legal_status", "relation", "organisation"];
const NAME: &str = "Case system";

/// Makes a private key, and tells the public one.
const KEY: &str = "
import base64, sys
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
key = Ed25519PrivateKey.generate()
open(sys.argv[1], 'wb').write(key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))
print(base64.urlsafe_b64encode(key.public_key().public_bytes_raw()).rstrip(b'=').decode())";

/// A system of the district that keeps a copy, and where it keeps it.
struct System {
    folder: TempDir,
    arguments: Vec<String>,
}

impl System {
    async fn new(scene: &Scene) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let made =
            Command::new(python()).args(["-c", KEY]).arg(folder.path().join("key.pem")).output();
        let x = text(&made.unwrap().stdout).trim().to_owned();
        let national = scene.world.persona("national_authority");
        let new = json!({"name": NAME, "roles": ["sync_client"], "organisation_id": scene.country.authority,
            "area_codes": ["RS-20"], "purposes": ["case_management"], "default_purpose": "case_management"});
        let client = national.post("/v1/clients", new).await;
        let jwk = json!({"jwk": {"kty": "OKP", "crv": "Ed25519", "x": x}});
        let keys = format!("{}/keys", client.header("location"));
        let kid = national.post(&keys, jwk).await.ok()["kid"].as_str().unwrap().to_owned();
        scene.world.refresh();
        let path = |name: &str| folder.path().join(name).display().to_string();
        let arguments = [
            ("--client", client.ok()["id"].as_str().unwrap().to_owned()),
            ("--kid", kid),
            ("--key", path("key.pem")),
            ("--kinds", KINDS.join(",")),
            ("--name", NAME.to_owned()),
            ("--db", path("copy.sqlite")),
        ];
        // The id of a key may begin with a hyphen.
        let arguments = Vec::from(arguments.map(|(name, value)| format!("{name}={value}")));
        Self { folder, arguments }
    }

    /// Asks this service from now on.
    fn of(mut self, live: &Live) -> Self {
        self.arguments.extend(["--url".to_owned(), format!("http://{}", live.address)]);
        self
    }

    fn start(&self, more: &[&str]) -> Child {
        Command::new(python())
            .arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("examples/true_copy.py"))
            .args(&self.arguments)
            .args(more)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    /// Follows to the end.
    fn catch_up(&self) {
        let done = self.start(&["--once"]).wait_with_output().unwrap();
        assert!(done.status.success(), "{}", text(&done.stderr));
    }

    /// Its copy: kind, version and text of each record.
    fn copy(&self) -> Vec<(String, i64, Value)> {
        let dump = "import json, sqlite3, sys; print(json.dumps(sqlite3.connect(sys.argv[1]).execute(\
            'SELECT kind, version, body FROM records ORDER BY id').fetchall()))";
        let file = self.folder.path().join("copy.sqlite");
        let made = Command::new(python()).args(["-c", dump]).arg(file).output().unwrap();
        let rows: Vec<(String, i64, String)> = serde_json::from_str(&text(&made.stdout)).unwrap();
        let parsed = rows
            .into_iter()
            .map(|(kind, version, body)| (kind, version, serde_json::from_str(&body).unwrap()));
        parsed.collect()
    }

    /// Fails unless the copy is what the registry answers its client now, record by record.
    async fn is_true(&self, scene: &Scene) -> usize {
        let (copy, own) = (self.copy(), scene.world.persona(NAME));
        let mut told = Vec::new();
        for kind in KINDS {
            let snapshot = own.get(&format!("/v1/snapshot/{kind}")).await;
            let lines = text(&snapshot.bytes);
            for line in lines.lines() {
                let record: Value = serde_json::from_str(line).unwrap();
                told.push((kind.to_owned(), record["version"].as_i64().unwrap(), record));
            }
        }
        told.sort_by_key(|(.., record)| record["id"].as_str().unwrap().to_owned());
        assert_eq!(copy, told);
        for (kind, _, record) in copy.iter().filter(|(kind, ..)| kind == "child") {
            let read = own.get(&format!("/v1/children/{}", record["id"].as_str().unwrap())).await;
            assert_eq!(read.ok(), *record, "{kind}");
        }
        copy.len()
    }
}

/// Registers a child of the district, with a legal status, and with a sibling if there is one.
async fn register(scene: &Scene, sibling: Option<&str>) -> String {
    let national = scene.world.persona("national_authority");
    let new = json!({"sex": "female", "birth_date": "2017-05-14", "area_code": "RS-20", "organisation_id": scene.country.authority,
                     "registration_basis": "without_parental_care"});
    let child = national.post("/v1/children", new).await.ok()["id"].as_str().unwrap().to_owned();
    let status =
        json!({"axis": "care_authority", "status": "emergency_order", "valid_from": "2024-03-02"});
    national.post(&format!("/v1/children/{child}/legal-statuses"), status).await.ok();
    if let Some(sibling) = sibling {
        let kin = json!({"kind": "full_sibling", "related_child_id": sibling});
        national.post(&format!("/v1/children/{child}/relations"), kin).await.ok();
    }
    child
}

async fn patch(scene: &Scene, child: &str, changes: Value) {
    let (national, path) =
        (scene.world.persona("national_authority"), format!("/v1/children/{child}"));
    let seen = national.get(&path).await;
    national.patch(&path, seen.etag(), changes).await.ok();
}

#[actix_web::test]
async fn the_example_in_python_keeps_a_true_copy_whatever_happens() {
    let scene = Scene::new().await;
    // It goes by the machine's clock.
    scene.world.clock.set(SystemClock.now());
    let system = System::new(&scene).await;
    let live = Live::start_by(&scene.world, Arc::new(SystemClock));
    let system = system.of(&live);
    let mut children = vec![register(&scene, None).await];
    for number in 0..5 {
        children.push(register(&scene, Some(&children[number])).await);
    }
    // It is killed as it begins, and again and again while the registry changes.
    for (round, pause) in [0, 150, 300, 450, 600, 800].into_iter().enumerate() {
        let mut running = system.start(&[]);
        sleep(Duration::from_millis(pause));
        patch(&scene, &children[round], json!({"languages": ["sr", "en"]})).await;
        children.push(register(&scene, Some(&children[round])).await);
        sleep(Duration::from_millis(pause / 2));
        patch(&scene, &children[round], json!({"languages": ["sr"]})).await;
        running.kill().unwrap();
        running.wait().unwrap();
        if round == 3 {
            // The registry was set back, as far as a copy can tell.
            let keeper = scene.world.database.url(Role::Keeper);
            feed::wake(&mut db::connect(&keeper).unwrap(), true).unwrap();
        }
    }
    scene.gather();
    system.catch_up();
    let before = system.is_true(&scene).await;
    // One child leaves its scope with all that is about it, and one comes.
    patch(&scene, &children[1], json!({"area_code": "RS-99"})).await;
    scene.gather();
    system.catch_up();
    let after = system.is_true(&scene).await;
    assert!(after + 4 <= before, "{before} {after}");
    patch(&scene, &children[1], json!({"area_code": "RS-20"})).await;
    scene.gather();
    system.catch_up();
    assert_eq!(system.is_true(&scene).await, before);
    // It was one consumer all the while, and the registry knows where it is.
    let known = scene.world.persona(NAME).get("/v1/consumers").await.ok();
    assert_eq!(known["data"].as_array().unwrap().len(), 1);
    let progress = &known["data"][0]["progress"];
    assert_eq!((&progress["copy"], &progress["lag_events"]), (&json!("followed"), &json!(0)));
}

#[actix_web::test]
async fn an_event_says_where_its_record_is_read() {
    let all = Everything::new().await;
    let national = all.world.persona("national_authority");
    let mut told = BTreeMap::new();
    let mut after = String::new();
    loop {
        let page = national.get(&format!("/v1/changes?limit=1000{after}")).await.ok();
        for event in page["data"].as_array().unwrap() {
            told.insert(event["id"].as_str().unwrap().to_owned(), event.clone());
        }
        if page["to"] == page["head"] {
            break;
        }
        after = format!("&after={}", page["next_cursor"].as_str().unwrap());
    }
    let mut kinds = BTreeSet::new();
    for event in told.values() {
        let kind = event["kind"].as_str().unwrap();
        let Some(href) = event["href"].as_str() else {
            assert_eq!(kind, "temporary_absence", "{event}");
            continue;
        };
        if event.get("merged_into").is_some() {
            assert_eq!(national.get(href).await.status, 308, "{event}");
            continue;
        }
        let read = national.get(href).await.ok();
        assert_eq!((&read["id"], &read["version"]), (&event["id"], &event["version"]), "{event}");
        kinds.insert(kind.to_owned());
    }
    // Of each kind that can be followed there is one.
    assert_eq!(kinds.len() + 1, all.world.parts.platform.copied.len(), "{kinds:?}");
}
