//! How fast systems exchange records with the registry: imports, as a ratio to COPY of the same rows in the same
//! run; snapshots; replay of the feed; and how late the feed is while others write.
use std::{
    fs,
    io::{BufRead as _, BufReader, Read as _},
    os::unix::fs::PermissionsExt as _,
    process::{Command, Stdio},
    time::{Duration, Instant, SystemTime},
};

use diesel::connection::SimpleConnection as _;
use serde_json::{Value, json};

use super::{pgbench, registry::Registry};

const SYSTEM: &str = "urn:bench:ministry";
/// Children who live together.
const PLACES: usize = 45;
/// What a placement that begins care writes, in an order that their keys allow; and how its rows are found.
const WRITTEN: [(&str, &str); 5] = [
    ("care_periods", "id IN (SELECT id FROM bench_periods)"),
    ("placements", "id IN (SELECT id FROM bench_placements)"),
    ("placement_decisions", "id IN (SELECT id FROM bench_placements)"),
    ("journal", "subject IN (SELECT id FROM bench_placements UNION SELECT id FROM bench_periods)"),
    ("record_external_ids", "kind = 'placement'"),
];
/// Writes a second, and for how many seconds, while the feed is followed.
const WRITES: (u32, u32) = (1_000, 15);

/// Measures all of it, with so many records.
pub fn measure(registry: &Registry, records: usize) {
    let homes = registry.facilities(records / PLACES + 1, 50);
    let before = last(registry);
    import(registry, "children", (0..records).map(child), records);
    let line = |number: usize| placement(number, &homes[number % homes.len()], &registry.today);
    let imported = import(registry, "placements", (0..records).map(line), records);
    println!("resident memory of the service after it: {} MB", registry.resident_megabytes());
    let copied = copy(registry, records);
    println!("COPY of the same rows: {copied:.0}/s; import to it: {:.3}", imported / copied);
    snapshot(registry);
    replay(registry, &before);
    lag(registry);
}

fn line(kind: &str, number: usize, data: Value) -> Value {
    let external = json!({"system": SYSTEM, "value": format!("{kind}-{number}")});
    json!({"kind": kind, "external": external, "source_version": 1, "data": data})
}

fn child(number: usize) -> Value {
    let (given, family) = (number * 7919 % 100_003, number * 104_729 % 99_991);
    let data = json!({
        "names": [{"use": "official", "given": format!("Given{given}"), "family": format!("Family{family}")}],
        "sex": if number.is_multiple_of(2) { "female" } else { "male" },
        "birth_date": format!("{}-{:02}-{:02}", 2010 + number % 9, 1 + number / 9 % 12, 1 + number % 28),
        "area_code": "RS-00", "registration_basis": "without_parental_care",
    });
    line("child", number, data)
}

fn placement(number: usize, home: &str, day: &str) -> Value {
    let child = json!({"kind": "child", "system": SYSTEM, "value": format!("child-{number}")});
    let data = json!({
        "child_id": child, "intent": "start", "care_type": "small_group_home", "planned_kind": "long_term",
        "provider": {"kind": "facility", "facility_id": home}, "starts_on": day, "legal_basis": "Family Act, art. 113",
        "care_entry": {"entry_reason": "neglect", "entry_route": "from_family", "emergency": true},
    });
    line("placement", number, data)
}

/// Imports these records, all of which are new; how many in a second.
fn import(
    registry: &Registry,
    what: &str,
    lines: impl Iterator<Item = Value>,
    records: usize,
) -> f64 {
    let file: Vec<String> = lines.map(|line| line.to_string()).collect();
    let url = format!("http://{}/v1/imports", registry.address);
    let sending = ureq::post(&url).header("Authorization", &bearer(registry));
    let sent =
        sending.header("Content-Type", "application/x-ndjson").send(file.join("\n")).expect("202");
    let import = parsed(sent);
    let begun = Instant::now();
    let url = format!("{url}/{}?wait=30s", import["id"].as_str().expect("an id"));
    let ended = loop {
        let now = get(registry, &url);
        if now.get("ended_at").is_some() {
            break now;
        }
    };
    let rate = records as f64 / begun.elapsed().as_secs_f64();
    assert_eq!(ended["progress"]["created"], json!(records), "{ended}");
    println!("import of {records} {what}: {rate:.0}/s");
    rate
}

/// Takes away what the placements wrote, and copies it back into the same tables with all their constraints; how
/// many placements in a second.
fn copy(registry: &Registry, records: usize) -> f64 {
    let folder = registry.folder.join("copy");
    fs::create_dir_all(&folder).expect("a folder");
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o777)).expect("its rights");
    let mut admin = registry.admin();
    let mut run =
        |sql: &str| admin.batch_execute(sql).unwrap_or_else(|error| panic!("{sql}: {error}"));
    run(
        "CREATE TABLE bench_placements AS SELECT record AS id FROM record_external_ids WHERE kind = 'placement'; \
         CREATE TABLE bench_periods AS SELECT DISTINCT care_period_id AS id FROM placements JOIN bench_placements USING (id); \
         ANALYZE bench_placements; ANALYZE bench_periods",
    );
    let columns = |table: &str| {
        registry.text(&format!(
            "SELECT string_agg(quote_ident(attname), ', ' ORDER BY attnum) AS text FROM pg_attribute \
             WHERE attrelid = '{table}'::regclass AND attnum > 0 AND NOT attisdropped AND attidentity = '' AND attgenerated = ''"
        ))
    };
    let file = |table: &str| folder.join(table).display().to_string();
    for (table, rows) in WRITTEN {
        let columns = columns(table);
        run(&format!("COPY (SELECT {columns} FROM {table} WHERE {rows}) TO '{}'", file(table)));
    }
    // Without triggers: the journal lets nobody take anything away.
    run("SET session_replication_role = replica");
    run(
        "DELETE FROM feed_records WHERE subject IN (SELECT id FROM bench_placements UNION SELECT id FROM bench_periods)",
    );
    for (table, rows) in WRITTEN.iter().rev() {
        run(&format!("DELETE FROM {table} WHERE {rows}"));
    }
    run("SET session_replication_role = origin");
    for (table, _) in WRITTEN {
        run(&format!("VACUUM {table}"));
    }
    let copies = WRITTEN
        .map(|(table, _)| format!("COPY {table} ({}) FROM '{}'; ", columns(table), file(table)));
    let begun = Instant::now();
    run(&format!("BEGIN; {} COMMIT", copies.concat()));
    records as f64 / begun.elapsed().as_secs_f64()
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

fn get(registry: &Registry, url: &str) -> Value {
    parsed(ureq::get(url).header("Authorization", &bearer(registry)).call().expect("200"))
}

fn parsed(answer: ureq::http::Response<ureq::Body>) -> Value {
    let mut text = Vec::new();
    answer.into_body().into_reader().read_to_end(&mut text).expect("a body");
    serde_json::from_slice(&text).expect("JSON")
}

fn bearer(registry: &Registry) -> String {
    format!("Bearer {}", registry.token)
}
