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

-- What decides who may know of whom. Migrations alone ask for it.
CREATE SCHEMA walls;
-- Kinds of persons besides children, each with its table: whoever is responsible and the area decide.
CREATE TABLE walls.persons (
    kind       text PRIMARY KEY,
    table_name text NOT NULL UNIQUE
);
-- Kinds of records that hang on one person, each with its table, which names the person by its kind.
CREATE TABLE walls.records (
    kind       text,
    table_name text NOT NULL,
    person     text,
    PRIMARY KEY (kind, person)
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
                                      'WHERE r.id = ANY (ids) AND r.child_id IS NOT NULL;', k.kind, k.table_name),
                               ' ' ORDER BY k.kind)
             FROM walls.records k WHERE k.person = 'child'));
        REVOKE EXECUTE ON FUNCTION children_of FROM PUBLIC;
    END
    $make$;

-- Makes `standing_of` anew: what decides who may know of these persons, or of records that hang on persons,
-- who are then told, too: what was asked may end how the caller stands to them. `person` is the kind of the
-- person that decides.
CREATE FUNCTION make_standing_of() RETURNS void
    LANGUAGE plpgsql
    AS $make$
    BEGIN
        EXECUTE format($f$
            CREATE OR REPLACE FUNCTION standing_of(asked text, ids uuid[])
                RETURNS TABLE (kind text, person text, id uuid, organisation_id uuid, area_code text,
                               lives_with uuid[], granted boolean)
                LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public
                SET plan_cache_mode = force_generic_plan
                AS $body$
                #variable_conflict use_column
                DECLARE
                    child_ids uuid[] := ids;
                    records uuid[];
                    owners uuid[];
                BEGIN
                    CASE asked %s %s
                    ELSE NULL; END CASE;
                    IF asked <> 'child' THEN
                        SELECT array_agg(r.id), array_agg(r.child_id) INTO records, owners
                        FROM children_of(asked, ids) r;
                        child_ids := owners;
                    END IF;
                    RETURN QUERY
                    SELECT told.kind, 'child', told.id, c.organisation_id, c.area_code,
                           CASE WHEN caller('child_with') IS NOT NULL THEN (
                               SELECT array_agg(DISTINCT f.operator_id)
                               FROM placements p JOIN facilities f ON f.id = p.facility_id
                               WHERE p.child_id = c.id AND p.state IN ('active', 'ended')
                                 AND p.started_on <= caller_day()
                                 AND (p.ended_on IS NULL
                                      OR p.ended_on + caller('lodging_days')::integer > caller_day()))
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
                        UNION ALL SELECT asked, r.id FROM unnest(records, owners) AS r (id, owner)
                        WHERE r.owner = c.id
                    ) AS told (kind, id)
                    WHERE c.id = ANY (child_ids);
                END
                $body$ $f$,
            (SELECT string_agg(format('WHEN %1$L THEN RETURN QUERY SELECT asked, asked, p.id, p.organisation_id, '
                                      'p.area_code, NULL::uuid[], false FROM %2$I p WHERE p.id = ANY (ids); RETURN;',
                                      k.kind, k.table_name), ' ' ORDER BY k.kind)
             FROM walls.persons k),
            (SELECT string_agg(format('WHEN %L THEN %s', of_kind.kind, of_kind.statements), ' ' ORDER BY of_kind.kind)
             FROM (
                 SELECT k.kind, string_agg(
                     format('RETURN QUERY SELECT told.kind, %1$L, told.id, p.organisation_id, p.area_code, '
                            'NULL::uuid[], false FROM %2$I r JOIN %3$I p ON p.id = r.%4$I CROSS JOIN LATERAL '
                            '(SELECT %1$L, p.id UNION ALL SELECT asked, r.id) AS told (kind, id) '
                            'WHERE r.id = ANY (ids);',
                            p.kind, k.table_name, p.table_name, p.kind || '_id'), ' ' ORDER BY p.kind) AS statements
                 FROM walls.records k JOIN walls.persons p ON p.kind = k.person
                 GROUP BY k.kind) AS of_kind));
        REVOKE EXECUTE ON FUNCTION standing_of FROM PUBLIC;
        GRANT EXECUTE ON FUNCTION standing_of TO kinstead_app;
    END
    $make$;

-- Makes the policy of the journal anew: an entry by all persons whose data it holds; of those whom it only
-- mentions it holds none.
CREATE FUNCTION make_journal_policy() RETURNS void
    LANGUAGE plpgsql
    AS $make$
    BEGIN
        DROP POLICY IF EXISTS need_to_know ON journal;
        EXECUTE format($f$
            CREATE POLICY need_to_know ON journal TO kinstead_app USING (
                ((SELECT reaches_all('child')) %s) OR NOT EXISTS (
                    SELECT FROM unnest(persons) AS about (person)
                    WHERE person NOT LIKE '%%mentioned'
                      AND NOT CASE split_part(person, ' ', 1)
                          WHEN 'child' THEN
                              EXISTS (SELECT FROM children WHERE id = split_part(person, ' ', 2)::uuid)
                          %s
                          ELSE false END))
                WITH CHECK (true) $f$,
            (SELECT string_agg(format('AND (SELECT reaches_all(%L))', k.kind), ' ' ORDER BY k.kind)
             FROM walls.persons k),
            (SELECT string_agg(format('WHEN %L THEN EXISTS (SELECT FROM %I WHERE id = split_part(person, '' '', 2)::uuid)',
                                      k.kind, k.table_name), ' ' ORDER BY k.kind)
             FROM walls.persons k));
    END
    $make$;

-- For migrations: records of this kind hang on a person of that kind, who decides who may know of them. A
-- kind may be declared for several: each of its records hangs on one of them.
CREATE FUNCTION record_of(kind text, table_name text, person text) RETURNS void
    LANGUAGE plpgsql
    AS $$
    BEGIN
        INSERT INTO walls.records VALUES (kind, table_name, person);
        PERFORM make_children_of();
        PERFORM make_standing_of();
    END
    $$;

-- For migrations that go back: there are no records of this kind.
CREATE FUNCTION no_record_of(gone text) RETURNS void
    LANGUAGE plpgsql
    AS $$
    BEGIN
        DELETE FROM walls.records WHERE kind = gone;
        PERFORM make_children_of();
        PERFORM make_standing_of();
    END
    $$;

-- For migrations: records of this kind are about a child.
CREATE FUNCTION child_record(kind text, table_name text) RETURNS void
    LANGUAGE sql
    AS $$ SELECT record_of(kind, table_name, 'child') $$;

CREATE FUNCTION no_child_record(gone text) RETURNS void
    LANGUAGE sql
    AS $$ SELECT no_record_of(gone) $$;

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

-- For migrations: this table holds persons, or households, of a kind of their own. Whoever is responsible by
-- `organisation_id` or by `area_code` may know of them.
CREATE FUNCTION person_kind(kind text, table_name text) RETURNS void
    LANGUAGE plpgsql
    AS $$
    BEGIN
        INSERT INTO walls.persons VALUES (kind, table_name);
        PERFORM make_standing_of();
        PERFORM make_journal_policy();
        EXECUTE format(
            'CREATE POLICY need_to_know ON %2$I TO kinstead_app USING ((SELECT reaches_all(%1$L)) OR '
            '(area_code = ANY ((SELECT caller_codes(%3$L))::text[]) '
            'OR organisation_id = ANY ((SELECT caller_ids(%4$L))::uuid[])) '
            'AND ((SELECT caller(''bounds'')) IS NULL OR area_code = ANY ((SELECT caller_codes(''bounds''))::text[])))',
            kind, table_name, kind || '_areas', kind || '_of');
        PERFORM wall(table_name);
    END
    $$;

-- For migrations that go back: there are no such persons.
CREATE FUNCTION no_person_kind(gone text) RETURNS void
    LANGUAGE plpgsql
    AS $$
    BEGIN
        DELETE FROM walls.persons WHERE kind = gone;
        PERFORM make_standing_of();
        PERFORM make_journal_policy();
    END
    $$;

-- For migrations: shows the rows of a table to whoever may know of the person of that kind whom they name.
CREATE FUNCTION wall_by_person(walled text, kind text) RETURNS void
    LANGUAGE plpgsql
    AS $$
    BEGIN
        EXECUTE format('CREATE POLICY need_to_know ON %1$I TO kinstead_app USING ((SELECT reaches_all(%2$L)) '
            'OR EXISTS (SELECT FROM %3$I AS about WHERE about.id = %4$I))',
            walled, kind, (SELECT p.table_name FROM walls.persons p WHERE p.kind = wall_by_person.kind),
            kind || '_id');
        PERFORM wall(walled);
    END
    $$;

INSERT INTO walls.records VALUES ('placement', 'placements', 'child'), ('care_period', 'care_periods', 'child');
SELECT make_children_of();
SELECT person_kind('carer_family', 'carer_families');

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
    own_child text := own_child();
    lodger text := $$(id = ANY ((SELECT lodgers(caller_ids('child_with')))::uuid[])
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
    FOREACH part IN ARRAY ARRAY['carer_persons', 'carer_checks', 'carer_trainings', 'carer_state_changes',
                                'carer_approvals', 'carer_external_ids'] LOOP
        PERFORM wall_by_person(part, 'carer_family');
    END LOOP;

    CREATE POLICY need_to_know ON idempotency_keys TO kinstead_app
        USING (client = (SELECT caller('client'))::uuid OR (SELECT caller('registry') = 'on'));

    FOREACH part IN ARRAY ARRAY['children', 'placements', 'temporary_absences', 'journal', 'idempotency_keys'] LOOP
        PERFORM wall(part);
    END LOOP;
END
$policies$;

REVOKE EXECUTE ON FUNCTION make_children_of, make_standing_of, make_journal_policy, record_of, no_record_of,
    child_record, no_child_record, person_kind, no_person_kind, wall, wall_by_child, wall_by_person, own_child
    FROM PUBLIC;
REVOKE EXECUTE ON FUNCTION lodgers, granted_children, placed_with, children_named FROM PUBLIC;
GRANT EXECUTE ON FUNCTION lodgers, granted_children, placed_with, children_named TO kinstead_app;
