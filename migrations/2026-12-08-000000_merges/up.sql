-- Two records of one child become one, and two again.
ALTER TABLE children ADD COLUMN merged_into uuid REFERENCES children (id), ADD CHECK (merged_into <> id);
CREATE INDEX children_merged_into ON children (merged_into) WHERE merged_into IS NOT NULL;

CREATE TABLE child_merges (
    id              uuid PRIMARY KEY,
    -- The record that is the child's from then on, and the one that is merged into it.
    child_id        uuid NOT NULL REFERENCES children (id),
    merged_child_id uuid NOT NULL REFERENCES children (id),
    state           text NOT NULL CHECK (state IN ('merged', 'undone')),
    reason          sealed NOT NULL,
    -- Which records moved, and what the two were before.
    moved           sealed NOT NULL,
    merged_at       timestamptz NOT NULL,
    merged_by       uuid NOT NULL,
    undone_at       timestamptz CHECK (undone_at >= merged_at),
    undone_by       uuid,
    undo_reason     sealed,
    version         bigint NOT NULL CHECK (version >= 1),
    CHECK (child_id <> merged_child_id),
    CHECK ((undone_at IS NULL) = (state = 'merged')),
    CHECK ((undone_by IS NULL) = (undone_at IS NULL) AND (undo_reason IS NULL) = (undone_at IS NULL))
);
CREATE UNIQUE INDEX di_03_one_merge_of_a_record ON child_merges (merged_child_id) WHERE state = 'merged';
CREATE INDEX child_merges_child_id ON child_merges (child_id, id);
CREATE INDEX child_merges_merged_child_id ON child_merges (merged_child_id);
GRANT SELECT, INSERT, UPDATE ON child_merges TO kinstead_app;
SELECT child_record('child_merge', 'child_merges'), wall_by_child('child_merges', lodgers => false);
SELECT hold_writes_about('child_merges', 'child');

-- What hangs on a child: each column that names one, and of which kind the record is that its row belongs to, with
-- the record's own table and the column for the record. Rows that are no record's have no kind.
CREATE TABLE walls.hung (
    table_name    text NOT NULL,
    column_name   text NOT NULL,
    kind          text,
    record_table  text,
    record_column text,
    PRIMARY KEY (table_name, column_name),
    CHECK ((kind IS NULL) = (record_table IS NULL) AND (kind IS NULL) = (record_column IS NULL))
);

-- For migrations: a column of a table names a child on whom the record hangs.
CREATE FUNCTION hangs(kind text, table_name text, column_name text DEFAULT 'child_id',
                      record_table text DEFAULT NULL, record_column text DEFAULT 'id') RETURNS void
    LANGUAGE sql
    AS $$ INSERT INTO walls.hung VALUES (table_name, column_name, kind,
              CASE WHEN kind IS NOT NULL THEN coalesce(record_table, table_name) END,
              CASE WHEN kind IS NOT NULL THEN record_column END) $$;

SELECT hangs('alert', 'alerts'), hangs('alert', 'alerts', 'other_child_id'), hangs('alert', 'alerts', 'subject_id'),
    hangs('assessment', 'assessments'),
    hangs('care_period', 'care_periods'),
    hangs('care_plan', 'care_plans'),
    hangs('carer_approval', 'carer_approvals', 'named_children'),
    hangs('case', 'cases'),
    hangs('case_link', 'case_links'),
    hangs('complaint', 'complaints'),
    hangs('complaint_reporter', 'complaint_reporters'),
    hangs('contact_event', 'contact_events'),
    hangs('contact_plan', 'contact_plans'),
    hangs('contact_restriction', 'contact_restrictions'),
    hangs('court_case', 'court_cases'),
    hangs('emergency_access', 'emergency_accesses'),
    hangs('family', 'family_members', 'child_id', 'families', 'family_id'),
    hangs('incident', 'incidents'),
    hangs('legal_status', 'legal_statuses'),
    hangs('missing_episode', 'missing_episodes'),
    hangs('notice', 'notices'),
    hangs('override', 'overrides'),
    hangs('placement', 'placements'),
    hangs('placement', 'placement_decisions', 'child_id', 'placements', 'id'),
    hangs('placement', 'placement_endings', 'child_id', 'placements', 'placement_id'),
    hangs('protected_address', 'protected_addresses'),
    hangs('relation', 'child_relations'), hangs('relation', 'child_relations', 'related_child_id'),
    hangs('return_fact', 'return_facts'),
    hangs('review', 'reviews'),
    hangs('temporary_absence', 'temporary_absences'),
    hangs('transfer', 'transfers'),
    hangs('transition_plan', 'transition_plans'),
    hangs('visit', 'visits'),
    hangs(NULL, 'child_grants'),
    hangs(NULL, 'record_external_ids', 'record');

-- What a return said is changed never, but may be found to be said of another record of the child.
ALTER TABLE return_facts DROP CONSTRAINT return_facts_version_check, ADD CHECK (version >= 1);
CREATE INDEX record_external_ids_record ON record_external_ids (record);

-- The functions below look past row-level security, as their owner: what hangs on a child moves whole, whoever of those
-- who may merge its records may know of each part. They serve those alone who may change both records, and what they
-- tell of content is sealed.
CREATE FUNCTION check_merge(one uuid, other uuid) RETURNS void
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public
    AS $$
    BEGIN
        IF NOT (writes_all('child') OR writes_about('child', one) AND writes_about('child', other)) THEN
            RAISE insufficient_privilege USING MESSAGE = 'new row violates row-level security policy of merges';
        END IF;
    END
    $$;

-- The rows that name a child.
CREATE FUNCTION hung_on(child uuid, other uuid)
    RETURNS TABLE (table_name text, column_name text, row_id text, kind text, record uuid)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public
    AS $$
    DECLARE
        it walls.hung;
        named text;
    BEGIN
        PERFORM check_merge(child, other);
        FOR it IN SELECT * FROM walls.hung h ORDER BY h.table_name, h.column_name LOOP
            named := CASE (SELECT atttypid FROM pg_attribute
                           WHERE attrelid = it.table_name::regclass AND attname = it.column_name)
                     WHEN 'uuid[]'::regtype THEN '$1 = ANY (t.%I)' ELSE 't.%I = $1' END;
            RETURN QUERY EXECUTE format('SELECT %L::text, %L::text, t.id::text, %L::text, %s FROM %I t WHERE ' || named
                                        || ' ORDER BY t.id',
                it.table_name, it.column_name, it.kind,
                CASE WHEN it.kind IS NULL THEN 'NULL::uuid' ELSE format('t.%I', it.record_column) END,
                it.table_name, it.column_name) USING child;
        END LOOP;
    END
    $$;

-- Lets rows name another child.
CREATE FUNCTION rehang(walled text, named text, rows text[], child uuid, other uuid) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public
    AS $$
    DECLARE
        of_row regtype := (SELECT atttypid::regtype FROM pg_attribute
                           WHERE attrelid = walled::regclass AND attname = 'id');
        many boolean := (SELECT atttypid = 'uuid[]'::regtype FROM pg_attribute
                         WHERE attrelid = walled::regclass AND attname = named);
    BEGIN
        PERFORM check_merge(child, other);
        IF NOT EXISTS (SELECT FROM walls.hung h WHERE h.table_name = walled AND h.column_name = named) THEN
            RAISE EXCEPTION 'nothing hangs on a child by % of %', named, walled;
        END IF;
        EXECUTE format(CASE WHEN many THEN 'UPDATE %1$I SET %2$I = array_replace(%2$I, $2, $3) WHERE id = ANY ($1::%3$s[])'
                            ELSE 'UPDATE %1$I SET %2$I = $3 WHERE id = ANY ($1::%3$s[]) AND %2$I = $2' END,
                       walled, named, of_row) USING rows, child, other;
    END
    $$;

-- Counts up the versions of records of a kind.
CREATE FUNCTION count_up(counted text, ids uuid[], child uuid, other uuid) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public
    AS $$
    BEGIN
        PERFORM check_merge(child, other);
        EXECUTE format('UPDATE %I SET version = version + 1 WHERE id = ANY ($1)',
                       (SELECT DISTINCT h.record_table FROM walls.hung h WHERE h.kind = counted)) USING ids;
    END
    $$;

-- The last entries of records of a kind, sealed as they are.
CREATE FUNCTION last_entries(asked text, ids uuid[], child uuid, other uuid)
    RETURNS TABLE (subject uuid, version bigint, after bytea, persons text[], parent uuid)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public
    AS $$
    BEGIN
        PERFORM check_merge(child, other);
        RETURN QUERY SELECT DISTINCT ON (j.subject) j.subject, j.version, j.after::bytea, j.persons, j.parent
            FROM journal j WHERE j.subject = ANY (ids) AND j.kind = asked ORDER BY j.subject, j.position DESC;
    END
    $$;

-- Which of these children's records were merged, each into which one that was not.
CREATE FUNCTION merged_persons(ids uuid[]) RETURNS TABLE (id uuid, merged_into uuid)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public SET plan_cache_mode = force_generic_plan
    AS $$
    BEGIN
        RETURN QUERY
        WITH RECURSIVE way (start, place) AS (
            SELECT c.id, c.merged_into FROM children c WHERE c.id = ANY (ids) AND c.merged_into IS NOT NULL
            UNION ALL
            SELECT w.start, c.merged_into FROM way w JOIN children c ON c.id = w.place
            WHERE c.merged_into IS NOT NULL
        )
        SELECT w.start, w.place FROM way w JOIN children c ON c.id = w.place WHERE c.merged_into IS NULL;
    END
    $$;

-- A record that was merged is found by no name.
DO $named$
BEGIN
    EXECUTE replace(pg_get_functiondef('children_named'::regproc), 'WHERE n.search_key %> wanted',
        'WHERE n.search_key %> wanted AND NOT EXISTS (SELECT FROM children m WHERE m.id = n.child_id AND m.merged_into IS NOT NULL)');
END
$named$;

REVOKE EXECUTE ON FUNCTION hangs, check_merge, hung_on, rehang, count_up, last_entries, merged_persons FROM PUBLIC;
GRANT EXECUTE ON FUNCTION hung_on, rehang, count_up, last_entries, merged_persons TO kinstead_app;
