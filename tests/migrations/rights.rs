//! What each role may do to the tables: little.
use diesel::{RunQueryDsl as _, connection::SimpleConnection as _, sql_query, sql_types::Bool};
use kinstead::platform::{db, embedded::Role};

use super::rows;
use crate::support::Database;

#[test]
fn the_service_may_not_touch_the_schema_nor_rewrite_the_journal() {
    let database = Database::migrated();
    let owned = rows(
        &database,
        "SELECT relname::text AS name, rolname::text AS text FROM pg_class JOIN pg_roles r ON r.oid = relowner WHERE rolname NOT IN ('kinstead_owner') AND relnamespace = 'public'::regnamespace AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_class.oid AND deptype = 'e')",
    );
    assert!(owned.is_empty(), "{owned:?}");
    let mut service = database.service();
    for table in rows(&database, "SELECT relname::text AS name, '' AS text FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace").into_iter().map(|(table, _)| table) {
        for forbidden in [
            format!("DROP TABLE {table}"),
            format!("TRUNCATE {table}"),
            format!("ALTER TABLE {table} ADD COLUMN more int"),
            format!("CREATE TRIGGER t BEFORE INSERT ON {table} EXECUTE FUNCTION suppress_redundant_updates_trigger()"),
            format!("CREATE INDEX ON {table} ((1))"),
        ] {
            refused(&mut service, &forbidden);
        }
    }
    for forbidden in [
        "UPDATE journal SET event = 'other'",
        "DELETE FROM journal",
        "SELECT setval('journal_position_seq', 1)",
        "CREATE TABLE mine (id int)",
        "CREATE SCHEMA mine",
        "CREATE ROLE mine",
        "SET ROLE kinstead_owner",
        "DELETE FROM children",
        "DELETE FROM placements",
        "DELETE FROM carer_families",
        "DELETE FROM facilities",
        "SELECT FROM access_inbox",
        "DELETE FROM access_inbox",
        "SELECT FROM access_log_entries",
        "UPDATE access_log_state SET size = 0",
    ] {
        refused(&mut service, forbidden);
    }
    service.batch_execute("SELECT count(*) FROM journal").unwrap();
}

/// Tables whose rows the service may remove: kept answers, and the parts of records that
/// are written anew with them, and what is worked out of records.
const REMOVABLE: &[&str] = &[
    "access_receipts",
    "carer_external_ids",
    "child_external_ids",
    "child_names",
    "deadlines",
    "facility_external_ids",
    "family_members",
    "idempotency_keys",
    "import_chunks",
    "possible_duplicates",
    "used_assertions",
    "webhook_attempts",
    "webhook_deliveries",
];
/// Tables whose rows are added and stay as they were written.
const LASTING: &[&str] = &[
    "access_receipts",
    "adoption_link_children",
    "adoption_links",
    "carer_checks",
    "carer_external_ids",
    "carer_reviews",
    "carer_state_changes",
    "carer_trainings",
    "case_states",
    "child_external_ids",
    "child_names",
    "complaint_reporters",
    "deadlines",
    "facility_external_ids",
    "facility_inspections",
    "facility_staff_snapshots",
    "facility_units",
    "family_members",
    "family_risk_levels",
    "journal",
    "parameter_versions",
    "placement_decisions",
    "placement_endings",
    "return_facts",
    "rule_versions",
    "used_assertions",
    "webhook_attempts",
];
/// Tables that the service only reads: the owner fills them, or a trigger.
const LOADED: &[&str] = &[
    "code_list_entries",
    "code_lists",
    "data_keys",
    "feed",
    "feed_records",
    "feed_state",
    "parameters",
    "rules",
];

#[test]
fn records_are_never_removed_and_what_happened_stays_as_it_was_written() {
    let database = Database::migrated();
    let may = |right: &str| -> Vec<String> {
        let sql = format!(
            "SELECT relname::text AS name, '' AS text FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace AND relname <> '__diesel_schema_migrations' \
             AND has_table_privilege('kinstead_service', oid, '{right}') ORDER BY 1"
        );
        rows(&database, &sql).into_iter().map(|(table, _)| table).collect()
    };
    assert_eq!(may("DELETE"), REMOVABLE);
    for right in ["TRUNCATE", "REFERENCES", "TRIGGER"] {
        assert_eq!(may(right), Vec::<String>::new(), "{right}");
    }
    let (read, added, changed) = (may("SELECT"), may("INSERT"), may("UPDATE"));
    let less = |all: &[String], some: &[String]| -> Vec<String> {
        all.iter().filter(|table| !some.contains(table)).cloned().collect()
    };
    assert_eq!(less(&read, &added), LOADED);
    assert_eq!(less(&added, &changed), [&["access_inbox"], LASTING].concat());
    assert_eq!(less(&changed, &added), Vec::<String>::new());
}

fn refused(conn: &mut diesel::PgConnection, sql: &str) {
    let said = conn.batch_execute(sql).expect_err(sql).to_string();
    let denied = ["permission denied", "must be owner"].iter().any(|words| said.contains(words));
    assert!(denied, "{sql}: {said}");
}

#[test]
fn the_service_refuses_a_role_with_power() {
    let database = Database::migrated();
    for (role, fine) in [(Role::Service, true), (Role::Owner, false), (Role::Admin, false)] {
        let mut conn = db::connect(&database.url(role)).unwrap();
        assert_eq!(db::check_role(&mut conn).is_ok(), fine, "{}", database.url(role));
    }
}

#[test]
fn the_keeper_of_the_access_log_adds_to_it_and_changes_nothing() {
    let database = Database::migrated();
    let mut keeper = db::connect(&database.url(Role::Keeper)).unwrap();
    for forbidden in [
        "UPDATE access_log_entries SET entry = '{}'",
        "DELETE FROM access_log_entries",
        "DELETE FROM access_log_checkpoints",
        "UPDATE access_log_cosignatures SET line = ''",
        "DELETE FROM access_log_cosignatures",
        "DELETE FROM access_log_published",
        "UPDATE access_log_hashes SET hash = ''",
        "UPDATE access_inbox SET purpose = 'audit'",
        "INSERT INTO access_inbox DEFAULT VALUES",
        "DELETE FROM access_log_subjects",
        "TRUNCATE access_log_entries",
        "SELECT FROM children",
        "SELECT FROM journal",
        "SET ROLE kinstead_owner",
    ] {
        refused(&mut keeper, forbidden);
    }
    keeper.batch_execute("SELECT FROM access_log_entries; SELECT FROM access_inbox").unwrap();
    for group in ["kinstead_app", "kinstead_log"] {
        let strangers = rows(
            &database,
            &format!(
                "SELECT member::regrole::text AS name, '' AS text FROM pg_auth_members WHERE roleid = '{group}'::regrole"
            ),
        );
        assert_eq!(strangers.len(), 1, "{group}: {strangers:?}");
    }
}

#[test]
fn the_role_of_the_service_has_no_power_over_the_server() {
    #[derive(diesel::QueryableByName)]
    struct Flag {
        #[diesel(sql_type = Bool)]
        yes: bool,
    }
    let flag: Flag = sql_query("SELECT NOT rolsuper AND NOT rolbypassrls AND NOT rolcreaterole AND NOT rolcreatedb AS yes FROM pg_roles WHERE rolname = current_user")
        .get_result(&mut Database::migrated().service())
        .unwrap();
    assert!(flag.yes, "the service's role must have no power over the server");
}
