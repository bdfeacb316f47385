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

-- Whether the caller reaches everybody of a kind.
CREATE FUNCTION reaches_all(kind text) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT caller(kind) = 'all' OR caller('beyond') = 'on' OR caller('registry') = 'on' $$;

-- The functions below look past row-level security, as their owner; each tells what its name says. They are
-- in plpgsql, which keeps its plans, and are told to: a function in SQL is planned anew at each call, and
-- so is a statement that might be planned better for the values of the day. Both cost a millisecond.

-- The children who live in the facilities of an operator, or did until a few days ago.
CREATE FUNCTION lodgers(operators uuid[]) RETURNS uuid[]
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public SET plan_cache_mode = force_generic_plan
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
    LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan
    AS $$
    BEGIN
        RETURN (SELECT array_agg(f.id) FROM facilities f WHERE f.operator_id = ANY (operators));
    END
    $$;

-- The children of whom the caller may know for a time.
CREATE FUNCTION granted_children() RETURNS uuid[]
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public SET plan_cache_mode = force_generic_plan
    AS $$
    BEGIN
        RETURN (
        SELECT array_agg(g.child_id) FROM child_grants g
        WHERE (g.client_id = caller('client')::uuid OR g.organisation_id = caller('organisation')::uuid)
          AND g.valid_from <= caller('now')::timestamptz AND caller('now')::timestamptz < g.valid_until);
    END
    $$;

-- Kinds of records that hang on one child, each with its table. Migrations alone ask for them.
CREATE SCHEMA walls;
CREATE TABLE walls.child_records (
    kind       text PRIMARY KEY,
    table_name text NOT NULL UNIQUE
);

-- Makes `children_of` anew: whom records of a kind are about. Each kind has a statement of its own, so that
-- only the one that is asked for is planned.
CREATE FUNCTION make_children_of() RETURNS void
    LANGUAGE plpgsql
    AS $make$
    BEGIN
        EXECUTE format($f$
            CREATE OR REPLACE FUNCTION children_of(kind text, ids uuid[]) RETURNS TABLE (id uuid, child_id uuid)
                LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public
                SET plan_cache_mode = force_generic_plan
                AS $body$
                BEGIN
                    CASE kind %s
                    ELSE NULL; END CASE;
                END
                $body$ $f$,
            (SELECT string_agg(format('WHEN %L THEN RETURN QUERY SELECT r.id, r.child_id FROM %I r '
                                      'WHERE r.id = ANY (ids);', k.kind, k.table_name), ' ' ORDER BY k.kind)
             FROM walls.child_records k));
        REVOKE EXECUTE ON FUNCTION children_of FROM PUBLIC;
    END
    $make$;

-- For migrations: records of this kind are about a child, who decides who may know of them.
CREATE FUNCTION child_record(kind text, table_name text) RETURNS void
    LANGUAGE plpgsql
    AS $$
    BEGIN
        INSERT INTO walls.child_records VALUES (kind, table_name);
        PERFORM make_children_of();
    END
    $$;

-- For migrations that go back: there are no records of this kind.
CREATE FUNCTION no_child_record(gone text) RETURNS void
    LANGUAGE plpgsql
    AS $$
    BEGIN
        DELETE FROM walls.child_records WHERE kind = gone;
        PERFORM make_children_of();
    END
    $$;

SELECT child_record('placement', 'placements'), child_record('care_period', 'care_periods');

-- What decides who may know of these persons, or of records that hang on a child, who is then told, too:
-- what was asked may end how the caller stands to the child.
CREATE FUNCTION standing_of(asked text, ids uuid[])
    RETURNS TABLE (kind text, id uuid, organisation_id uuid, area_code text, lives_with uuid[], granted boolean)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public
    SET plan_cache_mode = force_generic_plan
    AS $$
    #variable_conflict use_column
    DECLARE
        child_ids uuid[] := ids;
        records uuid[];
        owners uuid[];
    BEGIN
        IF asked = 'carer_family' THEN
            RETURN QUERY
            SELECT asked, f.id, f.organisation_id, f.area_code, NULL::uuid[], false
            FROM carer_families f WHERE f.id = ANY (ids);
            RETURN;
        END IF;
        IF asked <> 'child' THEN
            SELECT array_agg(r.id), array_agg(r.child_id) INTO records, owners FROM children_of(asked, ids) r;
            child_ids := owners;
        END IF;
        RETURN QUERY
        SELECT told.kind, told.id, c.organisation_id, c.area_code,
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
        FROM children c
        CROSS JOIN LATERAL (
            SELECT 'child', c.id
            UNION ALL SELECT asked, r.id FROM unnest(records, owners) AS r (id, owner) WHERE r.owner = c.id
        ) AS told (kind, id)
        WHERE c.id = ANY (child_ids);
    END
    $$;

-- How many children live with a family on a day.
CREATE FUNCTION placed_with(family uuid, day date) RETURNS integer
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public SET plan_cache_mode = force_generic_plan
    AS $$
    BEGIN
        RETURN (
        SELECT count(*)::integer FROM placements p
        WHERE p.carer_family_id = family AND p.state IN ('active', 'ended')
          AND p.started_on <= day AND (p.ended_on IS NULL OR day < p.ended_on));
    END
    $$;

-- For migrations: hides the rows of a table from whom no policy shows them to; from the owner none.
CREATE FUNCTION wall(walled text) RETURNS void
    LANGUAGE plpgsql
    AS $$
    BEGIN
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', walled);
        -- The owner, too, goes by policies: by its own, which hides nothing.
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', walled);
        EXECUTE format('CREATE POLICY owner ON %I TO CURRENT_USER USING (true)', walled);
    END
    $$;

-- Who may know of a child by the authority that is responsible, by its area, or by a grant; as a condition
-- on its row.
CREATE FUNCTION own_child() RETURNS text
    LANGUAGE sql IMMUTABLE
    AS $body$ SELECT $$(
        (area_code = ANY ((SELECT caller_codes('child_areas'))::text[])
         OR organisation_id = ANY ((SELECT caller_ids('child_of'))::uuid[]))
        AND ((SELECT caller('bounds')) IS NULL OR area_code = ANY ((SELECT caller_codes('bounds'))::text[]))
        OR id = ANY ((SELECT granted_children())::uuid[]))$$ $body$;

-- For migrations: shows the rows of a table about a child to whoever may know of the child; if it is said
-- so, not to those who know of it only because it lives with them.
CREATE FUNCTION wall_by_child(walled text, lodgers boolean DEFAULT true) RETURNS void
    LANGUAGE plpgsql
    AS $$
    BEGIN
        EXECUTE format('CREATE POLICY need_to_know ON %I TO kinstead_app USING ((SELECT reaches_all(''child'')) '
            'OR EXISTS (SELECT FROM children WHERE children.id = child_id%s))',
            walled, CASE WHEN NOT lodgers THEN ' AND ' || own_child() ELSE '' END);
        PERFORM wall(walled);
    END
    $$;

DO $policies$
DECLARE
    every_child  text := $$(SELECT reaches_all('child'))$$;
    every_family text := $$(SELECT reaches_all('carer_family'))$$;
    own_child text := own_child();
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
        PERFORM wall_by_child(part);
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
        'children', 'placements', 'temporary_absences', 'carer_families', 'carer_persons', 'carer_checks',
        'carer_trainings', 'carer_state_changes', 'carer_approvals', 'carer_external_ids', 'journal',
        'idempotency_keys'] LOOP
        PERFORM wall(part);
    END LOOP;
END
$policies$;

REVOKE EXECUTE ON FUNCTION make_children_of, child_record, no_child_record, wall, wall_by_child, own_child
    FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION lodgers, granted_children, standing_of, placed_with, children_named FROM PUBLIC;
GRANT EXECUTE ON FUNCTION lodgers, granted_children, standing_of, placed_with, children_named TO kinstead_app;
