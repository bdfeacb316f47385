//! Which records are compared at all: those that share a number, a name or nearly a birth date.
use chrono::{Datelike as _, Months, NaiveDate};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{Array, Binary, Date, Text, Uuid},
};

use crate::{
    children::{ChildId, DatePrecision},
    matching::model::{Facts, Named, swapped},
    platform::error::Result,
};

/// How like a name must be for its record to be compared: the share of its trigrams, as in the search.
const LIKENESS: &str = "0.4";

/// Each part finds by an index. Binds: 1 days of birth, 2 blind indexes, 3 keys of whole names, 4 keys of
/// names of which such as are alike are found, too.
const CANDIDATES: &str = "
(SELECT id AS child_id FROM children WHERE birth_date = ANY ($1) ORDER BY id LIMIT 2000)
UNION SELECT child_id FROM child_external_ids WHERE blind = ANY ($2)
UNION (SELECT child_id FROM child_names WHERE search_key = ANY ($3) ORDER BY child_id LIMIT 1000)
UNION SELECT alike.child_id FROM unnest($4) AS wanted (name) CROSS JOIN LATERAL (
    SELECT child_id FROM children_named(wanted.name) ORDER BY points DESC, child_id LIMIT 200) alike
ORDER BY child_id";

#[derive(QueryableByName)]
struct Candidate {
    #[diesel(sql_type = Uuid)]
    child_id: ChildId,
}

/// The records that share something with what is known, or have a like name.
pub fn alike(conn: &mut PgConnection, known: &Facts) -> Result<Vec<ChildId>> {
    sql_query("SELECT set_config('pg_trgm.word_similarity_threshold', $1, true)")
        .bind::<Text, _>(LIKENESS)
        .execute(conn)?;
    let names = known.names.iter().map(|name| name.whole()[0].clone()).collect();
    find(conn, known, names)
}

/// The records that share something with what is known.
pub fn sharing(conn: &mut PgConnection, known: &Facts) -> Result<Vec<ChildId>> {
    find(conn, known, Vec::new())
}

fn find(conn: &mut PgConnection, known: &Facts, like: Vec<String>) -> Result<Vec<ChildId>> {
    let blinds: Vec<&Vec<u8>> = known.numbers.iter().flat_map(|number| &number.blinds).collect();
    let keys: Vec<String> = known.names.iter().flat_map(Named::whole).collect();
    let found: Vec<Candidate> = sql_query(CANDIDATES)
        .bind::<Array<Date>, _>(days(known))
        .bind::<Array<Binary>, _>(blinds)
        .bind::<Array<Text>, _>(keys)
        .bind::<Array<Text>, _>(like)
        .load(conn)?;
    Ok(found.into_iter().map(|candidate| candidate.child_id).collect())
}

/// The days on which a child may be said to be born who was born on this one: the same, its neighbours, those
/// with one other digit, with day and month in each other's place, and by which a month is written. What is
/// known less exactly finds nobody by itself.
fn days(known: &Facts) -> Vec<NaiveDate> {
    let Some((day, DatePrecision::Day)) = known.birth else { return Vec::new() };
    let mut days = vec![day];
    days.extend(swapped(day));
    for tens in [1, 10, 20, 30] {
        days.extend(day.checked_add_days(chrono::Days::new(tens)));
        days.extend(day.checked_sub_days(chrono::Days::new(tens)));
    }
    for months in [1, 12, 120] {
        days.extend(day.checked_add_months(Months::new(months)));
        days.extend(day.checked_sub_months(Months::new(months)));
    }
    days.extend([1, 15].into_iter().filter_map(|of_month| day.with_day(of_month)));
    days.sort_unstable();
    days.dedup();
    days
}
