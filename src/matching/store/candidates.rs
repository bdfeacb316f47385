//! Which records are compared at all: those that share a number, a name or nearly a birth date.
use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike as _, Months, NaiveDate};
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{Array, Binary, Date, Text, Uuid},
};

use crate::{
    children::{ChildId, DatePrecision},
    matching::model::{Facts, Named, swapped},
    platform::{error::Result, prepared::kept},
};

/// How like a name must be for its record to be compared: the share of its trigrams, as in the search.
const LIKENESS: &str = "0.4";

/// How many letters of a word's beginning, or of its end, names have in common that are at all alike: of those that
/// are as alike as `match_field` asks, hardly any two have neither.
const HEAD: usize = 2;
const TAIL: usize = 3;

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
    let like: Vec<String> = known.names.iter().map(|name| name.whole()[0].clone()).collect();
    let found: Vec<Candidate> = sql_query(CANDIDATES)
        .bind::<Array<Date>, _>(days(known))
        .bind::<Array<Binary>, _>(blinds(known).collect::<Vec<_>>())
        .bind::<Array<Text>, _>(keys(known).collect::<Vec<_>>())
        .bind::<Array<Text>, _>(like)
        .load(conn)?;
    Ok(found.into_iter().map(|candidate| candidate.child_id).collect())
}

/// Each part finds by an index. Binds: 1 children, 2 days of birth of each and 3 patterns of its names; 4 and 5
/// blind indexes of each, 6 and 7 keys of its whole names.
const SHARING: &str = "
SELECT asked.child_id, born.id AS other_id
FROM unnest($1, $2, $3) AS asked (child_id, day, pattern) CROSS JOIN LATERAL (
    SELECT c.id FROM children c JOIN child_names n ON n.child_id = c.id
    WHERE c.birth_date = asked.day AND c.id <> asked.child_id
      AND (n.given IS NULL OR n.search_key ~ asked.pattern) ORDER BY c.id LIMIT 100) born
UNION SELECT asked.child_id, e.child_id
FROM unnest($4, $5) AS asked (child_id, blind) JOIN child_external_ids e USING (blind)
UNION SELECT asked.child_id, same.child_id
FROM unnest($6, $7) AS asked (child_id, key) CROSS JOIN LATERAL (
    SELECT n.child_id FROM child_names n WHERE n.search_key = asked.key ORDER BY n.child_id LIMIT 1000) same";

#[derive(QueryableByName)]
struct Pair {
    #[diesel(sql_type = Uuid)]
    child_id: ChildId,
    #[diesel(sql_type = Uuid)]
    other_id: ChildId,
}

/// For each of these children the records that share something with what is known of it: a number, a whole name, or
/// nearly the birth date and the beginning or the end of a name, without which no two records are told of.
pub fn sharing(
    conn: &mut PgConnection,
    known: &BTreeMap<ChildId, Facts>,
) -> Result<BTreeSet<(ChildId, ChildId)>> {
    let (mut born, mut numbered, mut named) =
        ((vec![], vec![], vec![]), (vec![], vec![]), (vec![], vec![]));
    for (id, facts) in known {
        let pattern = pattern(facts);
        for day in days(facts) {
            born.0.push(*id);
            born.1.push(day);
            born.2.push(pattern.clone());
        }
        for blind in blinds(facts) {
            numbered.0.push(*id);
            numbered.1.push(blind);
        }
        for key in keys(facts) {
            named.0.push(*id);
            named.1.push(key);
        }
    }
    let found: Vec<Pair> = kept(
        sql_query(SHARING)
            .bind::<Array<Uuid>, _>(born.0)
            .bind::<Array<Date>, _>(born.1)
            .bind::<Array<Text>, _>(born.2)
            .bind::<Array<Uuid>, _>(numbered.0)
            .bind::<Array<Binary>, _>(numbered.1)
            .bind::<Array<Uuid>, _>(named.0)
            .bind::<Array<Text>, _>(named.1),
    )
    .load(conn)?;
    let pairs = found.into_iter().map(|pair| (pair.child_id, pair.other_id));
    Ok(pairs.filter(|(one, other)| one != other).collect())
}

/// What the key of a name has that is like one of these: a word that begins or ends as one of theirs does. Anything,
/// if a given name is not known.
fn pattern(known: &Facts) -> String {
    let mut parts = BTreeSet::new();
    for name in &known.names {
        if name.given.is_empty() {
            return String::new();
        }
        // Keys are of a to z and digits.
        for word in name.whole()[0].split(' ') {
            parts.insert(format!("(^| ){}", &word[..word.len().min(HEAD)]));
            parts.insert(format!("{}( |$)", &word[word.len().saturating_sub(TAIL)..]));
        }
    }
    parts.into_iter().collect::<Vec<_>>().join("|")
}

fn blinds(known: &Facts) -> impl Iterator<Item = &Vec<u8>> {
    known.numbers.iter().flat_map(|number| &number.blinds)
}

fn keys(known: &Facts) -> impl Iterator<Item = String> {
    known.names.iter().flat_map(Named::whole)
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
