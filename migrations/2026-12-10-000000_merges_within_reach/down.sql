CREATE OR REPLACE FUNCTION count_up(counted text, ids uuid[], child uuid, other uuid) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public
    AS $$
    BEGIN
        PERFORM check_merge(child, other);
        EXECUTE format('UPDATE %I SET version = version + 1 WHERE id = ANY ($1)',
                       (SELECT DISTINCT h.record_table FROM walls.hung h WHERE h.kind = counted)) USING ids;
    END
    $$;

CREATE OR REPLACE FUNCTION last_entries(asked text, ids uuid[], child uuid, other uuid)
    RETURNS TABLE (subject uuid, version bigint, after bytea, persons text[], parent uuid)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public
    AS $$
    BEGIN
        PERFORM check_merge(child, other);
        RETURN QUERY SELECT DISTINCT ON (j.subject) j.subject, j.version, j.after::bytea, j.persons, j.parent
            FROM journal j WHERE j.subject = ANY (ids) AND j.kind = asked ORDER BY j.subject, j.position DESC;
    END
    $$;

CREATE OR REPLACE FUNCTION merged_persons(ids uuid[]) RETURNS TABLE (id uuid, merged_into uuid)
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
DROP FUNCTION check_hanging;
