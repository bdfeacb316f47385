//! How fast the registry is, as ratios to pgbench running the same SQL in the same run.
//!
//! `make bench` runs it. For each size it makes a demo country, starts the service on loopback, and
//! measures reads of a child, lists of 100 and placement writes, each with eight clients; then
//! pgbench runs the statements that the service was seen to run for them, against the same
//! database. Then records are imported, copied by COPY, and told by snapshot and feed. `KINSTEAD_BENCH_CHILDREN`
//! (children in care, such as `2300,23000`) sets the sizes, `KINSTEAD_BENCH_SECONDS` the length of each measurement,
//! `KINSTEAD_BENCH_RECORDS` how many records are imported and `KINSTEAD_BENCH_KILLS` how often the service is killed
//! meanwhile.
#![allow(
    clippy::expect_used,
    clippy::indexing_slicing,
    clippy::as_conversions,
    clippy::cast_precision_loss,
    clippy::print_stdout,
    clippy::disallowed_methods,
    reason = "a measurement that cannot go on has nothing to handle"
)]
mod client;
mod imports;
mod pgbench;
mod registry;
mod sync;

use std::{env, time::Duration};

use serde_json::json;

use client::{Figures, Request, load};
use pgbench::{Script, Until};
use registry::Registry;

pub const CLIENTS: usize = 8;

/// One line of the report.
struct Row {
    what: &'static str,
    size: u32,
    service: Figures,
    pgbench: f64,
}

fn main() {
    let sizes = env::var("KINSTEAD_BENCH_CHILDREN").unwrap_or_else(|_| "2300,23000".to_owned());
    let seconds: u64 =
        env::var("KINSTEAD_BENCH_SECONDS").ok().and_then(|text| text.parse().ok()).unwrap_or(10);
    let length = Duration::from_secs(seconds);
    let records = env::var("KINSTEAD_BENCH_RECORDS").ok().and_then(|text| text.parse().ok());
    let records: usize = records.unwrap_or(20_000);
    let kills = env::var("KINSTEAD_BENCH_KILLS").ok().and_then(|text| text.parse().ok());
    let kills: usize = kills.unwrap_or(2);
    let mut rows = Vec::new();
    for size in sizes.split(',').map(|size| size.trim().parse().expect("sizes are numbers")) {
        let mut registry = Registry::start(size);
        // The service that made the country held the whole of it in memory; this one has not.
        let start = registry.stop_and_time_start();
        println!("start with the existing database: {} ms", start.as_millis());
        rows.extend(measure(&registry, size, length));
        println!("resident memory of the service under load: {} MB", registry.resident_megabytes());
        sync::measure(&mut registry, records, kills);
    }
    report(&rows);
}

fn measure(registry: &Registry, size: u32, length: Duration) -> [Row; 3] {
    let children = registry.ids("children", 2_000);
    let reads =
        |index: usize| Request::get(&format!("/v1/children/{}", children[index % children.len()]));
    let read_sql = registry.statements_of(&reads(0), &[]);
    let of_each = |script: &Script| -> Vec<Script> {
        let of = |id: &String| script.clone().with(&children[0], &format!("'{id}'"));
        children.iter().take(64).map(of).collect()
    };
    let until = Until::Elapsed(length);
    let read = Row {
        what: "read of a child",
        size,
        service: load(registry, length, |index| Some(reads(index))),
        pgbench: pgbench::rate(registry, &until, &of_each(&read_sql.unlogged())),
    };
    let logged = pgbench::rate(registry, &until, &of_each(&read_sql.logged_at_once()));
    println!(
        "read of a child, logged, to pgbench with one log transaction for each read ({logged:.0}/s): {:.2}",
        read.service.rate / logged
    );

    let lists = |_: usize| Request::get("/v1/children?limit=100");
    let list_sql = registry.statements_of(&lists(0), &[]).unlogged();
    let list = Row {
        what: "list of 100 children",
        size,
        service: load(registry, length, |index| Some(lists(index))),
        pgbench: pgbench::rate(registry, &Until::Elapsed(length), &[list_sql]),
    };

    let (facilities, waiting) =
        (registry.facilities(40, 500), registry.children_not_in_care(&read_sql));
    let writes = |index: usize| {
        Request::post(
            "/v1/placements",
            &json!({
                "child_id": waiting[index], "intent": "start", "care_type": "small_group_home", "planned_kind": "long_term",
                "provider": {"kind": "facility", "facility_id": facilities[index % facilities.len()]},
                "starts_on": registry.today, "legal_basis": "Family Act, art. 113",
                "care_entry": {"entry_reason": "neglect", "entry_route": "from_family", "emergency": true},
            }),
        )
    };
    let write_sql = registry.statements_of(&writes(0), &["placements", "care_periods"]);
    let half = waiting.len() / 2;
    registry.number_children(&waiting[half..]);
    let write_sql = write_sql.with(&waiting[0], "(SELECT id FROM bench_children WHERE n = :n)");
    // Each facility is locked while somebody is placed there: all of them, as the service was asked.
    let write_scripts: Vec<Script> = facilities
        .iter()
        .map(|id| write_sql.clone().with(&facilities[0], &format!("'{id}'")).numbered())
        .collect();
    let service = load(registry, length, |index| (index + 1 < half).then(|| writes(index + 1)));
    let written = Until::Done(waiting.len() - half);
    let write = Row {
        what: "placement write",
        size,
        service,
        pgbench: pgbench::rate(registry, &written, &write_scripts),
    };
    [read, list, write]
}

fn report(rows: &[Row]) {
    println!(
        "\n| what | children in care | service/s | p50 ms | p99 ms | pgbench/s | ratio | refused |"
    );
    println!("|---|---|---|---|---|---|---|---|");
    for Row { what, size, service, pgbench } in rows {
        println!(
            "| {what} | {size} | {:.0} | {:.2} | {:.2} | {pgbench:.0} | {:.2} | {} |",
            service.rate,
            service.p50,
            service.p99,
            service.rate / pgbench,
            service.refused
        );
    }
    let p99 = |what: &str| {
        rows.iter().filter(|row| row.what == what).map(|row| row.service.p99).collect::<Vec<_>>()
    };
    for what in ["read of a child", "list of 100 children", "placement write"] {
        if let [small, .., large] = p99(what)[..] {
            println!("p99 of {what}, large to small: {:.2}", large / small);
        }
    }
}
