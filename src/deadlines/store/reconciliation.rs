//! What does not add up today, worked out on the spot.
use chrono::NaiveDate;
use diesel::{prelude::*, sql_query, sql_types};
use serde::{Deserialize, Serialize};
use utoipa::IntoParams;
use uuid::Uuid;

use crate::{
    children::ChildId,
    deadlines::model::{Discrepancy, DiscrepancyKind},
    facilities::FacilityId,
    platform::{
        error::Result,
        page::{Page, PageQuery},
        reach::beyond,
    },
    reference::{areas, organisations::OrganisationId},
};

/// Which discrepancies to list.
#[derive(Debug, Default, Clone, Serialize, Deserialize, IntoParams)]
#[into_params(parameter_in = Query)]
pub struct DiscrepancyFilter {
    /// Of these kinds; repeat it for one of several.
    #[serde(default)]
    #[param(example = json!(["no_legal_status"]))]
    pub kind: Vec<DiscrepancyKind>,
    /// In this area, or one below it; repeat it for one of several.
    #[serde(default)]
    #[param(example = json!(["RS-20"]))]
    pub area: Vec<String>,
}

/// The children of whom the caller may know: 1 today, 2 kinds, 3 areas, 4 and 5 where the page before ended,
/// 6 limit.
const CHILDREN: &str = "
SELECT found.kind, c.id, c.organisation_id, c.area_code, NULL::integer AS expected, NULL::integer AS found
FROM care_periods p JOIN children c ON c.id = p.child_id
CROSS JOIN LATERAL (
    SELECT 'no_legal_status'::text AS kind WHERE NOT EXISTS (
        SELECT FROM legal_statuses l WHERE l.child_id = c.id AND l.axis = 'care_authority'
          AND l.valid_from <= $1 AND (l.valid_to IS NULL OR l.valid_to > $1))
    UNION ALL SELECT 'no_whereabouts' WHERE NOT EXISTS (
        SELECT FROM placements q WHERE q.child_id = c.id AND q.state = 'active'
          AND q.provider_kind <> 'none')
) AS found
WHERE p.state = 'open' AND (cardinality($2) = 0 OR found.kind = ANY ($2))
  AND ($3 IS NULL OR c.area_code = ANY ($3)) AND (c.id, found.kind) > ($4, $5)
ORDER BY c.id, found.kind LIMIT $6";

/// The facilities, about nobody: who lives there is only counted.
const FACILITIES: &str = "
SELECT told.kind, f.id, f.operator_id AS organisation_id, f.area_code, told.expected, living.number AS found
FROM facilities f
CROSS JOIN LATERAL (
    SELECT count(*)::integer AS number FROM placements q WHERE q.facility_id = f.id AND q.state = 'active'
) AS living
CROSS JOIN LATERAL (
    SELECT 'not_registered'::text AS kind, NULL::integer AS expected
    WHERE living.number > 0 AND NOT EXISTS (
        SELECT FROM facility_registrations r WHERE r.facility_id = f.id AND r.valid_from <= $1
          AND (r.valid_to IS NULL OR r.valid_to > $1) AND (r.revoked_on IS NULL OR r.revoked_on > $1))
    UNION ALL SELECT 'over_capacity', coalesce(sum(c.total), 0)::integer
    FROM facility_capacities c WHERE c.facility_id = f.id AND c.valid_from <= $1
      AND (c.valid_to IS NULL OR c.valid_to > $1)
    HAVING living.number > coalesce(sum(c.total), 0)
) AS told
WHERE (cardinality($2) = 0 OR told.kind = ANY ($2)) AND ($3 IS NULL OR f.area_code = ANY ($3))
  AND (f.id, told.kind) > ($4, $5)
ORDER BY f.id, told.kind LIMIT $6";

#[derive(diesel::QueryableByName)]
struct Row {
    #[diesel(sql_type = sql_types::Text)]
    kind: DiscrepancyKind,
    #[diesel(sql_type = sql_types::Uuid)]
    id: Uuid,
    #[diesel(sql_type = sql_types::Nullable<sql_types::Uuid>)]
    organisation_id: Option<OrganisationId>,
    #[diesel(sql_type = sql_types::Text)]
    area_code: String,
    #[diesel(sql_type = sql_types::Nullable<sql_types::Integer>)]
    expected: Option<i32>,
    #[diesel(sql_type = sql_types::Nullable<sql_types::Integer>)]
    found: Option<i32>,
}

/// Whether a row is about a facility, its id and its kind: the order of the list.
type Place = (bool, Uuid, String);

/// What does not add up: children first, by id.
pub fn reconcile(
    conn: &mut PgConnection,
    filter: &DiscrepancyFilter,
    page: &PageQuery,
    today: NaiveDate,
) -> Result<Page<Discrepancy>> {
    let (bound, limit) = (page.bind(filter), page.limit()?);
    let areas =
        (!filter.area.is_empty()).then(|| areas::subtrees(conn, &filter.area)).transpose()?;
    let after: Option<Place> = bound.after()?;
    let in_facilities = after.as_ref().is_some_and(|(facility, ..)| *facility);
    let (last, kind) = after.map_or((Uuid::nil(), String::new()), |(_, id, kind)| (id, kind));
    let ask =
        |conn: &mut PgConnection, sql, (last, kind): (Uuid, &str), most: i64| -> Result<Vec<Row>> {
            let kinds: Vec<&str> = filter.kind.iter().map(|kind| kind.as_str()).collect();
            Ok(sql_query(sql)
                .bind::<sql_types::Date, _>(today)
                .bind::<sql_types::Array<sql_types::Text>, _>(kinds)
                .bind::<sql_types::Nullable<sql_types::Array<sql_types::Text>>, _>(areas.as_deref())
                .bind::<sql_types::Uuid, _>(last)
                .bind::<sql_types::Text, _>(kind)
                .bind::<sql_types::BigInt, _>(most)
                .load(conn)?)
        };
    let mut rows: Vec<(bool, Row)> = Vec::new();
    if !in_facilities {
        let children = ask(conn, CHILDREN, (last, &kind), limit + 1)?;
        rows.extend(children.into_iter().map(|row| (false, row)));
    }
    let left = limit + 1 - i64::try_from(rows.len()).unwrap_or(limit);
    if left > 0 {
        let from = if in_facilities { (last, kind.as_str()) } else { (Uuid::nil(), "") };
        let facilities = beyond(conn, |conn| ask(conn, FACILITIES, from, left))?;
        rows.extend(facilities.into_iter().map(|row| (true, row)));
    }
    let place = |(facility, row): &(bool, Row)| -> Place {
        (*facility, row.id, row.kind.as_str().to_owned())
    };
    Ok(bound.page(rows, limit, place).map(|(facility, row)| told(facility, row)))
}

fn told(facility: bool, row: Row) -> Discrepancy {
    Discrepancy {
        kind: row.kind,
        child_id: (!facility).then(|| ChildId::from_untyped(row.id)),
        facility_id: facility.then(|| FacilityId::from_untyped(row.id)),
        organisation_id: row.organisation_id,
        area_code: row.area_code,
        expected: row.expected,
        found: row.found,
    }
}
