//! How fast files of records are taken in, as a ratio to COPY of the same rows in the same run; and that a service that
//! is killed on the way loses none and takes none twice.
use std::{
    fs,
    os::unix::fs::PermissionsExt as _,
    time::{Duration, Instant},
};

use diesel::connection::SimpleConnection as _;
use serde_json::{Value, json};

use super::{
    registry::Registry,
    sync::{bearer, get, parsed},
};

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

/// A file of records, all of which are new.
struct File {
    what: &'static str,
    text: String,
    records: usize,
}

impl File {
    fn of(what: &'static str, lines: impl Iterator<Item = Value>) -> Self {
        let lines: Vec<String> = lines.map(|line| line.to_string()).collect();
        Self { what, records: lines.len(), text: lines.join("\n") }
    }
}

/// Takes in so many children; tries, and takes in, a placement of each.
pub fn measure(registry: &mut Registry, records: usize, kills: usize) {
    let homes = registry.facilities(records / PLACES + 1, 50);
    import(registry, &File::of("children", (0..records).map(child)), "", 0);
    let line = |number: usize| placement(number, &homes[number % homes.len()], &registry.today);
    let placements = File::of("placements", (0..records).map(line));
    import(registry, &placements, "mode=validate", 0);
    let imported = import(registry, &placements, "", kills);
    let numbers = "SELECT count(*)::text AS text FROM record_external_ids WHERE kind = 'placement'";
    assert_eq!(registry.text(numbers), records.to_string(), "none lost, none twice");
    println!("most memory of the service until then: {} MB", registry.resident_megabytes());
    let copied = copy(registry, records);
    println!("COPY of the same rows: {copied:.0}/s; import to it: {:.3}", imported / copied);
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

/// Imports a file, in which the service is killed so often on the way; how many records in a second.
fn import(registry: &mut Registry, file: &File, query: &str, kills: usize) -> f64 {
    let url = format!("http://{}/v1/imports?{query}", registry.address);
    let sending = ureq::post(&url).header("Authorization", &bearer(registry));
    let sent = sending.header("Content-Type", "application/x-ndjson").send(&file.text);
    let import = parsed(sent.expect("202"));
    let path = format!("/v1/imports/{}?wait=1s", import["id"].as_str().expect("an id"));
    let (begun, mut killed) = (Instant::now(), 0);
    let mut told = begun;
    let ended = loop {
        let now = get(registry, &format!("http://{}{path}", registry.address));
        if now.get("ended_at").is_some() {
            break now;
        }
        let done = usize::try_from(now["progress"]["created"].as_u64().unwrap_or_default())
            .expect("a number");
        if killed < kills && done > file.records * (killed + 1) / (kills + 1) {
            registry.kill_and_start();
            killed += 1;
        }
        if told.elapsed() > Duration::from_secs(60) {
            told = Instant::now();
            println!("  {done} after {:.0} s", begun.elapsed().as_secs_f64());
        }
    };
    let rate = file.records as f64 / begun.elapsed().as_secs_f64();
    assert_eq!(ended["progress"]["created"], json!(file.records), "{ended}");
    println!(
        "import of {} {} {query}: {rate:.0}/s, killed {killed} times",
        file.records, file.what
    );
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
