//! How fast systems exchange records with the registry: imports; snapshots; replay of the feed; and how late the feed
//! is while others write.
use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _},
    process::{Command, Stdio},
    thread,
    time::{Duration, Instant, SystemTime},
};

use diesel::connection::SimpleConnection as _;
use serde_json::Value;

use super::{imports, pgbench, registry::Registry};

/// Writes a second, and for how many seconds, while the feed is followed.
const WRITES: (u32, u32) = (1_000, 15);

/// Measures all of it, with so many records; the service is killed so often while it takes them in.
pub fn measure(registry: &mut Registry, records: usize, kills: usize) {
    let before = last(registry);
    imports::measure(registry, records, kills);
    settle(registry);
    snapshot(registry);
    replay(registry, &before);
    lag(registry);
}

/// Waits until everything that was copied back has its place in the feed.
fn settle(registry: &Registry) {
    let waiting = || {
        let text = registry.text("SELECT count(*)::text AS text FROM feed_inbox");
        text.parse::<u32>().expect("a number")
    };
    let (begun, entries) = (Instant::now(), waiting());
    while waiting() > 0 {
        assert!(begun.elapsed() < Duration::from_secs(600), "the feed does not come to an end");
        thread::sleep(Duration::from_millis(100));
    }
    println!("places in the feed for {entries} changes: {:.1} s", begun.elapsed().as_secs_f64());
}

fn snapshot(registry: &Registry) {
    let begun = Instant::now();
    let url = format!("http://{}/v1/snapshot/child", registry.address);
    let answer = ureq::get(&url).header("Authorization", &bearer(registry)).call().expect("200");
    let mut reader = BufReader::with_capacity(1 << 20, answer.into_body().into_reader());
    let mut lines = 0_usize;
    loop {
        let block = reader.fill_buf().expect("a block");
        if block.is_empty() {
            break;
        }
        lines += block.split(|byte| *byte == b'\n').skip(1).count();
        let read = block.len();
        reader.consume(read);
    }
    let rate = lines as f64 / begun.elapsed().as_secs_f64();
    println!("snapshot of {lines} children: {rate:.0}/s");
}

/// Reads what was imported once more: of the country the feed may no longer tell, which is years old.
fn replay(registry: &Registry, from: &str) {
    let begun = Instant::now();
    let (mut events, mut after) = (0, from.to_owned());
    loop {
        let page = changes(registry, &format!("limit=1000&after={after}"));
        events += page["data"].as_array().map_or(0, Vec::len);
        if page["to"] == page["head"] {
            break;
        }
        page["next_cursor"].as_str().expect("a cursor").clone_into(&mut after);
    }
    let rate = events as f64 / begun.elapsed().as_secs_f64();
    println!("replay of {events} events: {rate:.0}/s");
}

/// How late the feed tells of changes of which so many are made in a second, by pgbench.
fn lag(registry: &Registry) {
    let (rate, seconds) = WRITES;
    // Of many records, as in earnest: changes of one wait for each other.
    let entries = "CREATE SEQUENCE bench_versions START 1000; \
         CREATE TABLE bench_entries AS SELECT row_number() OVER () AS n, latest.* FROM \
         (SELECT DISTINCT ON (subject) * FROM journal WHERE kind = 'facility' ORDER BY subject, version DESC) latest; \
         CREATE INDEX ON bench_entries (n); ANALYZE bench_entries";
    registry.admin().batch_execute(entries).expect("entries");
    let count: u32 =
        registry.text("SELECT max(n)::text AS text FROM bench_entries").parse().expect("a number");
    let copied = "recorded_at, actor, kind, event, subject, version, changed, after, persons";
    let fresh = "clock_timestamp(), actor, kind, event, subject, nextval('bench_versions'), changed, after, persons";
    let script = registry.folder.join("writes.sql");
    let sql = format!(
        "\\set entry random(1, {count})\nINSERT INTO journal ({copied}) SELECT {fresh} FROM bench_entries WHERE n = :entry;\n"
    );
    fs::write(&script, sql).expect("a script");
    let mut after = last(registry);
    let mut writing = Command::new(pgbench::program(registry))
        .args(["-n", "-c", "4", "-j", "1", "-h", &registry.socket, "-U", "kinstead_admin"])
        .args(["-R", &rate.to_string(), "-T", &seconds.to_string(), "-f"])
        .arg(&script)
        .arg("kinstead")
        .stdout(Stdio::null())
        .spawn()
        .expect("pgbench");
    let mut late = Vec::new();
    let until = Instant::now() + Duration::from_secs(u64::from(seconds) + 2);
    while Instant::now() < until {
        let page = changes(registry, &format!("limit=1000&wait=1s&after={after}"));
        let now =
            SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).expect("a time").as_secs_f64();
        for event in page["data"].as_array().into_iter().flatten() {
            let at = event["recorded_at"].as_str().expect("a moment");
            let at = chrono::DateTime::parse_from_rfc3339(at).expect("a moment");
            late.push((now - at.timestamp_micros() as f64 / 1e6) * 1000.0);
        }
        page["next_cursor"].as_str().expect("a cursor").clone_into(&mut after);
    }
    let _ = writing.wait();
    late.sort_by(f64::total_cmp);
    println!(
        "feed while {rate} changes a second are made: {} told, late p50 {:.0} ms, p99 {:.0} ms",
        late.len(),
        late[late.len() / 2],
        late[late.len() * 99 / 100]
    );
}

/// The cursor of the feed's end, as a snapshot says it.
fn last(registry: &Registry) -> String {
    let url = format!("http://{}/v1/snapshot/organisation", registry.address);
    let answer = ureq::get(&url).header("Authorization", &bearer(registry)).call().expect("200");
    answer.headers()["feed-cursor"].to_str().expect("a cursor").to_owned()
}

fn changes(registry: &Registry, query: &str) -> Value {
    get(registry, &format!("http://{}/v1/changes?{query}", registry.address))
}

pub fn get(registry: &Registry, url: &str) -> Value {
    parsed(ureq::get(url).header("Authorization", &bearer(registry)).call().expect("200"))
}

pub fn parsed(answer: ureq::http::Response<ureq::Body>) -> Value {
    let mut text = Vec::new();
    answer.into_body().into_reader().read_to_end(&mut text).expect("a body");
    serde_json::from_slice(&text).expect("JSON")
}

pub fn bearer(registry: &Registry) -> String {
    format!("Bearer {}", registry.token)
}
