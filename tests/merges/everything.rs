//! Nothing about a child is left behind.
use std::collections::{BTreeMap, BTreeSet};

use diesel::{
    RunQueryDsl as _, sql_query,
    sql_types::{BigInt, Text},
};
use kinstead::platform::clock::Clock as _;
use serde_json::json;

use super::undone;
use crate::support::{Country, Database, Everything, World, everything::merged};

/// Columns that name a child and do not move, each for a reason.
const STAYING: &[(&str, &str)] = &[
    // The record itself, and where it went.
    ("children", "id"),
    ("children", "merged_into"),
    // Which record went into which stays as it was done.
    ("child_merges", "child_id"),
    ("child_merges", "merged_child_id"),
    // Parts of the child's own record, which are added to the survivor's.
    ("child_names", "child_id"),
    ("child_external_ids", "child_id"),
    // Worked out anew by the next sweep, from what moved.
    ("deadlines", "child_id"),
    ("deadlines", "other_child_id"),
    ("deadlines", "subject_id"),
    ("possible_duplicates", "child_id"),
    ("possible_duplicates", "other_id"),
    // A rule is stepped over for a placement, never for a child.
    ("overrides", "subject_id"),
];

#[derive(diesel::QueryableByName)]
struct Column {
    #[diesel(sql_type = Text)]
    place: String,
    #[diesel(sql_type = Text)]
    name: String,
}

#[derive(diesel::QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    count: i64,
}

fn columns(database: &Database, sql: &str) -> BTreeSet<(String, String)> {
    let rows: Vec<Column> = sql_query(sql).load(&mut database.owner()).unwrap();
    rows.into_iter().map(|row| (row.place, row.name)).collect()
}

/// How many rows name a child, by column that hangs on one.
fn rows(database: &Database, child: &str) -> BTreeMap<String, i64> {
    let hung = columns(database, "SELECT table_name AS place, column_name AS name FROM walls.hung");
    let mut found = BTreeMap::new();
    for (table, column) in hung {
        let sql =
            format!("SELECT count(*) FROM {table} WHERE '{child}' = ANY (ARRAY[{column}]::uuid[])");
        let count = sql_query(sql).get_result::<Count>(&mut database.owner()).unwrap().count;
        if count > 0 {
            found.insert(format!("{table}.{column}"), count);
        }
    }
    found
}

#[test]
fn every_column_that_names_a_child_moves_or_stays_for_a_reason() {
    let database = Database::migrated();
    let named = columns(
        &database,
        "SELECT c.conrelid::regclass::text AS place, a.attname::text AS name FROM pg_constraint c
            JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = ANY (c.conkey)
            WHERE c.contype = 'f' AND c.confrelid = 'children'::regclass
         UNION SELECT attrelid::regclass::text, attname::text FROM pg_attribute a
            JOIN pg_class t ON t.oid = a.attrelid
            WHERE t.relkind = 'r' AND t.relnamespace = 'public'::regnamespace AND a.attnum > 0
              AND a.atttypid IN ('uuid'::regtype, 'uuid[]'::regtype)
              AND (attname LIKE '%child%' OR attname IN ('record', 'subject_id') OR attrelid = 'children'::regclass AND attname = 'id')",
    );
    assert!(named.len() > 40, "{named:?}");
    let moving =
        columns(&database, "SELECT table_name AS place, column_name AS name FROM walls.hung");
    let staying: BTreeSet<(String, String)> =
        STAYING.iter().map(|(table, column)| ((*table).to_owned(), (*column).to_owned())).collect();
    let known: BTreeSet<_> = moving.union(&staying).cloned().collect();
    assert_eq!(moving.intersection(&staying).count(), 0);
    assert_eq!(named.difference(&known).collect::<Vec<_>>(), Vec::<&(String, String)>::new());
    assert_eq!(known.difference(&named).collect::<Vec<_>>(), Vec::<&(String, String)>::new());
}

#[actix_web::test]
async fn everything_about_a_child_moves_with_its_entries_and_goes_back() {
    let all = Everything::new().await;
    let (world, other): (&World, String) = (&all.world, all.child());
    let mut country = Country {
        conn: world.database.service(),
        now: world.clock.now(),
        authority: all.authority().parse().unwrap(),
    };
    let one = country.child("female", "2016-05-01").to_string();
    let database = &world.database;
    let before = rows(database, &other);
    assert!(before.len() > 25, "{before:?}");
    let authority = world.persona("national_authority");
    let merge = merged(&authority, &one, &other).await.ok();
    assert_eq!(rows(database, &other), BTreeMap::new());
    assert_eq!(rows(database, &one), before);
    let entries = |child: &str, event: &str| {
        let sql = format!(
            "SELECT count(*) FROM journal WHERE event = '{event}' AND 'child {child}' = ANY (persons) AND kind NOT IN ('child', 'child_merge')"
        );
        sql_query(sql).get_result::<Count>(&mut database.owner()).unwrap().count
    };
    let moved: usize = merge["moved"]
        .as_array()
        .unwrap()
        .iter()
        .map(|it| it["ids"].as_array().unwrap().len())
        .sum();
    assert!(moved > 25, "{merge}");
    let told = entries(&one, "merged");
    assert!(told > 20 && entries(&other, "merged") == 0, "{told}");
    undone(&authority, &merge, json!([])).await.ok();
    assert_eq!(rows(database, &other), before);
    assert_eq!(rows(database, &one), BTreeMap::new());
    assert_eq!(entries(&other, "unmerged"), told);
}
