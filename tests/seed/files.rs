//! What must not be in the files of the centres, and in what leads into care.

/// Each finds what must not be.
pub const BREACHES: &[(&str, &str)] = &[
    ("a planned entry without an assessment that was decided before it (PL-14)",
     "placements p JOIN care_periods c ON c.id = p.care_period_id JOIN placement_decisions d ON d.id = p.id WHERE p.opens_period AND NOT c.emergency AND p.state IN ('active', 'ended') AND NOT EXISTS
      (SELECT FROM assessments a WHERE a.child_id = p.child_id AND a.kind = 'gatekeeping' AND a.state = 'decided' AND a.outcome IN ('approved', 'modified')
       AND a.decided_on <= p.started_on AND a.valid_until > p.started_on)"),
    ("residential care below the age limit without an exception and its end (PL-16)",
     "placements p JOIN children c ON c.id = p.child_id JOIN placement_decisions d ON d.id = p.id JOIN code_list_entries t ON t.list = 'care_type' AND t.code = p.care_type AND t.attributes ->> 'group' = 'residential'
      WHERE p.state IN ('active', 'ended') AND p.started_on < c.birth_date + interval '3 years' AND (p.exception IS NULL OR p.expected_end_on IS NULL)"),
    ("a planned return without an assessment that was decided for it, or a first visit in time (PLN-01)",
     "care_periods p JOIN journal j ON j.subject = p.id AND j.event = 'closed' WHERE p.exit_reason = 'reunified_planned' AND (p.first_visit_on IS NULL OR p.first_visit_on NOT BETWEEN p.ended_on AND p.ended_on + 28
      OR NOT EXISTS (SELECT FROM assessments a WHERE a.child_id = p.child_id AND a.kind = 'reintegration' AND a.recommendation = 'reintegrate' AND a.outcome = 'approved' AND a.decided_on <= p.ended_on AND a.valid_until > p.ended_on))"),
    ("poverty as the only reason of an entry (PL-22)", "care_periods WHERE entry_reason = 'poverty' AND cardinality(other_reasons) = 0"),
    ("a missing child whose care has ended (PL-32)", "missing_episodes m JOIN care_periods c ON c.id = m.care_period_id WHERE c.state = 'closed' AND m.ended_at IS NULL"),
    ("a day of a closed period without a legal status, or two (PL-30)",
     "legal_statuses a JOIN legal_statuses b ON a.child_id = b.child_id AND a.axis = b.axis AND a.id < b.id AND daterange(a.valid_from, a.valid_to) && daterange(b.valid_from, b.valid_to)"),
    ("rights that were taken without a court (LS-01)",
     "legal_statuses WHERE axis LIKE 'parental_rights%' AND status = 'deprived' AND (decision_kind IS DISTINCT FROM 'court' OR effective_on IS NULL)"),
    ("an open case without exactly one manager (WK-01)",
     "cases c WHERE c.state NOT IN ('closed', 'transferred', 'duplicate') AND (SELECT count(*) FROM case_managers m WHERE m.case_id = c.id AND m.valid_to IS NULL) <> 1"),
    ("a case that ended while the child is in care (CA-01)",
     "cases c JOIN care_periods p ON p.child_id = c.child_id AND p.state = 'open' WHERE c.state = 'closed' AND NOT EXISTS (SELECT FROM cases o WHERE o.child_id = c.child_id AND o.closed_on IS NULL)"),
    ("two active plans of a care period, or one of a period that has ended (CP-01)",
     "(SELECT a.care_period_id FROM care_plans a JOIN care_periods p ON p.id = a.care_period_id WHERE a.state = 'active' GROUP BY a.care_period_id, p.state HAVING count(*) > 1 OR p.state <> 'open') plans"),
    ("a plan or a review outside its care period",
     "(SELECT c.drafted_on AS day, p.started_on FROM care_plans c JOIN care_periods p ON p.id = c.care_period_id UNION ALL
       SELECT r.held_on, p.started_on FROM reviews r JOIN care_periods p ON p.id = r.care_period_id) files WHERE day < started_on OR day > '2026-11-22'::date"),
    ("a way of taking part that is for another age (RV-04)",
     "reviews r JOIN children c ON c.id = r.child_id WHERE r.held_on <> c.birth_date + interval '4 years' AND (r.participation = 'under_four') <> (r.held_on < c.birth_date + interval '4 years')"),
    ("a visit to a child of whom nobody was in charge (VI-01)",
     "visits v WHERE NOT EXISTS (SELECT FROM care_periods p WHERE p.child_id = v.child_id AND v.visited_on BETWEEN p.started_on AND coalesce(p.ended_on, 'infinity'))
      AND NOT EXISTS (SELECT FROM cases c WHERE c.child_id = v.child_id AND v.visited_on BETWEEN c.opened_on AND coalesce(c.closed_on, 'infinity'))"),
    ("a restriction of contact without an end (CT-02)", "contact_restrictions WHERE valid_to IS NULL OR decided_on > valid_from"),
    ("a child who is a member of two families", "(SELECT child_id FROM family_members WHERE child_id IS NOT NULL GROUP BY child_id HAVING count(*) > 1) twice"),
    ("an override of a hard rule", "overrides WHERE rule_code IN (SELECT rule_code FROM rule_versions WHERE class = 'hard')"),
    ("a file whose last entry in the journal is not its version",
     "(SELECT id, version FROM cases UNION ALL SELECT id, version FROM care_plans UNION ALL SELECT id, version FROM reviews UNION ALL SELECT id, version FROM families
       UNION ALL SELECT id, version FROM visits UNION ALL SELECT id, version FROM contact_plans) f WHERE f.version IS DISTINCT FROM (SELECT max(version) FROM journal j WHERE j.subject = f.id)"),
];
