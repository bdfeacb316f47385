//! What two records say that cannot be of one child, and what both say alike.
use diesel::{
    PgConnection, QueryableByName, RunQueryDsl as _, sql_query, sql_types::Uuid as SqlUuid,
};
use uuid::Uuid;

use crate::{
    children::Child,
    merges::model::{Contradiction, Records},
    platform::{error::Result, rule::Refusal},
};

/// Rule, what contradicts, kind and table of the records, and the condition on which `a` and `b` contradict. Each is
/// held by a constraint, too, which says less.
const CONTRADICTIONS: &[(&str, &str, &str, &str, &str)] = &[
    (
        "PL-04",
        "two times in care at once",
        "care_period",
        "care_periods",
        "'entered_in_error' NOT IN (a.state, b.state)
         AND daterange(a.started_on, a.ended_on) && daterange(b.started_on, b.ended_on)",
    ),
    (
        "PL-01",
        "two homes on one day",
        "placement",
        "placements",
        "a.state IN ('active', 'ended') AND b.state IN ('active', 'ended')
         AND daterange(a.started_on, a.ended_on) && daterange(b.started_on, b.ended_on)",
    ),
    (
        "PL-24",
        "two absences at once",
        "temporary_absence",
        "temporary_absences",
        "daterange(a.started_on, a.ended_on) && daterange(b.started_on, b.ended_on)",
    ),
    (
        "PL-32",
        "missing twice at once",
        "missing_episode",
        "missing_episodes",
        "tstzrange(a.started_at, a.ended_at) && tstzrange(b.started_at, b.ended_at)",
    ),
    (
        "DI-03",
        "two legal statuses on one axis at once",
        "legal_status",
        "legal_statuses",
        "a.axis = b.axis AND daterange(a.valid_from, a.valid_to) && daterange(b.valid_from, b.valid_to)
         AND (a.status, a.valid_from, coalesce(a.valid_to, 'infinity'))
             <> (b.status, b.valid_from, coalesce(b.valid_to, 'infinity'))",
    ),
    (
        "DI-03",
        "another relation to the same child",
        "relation",
        "child_relations",
        "a.related_child_id = b.related_child_id AND a.kind <> b.kind",
    ),
    (
        "DI-03",
        "the two are recorded as related",
        "relation",
        "child_relations",
        "a.related_child_id = b.child_id AND b.related_child_id = a.child_id",
    ),
    (
        "DI-03",
        "both are members of one family",
        "family_member",
        "family_members",
        "a.family_id = b.family_id",
    ),
    (
        "CA-02",
        "two open cases",
        "case",
        "cases",
        "a.state NOT IN ('closed', 'duplicate') AND b.state NOT IN ('closed', 'duplicate')",
    ),
    ("TR-01", "two open offers", "transfer", "transfers", "a.state = 'offered' AND b.state = 'offered'"),
    (
        "CP-01",
        "two active plans outside care",
        "care_plan",
        "care_plans",
        "a.state = 'active' AND b.state = 'active' AND a.care_period_id IS NULL AND b.care_period_id IS NULL",
    ),
    (
        "IN-02",
        "two incidents of a death",
        "incident",
        "incidents",
        "a.kind = 'death' AND b.kind = 'death' AND 'entered_in_error' NOT IN (a.state, b.state)",
    ),
    (
        "FA-08",
        "two plans to leave the same facility",
        "transition_plan",
        "transition_plans",
        "a.facility_id = b.facility_id
         AND a.state IN ('drafted', 'agreed') AND b.state IN ('drafted', 'agreed')",
    ),
    ("DI-03", "facts of one year in two returns", "return_fact", "return_facts", "a.year = b.year"),
];

/// What both say alike: kind of the records, and which of them stay with the record that was merged. $1 is the survivor,
/// $2 the other one.
const ALIKE: &[(&str, &str)] = &[
    (
        "legal_status",
        "SELECT b.id FROM legal_statuses a JOIN legal_statuses b ON a.axis = b.axis AND a.status = b.status
            AND a.valid_from = b.valid_from AND a.valid_to IS NOT DISTINCT FROM b.valid_to
         WHERE a.child_id = $1 AND b.child_id = $2",
    ),
    (
        "relation",
        "SELECT r.id FROM child_relations a JOIN child_relations b
            ON a.related_child_id = b.related_child_id AND a.kind = b.kind
         JOIN child_relations r ON r.id = b.id OR r.mirror_id = b.id
         WHERE a.child_id = $1 AND b.child_id = $2",
    ),
    // Those about the pair, which is none any more, and those that were raised of both.
    (
        "alert",
        "SELECT b.id FROM alerts b
         WHERE b.child_id IN ($1, $2) AND b.other_child_id IN ($1, $2)
            OR b.subject_id = $2 AND EXISTS (SELECT FROM alerts a WHERE a.subject_id = $1 AND a.rule = b.rule
                AND a.subject_kind = b.subject_kind AND a.due_on = b.due_on)",
    ),
    (
        "carer_approval",
        "SELECT id FROM carer_approvals WHERE $1 = ANY (named_children) AND $2 = ANY (named_children)",
    ),
];

#[derive(QueryableByName)]
struct Two {
    #[diesel(sql_type = SqlUuid)]
    one: Uuid,
    #[diesel(sql_type = SqlUuid)]
    other: Uuid,
}

#[derive(QueryableByName)]
struct One {
    #[diesel(sql_type = SqlUuid)]
    id: Uuid,
}

/// What has to be corrected before the two can be one.
pub fn of(conn: &mut PgConnection, survivor: &Child, other: &Child) -> Result<Vec<Contradiction>> {
    let mut all = Vec::new();
    for (rule, detail, kind, table, both) in CONTRADICTIONS {
        let pairs: Vec<Two> = sql_query(format!(
            "SELECT a.id AS one, b.id AS other FROM {table} a JOIN {table} b ON {both} \
             WHERE a.child_id = $1 AND b.child_id = $2 ORDER BY 1, 2"
        ))
        .bind::<SqlUuid, _>(survivor.id.untyped())
        .bind::<SqlUuid, _>(other.id.untyped())
        .load(conn)?;
        all.extend(pairs.into_iter().map(|Two { one, other }| Contradiction {
            rule: (*rule).to_owned(),
            detail: (*detail).to_owned(),
            kind: (*kind).to_owned(),
            record_id: one,
            other_record_id: other,
        }));
    }
    Ok(all)
}

/// The refusal of what contradicts; nothing if nothing does.
pub fn refuse(contradictions: &[Contradiction]) -> Result<()> {
    let Some(first) = contradictions.first() else { return Ok(()) };
    let detail = format!("{}: correct one of the records first", first.detail);
    let refusal = Refusal::conflict(&first.rule, detail).at("/child_id");
    Err(refusal.fact("contradictions", contradictions).into())
}

/// What both say alike: these records of the other one stay with it.
pub fn alike(conn: &mut PgConnection, survivor: &Child, other: &Child) -> Result<Records> {
    let mut kept = Records::new();
    for (kind, sql) in ALIKE {
        let ids: Vec<One> = sql_query(*sql)
            .bind::<SqlUuid, _>(survivor.id.untyped())
            .bind::<SqlUuid, _>(other.id.untyped())
            .load(conn)?;
        if !ids.is_empty() {
            kept.insert((*kind).to_owned(), ids.into_iter().map(|one| one.id).collect());
        }
    }
    Ok(kept)
}
