//! What the database itself refuses, whoever writes: each constraint with the rule in its name.
use std::collections::BTreeSet;

use diesel::{RunQueryDsl as _, connection::SimpleConnection as _, sql_query};
use kinstead::{placements::store, platform::version::IfMatch};
use serde_json::json;

use crate::support::{Country, World, body, in_facility, move_to_family, with_family};

/// Runs statements in one transaction as the owner of the tables; the constraint that refused.
fn refused(world: &World, statements: &str) -> String {
    let mut owner = world.database.owner();
    let outcome = owner.batch_execute(&format!("BEGIN; {statements}; COMMIT"));
    match outcome {
        Err(diesel::result::Error::DatabaseError(_, info)) => {
            info.constraint_name().unwrap_or("none").to_owned()
        }
        other => panic!("{other:?} for {statements}"),
    }
}

/// Every constraint of the tables, but for those that are there to be referred to only: the pair of
/// a period's id and its first day is as unique as the id.
const REFERRED_TO: &str = "care_periods_id_started_on_key";

/// A child who moved once, is away now and was reported missing; the statements of each constraint.
fn violations(world: &World) -> Vec<(&'static str, String)> {
    let mut country = Country::of(world);
    let (one, two) = (country.family(3), country.family(3));
    let (child, home) =
        (country.child("female", "2015-01-01"), country.facility(json!({"total": 1})));
    let first = country.stay(with_family(child, one, "2026-03-01"), None);
    let (seen, target) = (IfMatch::of(&first), move_to_family(two, "2026-05-01"));
    let second =
        country.change(|tx| store::move_on(tx, first.id, &seen, &body(target.clone()))).unwrap();
    let away = json!({"reason": "hospital", "started_on": "2026-06-01"});
    country.change(|tx| store::report_absence(tx, second.id, &body(away.clone()))).unwrap();
    let gone = json!({"kind": "missing", "started_at": "2026-06-02T08:00:00Z"});
    country.change(|tx| store::report_missing(tx, child, &body(gone.clone()))).unwrap();

    let before = |set: &str| format!("UPDATE placements SET {set} WHERE id = '{}'", first.id);
    let now = |set: &str| format!("UPDATE placements SET {set} WHERE id = '{}'", second.id);
    let period = |set: &str| format!("UPDATE care_periods SET {set}");
    let closed = |with: &str| {
        let set =
            "state = 'closed', ended_on = '2026-06-01', exit_reason = 'other', planned_exit = true";
        period(&format!("{set}{with}"))
    };
    let absence = |set: &str| format!("UPDATE temporary_absences SET {set}");
    let episode = |set: &str| format!("UPDATE missing_episodes SET {set}");
    let in_home = |id: &str| {
        now(&format!("provider_kind = 'facility', carer_family_id = NULL, facility_id = {id}"))
    };
    let at_once =
        |constraint: &str, then: String| format!("SET CONSTRAINTS {constraint} IMMEDIATE; {then}");
    let another = |id: &str, from: &str| {
        format!(
            "INSERT INTO care_periods SELECT {id}, child_id, 'open', '{from}', NULL, entry_reason, other_reasons, entry_route, emergency, NULL, NULL, NULL, NULL, NULL, 1 FROM care_periods"
        )
    };
    let copy = format!(
        "INSERT INTO placements (id, child_id, care_period_id, state, care_type, planned_kind, provider_kind, starts_on, started_on, opens_period, same_carer, legal_basis, flags, version) \
         SELECT gen_random_uuid(), child_id, care_period_id, state, care_type, planned_kind, 'none', starts_on, '2026-07-01', opens_period, same_carer, legal_basis, flags, version FROM placements WHERE id = '{}'",
        second.id
    );
    vec![
        ("care_periods_check", period("planned_exit = true")),
        ("care_periods_check1", period("state = 'closed'")),
        ("care_periods_child_id_fkey", period("child_id = gen_random_uuid()")),
        ("care_periods_entry_reason_check", period("entry_reason = ''")),
        ("care_periods_entry_route_check", period("entry_route = ''")),
        ("care_periods_exit_area_code_fkey", period("exit_area_code = 'XX'")),
        ("care_periods_exit_reason_check", closed("").replace("'other'", "''")),
        ("care_periods_first_visit_on_check", period("first_visit_on = '2026-06-08'")),
        ("care_periods_other_reasons_check", period("other_reasons = ARRAY[NULL]::text[]")),
        ("care_periods_pkey", another("id", "2026-06-01")),
        ("care_periods_re_entry_of_fkey", period("re_entry_of = gen_random_uuid()")),
        ("care_periods_state_check", period("state = 'dreaming'")),
        ("care_periods_version_check", period("version = 0")),
        ("missing_episodes_care_period_id_fkey", episode("care_period_id = gen_random_uuid()")),
        ("missing_episodes_check", episode("ended_at = started_at")),
        ("missing_episodes_check1", episode("ended_at = started_at + '1 hour', interview_offered = false, interview_accepted = true")),
        ("missing_episodes_check2", episode("interview_offered = true")),
        ("missing_episodes_child_id_fkey", episode("child_id = gen_random_uuid()")),
        ("missing_episodes_kind_check", episode("kind = ''")),
        ("missing_episodes_pkey", "INSERT INTO missing_episodes SELECT * FROM missing_episodes".into()),
        ("missing_episodes_version_check", episode("version = 0")),
        // The second begins while the first still lasts; told before the gap that it leaves.
        ("pl_01_one_placement_at_a_time", at_once("pl_01_one_placement_at_a_time", now("started_on = '2026-04-15'"))),
        ("pl_02_period_ends_after_it_began", closed("").replace("2026-06-01", "2026-03-01")),
        ("pl_02_placement_ends_after_it_began", before("ended_on = '2026-03-01'")),
        // A day between the two on which the child would be nowhere.
        ("pl_03_placements_of_a_period_are_contiguous", now("started_on = '2026-05-02'")),
        ("pl_04_first_placement_opens_the_period", period("started_on = '2026-02-01'")),
        ("pl_04_last_placement_ends_with_the_period", closed("")),
        ("pl_04_last_placement_ends_with_the_period", now("state = 'ended', ended_on = '2026-07-01', end_reason = 'other'")),
        ("pl_04_living_placement_has_a_period", before("care_period_id = NULL")),
        ("pl_04_one_care_period_at_a_time", at_once("pl_04_one_care_period_at_a_time", another("gen_random_uuid()", "2026-06-01"))),
        ("pl_08_end_reason_with_an_end", before("end_reason = NULL")),
        ("pl_08_exit_reason_with_an_end", period("exit_reason = 'other'")),
        ("pl_24_one_absence_at_a_time", "INSERT INTO temporary_absences SELECT gen_random_uuid(), placement_id, child_id, reason, started_on + 1, NULL, 1 FROM temporary_absences".into()),
        ("pl_32_one_missing_episode_at_a_time", "INSERT INTO missing_episodes SELECT gen_random_uuid(), child_id, care_period_id, kind, started_at + '1 hour', NULL, NULL, NULL, 1 FROM missing_episodes".into()),
        ("placements_care_period_id_fkey", now("care_period_id = gen_random_uuid()")),
        // Two of a period are open at once.
        ("placements_care_period_id_until_key", copy),
        ("placements_care_type_check", now("care_type = ''")),
        ("placements_carer_family_id_fkey", now("carer_family_id = gen_random_uuid()")),
        ("placements_check", now("carer_family_id = NULL")),
        ("placements_check1", now(&format!("facility_id = '{home}'"))),
        ("placements_check2", now("facility_unit_id = gen_random_uuid()")),
        ("placements_check3", now("started_on = NULL")),
        ("placements_check4", now("ended_on = '2026-06-01', end_reason = 'other'")),
        ("placements_child_id_fkey", now("child_id = gen_random_uuid()")),
        ("placements_end_reason_check", before("end_reason = ''")),
        ("placements_facility_id_fkey", in_home("gen_random_uuid()")),
        ("placements_facility_unit_id_facility_id_fkey", in_home(&format!("'{home}', facility_unit_id = gen_random_uuid()"))),
        ("placements_flags_check", now("flags = ARRAY[NULL]::text[]")),
        ("placements_pkey", before(&format!("id = '{}'", second.id))),
        ("placements_planned_kind_check", now("planned_kind = ''")),
        ("placements_provider_kind_check", now("provider_kind = 'other', carer_family_id = NULL")),
        ("placements_state_check", now("state = 'dreaming'")),
        ("placements_version_check", now("version = 0")),
        ("temporary_absences_check", absence("ended_on = started_on")),
        ("temporary_absences_child_id_fkey", absence("child_id = gen_random_uuid()")),
        ("temporary_absences_pkey", "INSERT INTO temporary_absences SELECT * FROM temporary_absences".into()),
        ("temporary_absences_placement_id_fkey", absence("placement_id = gen_random_uuid()")),
        ("temporary_absences_reason_check", absence("reason = ''")),
        ("temporary_absences_version_check", absence("version = 0")),
    ]
}

#[actix_web::test]
async fn the_database_holds_what_a_constraint_can_say() {
    let world = World::new().await;
    let violations = violations(&world);
    for (constraint, statements) in &violations {
        assert_eq!(refused(&world, statements), *constraint, "{statements}");
    }
    let tried: BTreeSet<&str> =
        violations.iter().map(|(constraint, _)| *constraint).chain([REFERRED_TO]).collect();
    let there = constraints(&world);
    assert_eq!(tried, there.iter().map(String::as_str).collect(), "each constraint is tried");
}

/// The names of all constraints of the tables of this domain.
fn constraints(world: &World) -> BTreeSet<String> {
    #[derive(diesel::QueryableByName)]
    struct Named {
        #[diesel(sql_type = diesel::sql_types::Text)]
        name: String,
    }
    let rows: Vec<Named> = sql_query(
        "SELECT conname::text AS name FROM pg_constraint WHERE conrelid::regclass::text \
         IN ('care_periods', 'placements', 'temporary_absences', 'missing_episodes')",
    )
    .load(&mut world.database.owner())
    .unwrap();
    rows.into_iter().map(|row| row.name).collect()
}

#[actix_web::test]
async fn one_period_after_another_is_no_overlap() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    let home = country.facility(json!({"total": 1}));
    let child = country.child("female", "2015-01-01");
    for (from, to) in
        [("2026-03-01", "2026-04-01"), ("2026-04-01", "2026-05-01"), ("2026-05-01", "2026-06-01")]
    {
        country.stay(in_facility(child, home, from), Some(to));
    }
}
