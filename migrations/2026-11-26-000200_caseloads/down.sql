DELETE FROM deadlines WHERE num_nonnulls(child_id, carer_family_id, facility_id) = 0;
DELETE FROM alerts WHERE num_nonnulls(child_id, carer_family_id, facility_id) = 0;
DROP INDEX case_managers_in_charge;

DO $back$
DECLARE
    part text;
    new text;
BEGIN
    FOREACH part IN ARRAY ARRAY['alerts', 'deadlines'] LOOP
        SELECT conname INTO STRICT new FROM pg_constraint
            WHERE conrelid = part::regclass AND pg_get_constraintdef(oid) LIKE '%num_nonnulls%';
        EXECUTE format('ALTER TABLE %I DROP CONSTRAINT %I', part, new);
        EXECUTE format('ALTER TABLE %I ADD CONSTRAINT %I CHECK (num_nonnulls(child_id, carer_family_id, facility_id) = 1)',
            part, new);
        EXECUTE format('DROP POLICY need_to_know ON %I', part);
        EXECUTE format('CREATE POLICY need_to_know ON %I TO kinstead_app USING (CASE '
            'WHEN child_id IS NOT NULL THEN (SELECT reaches_all(''child'')) '
            'OR EXISTS (SELECT FROM children WHERE children.id = child_id AND %s) '
            'WHEN carer_family_id IS NOT NULL THEN %s '
            'ELSE (SELECT reaches_all(''child'')) OR (SELECT caller(''child_areas'')) IS NOT NULL '
            'OR (SELECT caller(''child_of'')) IS NOT NULL END)', part, own_child(), own_home());
    END LOOP;
END
$back$;
