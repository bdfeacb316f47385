-- The newest state of every record that the feed has told of: what a new copy begins with.
CREATE TABLE feed_records (
    kind    text,
    subject uuid,
    -- Its entry in the journal.
    entry   bigint NOT NULL,
    PRIMARY KEY (kind, subject)
);
INSERT INTO feed_records
SELECT DISTINCT ON (j.kind, j.subject) j.kind, j.subject, j.position
FROM journal j
WHERE NOT EXISTS (SELECT FROM feed_inbox i WHERE i.entry = j.position)
ORDER BY j.kind, j.subject, j.version DESC;

-- As before, and keeps what is newest of each record.
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
        ), newest AS (
            INSERT INTO feed_records AS r (kind, subject, entry)
            SELECT DISTINCT ON (kind, subject) kind, subject, entry FROM told
            WHERE from_kind IS NULL ORDER BY kind, subject, version DESC
            ON CONFLICT (kind, subject) DO UPDATE SET entry = excluded.entry
        )
        SELECT count(*) INTO made FROM placed;
        IF made > 0 THEN
            UPDATE feed_state SET head = last + made;
        END IF;
        RETURN last + made;
    END
    $$;

-- Who may know of a row: whoever may know of the entry.
GRANT SELECT ON feed_records TO kinstead_app;
CREATE POLICY need_to_know ON feed_records TO kinstead_app
    USING (EXISTS (SELECT FROM journal WHERE journal.position = entry));
SELECT wall('feed_records');
