-- What is about how an organisation works, such as the caseload of one of its workers, is about no child, family
-- or facility: it names the organisation alone.
DO $checks$
DECLARE
    part text;
    old text;
BEGIN
    FOREACH part IN ARRAY ARRAY['alerts', 'deadlines'] LOOP
        SELECT conname INTO STRICT old FROM pg_constraint
            WHERE conrelid = part::regclass AND pg_get_constraintdef(oid) LIKE '%num_nonnulls%';
        EXECUTE format('ALTER TABLE %I DROP CONSTRAINT %I', part, old);
        EXECUTE format('ALTER TABLE %I ADD CONSTRAINT %I CHECK (num_nonnulls(child_id, carer_family_id, facility_id) = 1 '
            'OR num_nonnulls(child_id, carer_family_id, facility_id) = 0 AND organisation_id IS NOT NULL)', part, old);
    END LOOP;
END
$checks$;
CREATE INDEX case_managers_in_charge ON case_managers (organisation_id, worker_id) WHERE valid_to IS NULL;

-- It is told to those who work with the children of that organisation or area.
DO $policy$
DECLARE
    part text;
BEGIN
    FOREACH part IN ARRAY ARRAY['alerts', 'deadlines'] LOOP
        EXECUTE format('DROP POLICY need_to_know ON %I', part);
        EXECUTE format('CREATE POLICY need_to_know ON %I TO kinstead_app USING (CASE '
            'WHEN child_id IS NOT NULL THEN (SELECT reaches_all(''child'')) '
            'OR EXISTS (SELECT FROM children WHERE children.id = child_id AND %s) '
            'WHEN carer_family_id IS NOT NULL THEN %s '
            'WHEN facility_id IS NOT NULL THEN (SELECT reaches_all(''child'')) '
            'OR (SELECT caller(''child_areas'')) IS NOT NULL OR (SELECT caller(''child_of'')) IS NOT NULL '
            'ELSE (SELECT reaches_all(''child'')) OR (area_code = ANY ((SELECT caller_codes(''child_areas''))::text[]) '
            'OR organisation_id = ANY ((SELECT caller_ids(''child_of''))::uuid[])) AND ((SELECT caller(''bounds'')) IS NULL '
            'OR area_code = ANY ((SELECT caller_codes(''bounds''))::text[])) END)', part, own_child(), own_home());
    END LOOP;
END
$policy$;
