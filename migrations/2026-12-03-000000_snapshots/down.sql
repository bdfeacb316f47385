CREATE OR REPLACE FUNCTION feed_gather(most integer) RETURNS bigint
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
DROP TABLE feed_records;
