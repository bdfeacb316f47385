//! What the service hands out can be verified, offline and against the checkpoints it gave before.
use std::{fs, process::Command};

use actix_web::http::Method;
use diesel::connection::SimpleConnection as _;
use kinstead::{
    children::ChildId,
    log::{
        Hash,
        checkpoint::Checkpoint,
        entry::{Commitment, Leaf, Salt},
        extract::AccessLogExtract,
        key::{Keys, Role as KeyRole, VerifierKey},
        proof::{Demand, judge},
        tree,
    },
    platform::keys::PublicKey,
};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Country, World};

/// The key that the log's checkpoints are checked with.
fn verifier(world: &World) -> VerifierKey {
    let (origin, key): (&str, PublicKey) = world.parts.keeper.public();
    VerifierKey::new(origin, KeyRole::Log, key).unwrap()
}

async fn checkpoint(world: &World) -> (String, Checkpoint) {
    let reply = world.nobody().get("/v1/log/checkpoint").await;
    assert_eq!(reply.status, 200, "{reply:?}");
    let note = String::from_utf8(reply.bytes).unwrap();
    let keys: Keys = std::iter::once(verifier(world)).collect();
    let signed = Checkpoint::verify(&note, &keys).unwrap();
    (note, signed.checkpoint)
}

/// A child who was looked at that often.
async fn looked_at(world: &World, country: &mut Country, times: usize) -> ChildId {
    let child = country.child("female", "2016-05-01");
    for _ in 0..times {
        world.persona("case_worker").get(&format!("/v1/children/{child}")).await.ok();
    }
    child
}

#[actix_web::test]
async fn an_extract_of_the_service_is_verified_by_both_verifiers() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    let child = looked_at(&world, &mut country, 3).await;
    looked_at(&world, &mut country, 5).await;
    world.parts.keeper.gather_and_sign().unwrap();
    let officer = world.persona("data_protection_officer");
    let first = officer.get(&format!("/v1/children/{child}/access-log/extract")).await;
    let told = first.ok();
    let entries = told["entries"].as_array().unwrap();
    let operations: Vec<&Value> =
        entries.iter().map(|entry| &entry["opening"]["entry"]["operation"]).collect();
    assert_eq!(operations, vec!["readChild"; 3]);

    // The look at the log is itself in it, and the second extract continues the first.
    world.parts.keeper.gather_and_sign().unwrap();
    let size = checkpoint_size(&told);
    let path = format!("/v1/children/{child}/access-log/extract?since={size}");
    let second = officer.get(&path).await;
    let entries = second.ok()["entries"].clone();
    assert_eq!(entries.as_array().unwrap().len(), 4);
    assert_eq!(entries[3]["opening"]["entry"]["operation"], "extractChildAccessLog");

    let folder = tempfile::tempdir().unwrap();
    let file = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    };
    let (old, new) = (file("old.json", &first.bytes), file("new.json", &second.bytes));
    let key = file("log.key", verifier(&world).to_string().as_bytes());
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/examples/verify_extract.py");
    let programs = [vec![env!("CARGO_BIN_EXE_kinstead"), "verify"], vec!["python3", script]];
    for program in &programs {
        let run = |extract: &std::path::Path| {
            let mut command = Command::new(program[0]);
            command
                .args(&program[1..])
                .arg(extract)
                .arg("--key")
                .arg(&key)
                .arg("--since")
                .arg(&old);
            command.output().unwrap()
        };
        let good = run(&new);
        assert!(good.status.success(), "{program:?}: {}", String::from_utf8_lossy(&good.stdout));
        let mut forged: AccessLogExtract = serde_json::from_slice(&second.bytes).unwrap();
        forged.entries[0].opening.as_mut().unwrap().entry.purpose = "statistics".to_owned();
        let forged = file("forged.json", &serde_json::to_vec(&forged).unwrap());
        assert!(!run(&forged).status.success(), "{program:?}");
    }
}

fn checkpoint_size(extract: &Value) -> u64 {
    Checkpoint::read(extract["checkpoint"].as_str().unwrap()).unwrap().size
}

#[actix_web::test]
async fn whoever_was_never_looked_at_has_an_extract_too() {
    let world = World::new().await;
    let child = Country::of(&world).child("female", "2016-05-01");
    let officer = world.persona("data_protection_officer");
    let reply = officer.get(&format!("/v1/children/{child}/access-log/extract")).await;
    assert_eq!(reply.ok()["entries"], json!([]));
    for since in [-1, 0, 1] {
        let path = format!("/v1/children/{child}/access-log/extract?since={since}");
        officer.get(&path).await.refused(400, "invalid_query");
    }
    let keys: Keys = std::iter::once(verifier(&world)).collect();
    let demand = Demand { keys, ..Demand::default() };
    let verdict = judge(&reply.bytes, &demand);
    assert!(verdict.holds(), "{verdict:?}");
}

#[actix_web::test]
async fn proofs_lead_to_the_signed_roots() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    let mut earlier = Vec::new();
    for times in [1, 2, 5, 8] {
        looked_at(&world, &mut country, times).await;
        world.parts.keeper.gather_and_sign().unwrap();
        earlier.push(checkpoint(&world).await.1);
    }
    let nobody = world.nobody();
    let last = earlier.last().unwrap();
    assert_eq!(last.size, 16);
    let mirror = nobody.get("/v1/log/leaves").await.bytes;
    assert_eq!(mirror.len(), 16 * Leaf::LENGTH);
    for (index, leaf) in (0_u64..).zip(mirror.chunks(Leaf::LENGTH)) {
        let size = last.size;
        let proof = nobody.get(&format!("/v1/log/proof?index={index}&size={size}")).await.ok();
        let path: Vec<Hash> = serde_json::from_value(proof["path"].clone()).unwrap();
        let leaf = Leaf::read(leaf).unwrap();
        assert_eq!(proof["tag"], leaf.tag.to_string());
        assert!(tree::includes(last.size, last.root, index, leaf.hash(), &path), "{index}");
        assert!(!tree::includes(last.size, last.root, index ^ 1, leaf.hash(), &path), "{index}");
    }
    for old in &earlier {
        let (from, to) = (old.size, last.size);
        let proof = nobody.get(&format!("/v1/log/consistency?from={from}&to={to}")).await.ok();
        let path: Vec<Hash> = serde_json::from_value(proof["path"].clone()).unwrap();
        assert!(tree::extends((to, last.root), (from, old.root), &path));
        assert!(from == to || !tree::extends((to, last.root), (from, last.root), &path));
    }
    assert!(nobody.get("/v1/log/leaves?from=16").await.bytes.is_empty());
    for beyond in [
        "proof?index=16&size=16",
        "proof?index=0&size=17",
        "consistency?from=1&to=17",
        "consistency?from=3&to=2",
        "proof?index=-1&size=1",
        "proof?size=0",
        "consistency?from=0",
        "leaves?from=-1",
        "leaves?from=9007199254740992",
    ] {
        nobody.get(&format!("/v1/log/{beyond}")).await.refused(400, "invalid_query");
    }
}

#[actix_web::test]
async fn the_person_concerned_sees_who_looked_but_not_which_of_the_staff() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    let child = looked_at(&world, &mut country, 2).await;
    world.parts.keeper.gather_and_sign().unwrap();
    let officer = world.persona("data_protection_officer");
    let path = format!("/v1/children/{child}/access-log");
    let defer = "INSERT INTO access_log_deferrals (index, ground, until) SELECT index, 'criminal_investigation', '2027-01-01' FROM access_log_entries WHERE number = 2";
    world.database.owner().batch_execute(defer).unwrap();
    let page = officer.get(&path).await.ok();
    let looks = page["data"].as_array().unwrap();
    assert_eq!(looks.len(), 2);
    let client = world.client("case_worker");
    assert_eq!(looks[0]["look"]["client_id"], json!(client));
    assert_eq!(looks[0]["look"]["purpose"], "case_management");
    assert!(looks[0]["look"].get("on_behalf_of").is_none());
    // A deferred look is counted, and told when its day has come.
    let deferred = json!({"ground": "criminal_investigation", "until": "2027-01-01"});
    assert_eq!((&looks[1]["deferred"], looks[1].get("look")), (&deferred, None));
    let extract = officer.get(&format!("{path}/extract")).await.ok();
    assert_eq!(
        (&extract["entries"][1]["deferred"], extract["entries"][1].get("opening")),
        (&deferred, None)
    );
    world.clock.set("2027-01-01T12:00:00Z".parse().unwrap());
    let officer = world.persona("data_protection_officer");
    assert!(officer.get(&path).await.ok()["data"][1]["look"].is_object());
    // Page after page, nothing twice.
    let first = officer.get(&format!("{path}?limit=1")).await.ok();
    let next = first["next_cursor"].as_str().unwrap();
    let second = officer.get(&format!("{path}?limit=1&cursor={next}")).await.ok();
    assert_eq!((&first["data"][0]["number"], &second["data"][0]["number"]), (&json!(1), &json!(2)));
    officer
        .get(&format!("/v1/children/{}/access-log", Uuid::new_v4()))
        .await
        .refused(404, "not_found");
}

#[actix_web::test]
async fn which_of_the_staff_looked_is_shown_and_proven_to_auditors_alone() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    let child = looked_at(&world, &mut country, 1).await;
    let other = country.child("male", "2016-05-01");
    let path = format!("/v1/children/{child}");
    let worker = world.persona("case_worker");
    for name in ["worker-1", "worker-2"] {
        worker.request(Method::GET, &path).header("on-behalf-of", name).send().await.ok();
    }
    world.parts.keeper.gather_and_sign().unwrap();
    let auditor = world.persona("auditor");
    let persons = format!("{path}/access-log/persons");
    let page = auditor.get(&format!("{persons}?limit=1")).await.ok();
    assert_eq!(page["data"][0]["number"], 2);
    assert_eq!(page["data"][0]["on_behalf_of"], "worker-1");
    let next = page["next_cursor"].as_str().unwrap();
    let second = auditor.get(&format!("{persons}?limit=1&cursor={next}")).await.ok();
    assert_eq!(second["data"][0]["on_behalf_of"], "worker-2");
    for elsewhere in
        [format!("{path}/access-log"), format!("/v1/children/{other}/access-log/persons")]
    {
        let reply = auditor.get(&format!("{elsewhere}?limit=1&cursor={next}")).await;
        reply.refused(400, "cursor_mismatch");
    }
    // The salt opens what the entry commits to.
    let extract = auditor.get(&format!("{path}/access-log/extract")).await.ok();
    let salt: Salt = serde_json::from_value(page["data"][0]["salt"].clone()).unwrap();
    let committed = Commitment::to(&salt, &"worker-1").unwrap();
    assert_eq!(extract["entries"][1]["opening"]["entry"]["person"], committed.to_string());
    for other in ["data_protection_officer", "national_authority", "case_worker"] {
        world.persona(other).get(&persons).await.refused(403, "forbidden");
    }
}

#[actix_web::test]
async fn two_keepers_lose_nothing_and_number_nothing_twice() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    let child = looked_at(&world, &mut country, 40).await;
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| world.parts.keeper.gather_and_sign().unwrap());
        }
    });
    world.parts.keeper.gather_and_sign().unwrap();
    let officer = world.persona("data_protection_officer");
    let reply = officer.get(&format!("/v1/children/{child}/access-log/extract")).await;
    assert_eq!(reply.ok()["entries"].as_array().unwrap().len(), 40);
}

#[actix_web::test]
async fn a_keeper_leaves_alone_what_another_one_is_at() {
    let world = World::new().await;
    let child = looked_at(&world, &mut Country::of(&world), 3).await;
    let officer = world.persona("data_protection_officer");
    let size = async || checkpoint(&world).await.1.size;
    let mut other = world.database.owner();
    other.batch_execute("BEGIN; SELECT FROM access_log_state FOR UPDATE").unwrap();
    world.parts.keeper.gather_and_sign().unwrap();
    assert_eq!(size().await, 0);
    other.batch_execute("COMMIT").unwrap();
    world.parts.keeper.gather_and_sign().unwrap();
    assert_eq!(size().await, 3);
    let extract = officer.get(&format!("/v1/children/{child}/access-log/extract")).await.ok();
    assert_eq!(extract["entries"].as_array().unwrap().len(), 3);
}
