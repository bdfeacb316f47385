-- Whoever supports carer families is told what is due of those of its organisation, and of nobody else: no child,
-- and no facility.
CREATE OR REPLACE FUNCTION own_home() RETURNS text
    LANGUAGE sql IMMUTABLE
    AS $body$ SELECT $$((SELECT reaches_all('child'))
        OR (area_code = ANY ((SELECT caller_codes('child_areas'))::text[])
            OR organisation_id = ANY ((SELECT caller_ids('child_of'))::uuid[])
            OR organisation_id = ANY ((SELECT caller_ids('carer_family_of'))::uuid[]))
        AND ((SELECT caller('bounds')) IS NULL OR area_code = ANY ((SELECT caller_codes('bounds'))::text[])))$$ $body$;

-- What is about a facility is about nobody, and told to those who work with children.
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
            'ELSE (SELECT reaches_all(''child'')) OR (SELECT caller(''child_areas'')) IS NOT NULL '
            'OR (SELECT caller(''child_of'')) IS NOT NULL END)', part, own_child(), own_home());
    END LOOP;
END
$policy$;
