//! New keys while the service runs: nothing is lost, nothing is missed, and what was broken off goes on.
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering},
        mpsc::channel,
    },
    thread,
};

use diesel::{RunQueryDsl as _, connection::SimpleConnection as _, sql_query};
use kinstead::{
    children::store,
    platform::{
        clock::Clock as _,
        db::{self, Tx},
        embedded::Role,
        idempotency::PLATFORM,
        vault::{MasterKeys, hold, rotation},
    },
};
use serde_json::{Value, json};

use super::{SYSTEM, child, holders};
use crate::{
    support::{
        Country, Database, Live, MASTER_KEY, World, body,
        process::{folder, kinstead, text},
    },
    trust::{add_elsewhere, elsewhere},
};

const CHILDREN: usize = 120;

#[derive(diesel::QueryableByName)]
struct Count {
    #[diesel(sql_type = diesel::sql_types::BigInt)]
    count: i64,
}

fn count(world: &World, of: &str) -> i64 {
    let query = sql_query(format!("SELECT count(*) AS count FROM {of}"));
    query.get_result::<Count>(&mut world.database.owner()).unwrap().count
}

fn old_keys(world: &World) -> i64 {
    count(world, "data_keys WHERE state = 'old'")
}

/// Numbers and entries of the journal that no key of the registry opens.
fn lost(world: &World) -> i64 {
    let without = |table: &str, value: &str| {
        let key = format!("uuid_send(id) = substring({table}.{value} FROM 2 FOR 16)");
        count(world, &format!("{table} WHERE NOT EXISTS (SELECT FROM data_keys WHERE {key})"))
    };
    without("child_external_ids", "value") + without("journal", "after")
}

/// A rotation in a thread of its own.
fn rotating(world: &World) -> thread::JoinHandle<rotation::Done> {
    let mut owner = world.database.owner();
    thread::spawn(move || rotation::rotate(&mut owner, &|_| ()).unwrap())
}

/// Somebody who asks over a socket, from a thread.
struct Asking {
    address: std::net::SocketAddr,
    token: String,
}

impl Asking {
    fn post(&self, live: &Live, path: &str, body: &Value) -> (u16, Value) {
        assert_eq!(live.address, self.address);
        let authorization = format!("authorization: Bearer {}", self.token);
        let headers = [authorization.as_str(), "content-type: application/json"];
        let answer = live.ask("POST", path, &headers, body.to_string().as_bytes());
        (answer.status, serde_json::from_slice(&answer.body).unwrap_or_default())
    }
}

#[actix_web::test]
async fn keys_are_replaced_under_load_and_after_a_kill_without_a_look_up_that_misses() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    for number in 0..CHILDREN {
        let mut new = child(&format!("N-{number}"));
        new["organisation_id"] = json!(country.authority);
        country.change(|tx| store::register(tx, body(new.clone()))).unwrap();
    }
    let live = Arc::new(Live::start(&world));
    let token = world.token(world.client("supervisor"));
    let done = Arc::new(AtomicBool::new(false));
    let (made, sought) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
    let work = |each: fn(&Asking, &Live, usize), counter: &Arc<AtomicUsize>| {
        let (live, done, counter) = (live.clone(), done.clone(), counter.clone());
        let asking = Asking { address: live.address, token: token.clone() };
        thread::spawn(move || {
            while !done.load(Ordering::Relaxed) {
                each(&asking, &live, counter.load(Ordering::Relaxed));
                counter.fetch_add(1, Ordering::Relaxed);
            }
        })
    };
    let writer = work(
        |asking, live, turn| {
            let (status, said) = asking.post(live, "/v1/children", &child(&format!("M-{turn}")));
            assert_eq!(status, 201, "{said}");
            // Nobody else gets the number, whichever key the row that has it was indexed with.
            let taken =
                asking.post(live, "/v1/children", &child(&format!("N-{}", turn % CHILDREN)));
            assert_eq!((taken.0, &taken.1["rule"]), (409, &json!("DI-01")), "{}", taken.1);
        },
        &made,
    );
    let seeker = work(
        |asking, live, turn| {
            let value = format!("N-{}", turn % CHILDREN);
            let sought = json!({"external_id": {"system": SYSTEM, "value": value}});
            let (status, found) = asking.post(live, "/v1/children:search", &sought);
            assert_eq!(status, 200, "{found}");
            assert_eq!(found["data"].as_array().unwrap().len(), 1, "{value}");
        },
        &sought,
    );

    let url = world.database.url(Role::Owner);
    let killed = thread::spawn(move || {
        let mut owner = db::connect(&url).unwrap();
        let kill = |progress: rotation::Progress| assert!(progress.done < 60, "killed here");
        rotation::rotate(&mut owner, &kill).unwrap();
    });
    killed.join().unwrap_err();
    assert_eq!(old_keys(&world), 4);
    let (_, left) = rotation::status(&mut world.database.owner()).unwrap();
    assert!(left > 0);
    let ended = rotation::rotate(&mut world.database.owner(), &|_| ()).unwrap();
    assert!(ended.resumed && ended.rows > 0 && ended.keys == 4, "{ended:?}");
    let again = rotation::rotate(&mut world.database.owner(), &|_| ()).unwrap();
    assert!(!again.resumed && again.keys == 4, "{again:?}");
    done.store(true, Ordering::Relaxed);
    writer.join().unwrap();
    seeker.join().unwrap();
    assert_eq!(old_keys(&world), 0);

    let (made, sought) = (made.load(Ordering::Relaxed), sought.load(Ordering::Relaxed));
    assert!(made > 0 && sought > 0, "{made} {sought}");
    let worker = world.persona("supervisor");
    for value in (0..CHILDREN).map(|n| format!("N-{n}")).chain((0..made).map(|n| format!("M-{n}")))
    {
        assert_eq!(holders(&worker, &value).await, 1, "{value}");
    }
}

#[actix_web::test]
async fn a_service_learns_of_keys_that_another_process_made_and_of_a_new_master_key() {
    let world = World::new().await;
    drop(Country::of(&world));
    let (worker, folder) = (world.persona("case_worker"), folder());
    let path = worker.post("/v1/children", child("N-1")).await.header("location").to_owned();
    let newer = MASTER_KEY.replace("Bwc", "AAA");
    let masters = folder.path().join("master.key");
    std::fs::write(&masters, format!("{newer}\n{MASTER_KEY}\n")).unwrap();
    let run = |arguments: &[&str], master: &std::path::Path| {
        let mut command = kinstead(&["keys", "--json"]);
        command.args(arguments).env("KINSTEAD_DATA", folder.path());
        command.env("KINSTEAD_MASTER_KEY_FILE", master);
        command.env("KINSTEAD_DATABASE_OWNER_URL", world.database.url(Role::Owner));
        let output = command.output().unwrap();
        assert!(output.status.success(), "{}", text(&output.stderr));
        let said = text(&output.stdout);
        said.lines().map(|line| serde_json::from_str(line).unwrap()).collect::<Vec<Value>>()
    };
    let keys = |lines: Vec<Value>, member: &str| -> Vec<String> {
        lines.iter().map(|line| line[member].as_str().unwrap().to_owned()).collect()
    };
    let before = run(&["status"], &masters);
    assert_eq!(
        keys(before.clone(), "class"),
        ["cursor", "identifying", "index", "journal", "sealed"]
    );
    let rotated = run(&["rotate"], &masters).pop().unwrap();
    assert_eq!((&rotated["keys_removed"], &rotated["resumed"]), (&json!(4), &json!(false)));
    assert!(rotated["rows"].as_u64().unwrap() > 3, "{rotated}");

    // The old master key is needed no more.
    std::fs::write(&masters, &newer).unwrap();
    let after = run(&["status"], &masters);
    let (was, is) = (keys(before, "id"), keys(after.clone(), "id"));
    assert_eq!(was.iter().filter(|id| is.contains(id)).count(), 1, "that of cursors");
    let under = keys(after, "master_key");
    assert!(under.iter().all(|master| *master == under[0]), "{under:?}");

    // The service has not seen the new keys yet; the old master key stays first, for the other tests.
    hold(MasterKeys::parse(&format!("{MASTER_KEY} {newer}")).unwrap());
    assert_eq!(worker.get(&path).await.ok()["external_ids"][0]["value"], "N-1");
    assert_eq!(holders(&worker, "N-1").await, 1);
}

#[test]
fn who_does_not_see_every_row_rotates_nothing() {
    let database = Database::migrated();
    let mut owner = database.owner();
    for hide in [
        "ALTER POLICY owner ON journal USING (recorded_at > now())",
        "CREATE POLICY more ON journal AS RESTRICTIVE USING (recorded_at > now())",
    ] {
        owner.batch_execute(&format!("BEGIN; {hide}")).unwrap();
        let said = format!("{:?}", rotation::rotate(&mut owner, &|_| ()).unwrap_err());
        assert!(said.contains("row-level security hides rows"), "{hide}: {said}");
        owner.batch_execute("ROLLBACK").unwrap();
    }
    rotation::rotate(&mut owner, &|_| ()).unwrap();
}

#[actix_web::test]
async fn keys_are_not_replaced_under_a_change_that_seals_with_them() {
    let world = World::new().await;
    let authority = Country::of(&world).authority;
    let (begun, has_begun) = channel();
    let (finish, may_finish) = channel::<()>();
    let (mut conn, now) = (world.database.service(), world.clock.now());
    let changing = thread::spawn(move || {
        let waiting = std::cell::Cell::new(Some(may_finish));
        let change = |tx: &mut Tx<'_>| {
            let mut new = child("N-1");
            new["organisation_id"] = json!(authority);
            let made = store::register(tx, body(new))?;
            begun.send(()).unwrap();
            waiting.take().unwrap().recv().unwrap();
            Ok(made)
        };
        db::change_on(&mut conn, PLATFORM, now, change).unwrap();
    });
    has_begun.recv().unwrap();
    let rotating = rotating(&world);
    // Until it is seen to wait for the change, or has not waited at all.
    let waits = "pg_locks WHERE relation = 'data_keys'::regclass AND NOT granted \
                 AND database = (SELECT oid FROM pg_database WHERE datname = current_database())";
    while !rotating.is_finished() && count(&world, waits) == 0 {}
    finish.send(()).unwrap();
    changing.join().unwrap();
    rotating.join().unwrap();
    assert_eq!(lost(&world), 0);
    assert_eq!(holders(&world.persona("case_worker"), "N-1").await, 1);
}

#[actix_web::test]
async fn a_number_of_somebody_beyond_reach_is_contested_while_keys_are_replaced_too() {
    let world = World::new().await;
    drop(Country::of(&world));
    add_elsewhere(&world);
    world.persona("case_worker").post("/v1/children", child("N-1")).await.ok();
    let mut owner = world.database.owner();
    let killed = thread::spawn(move || rotation::rotate(&mut owner, &|_| panic!("killed here")));
    killed.join().unwrap_err();
    assert_eq!(old_keys(&world), 4);
    let mut new = child("N-1");
    new["area_code"] = json!("RS-99");
    let stranger = world.persona(&elsewhere("case_worker"));
    stranger.post("/v1/children", new).await.ok();
    assert_eq!(holders(&stranger, "N-1").await, 1);
    assert_eq!(count(&world, "child_external_ids WHERE contested"), 1);
}

#[actix_web::test]
async fn an_old_key_stays_as_long_as_a_row_that_somebody_holds_needs_it() {
    let world = World::new().await;
    drop(Country::of(&world));
    world.persona("case_worker").post("/v1/children", child("N-1")).await.ok();
    let mut holding = world.database.owner();
    holding.batch_execute("BEGIN; SELECT FROM child_external_ids FOR UPDATE").unwrap();
    let rotating = rotating(&world);
    // Until it has been through everything else.
    let old = "journal JOIN data_keys ON uuid_send(id) = substring(after FROM 2 FOR 16) AND state = 'old'";
    while !rotating.is_finished() && (old_keys(&world) == 0 || count(&world, old) > 0) {}
    assert!(!rotating.is_finished());
    holding.batch_execute("COMMIT").unwrap();
    assert_eq!(rotating.join().unwrap().keys, 4);
    assert_eq!(lost(&world), 0);
}
