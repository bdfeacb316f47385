//! What counts for the clocks of contact, visits and guardians, and what does not.
use super::{
    Scene,
    counted::{Step, follow},
};

const OF_A_CHILD: &[Step] = &[
    ("SELECT", &[
        ("CT-01", "child", &[]),
        ("CT-03", "child", &["2027-01-30"]),
        ("PL-28", "child", &["2026-11-22"]),
    ]),
    ("UPDATE children SET parental_status = 'both_alive'",
     &[("CT-01", "child", &["2027-02-01"]), ("PL-28", "child", &[])]),
    ("INSERT INTO visits (id, child_id, worker_name, worker_id, visited_on, child_seen, place, state, version)
      VALUES (gen_random_uuid(), CHILD, 'Milica', 'worker-1', '2026-11-20', false, SEALED, 'recorded', 1)",
     &[("CT-03", "child", &["2027-01-30"])]),
    ("UPDATE visits SET child_seen = true, seen_alone = false", &[("CT-03", "child", &["2027-02-18"])]),
    ("UPDATE visits SET state = 'entered_in_error', state_reason = SEALED", &[("CT-03", "child", &["2027-01-30"])]),
    ("INSERT INTO contact_events (id, child_id, contact_with, kind, happened_on, supervised, took_place, not_because, state, version)
      VALUES (gen_random_uuid(), CHILD, 'mother', 'visit', '2026-11-10', false, false, 'illness', 'recorded', 1)",
     &[("CT-01", "child", &["2027-02-01"])]),
    ("UPDATE contact_events SET took_place = true, not_because = NULL", &[("CT-01", "child", &["2027-02-10"])]),
    ("UPDATE children SET parental_status = 'unknown'", &[("CT-01", "child", &["2027-02-10"])]),
    ("UPDATE contact_events SET state = 'entered_in_error', state_reason = SEALED", &[("CT-01", "child", &[])]),
    ("UPDATE children SET parental_status = 'both_alive'", &[("CT-01", "child", &["2027-02-01"])]),
    ("INSERT INTO contact_restrictions (id, child_id, contact_with, kinds, reason, valid_from, valid_to, decided_by, decided_on, decision, child_views, state, version)
      VALUES (gen_random_uuid(), CHILD, 'mother', '{visit}', 'risk_of_harm', '2026-11-22', '2026-12-05', AUTHORITY, '2026-11-02', SEALED, SEALED, 'decided', 1)",
     &[("CT-01", "child", &["2027-03-05"])]),
    ("UPDATE contact_restrictions SET valid_from = '2026-11-23'", &[("CT-01", "child", &["2027-02-01"])]),
    ("UPDATE contact_restrictions SET valid_from = '2026-11-05', state = 'lifted', lifted_on = '2026-11-20', state_reason = SEALED",
     &[("CT-01", "child", &["2027-02-20"])]),
    ("UPDATE contact_restrictions SET state = 'entered_in_error', lifted_on = NULL", &[("CT-01", "child", &["2027-02-01"])]),
    ("UPDATE placements SET care_type = 'kinship_formal'", &[("CT-01", "child", &[]), ("CT-03", "child", &["2027-01-30"])]),
    ("UPDATE placements SET care_type = 'foster_short_term'", &[("CT-01", "child", &["2027-02-01"])]),
    ("INSERT INTO missing_episodes (id, child_id, care_period_id, kind, started_at, version)
      VALUES (gen_random_uuid(), CHILD, PERIOD, 'missing', '2026-11-21T10:00:00Z', 1)",
     &[("CT-01", "child", &[]), ("CT-03", "child", &[])]),
    ("UPDATE missing_episodes SET ended_at = '2026-11-22T01:00:00Z'",
     &[("CT-01", "child", &["2027-02-01"]), ("CT-03", "child", &["2027-01-30"])]),
    ("INSERT INTO overrides (id, rule_code, rule_version, child_id, subject_kind, subject_id, justification, authorised_by, authorised_on, client_id, role, begins_on, valid_until, state, version, kind)
      SELECT gen_random_uuid(), 'PL-23', 1, CHILD, 'placement', id, SEALED, SEALED, '2026-11-01', gen_random_uuid(), 'supervisor', '2026-11-01', '2027-01-15', 'to_review', 1, 'authorised' FROM placements",
     &[("OV-01", "override", &["2027-01-15"])]),
    ("UPDATE overrides SET subject_id = gen_random_uuid()", &[("OV-01", "override", &[])]),
    ("UPDATE children SET parental_status = 'father_dead'; INSERT INTO legal_statuses (id, child_id, axis, status, valid_from, version)
      VALUES (gen_random_uuid(), CHILD, 'parental_rights_mother', 'suspended', '2026-11-12', 1)",
     &[("PL-28", "child", &["2026-11-22"])]),
    ("INSERT INTO legal_statuses (id, child_id, axis, status, valid_from, version)
      VALUES (gen_random_uuid(), CHILD, 'guardianship', 'collision', '2026-11-12', 1)",
     &[("PL-28", "child", &["2026-11-22"])]),
    ("UPDATE legal_statuses SET status = 'authority' WHERE axis = 'guardianship'", &[("PL-28", "child", &[])]),
];

/// Of several records the one that holds.
const OF_SEVERAL: &[Step] = &[
    ("INSERT INTO care_periods (id, child_id, state, started_on, entry_reason, other_reasons, entry_route, emergency, version)
      VALUES (gen_random_uuid(), CHILD, 'entered_in_error', '2025-02-01', 'neglect', '{}', 'from_family', true, 1)",
     &[("RV-01", "care_period", &["2027-01-31"])]),
    ("UPDATE children SET parental_status = 'both_alive';
      INSERT INTO contact_restrictions (id, child_id, contact_with, kinds, reason, valid_from, valid_to, decided_by, decided_on, decision, child_views, state, version)
      SELECT gen_random_uuid(), CHILD, party, '{visit}', 'risk_of_harm', '2026-11-05', until, AUTHORITY, '2026-11-02', SEALED, SEALED, 'decided', 1
      FROM (VALUES ('mother', '2026-12-05'::date), ('father', '2026-11-25')) AS restricted (party, until)",
     &[("CT-01", "child", &["2027-03-05"])]),
    ("INSERT INTO overrides (id, rule_code, rule_version, child_id, subject_kind, subject_id, justification, authorised_by, authorised_on, client_id, role, begins_on, valid_until, state, version, kind)
      SELECT gen_random_uuid(), 'PL-23', 1, CHILD, 'placement', id, SEALED, SEALED, '2026-11-01', gen_random_uuid(), 'supervisor', '2026-11-01', '2027-01-15', 'to_review', 1, 'authorised' FROM placements",
     &[("OV-01", "override", &["2027-01-15"])]),
    ("INSERT INTO placements (id, child_id, care_period_id, state, care_type, planned_kind, provider_kind, starts_on, started_on, opens_period, same_carer, legal_basis, flags, version)
      VALUES (gen_random_uuid(), CHILD, PERIOD, 'entered_in_error', 'foster_emergency', 'emergency', 'none', '2026-10-01', '2026-10-01', false, false, SEALED, '{}', 1);
      UPDATE overrides SET subject_id = (SELECT id FROM placements WHERE state = 'entered_in_error')",
     &[("OV-01", "override", &[])]),
];

#[actix_web::test]
async fn of_several_records_the_one_that_holds() {
    follow(&Scene::new().await, OF_SEVERAL);
}

#[actix_web::test]
async fn of_a_child_who_saw_and_met_it_and_who_answers_for_it() {
    follow(&Scene::new().await, OF_A_CHILD);
}
