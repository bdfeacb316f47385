//! The second wall by itself: what a transaction sees goes by the settings that it began with.
use diesel::{
    PgConnection, RunQueryDsl as _, connection::SimpleConnection as _, sql_query, sql_types::BigInt,
};
use kinstead::platform::{clock::Clock as _, db, embedded::Role};
use serde_json::json;

use super::{add_elsewhere, elsewhere};
use crate::support::{Country, Everything, World, with_family};

#[derive(diesel::QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

/// Tables that hold data of persons.
const TABLES: &[&str] = &[
    "adoption_link_children",
    "adoption_links",
    "alerts",
    "assessments",
    "care_periods",
    "care_plans",
    "carer_approvals",
    "carer_checks",
    "carer_external_ids",
    "carer_families",
    "carer_persons",
    "carer_reviews",
    "carer_state_changes",
    "carer_trainings",
    "case_links",
    "case_managers",
    "case_states",
    "cases",
    "child_external_ids",
    "child_grants",
    "child_merges",
    "child_names",
    "child_relations",
    "children",
    "complaint_reporters",
    "complaints",
    "contact_events",
    "contact_plans",
    "contact_restrictions",
    "court_cases",
    "deadlines",
    "emergency_accesses",
    "families",
    "family_members",
    "family_risk_factors",
    "family_risk_levels",
    "family_support",
    "feed_consumers",
    "feed_progress",
    "idempotency_keys",
    "import_chunks",
    "imports",
    "incidents",
    "legal_statuses",
    "missing_episodes",
    "notices",
    "overrides",
    "placement_decisions",
    "placement_endings",
    "placements",
    "possible_duplicates",
    "protected_addresses",
    "record_external_ids",
    "return_facts",
    "reviews",
    "temporary_absences",
    "transfers",
    "transition_plans",
    "visits",
];

pub fn count(conn: &mut PgConnection, table: &str) -> i64 {
    sql_query(format!("SELECT count(*) FROM {table}")).get_result::<Count>(conn).unwrap().count
}

/// A connection of the service's role, as its pool makes them.
fn service(world: &World) -> PgConnection {
    db::connect(&world.database.url(Role::Service)).unwrap()
}

#[actix_web::test]
async fn whoever_does_not_say_who_asks_sees_nobody() {
    let all = Everything::new().await;
    let (mut nobody, mut registry) = (service(&all.world), all.world.database.service());
    for &table in TABLES {
        assert_eq!(count(&mut nobody, table), 0, "{table}");
    }
    let keeper = &mut db::connect(&all.world.database.url(Role::Keeper)).unwrap();
    kinstead::feed::gather(keeper).unwrap();
    for table in ["feed", "journal"] {
        let named = format!("{table} WHERE cardinality(persons) > 0");
        assert_eq!(count(&mut nobody, &named), 0);
        assert!(count(&mut registry, &named) > 0);
    }
    let child = "feed_records WHERE kind = 'child'";
    assert_eq!(count(&mut nobody, child), 0);
    for table in ["children", "carer_families", "families", "cases", child] {
        assert!(count(&mut registry, table) > 0, "{table}");
    }
}

#[actix_web::test]
async fn a_connection_keeps_nothing_of_whom_it_served() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    add_elsewhere(&world);
    country.child("female", "2016-05-01");
    let mut conn = service(&world);
    let reach = |client: &str| {
        let reach = world.actor(client).reaches["children:read"].clone();
        reach.settings(world.clock.now())
    };
    let mut seen = |settings: &str| {
        conn.batch_execute(&format!("BEGIN; {settings}")).unwrap();
        let seen = count(&mut conn, "children");
        conn.batch_execute("COMMIT").unwrap();
        seen
    };
    assert_eq!(seen(&reach("case_worker")), 1);
    assert_eq!(seen(&reach(&elsewhere("case_worker"))), 0);
    assert_eq!(seen(&reach("national_authority")), 1);
    assert_eq!(seen("SELECT 1"), 0);
}

#[actix_web::test]
async fn every_table_with_persons_is_behind_the_wall() {
    // Whoever adds a table says on which side of the wall it stands.
    const OPEN: [&str; 33] = [
        "access_inbox",
        "access_log_checkpoints",
        "access_log_cosignatures",
        "access_log_deferrals",
        "access_log_entries",
        "access_log_hashes",
        "access_log_published",
        "access_log_state",
        "access_log_subjects",
        "access_log_witnesses",
        "access_receipts",
        "area_populations",
        "areas",
        "client_keys",
        "clients",
        "code_list_entries",
        "code_lists",
        "facilities",
        "facility_admission_stops",
        "facility_capacities",
        "facility_external_ids",
        "facility_inspections",
        "facility_registrations",
        "facility_staff_snapshots",
        "facility_states",
        "facility_units",
        "organisations",
        "transformation_plans",
        "webhook_attempts",
        "webhook_deliveries",
        "webhook_endpoints",
        "webhook_progress",
        "webhook_secrets",
    ];
    #[derive(diesel::QueryableByName)]
    struct Table {
        #[diesel(sql_type = diesel::sql_types::Text)]
        name: String,
        #[diesel(sql_type = diesel::sql_types::Bool)]
        walled: bool,
    }
    let world = World::new().await;
    let tables: Vec<Table> = sql_query(
        "SELECT relname::text AS name, relrowsecurity AND relforcerowsecurity AS walled \
         FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace",
    )
    .load(&mut world.database.owner())
    .unwrap();
    let others = [
        "__diesel_schema_migrations",
        "data_keys",
        "deadline_sweeps",
        "duplicate_looks",
        "feed_inbox",
        "feed_state",
        // How many records of a file were taken.
        "import_progress",
        "parameters",
        "parameter_versions",
        "rule_versions",
        "rules",
        "used_assertions",
    ];
    for table in tables {
        let open = OPEN.contains(&table.name.as_str()) || others.contains(&table.name.as_str());
        assert_ne!(open, table.walled, "{}", table.name);
        let of_all = ["feed", "feed_records", "journal"].contains(&table.name.as_str());
        let personal = TABLES.contains(&table.name.as_str()) || of_all;
        assert_eq!(personal, table.walled, "{}", table.name);
    }
}

/// Walled tables whose rows are written by whoever does something else, each for a reason.
const WRITTEN_BY_ALL: [&str; 8] = [
    // The authority reaches neither child, and the link is sealed.
    "adoption_link_children",
    "adoption_links",
    // By its client alone.
    "idempotency_keys",
    // By whoever sends them, of records that are held where they are.
    "import_chunks",
    "imports",
    // What was changed is held where it is.
    "journal",
    // Nobody can hold one back.
    "notices",
    // With the record, which is held where it is.
    "record_external_ids",
];

#[actix_web::test]
async fn every_table_behind_the_wall_tells_changing_from_reading() {
    let world = World::new().await;
    for table in TABLES.iter().copied().chain(["journal"]) {
        let held = count(
            &mut world.database.owner(),
            &format!(
                "pg_policies WHERE tablename = '{table}' AND policyname LIKE '%_within_reach'"
            ),
        );
        let expected = if WRITTEN_BY_ALL.contains(&table) { 0 } else { 3 };
        assert_eq!(held, expected, "{table}: hold_writes_about, or a reason here why not");
    }
}

#[actix_web::test]
async fn whoever_only_reads_of_somebody_changes_nothing_about_them() {
    const WHOLE: &[&str] = &["personal", "identifying"];
    let world = World::new().await;
    let mut country = Country::of(&world);
    add_elsewhere(&world);
    let (child, family) = (country.child("female", "2016-05-01"), country.family(1));
    let grant = format!(
        "INSERT INTO child_grants (id, child_id, organisation_id, ground, valid_from, valid_until) \
         SELECT gen_random_uuid(), '{child}', id, 'transfer', '2026-01-01', '2027-01-01' \
         FROM organisations WHERE name = 'Centre elsewhere'"
    );
    world.database.owner().batch_execute(&grant).unwrap();
    let mut conn = service(&world);
    let mut tried = |client: &str, permission: &str, writes: Option<bool>, sql: &str| {
        let reach = world.actor(client).reaches[permission].clone();
        let writes =
            writes.map_or_else(String::new, |granted| reach.change_settings(WHOLE, granted));
        let begin = format!("BEGIN; {}{writes}", reach.settings(world.clock.now()));
        conn.batch_execute(&begin).unwrap();
        let done = sql_query(sql).execute(&mut conn).map_err(|error| error.to_string());
        conn.batch_execute("ROLLBACK").unwrap();
        done
    };
    let changed =
        format!("UPDATE carer_families SET emergency = NOT emergency WHERE id = '{family}'");
    let locked = format!("SELECT id FROM carer_families WHERE id = '{family}' FOR UPDATE");
    let (own, stranger) = ("sync_client", elsewhere("sync_client"));
    let refused = |done: Result<usize, String>| done.unwrap_err().contains("_within_reach");
    assert_eq!(tried(own, "carers:manage", Some(false), &changed), Ok(1));
    assert!(refused(tried(own, "carers:manage", None, &changed)), "a read changes nothing");
    assert!(refused(tried(&stranger, "carers:manage", Some(false), &changed)));
    assert_eq!(tried(&stranger, "carers:manage", Some(false), &locked), Ok(1));

    let named = format!(
        "INSERT INTO child_relations (id, child_id, kind, related_child_id, to_be_kept_together, version) \
         SELECT gen_random_uuid(), '{child}', 'x', '{child}', 'yes', 1 FROM children WHERE id = '{child}'"
    );
    // Whatever is wrong with the row besides: who may write comes first.
    let (worker, guest) = ("case_worker", elsewhere("case_worker"));
    let manage = "children:manage";
    assert!(!refused(tried(worker, manage, Some(false), &named)));
    assert!(refused(tried(&guest, manage, Some(false), &named)), "known by a grant alone");
    assert!(!refused(tried(&guest, manage, Some(true), &named)), "for which the grant is enough");
}

#[actix_web::test]
async fn places_are_counted_by_whoever_asks_for_them() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    add_elsewhere(&world);
    let (child, family) = (country.child("female", "2016-05-01"), country.family(1));
    country.stay(with_family(child, family, "2026-03-01"), None);
    let stranger = world.persona(&elsewhere("case_worker"));
    let free = stranger.get(&format!("/v1/carer-families/{family}/availability")).await.ok();
    assert_eq!((&free["places_taken"], &free["places_free"]), (&json!(1), &json!(0)));
    let listed = stranger.get("/v1/carer-families?places_min=1").await.ok();
    assert_eq!(listed["data"], json!([]));
}

#[actix_web::test]
async fn a_child_may_be_placed_with_a_family_elsewhere_that_nobody_else_may_change() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    add_elsewhere(&world);
    let family = country.family(1);
    let stranger = world.persona(&elsewhere("case_worker"));
    let new = json!({"sex": "female", "birth_date": "2017-05-14", "area_code": "RS-99",
                     "registration_basis": "without_parental_care"});
    let child = stranger.post("/v1/children", new).await.ok()["id"].as_str().unwrap().to_owned();
    let placed = with_family(child.parse().unwrap(), family, "2026-03-01");
    let placed = stranger.post("/v1/placements", placed).await.ok();
    assert_eq!(placed["provider"]["carer_family_id"], json!(family));
    // Where the family lives is not theirs to know, nor the family theirs to change.
    let path = format!("/v1/carer-families/{family}");
    let read = stranger.get(&path).await;
    assert!(read.ok().get("address_lines").is_none());
    let sync = world.persona(&elsewhere("sync_client"));
    let tag = sync.get(&path).await.etag().to_owned();
    sync.patch(&path, &tag, json!({"emergency": false})).await.refused(404, "not_found");
}
