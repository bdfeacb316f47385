//! The schema: each step goes up, down and up again; the run-time role can do little; Rust, the
//! tables and the checks say the same.
mod rights;

use std::{collections::BTreeMap, fs};

use diesel::{RunQueryDsl, sql_query, sql_types::Text};
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
    feed::ConsumerState,
    incidents::{
        Complainant, ComplaintChannel, ComplaintOutcome, ComplaintState, IncidentKind,
        IncidentOutcome, IncidentSeverity, IncidentState,
    },
    keeper::WitnessFault,
    overrides::OverrideState,
    placements::{CarePeriodState, PlacementState, ProviderKind},
    platform::{
        migrate::{self, MIGRATIONS},
        send::SendOutcome,
    },
    reviews::ChildReviewState,
    rules::deadlines::Severity,
    transfers::{TransferKind, TransferState},
    transformations::{TransformationState, TransitionState},
    visits::VisitState,
    webhooks::{DeliveryState, DisabledReason, EndpointState},
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
        "feed_consumers"."state" = ConsumerState,
        "webhook_endpoints"."state" = EndpointState,
        "webhook_endpoints"."disabled_reason" = DisabledReason,
        "webhook_deliveries"."state" = DeliveryState,
        "webhook_attempts"."outcome" = SendOutcome,
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
