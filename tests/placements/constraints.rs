//! What the database itself refuses, whoever writes: each constraint with the rule in its name.
use diesel::connection::SimpleConnection as _;
use kinstead::placements::store;
use serde_json::json;

use crate::support::{Country, World, body, in_facility, leave, move_to_family, with_family};

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

#[actix_web::test]
async fn the_database_holds_what_a_constraint_can_say() {
    let world = World::new().await;
    let mut country = Country::of(&world);
    let (one, two) = (country.family(3), country.family(3));
    let child = country.child("female", "2015-01-01");
    let new = with_family(child, one, "2026-03-01");
    let first = country.change(|tx| store::create(tx, &body(new.clone()))).unwrap();
    let target = move_to_family(two, "2026-05-01");
    let seen = kinstead::platform::version::IfMatch::of(&first);
    let second =
        country.change(|tx| store::move_on(tx, first.id, &seen, &body(target.clone()))).unwrap();
    let period = second.care_period_id.unwrap();
    let update = |set: &str, id| format!("UPDATE placements SET {set} WHERE id = '{id}'");
    let copied = |columns: &str, values: &str| {
        format!(
            "INSERT INTO placements (id, child_id, care_period_id, state, care_type, planned_kind, provider_kind, \
             starts_on, opens_period, same_carer, legal_basis, flags, version, {columns}) \
             SELECT gen_random_uuid(), child_id, care_period_id, state, care_type, planned_kind, 'none', starts_on, \
             opens_period, same_carer, legal_basis, flags, version, {values} FROM placements WHERE id = '{}'",
            second.id
        )
    };
    for (statements, constraint) in [
        // PL-01: the second begins while the first still lasts; told before the gap that it leaves.
        (
            format!(
                "SET CONSTRAINTS pl_01_one_placement_at_a_time IMMEDIATE; {}",
                update("started_on = '2026-04-15'", second.id)
            ),
            "pl_01_one_placement_at_a_time",
        ),
        (update("ended_on = '2026-03-01'", first.id), "pl_02_placement_ends_after_it_began"),
        // PL-03: a day between the two on which the child would be nowhere.
        (
            update("started_on = '2026-05-02'", second.id),
            "pl_03_placements_of_a_period_are_contiguous",
        ),
        // PL-04: the period begins before its first placement, ends without its last, or is open without one.
        (
            format!("UPDATE care_periods SET started_on = '2026-02-01' WHERE id = '{period}'"),
            "pl_04_first_placement_opens_the_period",
        ),
        (
            format!(
                "UPDATE care_periods SET state = 'closed', ended_on = '2026-06-01', exit_reason = 'other', planned_exit = true WHERE id = '{period}'"
            ),
            "pl_04_last_placement_ends_with_the_period",
        ),
        (
            update("state = 'ended', ended_on = '2026-06-01', end_reason = 'other'", second.id),
            "pl_04_last_placement_ends_with_the_period",
        ),
        (update("care_period_id = NULL", first.id), "pl_04_living_placement_has_a_period"),
        (
            format!(
                "SET CONSTRAINTS pl_04_one_care_period_at_a_time IMMEDIATE; INSERT INTO care_periods SELECT gen_random_uuid(), child_id, 'open', '2026-06-01', NULL, entry_reason, other_reasons, entry_route, emergency, NULL, NULL, NULL, NULL, NULL, 1 FROM care_periods WHERE id = '{period}'"
            ),
            "pl_04_one_care_period_at_a_time",
        ),
        (update("end_reason = NULL", first.id), "pl_08_end_reason_with_an_end"),
        (copied("started_on", "'2026-07-01'"), "placements_care_period_id_until_key"),
    ] {
        assert_eq!(refused(&world, &statements), constraint, "{statements}");
    }
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
        let new = in_facility(child, home, from);
        let placed = country.change(|tx| store::create(tx, &body(new.clone()))).unwrap();
        let seen = kinstead::platform::version::IfMatch::of(&placed);
        country.change(|tx| store::end(tx, placed.id, &seen, &body(leave(to)))).unwrap();
    }
}
