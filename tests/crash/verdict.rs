//! What clients were told is compared with what the registry and its access log hold.
use std::collections::{BTreeMap, HashSet};

use diesel::{
    RunQueryDsl, sql_query,
    sql_types::{BigInt, Text, Uuid as SqlUuid},
};
use kinstead::{
    log::{
        checkpoint::Checkpoint,
        entry::Leaf,
        key::{Role, VerifierKey},
        tag::SortedTags,
        tree::Nodes,
    },
    platform::{
        keys::PrivateKey,
        vault::{Class, Seat, sealed},
    },
};
use uuid::Uuid;

use super::{load::Told, site::Site};
use crate::support::process::{kinstead, text};

#[derive(diesel::QueryableByName)]
struct Counted {
    #[diesel(sql_type = Text)]
    key: String,
    #[diesel(sql_type = BigInt)]
    count: i64,
}

#[derive(diesel::QueryableByName)]
struct Look {
    #[diesel(sql_type = Text)]
    request: String,
    #[diesel(sql_type = SqlUuid)]
    subject: Uuid,
}

/// Fails unless all of it is true; says how much there was.
pub fn judge(site: &Site, told: &Told) -> String {
    assert!(told.faults.is_empty(), "{:#?}", told.faults);
    writes_are_there_once(site, told);
    let entries = looks_are_there_once(site, told);
    the_log_is_whole(site);
    let leaves = the_log_only_grew(site);
    an_extract_is_verified(site, told, &leaves);
    format!("{} looks told and {entries} in the log", told.looks.len())
}

fn counted(site: &Site, sql: &str) -> BTreeMap<String, i64> {
    let rows: Vec<Counted> = sql_query(sql).load(&mut site.owner()).unwrap();
    rows.into_iter().map(|row| (row.key, row.count)).collect()
}

#[derive(diesel::QueryableByName)]
struct Sealed {
    #[diesel(sql_type = diesel::sql_types::Uuid)]
    id: uuid::Uuid,
    #[diesel(sql_type = diesel::sql_types::Binary)]
    value: Vec<u8>,
}

/// The texts of a sealed column, and how often each is there.
fn opened(site: &Site, table: &str, column: &str) -> BTreeMap<String, i64> {
    let query =
        format!("SELECT id, {column}::bytea AS value FROM {table} WHERE {column} IS NOT NULL");
    let rows: Vec<Sealed> = sql_query(query).load(&mut site.owner()).unwrap();
    let mut found = BTreeMap::new();
    for Sealed { id, value } in rows {
        let seat = Seat { table, column, row: id.as_bytes() };
        let text: String = sealed::open_json(Class::Identifying, seat, &value).unwrap();
        *found.entry(text).or_default() += 1;
    }
    found
}

/// Each record is as new as was said, and each key has made one record or one version.
fn writes_are_there_once(site: &Site, told: &Told) {
    let versions = counted(site, "SELECT subject::text AS key, count(*) FROM journal GROUP BY 1");
    let newest =
        counted(site, "SELECT subject::text AS key, max(version) AS count FROM journal GROUP BY 1");
    let mut acknowledged: BTreeMap<String, i64> = BTreeMap::new();
    for write in &told.writes {
        let version = acknowledged.entry(write.record.to_string()).or_default();
        *version = write.version.max(*version);
    }
    let lost = |(record, version): &(&String, &i64)| {
        newest.get(*record) != Some(version) || versions.get(*record) != Some(version)
    };
    let lost: Vec<_> = acknowledged.iter().filter(lost).collect();
    assert!(lost.is_empty(), "{} records are not as new as was said: {lost:?}", lost.len());

    let marked = [
        ("child-", counted(site, "SELECT family AS key, count(*) FROM child_names GROUP BY 1")),
        ("legal-", opened(site, "legal_statuses", "basis")),
        ("place-", opened(site, "placements", "legal_basis")),
    ];
    for (mark, found) in marked {
        let keys = told.writes.iter().map(|write| &write.key).filter(|key| key.starts_with(mark));
        let expected: BTreeMap<String, i64> = keys.map(|key| (key.clone(), 1)).collect();
        let wrong = |key: &&String| found.get(*key) != expected.get(*key);
        let wrong: Vec<_> = expected.keys().chain(found.keys()).filter(wrong).collect();
        assert!(wrong.is_empty(), "not made once: {wrong:?}");
    }
    let kept = counted(site, "SELECT key, count(*) FROM idempotency_keys GROUP BY 1");
    assert_eq!(kept.len(), told.writes.len(), "keys");
    assert!(told.writes.iter().all(|write| kept.get(&write.key) == Some(&1)));
}

/// Every child whose data left is in the log for that answer, and nothing is in it twice.
fn looks_are_there_once(site: &Site, told: &Told) -> usize {
    let sql = "SELECT entry->>'request_id' AS request, subject FROM access_log_entries \
               UNION ALL SELECT request_id, subject FROM access_inbox";
    let rows: Vec<Look> = sql_query(sql).load(&mut site.owner()).unwrap();
    let all = rows.len();
    let found: HashSet<(String, Uuid)> =
        rows.into_iter().map(|row| (row.request, row.subject)).collect();
    assert_eq!(found.len(), all, "something is in the log twice");
    let lost: Vec<_> = told.looks.iter().filter(|look| !found.contains(*look)).collect();
    let some = lost.iter().take(10).collect::<Vec<_>>();
    assert!(lost.is_empty(), "{} looks are not in the log: {some:?}", lost.len());
    all
}

/// The numbers of the log and of each person's entries have no gaps.
fn the_log_is_whole(site: &Site) {
    let gaps = [
        "SELECT 'log' AS key, count(*) FROM access_log_entries HAVING count(*) <> coalesce(max(index) + 1, 0)",
        "SELECT 'size' AS key, size AS count FROM access_log_state WHERE size <> (SELECT count(*) FROM access_log_entries)",
        "SELECT subject::text AS key, count(*) FROM access_log_entries GROUP BY 1 HAVING count(*) <> max(number)",
        "SELECT s.id::text AS key, s.entries AS count FROM access_log_subjects s \
         WHERE s.entries <> (SELECT count(*) FROM access_log_entries e WHERE e.subject = s.id)",
    ];
    for sql in gaps {
        assert_eq!(counted(site, sql), BTreeMap::new(), "{sql}");
    }
}

/// Every checkpoint that was handed out, before whatever kill, is one of the log as it is now.
fn the_log_only_grew(site: &Site) -> Vec<u8> {
    let mut leaves: Vec<u8> = Vec::new();
    loop {
        let from = leaves.len() / Leaf::LENGTH;
        let (status, some) = site.get(&format!("/v1/log/leaves?from={from}"), None);
        assert_eq!(status, 200, "{}", text(&some));
        if some.is_empty() {
            break;
        }
        leaves.extend(some);
    }
    let read: Vec<Leaf> =
        leaves.chunks(Leaf::LENGTH).map(|leaf| Leaf::read(leaf).unwrap()).collect();
    let mut nodes = Nodes::default();
    for note in &site.checkpoints {
        let told = Checkpoint::read(note).unwrap();
        let length = usize::try_from(told.size).unwrap();
        assert!(length <= read.len(), "the log is shorter than it was said to be: {note}");
        while nodes.size() < told.size {
            let next = usize::try_from(nodes.size()).unwrap();
            nodes.push(read[next].hash()).unwrap();
        }
        assert_eq!((nodes.size(), nodes.root().unwrap()), (told.size, told.root), "{note}");
        let tags = SortedTags::of(read[..length].iter().map(|leaf| leaf.tag).collect()).unwrap();
        assert_eq!(tags.root().unwrap(), told.tags, "{note}");
    }
    // The last one was made after everything else, so it holds everything.
    assert_eq!(nodes.size() as usize, read.len());
    leaves
}

/// The person concerned can prove it: `kinstead verify`, with a mirror of the log.
fn an_extract_is_verified(site: &Site, told: &Told, leaves: &[u8]) {
    let child = told.looks[0].1;
    let officer = site.token("data_protection_officer");
    let path = format!("/v1/children/{child}/access-log/extract");
    let (status, extract) = site.get(&path, Some(&officer));
    assert_eq!(status, 200, "{}", text(&extract));
    let origin = Checkpoint::read(site.checkpoints.last().unwrap()).unwrap().origin;
    let key = PrivateKey::read(&site.log_key()).unwrap().public();
    let key = VerifierKey::new(&origin, Role::Log, key).unwrap().to_string();
    let (file, mirror) = (site.file("extract.json", &extract), site.file("mirror.bin", leaves));
    let mut verify = kinstead(&["verify", "--key", &key]);
    let output = verify.arg("--leaves").arg(mirror).arg(&file).output().unwrap();
    assert!(output.status.success(), "{}{}", text(&output.stdout), text(&output.stderr));
}
