-- The feed: every change of the registry in one order without gaps, for those who keep a copy.
--
-- Who writes leaves a row in the inbox, in its own transaction. `feed_gather` takes rows out that are committed
-- and gives each the next place, one at a time for the whole registry. So nothing is passed over that is
-- committed late, and nothing of it waits for a transaction that has nothing to do with it.
CREATE TABLE feed_inbox (
    id                bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- An entry of the journal,
    entry             bigint,
    -- or a person for whom somebody else is responsible from now on, and who was before.
    moved_kind        text,
    moved             uuid,
    from_organisation uuid,
    from_area         text,
    CHECK ((entry IS NULL) = (moved IS NOT NULL)),
    CHECK ((moved IS NULL) = (moved_kind IS NULL)),
    CHECK ((moved IS NULL) = (from_area IS NULL))
);

CREATE TABLE feed (
    position          bigint PRIMARY KEY,
    recorded_at       timestamptz NOT NULL,
    kind              text NOT NULL,
    subject           uuid NOT NULL,
    parent            uuid,
    version           bigint NOT NULL,
    event             text NOT NULL,
    changed           text[] NOT NULL,
    -- Whose data the record holds, each as kind and id.
    persons           text[] NOT NULL,
    -- Of a record that is told again because a person moved: the kind of the person, and who was
    -- responsible before.
    from_kind         text,
    from_organisation uuid,
    from_area         text,
    CHECK ((from_kind IS NULL) = (from_area IS NULL))
);

CREATE TABLE feed_state (
    id         integer PRIMARY KEY CHECK (id = 1),
    -- A copy is a copy of one history: a registry that was set back has another one.
    epoch      uuid NOT NULL,
    -- The place of the last row, and the one after which rows are still there.
    head       bigint NOT NULL,
    tail       bigint NOT NULL CHECK (tail BETWEEN 0 AND head),
    -- The database whose history it is: its cluster and its timeline.
    cluster    bigint NOT NULL,
    timeline   integer NOT NULL
);

-- What is there already.
INSERT INTO feed (position, recorded_at, kind, subject, parent, version, event, changed, persons)
SELECT row_number() OVER (ORDER BY position), recorded_at, kind, subject, parent, version, event, changed, persons
FROM journal;
INSERT INTO feed_state
SELECT 1, gen_random_uuid(), (SELECT count(*) FROM feed), 0, s.system_identifier, c.timeline_id
FROM pg_control_system() s, pg_control_checkpoint() c;

CREATE FUNCTION feed_entries() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public
    AS $$
    BEGIN
        INSERT INTO feed_inbox (entry) SELECT position FROM written ORDER BY position;
        RETURN NULL;
    END
    $$;
CREATE TRIGGER feed AFTER INSERT ON journal REFERENCING NEW TABLE AS written
    FOR EACH STATEMENT EXECUTE FUNCTION feed_entries();

CREATE FUNCTION feed_move() RETURNS trigger
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public
    AS $$
    BEGIN
        INSERT INTO feed_inbox (moved_kind, moved, from_organisation, from_area)
        VALUES (TG_ARGV[0], OLD.id, OLD.organisation_id, OLD.area_code);
        RETURN NULL;
    END
    $$;

-- For migrations: somebody else may be responsible for the persons in this table.
CREATE FUNCTION feed_moves(kind text, table_name text) RETURNS void
    LANGUAGE plpgsql
    AS $$
    BEGIN
        EXECUTE format('CREATE TRIGGER feed AFTER UPDATE OF organisation_id, area_code ON %I FOR EACH ROW '
            'WHEN ((OLD.organisation_id, OLD.area_code) IS DISTINCT FROM (NEW.organisation_id, NEW.area_code)) '
            'EXECUTE FUNCTION feed_move(%L)', table_name, kind);
    END
    $$;
SELECT feed_moves('child', 'children');
SELECT feed_moves(kind, table_name) FROM walls.persons;

-- Gives so many rows of the inbox their places; says what the last place is then. One at a time: whoever
-- comes meanwhile finds nothing to do. Of a person who moved every record is told again, as it is now.
CREATE FUNCTION feed_gather(most integer) RETURNS bigint
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public
    AS $$
    DECLARE
        last bigint;
        made bigint;
    BEGIN
        -- Whoever finds nothing locks nothing, so that a registry at rest writes nothing.
        IF EXISTS (SELECT FROM feed_inbox) THEN
            SELECT head INTO last FROM feed_state FOR UPDATE SKIP LOCKED;
        END IF;
        IF last IS NULL THEN
            RETURN (SELECT head FROM feed_state);
        END IF;
        WITH oldest AS (
            SELECT id FROM feed_inbox ORDER BY id LIMIT most
        ), taken AS (
            DELETE FROM feed_inbox i USING oldest o WHERE i.id = o.id RETURNING i.*
        ), told AS (
            SELECT t.id, j.position AS entry, j.recorded_at, j.kind, j.subject, j.parent, j.version, j.event, j.changed,
                   j.persons, NULL AS from_kind, NULL::uuid AS from_organisation, NULL AS from_area
            FROM taken t JOIN journal j ON j.position = t.entry
            UNION ALL
            SELECT t.id, j.position, now(), j.kind, j.subject, j.parent, j.version, 'moved', '{}',
                   j.persons, t.moved_kind, t.from_organisation, t.from_area
            FROM taken t CROSS JOIN LATERAL (
                SELECT DISTINCT ON (e.subject) e.* FROM (
                    SELECT * FROM journal WHERE subject = t.moved
                    UNION ALL SELECT * FROM journal WHERE parent = t.moved
                ) e ORDER BY e.subject, e.position DESC
            ) j
            WHERE t.moved IS NOT NULL
        ), placed AS (
            INSERT INTO feed (position, recorded_at, kind, subject, parent, version, event, changed, persons,
                              from_kind, from_organisation, from_area)
            SELECT last + row_number() OVER (ORDER BY id, entry), recorded_at, kind, subject, parent, version, event,
                   changed, persons, from_kind, from_organisation, from_area
            FROM told
            RETURNING position
        )
        SELECT count(*) INTO made FROM placed;
        IF made > 0 THEN
            UPDATE feed_state SET head = last + made;
        END IF;
        RETURN last + made;
    END
    $$;

-- Begins another epoch if the database was set back or copied since the last one began, or if it is asked for.
-- Says whether it did.
CREATE FUNCTION feed_wake(anew boolean) RETURNS boolean
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public
    AS $$
    BEGIN
        UPDATE feed_state SET epoch = gen_random_uuid(), cluster = s.system_identifier, timeline = c.timeline_id
        FROM pg_control_system() s, pg_control_checkpoint() c
        WHERE anew OR (cluster, timeline) IS DISTINCT FROM (s.system_identifier, c.timeline_id);
        RETURN FOUND;
    END
    $$;

-- Forgets what was told before that moment, so much at a time. Says how much that was.
CREATE FUNCTION feed_forget(before timestamptz, most integer) RETURNS integer
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public
    AS $$
    DECLARE
        last bigint;
        gone integer;
    BEGIN
        PERFORM FROM feed_state FOR UPDATE;
        SELECT max(old.position) INTO last
        FROM (SELECT position, recorded_at FROM feed ORDER BY position LIMIT most) old
        WHERE old.recorded_at < before;
        DELETE FROM feed WHERE position <= last;
        GET DIAGNOSTICS gone = ROW_COUNT;
        UPDATE feed_state SET tail = last WHERE last IS NOT NULL;
        RETURN gone;
    END
    $$;

REVOKE EXECUTE ON FUNCTION feed_entries, feed_move, feed_moves, feed_gather, feed_wake, feed_forget FROM PUBLIC;
GRANT EXECUTE ON FUNCTION feed_gather, feed_wake, feed_forget TO kinstead_keeper;
GRANT SELECT ON feed, feed_state TO kinstead_app;

-- Who may know of a row: whoever may know of all persons whose data the record holds, as in the journal; and
-- whoever was responsible until the person moved: to be told that the record is out of its reach.
DO $policy$
BEGIN
    EXECUTE format($f$
        CREATE POLICY need_to_know ON feed TO kinstead_app USING (
            ((SELECT reaches_all('child')) %s) OR NOT EXISTS (
                SELECT FROM unnest(persons) AS about (person)
                WHERE person NOT LIKE '%%mentioned'
                  AND NOT CASE split_part(person, ' ', 1)
                      WHEN 'child' THEN
                          EXISTS (SELECT FROM children WHERE id = split_part(person, ' ', 2)::uuid)
                      %s
                      ELSE false END)
            OR CASE from_kind
                WHEN 'child' THEN from_area = ANY ((SELECT caller_codes('child_areas'))::text[])
                    OR from_organisation = ANY ((SELECT caller_ids('child_of'))::uuid[])
                %s
                ELSE false END
               AND ((SELECT caller('bounds')) IS NULL OR from_area = ANY ((SELECT caller_codes('bounds'))::text[])))
        $f$,
        (SELECT string_agg(format('AND (SELECT reaches_all(%L))', k.kind), ' ' ORDER BY k.kind) FROM walls.persons k),
        (SELECT string_agg(format('WHEN %L THEN EXISTS (SELECT FROM %I WHERE id = split_part(person, '' '', 2)::uuid)',
                                  k.kind, k.table_name), ' ' ORDER BY k.kind)
         FROM walls.persons k),
        (SELECT string_agg(format('WHEN %1$L THEN from_area = ANY ((SELECT caller_codes(%2$L))::text[]) '
                                  'OR from_organisation = ANY ((SELECT caller_ids(%3$L))::uuid[])',
                                  k.kind, k.kind || '_areas', k.kind || '_of'), ' ' ORDER BY k.kind)
         FROM walls.persons k));
    PERFORM wall('feed');
END
$policy$;

-- What only a named few may know is told by no feed.
CREATE POLICY sealed ON feed AS RESTRICTIVE TO kinstead_app USING (NOT sealed_from_caller(kind, parent));
