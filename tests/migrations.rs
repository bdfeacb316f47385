//! The schema: each step goes up, down and up again; the run-time role can do little; Rust, the
//! tables and the checks say the same.
use std::{collections::BTreeMap, fs};

use diesel::{
    RunQueryDsl,
    connection::SimpleConnection,
    sql_query,
    sql_types::{Bool, Text},
};
use diesel_migrations::MigrationHarness;
use kinstead::{
    alerts::AlertState,
    assessments::{AssessmentOutcome, AssessmentState},
    care_plans::CarePlanState,
    carers::CarerState,
    cases::{CasePriority, CaseState},
    contact::{
        ContactEventState, ContactFailure, ContactInterval, ContactKind, ContactPlanState,
        ContactRestrictionState, ContactWith,
    },
    court_cases::CourtCaseState,
    facilities::{AcceptedSex, FacilityState},
    families::{FamilyState, RiskSubject, SupportOutcome},
    incidents::{
        Complainant, ComplaintChannel, ComplaintOutcome, ComplaintState, IncidentKind,
        IncidentOutcome, IncidentSeverity, IncidentState,
    },
    keeper::WitnessFault,
    overrides::OverrideState,
    placements::{CarePeriodState, PlacementState, ProviderKind},
    platform::{
        db,
        embedded::Role,
        migrate::{self, MIGRATIONS},
    },
    reviews::ChildReviewState,
    rules::deadlines::Severity,
    transfers::{TransferKind, TransferState},
    transformations::{TransformationState, TransitionState},
    visits::VisitState,
};

use crate::support::Database;

#[derive(diesel::QueryableByName)]
struct Row {
    #[diesel(sql_type = Text)]
    name: String,
    #[diesel(sql_type = Text)]
    text: String,
}

fn rows(database: &Database, sql: &str) -> Vec<(String, String)> {
    let rows: Vec<Row> = sql_query(sql).load(&mut database.owner()).unwrap();
    rows.into_iter().map(|row| (row.name, row.text)).collect()
}

#[test]
fn each_step_goes_up_down_and_up_again() {
    let database = Database::empty();
    let mut conn = database.owner();
    migrate::ensure_groups(&mut conn).unwrap();
    conn.applied_migrations().unwrap();
    let mut steps = 0;
    while conn.has_pending_migration(MIGRATIONS).unwrap() {
        let before = database.dump();
        let name = conn.run_next_migration(MIGRATIONS).unwrap().to_string();
        let up = database.dump();
        assert_ne!(before, up, "{name} does nothing");
        conn.revert_last_migration(MIGRATIONS).unwrap();
        assert_eq!(database.dump(), before, "{name} leaves something when it goes down");
        conn.run_next_migration(MIGRATIONS).unwrap();
        assert_eq!(database.dump(), up, "{name} makes something else the second time");
        steps += 1;
    }
    assert!(steps >= 7);
    assert!(database.dump().contains("GRANT "), "privileges must be compared, too");
    conn.revert_all_migrations(MIGRATIONS).unwrap();
    assert!(!database.dump().contains("CREATE TABLE"));
}

#[test]
fn migrating_twice_does_nothing() {
    let database = Database::migrated();
    let before = database.dump();
    assert!(migrate::run(&mut database.owner()).unwrap().is_empty());
    assert_eq!(database.dump(), before);
}

#[test]
fn rust_knows_the_tables_as_they_are() {
    let database = Database::migrated();
    let found = rows(
        &database,
        "SELECT table_name::text AS name, string_agg(column_name || ' ' || udt_name || ' ' || is_nullable, E'\\n' ORDER BY ordinal_position) AS text \
         FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name) \
         WHERE table_schema = 'public' AND table_type = 'BASE TABLE' AND table_name <> '__diesel_schema_migrations' GROUP BY 1 ORDER BY 1",
    );
    let found: BTreeMap<String, String> = found.into_iter().collect();
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/src/schema.rs");
    let known = declared(&fs::read_to_string(path).unwrap());
    assert_eq!(known.keys().collect::<Vec<_>>(), found.keys().collect::<Vec<_>>());
    for (table, columns) in &found {
        assert_eq!(&known[table], columns, "{table}");
    }
}

/// The tables of `schema.rs`, each with its columns in PostgreSQL's words.
fn declared(schema: &str) -> BTreeMap<String, String> {
    let mut tables = BTreeMap::new();
    for block in schema.split("diesel::table! {").skip(1) {
        let mut lines = block.lines().map(str::trim).filter(|line| {
            !line.is_empty()
                && !line.starts_with("use ")
                && !line.starts_with("//")
                && !line.starts_with('#')
        });
        let table = lines.next().unwrap().split(' ').next().unwrap().to_owned();
        let columns: Vec<String> = lines
            .take_while(|line| *line != "}")
            .map(|line| {
                let (name, kind) = line.trim_end_matches(',').split_once(" -> ").unwrap();
                let bare = kind.strip_prefix("Nullable<").map(|kind| kind.trim_end_matches('>'));
                let list = |kind: &str| {
                    kind.strip_prefix("Array<")
                        .map(|kind| format!("_{}", kind.trim_end_matches('>').to_lowercase()))
                };
                let (kind, nullable) = bare.map_or((kind, "NO"), |kind| (kind, "YES"));
                let kind = list(kind).unwrap_or_else(|| kind.to_lowercase());
                format!("{} {kind} {nullable}", name.trim_end_matches('_'))
            })
            .collect();
        tables.insert(table, columns.join("\n"));
    }
    tables
}

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
    "used_assertions",
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
    "rule_versions",
    "used_assertions",
];
/// Tables that the service only reads: the owner fills them, or a trigger.
const LOADED: &[&str] =
    &["code_list_entries", "code_lists", "data_keys", "feed", "feed_state", "parameters", "rules"];

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

/// The values that the check of a column allows, sorted.
fn allowed(database: &Database, table: &str, column: &str) -> Vec<String> {
    let checks = rows(
        database,
        &format!(
            "SELECT conname::text AS name, pg_get_constraintdef(c.oid) AS text FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = conrelid AND a.attnum = conkey[1] \
         WHERE contype = 'c' AND conrelid = '{table}'::regclass AND array_length(conkey, 1) = 1 AND attname = '{column}' AND pg_get_constraintdef(c.oid) LIKE '%ANY (%'",
        ),
    );
    assert_eq!(checks.len(), 1, "{table}.{column} needs one list of values: {checks:?}");
    let mut values: Vec<String> =
        checks[0].1.split('\'').skip(1).step_by(2).map(ToOwned::to_owned).collect();
    values.sort();
    values
}

macro_rules! same {
    ($database:expr, $($table:literal . $column:literal = $kind:ty),+ $(,)?) => {
        $(
            let mut known: Vec<String> = <$kind>::ALL.iter().map(|value| value.as_str().to_owned()).collect();
            known.sort();
            assert_eq!(allowed($database, $table, $column), known, "{}.{}", $table, $column);
        )+
    };
}

#[test]
fn the_database_and_the_types_allow_the_same_states() {
    let database = Database::migrated();
    same!(&database,
        "carer_families"."state" = CarerState,
        "carer_state_changes"."state" = CarerState,
        "facilities"."state" = FacilityState,
        "facility_states"."state" = FacilityState,
        "placements"."state" = PlacementState,
        "care_periods"."state" = CarePeriodState,
        "placements"."provider_kind" = ProviderKind,
        "facilities"."accepts_sex" = AcceptedSex,
        "transfers"."state" = TransferState,
        "transfers"."kind" = TransferKind,
        "families"."state" = FamilyState,
        "family_risk_factors"."subject" = RiskSubject,
        "family_support"."outcome" = SupportOutcome,
        "cases"."state" = CaseState,
        "case_states"."state" = CaseState,
        "cases"."priority" = CasePriority,
        "assessments"."state" = AssessmentState,
        "care_plans"."state" = CarePlanState,
        "overrides"."state" = OverrideState,
        "reviews"."state" = ChildReviewState,
        "court_cases"."state" = CourtCaseState,
        "assessments"."outcome" = AssessmentOutcome,
        "visits"."state" = VisitState,
        "contact_plans"."state" = ContactPlanState,
        "contact_plans"."contact_with" = ContactWith,
        "contact_plans"."kind" = ContactKind,
        "contact_plans"."per" = ContactInterval,
        "contact_restrictions"."state" = ContactRestrictionState,
        "contact_restrictions"."contact_with" = ContactWith,
        "contact_events"."state" = ContactEventState,
        "contact_events"."contact_with" = ContactWith,
        "contact_events"."kind" = ContactKind,
        "contact_events"."not_because" = ContactFailure,
        "incidents"."state" = IncidentState,
        "incidents"."kind" = IncidentKind,
        "incidents"."severity" = IncidentSeverity,
        "incidents"."outcome" = IncidentOutcome,
        "complaints"."state" = ComplaintState,
        "complaints"."complainant" = Complainant,
        "complaints"."channel" = ComplaintChannel,
        "complaints"."outcome" = ComplaintOutcome,
        "alerts"."state" = AlertState,
        "alerts"."severity" = Severity,
        "deadlines"."severity" = Severity,
        "transformation_plans"."state" = TransformationState,
        "transition_plans"."state" = TransitionState,
        "access_log_witnesses"."fault" = WitnessFault,
    );
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

#[test]
fn every_foreign_key_has_an_index() {
    let bare = rows(
        &Database::migrated(),
        "SELECT c.conrelid::regclass || '.' || c.conname AS name, '' AS text FROM pg_constraint c \
         WHERE c.contype = 'f' AND NOT EXISTS ( \
           SELECT FROM pg_index i WHERE i.indrelid = c.conrelid \
             AND (i.indpred IS NULL OR pg_get_expr(i.indpred, i.indrelid) LIKE '%IS NOT NULL%') \
             AND i.indkey[0] = ANY (c.conkey)) ORDER BY 1",
    );
    assert!(bare.is_empty(), "{bare:#?}");
}
