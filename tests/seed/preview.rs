//! What a change of a rule would mean, asked about a whole country at once: the same as asked about each placement
//! by itself, in some statements and not some for each.
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use diesel::{
    Connection as _, PgConnection,
    connection::{InstrumentationEvent, SimpleConnection as _},
};
use kinstead::{
    placements::store::{PREVIEW_BLOCK, preview},
    rules::of_placements,
};
use serde_json::{Value, json};

use super::filled;
use crate::support::{body, noon};

/// What chance would bring about in a larger country: entries without an assessment and out of poverty, allegations,
/// brothers and sisters who
/// live apart, and moves within a home. By days, which are the same each time.
const TURNED: &str = "
UPDATE care_periods SET emergency = false WHERE (started_on - '2000-01-01') % 16 < 12;
UPDATE care_periods SET entry_reason = 'poverty', other_reasons = '{}' WHERE (started_on - '2000-01-01') % 2 = 0;
UPDATE assessments SET valid_until = decided_on + 1 WHERE (decided_on - '2000-01-01') % 16 < 12;
UPDATE placements SET same_carer = NOT same_carer
    WHERE provider_kind = 'carer_family' AND (started_on - '2000-01-01') % 16 < 4;
UPDATE placements SET planned_kind = 'emergency' WHERE (started_on - '2000-01-01') % 16 IN (4, 5);
INSERT INTO incidents (id, child_id, kind, severity, occurred_on, carer_family_id, place, description, state,
                       investigation, version)
    SELECT gen_random_uuid(), child_id, 'neglect', 'serious', started_on - 3 + (ascii(id::text) % 7), carer_family_id,
           legal_basis, legal_basis, 'reported', legal_basis, 1
    FROM placements WHERE carer_family_id IS NOT NULL AND state = 'active';
INSERT INTO child_relations (id, child_id, kind, related_child_id, to_be_kept_together, mirror_id, version)
    SELECT new.id, new.child_id, 'half_sibling', new.other, 'yes', new.id, 1
    FROM (SELECT gen_random_uuid() AS id, child_id, lead(child_id) OVER (ORDER BY started_on, planned_kind, legal_basis) AS other
          FROM placements WHERE state = 'active' AND (started_on - '2000-01-01') % 2 = 0) AS new
    WHERE new.other IS NOT NULL ON CONFLICT DO NOTHING;
";

/// How rules are thought of, so that some are broken and some are not.
fn thoughts() -> [Value; 4] {
    [
        json!({}),
        json!({"parameters": {"distance_km": "5", "residential_min_age_years": "18"}}),
        json!({"parameters": {
            "residential_min_age_years": "9", "under3_planned_max_months": "1", "under3_gap_days": "400",
        }}),
        json!({"parameters": {
            "residential_min_age_years": "15", "under3_planned_max_months": "240", "distance_km": "1",
            "under3_national_exception_allowed": "true",
        }}),
    ]
}

fn asked(conn: &mut PgConnection, rule: &str, thought: &Value, block: usize) -> Value {
    let thought = body(thought.clone());
    let answer = preview(conn, noon(), (rule, &thought), block).unwrap();
    serde_json::to_value(answer).unwrap()
}

#[test]
fn a_preview_of_all_at_once_says_what_each_by_itself_says() {
    let conn = &mut filled().database.owner();
    conn.begin_test_transaction().unwrap();
    conn.batch_execute(TURNED).unwrap();
    let mut unbroken = Vec::new();
    for rule in of_placements() {
        let mut broken = 0;
        for thought in thoughts() {
            let alone = asked(conn, rule, &thought, 1);
            assert!(alone["judged"].as_i64().unwrap() >= 60);
            for block in [7, PREVIEW_BLOCK] {
                assert_eq!(asked(conn, rule, &thought, block), alone, "{rule} by {thought}");
            }
            broken += alone["broken"].as_i64().unwrap();
        }
        if broken == 0 {
            unbroken.push(rule);
        }
    }
    // Nobody in this country has the exceptions of PL-17 and PL-20, and whoever is older moves rarely.
    unbroken.retain(|rule| !["PL-17", "PL-19", "PL-20"].contains(rule));
    assert_eq!(unbroken, Vec::<&str>::new());
}

#[test]
fn a_preview_takes_some_statements_and_not_some_for_each() {
    let counted = Arc::new(AtomicUsize::new(0));
    let counts = Arc::clone(&counted);
    let mut conn = filled().database.owner();
    conn.begin_test_transaction().unwrap();
    conn.set_instrumentation(move |event: InstrumentationEvent<'_>| {
        if matches!(event, InstrumentationEvent::StartQuery { .. }) {
            counts.fetch_add(1, Ordering::Relaxed);
        }
    });
    for rule in of_placements() {
        let before = counted.load(Ordering::Relaxed);
        asked(&mut conn, rule, &json!({"parameters": {"residential_min_age_years": "18"}}), 1000);
        let took = counted.load(Ordering::Relaxed) - before;
        assert!(took <= 20, "{rule}: {took} statements");
    }
}
