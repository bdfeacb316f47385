DO $$
DECLARE
    part text;
BEGIN
    FOREACH part IN ARRAY ARRAY[
        'children', 'child_names', 'child_external_ids', 'child_relations', 'legal_statuses', 'care_periods',
        'placements', 'temporary_absences', 'missing_episodes', 'child_grants', 'carer_families',
        'carer_persons', 'carer_checks', 'carer_trainings', 'carer_state_changes', 'carer_approvals',
        'carer_external_ids', 'journal', 'idempotency_keys'] LOOP
        EXECUTE format('DROP POLICY owner ON %I', part);
        EXECUTE format('DROP POLICY need_to_know ON %I', part);
        EXECUTE format('ALTER TABLE %I NO FORCE ROW LEVEL SECURITY', part);
        EXECUTE format('ALTER TABLE %I DISABLE ROW LEVEL SECURITY', part);
    END LOOP;
END
$$;
DROP FUNCTION children_named, placed_with, standing_of, children_of, child_record, no_child_record, record_of,
    no_record_of, person_kind, no_person_kind, make_children_of, make_standing_of, make_journal_policy,
    wall_by_child, wall_by_person, own_child, wall, granted_children, facilities_of, lodgers, reaches_all,
    caller_day, caller_ids, caller_codes, caller;
DROP TABLE walls.records, walls.persons, child_grants;
DROP SCHEMA walls;
ALTER TABLE carer_families DROP COLUMN organisation_id;
ALTER TABLE children DROP COLUMN organisation_id;
