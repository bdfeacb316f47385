//! Witnesses of the access log: whom it asks, what it keeps of what they say, and what it shows meanwhile.
use std::{
    fs,
    sync::Arc,
    time::{Duration, Instant},
};

use diesel::connection::SimpleConnection as _;
use kinstead::{
    keeper::{
        WitnessFault, read_witnesses,
        witnesses::{Asked, standing},
    },
    log::{
        checkpoint::{Checkpoint, Signed},
        key::{Keys, Role as KeyRole, VerifierKey},
        proof::{Demand, judge},
    },
    platform::{db, embedded::Role, keys::PrivateKey},
    service::metrics_recorder,
};
use serde_json::json;
use tempfile::TempDir;

use super::small_witness::{Manner, SmallWitness};
use crate::{
    log::verifiers::Case,
    support::{
        Country, MASTER_KEY, World,
        process::{kinstead, text},
    },
};

const NAME: &str = "witness.example/w1";

/// A registry whose log is watched by some witnesses.
struct Watched {
    world: World,
    folder: TempDir,
    child: String,
}

impl Watched {
    async fn by(witnesses: &[&SmallWitness]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("witnesses.json"), listed(witnesses)).unwrap();
        let file = folder.path().join("witnesses.json").display().to_string();
        let world = World::with(&[("KINSTEAD_WITNESSES_FILE", &file)]).await;
        let (origin, key) = world.parts.keeper.public();
        for witness in witnesses {
            witness.watch(origin, *key.as_bytes().first_chunk().unwrap());
        }
        let child = Country::of(&world).child("female", "2016-05-01").to_string();
        Self { world, folder, child }
    }

    /// One more leaf, signed.
    async fn look(&self) {
        let path = format!("/v1/children/{}", self.child);
        self.world.persona("case_worker").get(&path).await.ok();
        self.world.parts.keeper.gather_and_sign().unwrap();
    }

    fn ask(&self) -> Vec<Asked> {
        self.world.parts.keeper.ask_witnesses().unwrap()
    }

    fn log_key(&self) -> VerifierKey {
        let (origin, key) = self.world.parts.keeper.public();
        VerifierKey::new(origin, KeyRole::Log, key).unwrap()
    }

    fn keys(&self, witnesses: &[&SmallWitness]) -> Vec<VerifierKey> {
        let witnesses = witnesses.iter().map(|witness| witness.key().parse().unwrap());
        std::iter::once(self.log_key()).chain(witnesses).collect()
    }

    /// The checkpoint that is shown.
    async fn note(&self) -> String {
        text(&self.world.nobody().get("/v1/log/checkpoint").await.bytes)
    }

    async fn shown(&self, witnesses: &[&SmallWitness]) -> Signed {
        let keys: Keys = self.keys(witnesses).into_iter().collect();
        Checkpoint::verify(&self.note().await, &keys).unwrap()
    }

    async fn size(&self) -> u64 {
        Checkpoint::read(&self.note().await).unwrap().size
    }

    fn owner(&self, sql: &str) {
        self.world.database.owner().batch_execute(sql).unwrap();
    }
}

fn listed(witnesses: &[&SmallWitness]) -> String {
    let one = |witness: &&SmallWitness| json!({"key": witness.key(), "address": format!("http://{}/w/", witness.address), "loopback": true});
    json!(witnesses.iter().map(one).collect::<Vec<_>>()).to_string()
}

#[actix_web::test]
async fn a_witness_cosigns_each_checkpoint_once_it_saw_that_the_log_only_grew() {
    let witness = SmallWitness::start(NAME);
    let watched = Watched::by(&[&witness]).await;
    assert_eq!(watched.ask(), [Asked::Cosigned], "of an empty log, too");
    let mut olds = vec![0];
    for size in 1..=9_u64 {
        watched.look().await;
        assert_eq!(watched.size().await, size - 1, "it is shown when it is cosigned");
        assert_eq!(watched.ask(), [Asked::Cosigned]);
        assert_eq!(watched.ask(), [Asked::Nothing]);
        let signed = watched.shown(&[&witness]).await;
        assert_eq!((signed.checkpoint.size, signed.witnesses.len()), (size, 1));
        assert_eq!(witness.last(), (size, signed.checkpoint.root.0));
        olds.push(size - 1);
    }
    assert_eq!(witness.asked(), olds);

    let path = format!("/v1/children/{}/access-log/extract", watched.child);
    let extract = watched.world.persona("data_protection_officer").get(&path).await;
    extract.ok();
    let case = Case::new(extract.bytes.clone(), &watched.keys(&[&witness]));
    case.holds(&["form", "signature", "witnesses", "entries", "log", "tags", "end"]);
    let other = SmallWitness::start("witness.example/w2");
    Case::new(extract.bytes.clone(), &watched.keys(&[&witness, &other])).fails("witnesses");
    let demand = |witnesses| Demand {
        keys: watched.keys(&[&witness, &other]).into_iter().collect(),
        witnesses: Some(witnesses),
        ..Demand::default()
    };
    assert!(judge(&extract.bytes, &demand(1)).holds(), "one of two is a quorum");
    assert!(!judge(&extract.bytes, &demand(2)).holds());
}

#[actix_web::test]
async fn whoever_forgot_what_a_witness_saw_last_is_told_and_asks_from_there() {
    let witness = SmallWitness::start(NAME);
    let watched = Watched::by(&[&witness]).await;
    watched.look().await;
    watched.look().await;
    assert_eq!(watched.ask(), [Asked::Cosigned]);
    watched.owner("DELETE FROM access_log_cosignatures");
    assert_eq!(watched.ask(), [Asked::Cosigned], "of the same state");
    watched.owner("DELETE FROM access_log_cosignatures");
    watched.look().await;
    assert_eq!(watched.ask(), [Asked::Cosigned]);
    assert_eq!(witness.asked(), [0, 0, 2, 0, 2]);
    assert_eq!(watched.shown(&[&witness]).await.witnesses.len(), 1);
}

#[actix_web::test]
async fn a_witness_that_saw_another_history_refuses_and_this_is_told() {
    metrics_recorder();
    let witness = SmallWitness::start(NAME);
    let watched = Watched::by(&[&witness]).await;
    for _ in 0..3 {
        watched.look().await;
    }
    let seen = [
        (1, WitnessFault::OtherHistory),
        (2, WitnessFault::OtherHistory),
        (3, WitnessFault::OtherHistory),
        (4, WitnessFault::Ahead),
    ];
    let listed = read_witnesses(&watched.folder.path().join("witnesses.json")).unwrap();
    let mut keeper = db::connect(&watched.world.database.url(Role::Keeper)).unwrap();
    for (size, fault) in seen {
        witness.remember(size, [7; 32]);
        assert_eq!(watched.ask(), [Asked::Refused(fault)], "{size}");
        assert_eq!(witness.last(), (size, [7; 32]));
        let told = standing(&mut keeper, &listed[0]).unwrap();
        assert_eq!((told.fault.map(|(fault, _)| fault), told.newest), (Some(fault), 3));
    }
    assert_eq!(watched.shown(&[&witness]).await.witnesses, []);
    let metrics = text(&watched.world.nobody().get("/metrics").await.bytes);
    let counted =
        format!("access_log_witness_answers_total{{witness=\"{NAME}\",result=\"other_history\"}}");
    assert!(metrics.contains(&counted), "{metrics}");

    let key = watched.folder.path().join("issuer.pem");
    fs::write(&key, PrivateKey::generate().public().pem().unwrap()).unwrap();
    let doctor = || {
        let mut command = kinstead(&["doctor"]);
        command.env("KINSTEAD_DATA", watched.folder.path()).env("KINSTEAD_MASTER_KEY", MASTER_KEY);
        command.env("DATABASE_URL", watched.world.database.url(Role::Service));
        command.env("KINSTEAD_LOG_DATABASE_URL", watched.world.database.url(Role::Keeper));
        command.env("KINSTEAD_TOKEN_KEY_FILE", &key);
        command.env("KINSTEAD_WITNESSES_FILE", watched.folder.path().join("witnesses.json"));
        let said = command.output().unwrap();
        (said.status.code(), text(&said.stdout))
    };
    let (code, said) = doctor();
    let line = format!("fault    witnesses: {NAME} has seen a LONGER LOG than this one");
    assert!(code == Some(1) && said.contains(&line), "{said}");
    witness.remember(0, watched.shown(&[]).await.checkpoint.root.0);
    assert_eq!(watched.ask(), [Asked::Cosigned]);
    let (_, said) = doctor();
    assert!(said.contains(&format!("ok       witnesses: {NAME}: it cosigned 3 of 3")), "{said}");
}

#[actix_web::test]
async fn nothing_is_kept_of_what_is_no_cosignature_of_this_checkpoint_by_this_witness() {
    let (witness, stranger) = (SmallWitness::start(NAME), SmallWitness::start(NAME));
    let watched = Watched::by(&[&witness]).await;
    watched.look().await;
    let note = watched.note().await;
    let shown = note.split_once("\n\n").unwrap().0.to_owned() + "\n";
    let says = |status, body: &str| Manner::Says(status, body.to_owned());
    let wrong = WitnessFault::WrongCosignature;
    let cases = [
        (says(200, ""), wrong),
        (says(200, "\u{2014} witness.example/w1 nonsense\n"), wrong),
        (says(200, &stranger.cosign(&shown)), wrong),
        // Of the state before, which is not the newest.
        (says(200, &witness.cosign(&shown)), wrong),
        (says(200, &"x".repeat(20_000)), WitnessFault::Unreachable),
        (says(302, ""), WitnessFault::Unexpected),
        (says(400, ""), WitnessFault::Unexpected),
        (says(403, ""), WitnessFault::UnknownKey),
        (says(404, ""), WitnessFault::UnknownLog),
        (says(409, ""), WitnessFault::Unexpected),
        (says(409, "-1\n"), WitnessFault::Unexpected),
        (says(409, "0\n"), WitnessFault::Unexpected),
        (says(409, "99999999999999999999\n"), WitnessFault::Unexpected),
        (says(422, ""), WitnessFault::OtherHistory),
        (says(500, ""), WitnessFault::Unexpected),
    ];
    for (manner, fault) in cases {
        witness.behave(manner);
        assert_eq!(watched.ask(), [Asked::Refused(fault)]);
        assert_eq!(watched.shown(&[&witness]).await.witnesses, []);
    }
    witness.behave(Manner::Honest);
    let key = PrivateKey::generate().public();
    let (origin, own) = watched.world.parts.keeper.public();
    witness.watch(origin, *key.as_bytes().first_chunk().unwrap());
    assert_eq!(watched.ask(), [Asked::Refused(WitnessFault::UnknownKey)]);
    witness.watch("elsewhere.example", *own.as_bytes().first_chunk().unwrap());
    assert_eq!(watched.ask(), [Asked::Refused(WitnessFault::UnknownLog)]);
}

#[actix_web::test]
async fn a_witness_that_says_nothing_makes_nobody_wait_and_what_was_shown_stays_shown() {
    let (well, silent) = (SmallWitness::start(NAME), SmallWitness::start("witness.example/silent"));
    silent.behave(Manner::Silent);
    let watched = Watched::by(&[&well, &silent]).await;
    let passes = "UPDATE access_log_checkpoints SET at = at - interval '11 seconds'";
    watched.look().await;
    assert_eq!(watched.size().await, 0, "nobody knows yet that it says nothing");
    watched.owner(passes);
    watched.world.parts.keeper.gather_and_sign().unwrap();
    assert_eq!(watched.size().await, 1, "ten seconds are enough");

    let begun = Instant::now();
    let unreachable = Asked::Refused(WitnessFault::Unreachable);
    assert_eq!(watched.ask(), [Asked::Cosigned, unreachable]);
    assert!(begun.elapsed() < Duration::from_secs(15), "{:?}", begun.elapsed());
    watched.look().await;
    assert_eq!(watched.size().await, 1, "the other one is waited for");
    let keeping = Arc::clone(&watched.world.parts.keeper).keep();
    while watched.size().await < 2 {
        assert!(begun.elapsed() < Duration::from_secs(60), "the other one was never asked");
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(watched.shown(&[&well, &silent]).await.witnesses.len(), 1);
    let stopping = Instant::now();
    keeping.stop();
    assert!(stopping.elapsed() < Duration::from_secs(4), "{:?}", stopping.elapsed());

    watched.owner("UPDATE access_log_witnesses SET fault = NULL");
    watched.world.parts.keeper.gather_and_sign().unwrap();
    assert_eq!(watched.size().await, 2, "it is not taken back");
}

#[test]
fn a_file_of_witnesses_that_cannot_be_meant_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("witnesses.json");
    let read = |text: &str| {
        fs::write(&path, text).unwrap();
        read_witnesses(&path).map(|witnesses| witnesses.len())
    };
    let (one, two) = (SmallWitness::start("w.example/1"), SmallWitness::start("w.example/1"));
    let log = VerifierKey::new("w.example/3", KeyRole::Log, PrivateKey::generate().public());
    let at = |key: &str, address: &str, loopback: bool| json!({"key": key, "address": address, "loopback": loopback});
    let away = "https://witness.example";
    assert_eq!(read("[]").unwrap(), 0);
    assert_eq!(read(&json!([{"key": one.key(), "address": away}]).to_string()).unwrap(), 1);
    assert_eq!(read(&listed(&[&one])).unwrap(), 1);
    let refused = [
        json!({}),
        json!([{"key": one.key()}]),
        json!([at(&one.key(), "http://witness.example", true)]),
        json!([at(&one.key(), "http://127.0.0.1:8090", false)]),
        json!([at(&log.unwrap().to_string(), away, false)]),
        json!([at("w.example/1+00000000+AAAA", away, false)]),
        json!([at(&one.key(), away, false), at(&one.key(), away, false)]),
        json!([at(&one.key(), away, false), at(&two.key(), away, false)]),
        json!([{"key": one.key(), "address": away, "more": 1}]),
    ];
    for wrong in refused {
        assert!(read(&wrong.to_string()).is_err(), "{wrong}");
    }
    fs::remove_file(&path).unwrap();
    assert!(read_witnesses(&path).is_err());
}
