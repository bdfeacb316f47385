//! A small made-up country, judged from outside: by SQL over the whole of it, not by the rules that
//! it was written through.
mod files;
mod preview;
mod rates;
mod taken_over;

use std::sync::OnceLock;

use chrono::{Days, NaiveDate};
use diesel::{PgConnection, QueryableByName, RunQueryDsl as _, sql_query, sql_types};
use kinstead::{
    carers::{self, CarerFamilyId},
    children::ChildId,
    placements::{self, NewPlacement, SiblingPlacements},
    platform::{db::change_on, embedded::Role, idempotency::PLATFORM, time::AsOf},
    seed::{
        self, Options, Summary, Urls,
        anchors::{ALL, Anchor},
    },
};
use serde_json::json;
use uuid::Uuid;

use crate::support::{Database, body, noon};

struct Filled {
    database: Database,
    options: Options,
    summary: Summary,
}

/// One country for all tests here that only read it.
fn filled() -> &'static Filled {
    static FILLED: OnceLock<Filled> = OnceLock::new();
    FILLED.get_or_init(|| {
        let database = Database::without_personas();
        let options = Options { children: 60, years: 10, seed: 7, today: noon().date_naive() };
        let summary = seed::run(&urls(&database), &options, &|_| ()).unwrap();
        Filled { database, options, summary }
    })
}

fn urls(database: &Database) -> Urls {
    Urls { service: database.url(Role::Service), owner: database.url(Role::Owner) }
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = sql_types::BigInt)]
    number: i64,
}

fn count(conn: &mut PgConnection, from: &str) -> i64 {
    sql_query(format!("SELECT count(*) AS number FROM {from}"))
        .get_result::<Count>(conn)
        .unwrap()
        .number
}

#[test]
fn the_country_is_as_large_as_was_asked_for() {
    let Filled { summary, database, .. } = filled();
    assert_eq!(summary.children_in_care, 60);
    // One or two more may be needed where children live in them all.
    assert!((45..=47).contains(&summary.carer_families_approved), "{summary:?}");
    assert_eq!((summary.facilities_open, summary.areas), (8, 155));
    assert!(summary.children > 120 && summary.placements > summary.care_periods, "{summary:?}");
    let conn = &mut database.owner();
    assert!(summary.rows > 10_000, "{summary:?}");
    for some in [
        "placements WHERE state = 'planned'",
        "carer_families WHERE state NOT IN ('approved', 'resigned')",
        "facilities WHERE state = 'admissions_stopped'",
        "child_relations",
        "facility_inspections",
        "facility_staff_snapshots",
        "placement_endings",
        "children WHERE ethnicity = 'roma'",
        "child_names WHERE given ~ '^[А-Яа-яЂ-џ ]+$'",
    ] {
        assert!(count(conn, some) > 0, "{some}");
    }
    // What was learned long ago was recorded long ago, and what lies before was taken over.
    assert!(count(conn, "journal WHERE recorded_at < '2022-11-22'") > 100);
    assert_eq!(count(conn, "journal WHERE recorded_at >= '2026-11-23'"), 0);
    assert_eq!(count(conn, "journal WHERE recorded_at < '2021-10-22'"), 0);
    for kind in ["care_period", "placement", "carer_family"] {
        let taken =
            format!("journal WHERE kind = '{kind}' AND event = 'taken_over' AND version = 1");
        assert!(count(conn, &taken) > 10, "{kind}");
    }
    let old = "placements WHERE ended_on < '2026-11-22'::date - 3000 AND started_on < ended_on";
    assert!(count(conn, old) > 10);
}

/// Each finds what must not be.
const BREACHES: &[(&str, &str)] = &[
    ("two placements of a child on a day (PL-01)",
     "placements a JOIN placements b ON a.child_id = b.child_id AND a.id < b.id AND a.state IN ('active', 'ended') AND b.state IN ('active', 'ended')
      AND daterange(a.started_on, a.ended_on) && daterange(b.started_on, b.ended_on)"),
    ("a gap in a care period (PL-03)",
     "placements p WHERE p.state IN ('active', 'ended') AND NOT p.opens_period AND NOT EXISTS
      (SELECT FROM placements b WHERE b.care_period_id = p.care_period_id AND b.ended_on = p.started_on)"),
    ("a care period that begins or ends without its placement (PL-04)",
     "care_periods c WHERE (SELECT (min(started_on), max(coalesce(ended_on, 'infinity'))) FROM placements p WHERE p.care_period_id = c.id AND p.state IN ('active', 'ended'))
      IS DISTINCT FROM (c.started_on, coalesce(c.ended_on, 'infinity'))"),
    ("a stay before birth, after death, or that began at 18 (PL-05, PL-07)",
     "placements p JOIN children c ON c.id = p.child_id WHERE p.started_on < c.birth_date OR p.started_on >= c.birth_date + interval '18 years'
      OR p.started_on >= c.death_date OR p.ended_on > c.death_date OR p.started_on >= c.adopted_on"),
    ("a start in the future (PL-06)", "placements WHERE greatest(started_on, ended_on) > '2026-11-22'::date"),
    ("an end without a reason (PL-08)", "placements WHERE (state = 'ended') <> (ended_on IS NOT NULL AND end_reason IS NOT NULL)"),
    ("independent living before 15 (PL-10)",
     "placements p JOIN children c ON c.id = p.child_id WHERE p.care_type = 'supervised_independent_living' AND p.started_on < c.birth_date + interval '15 years'"),
    ("a stay that began outside the family's approval (PL-11)",
     "placements p JOIN children c ON c.id = p.child_id WHERE p.started_on IS NOT NULL AND p.carer_family_id IS NOT NULL AND NOT EXISTS
      (SELECT FROM carer_approvals a WHERE a.carer_family_id = p.carer_family_id AND a.valid_from <= p.started_on AND p.started_on < coalesce(a.ended_on, a.valid_to)
       AND extract(year FROM age(p.started_on, c.birth_date)) BETWEEN a.age_min AND a.age_max
       AND (a.named_children = '{}' OR c.id = ANY (a.named_children))
       AND CASE p.care_type WHEN 'kinship_formal' THEN 'kinship' WHEN 'pre_adoptive' THEN 'adoption' WHEN 'foster_emergency' THEN 'emergency' ELSE 'foster' END = ANY (a.purposes))"),
    ("a stay that began where no children were taken (PL-11, PL-13)",
     "placements p WHERE p.started_on IS NOT NULL AND p.facility_id IS NOT NULL AND NOT EXISTS
      (SELECT FROM facility_states s JOIN facility_registrations r USING (facility_id) WHERE s.facility_id = p.facility_id AND s.state = 'registered'
       AND daterange(s.valid_from, s.valid_to) @> p.started_on AND daterange(r.valid_from, r.valid_to) @> p.started_on)"),
    ("a facility fuller than its capacity (PL-12)",
     "(SELECT DISTINCT facility_id AS id, day FROM placements p, LATERAL (VALUES (p.started_on)) d (day) WHERE facility_id IS NOT NULL AND day IS NOT NULL
       UNION SELECT facility_id, valid_from FROM facility_capacities) days
      JOIN facility_capacities k ON k.facility_id = days.id AND daterange(k.valid_from, k.valid_to) @> days.day
      CROSS JOIN LATERAL (SELECT count(*) AS total, count(*) FILTER (WHERE c.sex = 'female') AS girls, count(*) FILTER (WHERE c.sex = 'male') AS boys
        FROM placements p JOIN children c ON c.id = p.child_id WHERE p.facility_id = days.id AND p.state IN ('active', 'ended') AND daterange(p.started_on, p.ended_on) @> days.day) n
      WHERE n.total > k.total OR n.girls > (k.by_sex ->> 'female')::int OR n.boys > (k.by_sex ->> 'male')::int"),
    ("a unit fuller than its places (PL-12)",
     "placements q JOIN facility_capacities k ON k.facility_id = q.facility_id AND daterange(k.valid_from, k.valid_to) @> q.started_on
      CROSS JOIN LATERAL (SELECT count(*) AS living FROM placements p WHERE p.facility_unit_id = q.facility_unit_id AND p.state IN ('active', 'ended') AND daterange(p.started_on, p.ended_on) @> q.started_on) n
      WHERE q.facility_unit_id IS NOT NULL AND n.living > coalesce((SELECT (u ->> 'places')::int FROM jsonb_array_elements(k.units) u WHERE (u ->> 'id')::uuid = q.facility_unit_id), 0)"),
    ("a family fuller than its approval, but for siblings (PL-12)",
     "placements q JOIN carer_approvals a ON a.carer_family_id = q.carer_family_id AND daterange(a.valid_from, coalesce(a.ended_on, a.valid_to)) @> q.started_on
      CROSS JOIN LATERAL (SELECT array_agg(p.child_id) AS living FROM placements p WHERE p.carer_family_id = q.carer_family_id AND p.state IN ('active', 'ended') AND daterange(p.started_on, p.ended_on) @> q.started_on) n
      WHERE cardinality(n.living) > a.max_children AND EXISTS (SELECT FROM unnest(n.living) x (id) WHERE x.id <> q.child_id AND NOT EXISTS
        (SELECT FROM child_relations r WHERE r.child_id = q.child_id AND r.related_child_id = x.id AND r.kind LIKE '%sibling'))"),
    ("a child in a facility that is closed (FA-05)",
     "placements p JOIN facilities f ON f.id = p.facility_id WHERE p.started_on IS NOT NULL AND f.closed_on IS NOT NULL AND coalesce(p.ended_on, 'infinity') > f.closed_on"),
    ("a facility that closed before everybody had a transition plan (FA-05)",
     "placements p JOIN facilities f ON f.id = p.facility_id JOIN facility_states s ON s.facility_id = f.id AND s.state = 'closing' JOIN children c ON c.id = p.child_id
      WHERE f.closed_on > (SELECT min(recorded_at)::date FROM journal) AND p.state = 'ended' AND p.ended_on > s.valid_from AND c.death_date IS NULL AND c.adopted_on IS NULL
        AND NOT EXISTS (SELECT FROM transition_plans t WHERE t.child_id = p.child_id AND t.facility_id = f.id AND t.state IN ('agreed', 'carried_out'))"),
    ("a child away on days when it lived elsewhere (PL-24)",
     "temporary_absences t JOIN placements p ON p.id = t.placement_id WHERE t.started_on <= p.started_on OR t.ended_on > p.ended_on"),
    ("a child missing that is not in care (PL-32)",
     "missing_episodes m JOIN care_periods c ON c.id = m.care_period_id WHERE m.started_at::date < c.started_on OR m.ended_at::date > coalesce(c.ended_on, 'infinity')"),
    ("a day in care without a legal status",
     "care_periods c WHERE NOT daterange(c.started_on, coalesce(c.ended_on, '2026-11-22'::date)) <@ (SELECT range_agg(daterange(valid_from, valid_to)) FROM legal_statuses l WHERE l.child_id = c.child_id AND l.axis = 'care_authority')"),
    ("a large institution without an exception (FA-04)",
     "facilities WHERE facility_type IN ('institution_large', 'infant_home') AND large_exception_decision_no IS NULL"),
    ("a record whose last entry in the journal is not its version",
     "placements p WHERE p.version <> (SELECT max(version) FROM journal j WHERE j.subject = p.id)"),
    ("a history that runs backwards",
     "(SELECT recorded_at < lag(recorded_at) OVER (PARTITION BY subject ORDER BY position) AS back FROM journal) j WHERE back"),
];

fn breaches(conn: &mut PgConnection) -> Vec<String> {
    let found =
        BREACHES.iter().chain(files::BREACHES).map(|(what, from)| (what, count(conn, from)));
    let broken = found.filter(|(_, number)| *number > 0);
    broken.map(|(what, number)| format!("{what}: {number}")).collect()
}

#[test]
fn no_rule_is_broken_anywhere_in_it() {
    assert_eq!(breaches(&mut filled().database.owner()), Vec::<String>::new());
}

#[test]
fn whoever_is_in_care_lives_somewhere_on_every_day() {
    let Filled { database, options, .. } = filled();
    let conn = &mut database.owner();
    for days in (0..3650).step_by(91) {
        let day = options.today - Days::new(days);
        let on = |range: &str| format!("daterange(started_on, ended_on) @> '{range}'::date");
        let day = on(&day.to_string());
        let in_care = count(conn, &format!("care_periods WHERE {day}"));
        let living =
            count(conn, &format!("placements WHERE state IN ('active', 'ended') AND {day}"));
        assert_eq!(in_care, living, "{day}");
    }
}

#[test]
fn the_same_seed_tells_the_same_history() {
    let day = NaiveDate::from_ymd_opt(2026, 11, 22).unwrap();
    let options = |seed| Options { children: 60, years: 4, seed, today: day };
    let digest = |seed| seed::digest(&options(seed)).unwrap();
    assert_eq!(digest(1), digest(1));
    assert_ne!(digest(1), digest(2));
}

#[test]
fn a_registry_that_holds_something_is_left_alone() {
    let Filled { database, options, .. } = filled();
    let before = count(&mut database.owner(), "journal");
    let refused = seed::run(&urls(database), options, &|_| ()).unwrap_err();
    assert_eq!(refused.code(), "state_conflict", "{refused:?}");
    assert_eq!(count(&mut database.owner(), "journal"), before);
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = sql_types::Uuid)]
    id: Uuid,
}

/// The one child of that name, and no other has its family name and given name.
fn only(conn: &mut PgConnection, given: &str, family: &str) -> ChildId {
    let rows: Vec<Row> = sql_query(format!(
        "SELECT DISTINCT child_id AS id FROM child_names WHERE given = '{given}' AND family = '{family}'"
    ))
    .load(conn)
    .unwrap();
    assert_eq!(rows.len(), 1, "{given} {family}");
    ChildId::from_untyped(rows[0].id)
}

fn with(child: ChildId, family: Uuid, day: NaiveDate) -> NewPlacement {
    body(json!({
        "child_id": child, "intent": "start", "care_type": "foster_short_term",
        "planned_kind": "short_term", "starts_on": day, "expected_end_on": day + Days::new(90),
        "provider": {"kind": "carer_family", "carer_family_id": family},
        "legal_basis": "Family Act, art. 113",
        "care_entry": {"entry_reason": "parent_illness", "entry_route": "from_family", "emergency": true},
    }))
}

/// The walk of the README, without leaving a trace.
fn walk(anchor: &Anchor, filled: &Filled) {
    let conn = &mut filled.database.service();
    let (now, today) = (noon(), filled.options.today);
    let sister = only(conn, anchor.sister, anchor.siblings);
    let brother = only(conn, anchor.brother, anchor.siblings);
    let third = only(conn, anchor.third, anchor.third_family);
    let family: Row = sql_query(format!(
        "SELECT carer_family_id AS id FROM carer_persons WHERE family_name = '{}' LIMIT 1",
        anchor.carers
    ))
    .get_result(conn)
    .unwrap();
    let last_year = AsOf { as_of: Some(today - Days::new(365)), known_at: None };
    let before = placements::store::timeline(conn, sister, last_year, now).unwrap();
    let before = serde_json::to_string(&before).unwrap();
    assert!(
        before.contains(&family.id.to_string()) && before.contains("foster_long_term"),
        "{before}"
    );
    let undone = change_on(conn, PLATFORM, now, |tx| {
        let free =
            carers::store::availability(tx.conn, CarerFamilyId::from_untyped(family.id), today)?;
        assert_eq!((free.places, free.places_free), (2, 2));
        let pair = SiblingPlacements {
            placements: vec![with(sister, family.id, today), with(brother, family.id, today)],
        };
        assert_eq!(placements::store::create_siblings(tx, &pair)?.value().len(), 2);
        placements::store::create(tx, &with(third, family.id, today))
    })
    .unwrap_err();
    assert!(format!("{undone:?}").contains("PL-12"), "{undone:?}");
}

#[test]
fn the_walk_through_the_country_can_be_done_near_both_towns() {
    for anchor in ALL {
        walk(&anchor, filled());
    }
}
