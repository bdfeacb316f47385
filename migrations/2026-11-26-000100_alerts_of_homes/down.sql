CREATE OR REPLACE FUNCTION own_home() RETURNS text
    LANGUAGE sql IMMUTABLE
    AS $body$ SELECT $$((SELECT reaches_all('child'))
        OR (area_code = ANY ((SELECT caller_codes('child_areas'))::text[])
            OR organisation_id = ANY ((SELECT caller_ids('child_of'))::uuid[]))
        AND ((SELECT caller('bounds')) IS NULL OR area_code = ANY ((SELECT caller_codes('bounds'))::text[])))$$ $body$;

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
            'ELSE (SELECT caller(''client'')) IS NOT NULL OR (SELECT reaches_all(''child'')) END)',
            part, own_child(), own_home());
    END LOOP;
END
$policy$;
