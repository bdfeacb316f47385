//! The search for a child by name, number and birth date.
use chrono::NaiveDate;
use diesel::{
    prelude::*,
    sql_query,
    sql_types::{Array, BigInt, Binary, Date, Integer, Nullable, Text, Uuid},
};

use crate::{
    children::model::{Child, ChildId, ChildMatch, ChildSearch, ChildSummary},
    platform::{error::Result, external_id, page::Page},
    reference::areas,
    schema::children,
};

/// How like a name must be to be found: the share of its trigrams that word similarity asks for.
/// The second is tried when the first finds nobody: it forgives one wrong letter in a name of five,
/// at ten times the cost and with more strangers.
const LIKENESS: [&str; 2] = ["0.4", "0.3"];

/// Points from 0 to 1000: three quarters for how well the words typed are found within the name, one
/// quarter for how much of the name they are; where a birth date is asked for, a fifth of it all for
/// its nearness. Binds: 1 key of the name, 2 blind indexes of the number, 3 birth date,
/// 4 tolerance, 5 sex, 6 areas, 7 and 8 where the page before ended, 9 limit.
const HITS: &str = "
WITH named AS (
    SELECT child_id, points, matched_name FROM children_named($1) WHERE $1 IS NOT NULL
), hits AS (
    SELECT * FROM named
    UNION ALL
    SELECT DISTINCT i.child_id, 1000, NULL FROM child_external_ids i
    WHERE $1 IS NULL AND i.blind = ANY ($2)
), near AS (
    SELECT h.child_id, h.matched_name, c.birth_date,
           CASE WHEN $3 IS NULL THEN h.points
                ELSE ((4 * h.points + 1000.0 * (1 - d.days::float8 / ($4 + 1))) / 5)::int END AS points
    FROM hits h
    JOIN children c ON c.id = h.child_id
    CROSS JOIN LATERAL (SELECT greatest(0, abs(c.birth_date - $3) - CASE c.birth_date_precision
        WHEN 'day' THEN 0 WHEN 'month' THEN 30 ELSE 365 END) AS days) d
    WHERE ($3 IS NULL OR d.days <= $4)
      AND ($5 IS NULL OR c.sex = $5)
      AND ($6 IS NULL OR c.area_code = ANY ($6))
      AND ($2 IS NULL OR EXISTS (
          SELECT FROM child_external_ids i WHERE i.child_id = c.id AND i.blind = ANY ($2)))
)
SELECT child_id, points, matched_name FROM near
WHERE $7 IS NULL OR points < $7 OR (points = $7 AND child_id > $8)
ORDER BY points DESC, child_id
LIMIT $9";

#[derive(QueryableByName)]
struct Hit {
    #[diesel(sql_type = Uuid)]
    child_id: ChildId,
    #[diesel(sql_type = Integer)]
    points: i32,
    #[diesel(sql_type = Nullable<Text>)]
    matched_name: Option<String>,
}

/// The children that fit, best first.
pub fn search(conn: &mut PgConnection, query: &ChildSearch) -> Result<Page<ChildMatch>> {
    let (key, page) = (query.key()?, query.page());
    let (bound, limit) = (page.bind(&query.filters()), page.limit()?);
    let after = bound.after::<(i32, ChildId)>()?;
    let areas = query.area_code.as_deref().map(|code| below(conn, code)).transpose()?;
    let mut hits = Vec::new();
    for likeness in LIKENESS {
        demand(conn, likeness)?;
        hits = find_hits(conn, query, key.as_deref(), areas.as_deref(), after, limit + 1)?;
        if key.is_none() || !hits.is_empty() {
            break;
        }
    }
    let page = bound.page(hits, limit, |hit| (hit.points, hit.child_id));
    let data = with_children(conn, page.data)?;
    Ok(Page { data, next_cursor: page.next_cursor, total: None })
}

/// The areas to search; 422 if there is no such area.
fn below(conn: &mut PgConnection, code: &str) -> Result<Vec<String>> {
    areas::check(conn, "/area_code", code)?;
    areas::subtree(conn, code)
}

/// Sets how like a name must be, until the transaction ends.
fn demand(conn: &mut PgConnection, likeness: &str) -> Result<()> {
    sql_query("SELECT set_config('pg_trgm.word_similarity_threshold', $1, true)")
        .bind::<Text, _>(likeness)
        .execute(conn)?;
    Ok(())
}

fn find_hits(
    conn: &mut PgConnection,
    query: &ChildSearch,
    key: Option<&str>,
    areas: Option<&[String]>,
    after: Option<(i32, ChildId)>,
    limit: i64,
) -> Result<Vec<Hit>> {
    let id = query.external_id.as_ref();
    let (system, value) = (id.map(|id| id.system.as_str()), id.map(|id| id.value.as_str()));
    let blinds = external_id::blinds(conn, "child_external_ids", system, value)?;
    let hits = sql_query(HITS)
        .bind::<Nullable<Text>, _>(key)
        .bind::<Nullable<Array<Binary>>, _>(blinds)
        .bind::<Nullable<Date>, Option<NaiveDate>>(query.born_on)
        .bind::<Integer, _>(query.tolerance_days.unwrap_or(0))
        .bind::<Nullable<Text>, _>(&query.sex)
        .bind::<Nullable<Array<Text>>, _>(areas)
        .bind::<Nullable<Integer>, _>(after.map(|(points, _)| points))
        .bind::<Nullable<Uuid>, _>(after.map(|(_, id)| id))
        .bind::<BigInt, _>(limit)
        .load(conn)?;
    Ok(hits)
}

fn with_children(conn: &mut PgConnection, hits: Vec<Hit>) -> Result<Vec<ChildMatch>> {
    let ids: Vec<ChildId> = hits.iter().map(|hit| hit.child_id).collect();
    let found: Vec<Child> =
        children::table.filter(children::id.eq_any(ids)).select(Child::as_select()).load(conn)?;
    let whole = |hit: Hit| {
        let child = found.iter().find(|child| child.id == hit.child_id)?;
        let score = f64::from(hit.points) / 1000.0;
        Some(ChildMatch { child: ChildSummary::from(child), score, matched_name: hit.matched_name })
    };
    Ok(hits.into_iter().filter_map(whole).collect())
}
