-- Need to know: who is responsible for whom, and row-level security, the second wall.
--
-- The service begins each transaction with settings that say how far the caller's reach goes; every
-- policy goes by them. A transaction without settings sees nobody. What the settings mean:
--
--   kinstead.client          id of the client; kinstead.organisation: that of its organisation
--   kinstead.now             the moment that counts as now
--   kinstead.bounds          codes of the areas beyond which it reaches nobody, however else
--   kinstead.child           'all', or nothing
--   kinstead.child_areas     codes of the areas whose children it reaches
--   kinstead.child_of        ids of the organisations whose children it reaches
--   kinstead.child_with      ids of the operators of facilities: it reaches who lives there
--   kinstead.lodging_days    for how many days after the end of a stay
--   kinstead.carer_family …  likewise for carer families
--   kinstead.beyond          'on' while the service counts places or judges a rule for the caller
--   kinstead.registry        'on' in the registry's own work, such as making a country up
ALTER TABLE children ADD COLUMN organisation_id uuid REFERENCES organisations (id);
CREATE INDEX children_organisation_id ON children (organisation_id, id);
ALTER TABLE carer_families ADD COLUMN organisation_id uuid REFERENCES organisations (id);
CREATE INDEX carer_families_organisation_id ON carer_families (organisation_id, id);

-- Persons of whom somebody may know for a time beyond what its role says: a child of whom another
-- organisation is asked to take charge, or one in danger tonight.
CREATE TABLE child_grants (
    id              uuid PRIMARY KEY,
    child_id        uuid NOT NULL REFERENCES children (id),
    client_id       uuid REFERENCES clients (id),
    organisation_id uuid REFERENCES organisations (id),
    ground          text NOT NULL CHECK (ground IN ('emergency', 'transfer')),
    valid_from      timestamptz NOT NULL,
    valid_until     timestamptz NOT NULL CHECK (valid_until >= valid_from),
    CHECK ((client_id IS NULL) <> (organisation_id IS NULL))
);
CREATE INDEX child_grants_child_id ON child_grants (child_id, valid_until);
CREATE INDEX child_grants_client_id ON child_grants (client_id, valid_until);
CREATE INDEX child_grants_organisation_id ON child_grants (organisation_id, valid_until);
GRANT SELECT, INSERT, UPDATE ON child_grants TO kinstead_app;

CREATE FUNCTION caller(setting text) RETURNS text
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT nullif(current_setting('kinstead.' || setting, true), '') $$;

CREATE FUNCTION caller_codes(setting text) RETURNS text[]
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT string_to_array(caller(setting), ',') $$;

CREATE FUNCTION caller_ids(setting text) RETURNS uuid[]
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT string_to_array(caller(setting), ',')::uuid[] $$;

CREATE FUNCTION caller_day() RETURNS date
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT (caller('now')::timestamptz AT TIME ZONE 'UTC')::date $$;

-- The functions below look past row-level security, as their owner; each tells what its name says. They are
-- in plpgsql, which keeps its plans: a function in SQL is planned anew at each call, which costs a
-- millisecond.

-- The children who live in the facilities of an operator, or did until a few days ago.
CREATE FUNCTION lodgers(operators uuid[]) RETURNS uuid[]
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public
    AS $$
    BEGIN
        RETURN (
        SELECT array_agg(DISTINCT p.child_id)
        FROM facilities f JOIN placements p ON p.facility_id = f.id
        WHERE f.operator_id = ANY (operators) AND p.state IN ('active', 'ended')
          AND p.started_on <= caller_day()
          AND (p.ended_on IS NULL OR p.ended_on + caller('lodging_days')::integer > caller_day()));
    END
    $$;

-- The facilities of some operators.
CREATE FUNCTION facilities_of(operators uuid[]) RETURNS uuid[]
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT array_agg(f.id) FROM facilities f WHERE f.operator_id = ANY (operators) $$;

-- The children of whom the caller may know for a time.
CREATE FUNCTION granted_children() RETURNS uuid[]
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public
    AS $$
    BEGIN
        RETURN (
        SELECT array_agg(g.child_id) FROM child_grants g
        WHERE (g.client_id = caller('client')::uuid OR g.organisation_id = caller('organisation')::uuid)
          AND g.valid_from <= caller('now')::timestamptz AND caller('now')::timestamptz < g.valid_until);
    END
    $$;

-- What decides who may know of these persons, or of records that hang on one.
CREATE FUNCTION standing_of(kinds text[], ids uuid[])
    RETURNS TABLE (kind text, id uuid, organisation_id uuid, area_code text, lives_with uuid[], granted boolean)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public
    AS $$
    #variable_conflict use_column
    BEGIN
        RETURN QUERY
        SELECT asked.kind, asked.id, c.organisation_id, c.area_code,
               CASE WHEN caller('child_with') IS NOT NULL THEN (
                   SELECT array_agg(DISTINCT f.operator_id)
                   FROM placements p JOIN facilities f ON f.id = p.facility_id
                   WHERE p.child_id = c.id AND p.state IN ('active', 'ended') AND p.started_on <= caller_day()
                     AND (p.ended_on IS NULL OR p.ended_on + caller('lodging_days')::integer > caller_day()))
               END,
               EXISTS (
                   SELECT FROM child_grants g
                   WHERE g.child_id = c.id AND g.valid_from <= caller('now')::timestamptz
                     AND caller('now')::timestamptz < g.valid_until
                     AND (g.client_id = caller('client')::uuid
                          OR g.organisation_id = caller('organisation')::uuid))
        FROM unnest(kinds, ids) AS asked (kind, id)
        JOIN children c ON c.id = CASE asked.kind
            WHEN 'child' THEN asked.id
            WHEN 'placement' THEN (SELECT p.child_id FROM placements p WHERE p.id = asked.id)
            WHEN 'care_period' THEN (SELECT p.child_id FROM care_periods p WHERE p.id = asked.id)
        END
        UNION ALL
        SELECT 'carer_family', f.id, f.organisation_id, f.area_code, NULL, false
        FROM unnest(kinds, ids) AS asked (kind, id) JOIN carer_families f ON f.id = asked.id
        WHERE asked.kind = 'carer_family';
    END
    $$;

-- How many children live with a family on a day.
CREATE FUNCTION placed_with(family uuid, day date) RETURNS integer
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public
    AS $$
    BEGIN
        RETURN (
        SELECT count(*)::integer FROM placements p
        WHERE p.carer_family_id = family AND p.state IN ('active', 'ended')
          AND p.started_on <= day AND (p.ended_on IS NULL OR day < p.ended_on));
    END
    $$;

DO $policies$
DECLARE
    every_child  text := $$(SELECT caller('child') = 'all' OR caller('beyond') = 'on' OR caller('registry') = 'on')$$;
    every_family text := $$(SELECT caller('carer_family') = 'all' OR caller('beyond') = 'on' OR caller('registry') = 'on')$$;
    -- A child by the authority that is responsible, by its area, or by a grant.
    own_child text := $$(
        (area_code = ANY ((SELECT caller_codes('child_areas'))::text[])
         OR organisation_id = ANY ((SELECT caller_ids('child_of'))::uuid[]))
        AND ((SELECT caller('bounds')) IS NULL OR area_code = ANY ((SELECT caller_codes('bounds'))::text[]))
        OR id = ANY ((SELECT granted_children())::uuid[]))$$;
    lodger text := $$(id = ANY ((SELECT lodgers(caller_ids('child_with')))::uuid[])
        AND ((SELECT caller('bounds')) IS NULL OR area_code = ANY ((SELECT caller_codes('bounds'))::text[])))$$;
    own_family text := $$(
        (area_code = ANY ((SELECT caller_codes('carer_family_areas'))::text[])
         OR organisation_id = ANY ((SELECT caller_ids('carer_family_of'))::uuid[]))
        AND ((SELECT caller('bounds')) IS NULL OR area_code = ANY ((SELECT caller_codes('bounds'))::text[])))$$;
    part text;
BEGIN
    -- The names that a name may stand for, with points: as the search for children gives them. It finds
    -- by an operator that policies would keep from its index, so it goes by the policy itself.
    EXECUTE format($f$
        CREATE FUNCTION children_named(wanted text)
            RETURNS TABLE (child_id uuid, points integer, matched_name text)
            LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public
            AS $body$
            #variable_conflict use_column
            BEGIN
                RETURN QUERY
                SELECT DISTINCT ON (n.child_id) n.child_id,
                       (750 * word_similarity(wanted, n.search_key)
                        + 250 * similarity(wanted, n.search_key))::integer,
                       concat_ws(' ', n.given, n.middle, n.family)
                FROM child_names n
                WHERE n.search_key %%> wanted
                  AND (%1$s OR EXISTS (SELECT FROM children WHERE id = n.child_id AND (%2$s OR %3$s)))
                ORDER BY n.child_id, 2 DESC, n.id;
            END
            $body$ $f$, every_child, own_child, lodger);

    EXECUTE format('CREATE POLICY need_to_know ON children TO kinstead_app USING (%s OR %s OR %s)',
        every_child, own_child, lodger);
    FOREACH part IN ARRAY ARRAY['child_names', 'child_external_ids', 'child_relations', 'legal_statuses',
                                'care_periods', 'missing_episodes', 'child_grants'] LOOP
        EXECUTE format('CREATE POLICY need_to_know ON %I TO kinstead_app USING (%s OR EXISTS '
            '(SELECT FROM children WHERE children.id = child_id))', part, every_child);
    END LOOP;
    -- Who knows of a child only because it lives there knows of its stays there alone.
    EXECUTE format('CREATE POLICY need_to_know ON placements TO kinstead_app USING (%s OR EXISTS '
        '(SELECT FROM children WHERE id = child_id AND %s) '
        'OR facility_id = ANY ((SELECT facilities_of(caller_ids(''child_with'')))::uuid[]) '
        'AND EXISTS (SELECT FROM children WHERE id = child_id))', every_child, own_child);
    EXECUTE format('CREATE POLICY need_to_know ON temporary_absences TO kinstead_app USING (%s OR EXISTS '
        '(SELECT FROM placements WHERE placements.id = placement_id))', every_child);
    EXECUTE format('CREATE POLICY need_to_know ON carer_families TO kinstead_app USING (%s OR %s)',
        every_family, own_family);
    FOREACH part IN ARRAY ARRAY['carer_persons', 'carer_checks', 'carer_trainings', 'carer_state_changes',
                                'carer_approvals', 'carer_external_ids'] LOOP
        EXECUTE format('CREATE POLICY need_to_know ON %I TO kinstead_app USING (%s OR EXISTS '
            '(SELECT FROM carer_families WHERE carer_families.id = carer_family_id))', part, every_family);
    END LOOP;

    -- An entry of the journal by all persons whose data it holds; of those whom it only mentions it holds
    -- none.
    EXECUTE format($f$
        CREATE POLICY need_to_know ON journal TO kinstead_app USING (
            (%1$s AND %2$s) OR NOT EXISTS (
                SELECT FROM unnest(persons) AS about (person)
                WHERE person NOT LIKE '%%mentioned'
                  AND NOT CASE split_part(person, ' ', 1)
                      WHEN 'child' THEN
                          EXISTS (SELECT FROM children WHERE id = split_part(person, ' ', 2)::uuid)
                      WHEN 'carer_family' THEN
                          EXISTS (SELECT FROM carer_families WHERE id = split_part(person, ' ', 2)::uuid)
                      ELSE false END))
            WITH CHECK (true) $f$, every_child, every_family);
    CREATE POLICY need_to_know ON idempotency_keys TO kinstead_app
        USING (client = (SELECT caller('client'))::uuid OR (SELECT caller('registry') = 'on'));

    FOREACH part IN ARRAY ARRAY[
        'children', 'child_names', 'child_external_ids', 'child_relations', 'legal_statuses', 'care_periods',
        'placements', 'temporary_absences', 'missing_episodes', 'child_grants', 'carer_families',
        'carer_persons', 'carer_checks', 'carer_trainings', 'carer_state_changes', 'carer_approvals',
        'carer_external_ids', 'journal', 'idempotency_keys'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', part);
        -- The owner, too, goes by policies: by its own, which hides nothing.
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', part);
        EXECUTE format('CREATE POLICY owner ON %I TO CURRENT_USER USING (true)', part);
    END LOOP;
END
$policies$;

REVOKE EXECUTE ON FUNCTION lodgers, granted_children, standing_of, placed_with, children_named FROM PUBLIC;
GRANT EXECUTE ON FUNCTION lodgers, granted_children, standing_of, placed_with, children_named TO kinstead_app;
