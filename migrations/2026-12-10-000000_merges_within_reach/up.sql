-- What serves merges past row-level security serves it alone: records that hang on one of the two children, and
-- records that were merged whose reader may know of one end.

-- Refuses records of a kind of which one hangs on neither child.
CREATE FUNCTION check_hanging(asked text, ids uuid[], child uuid, other uuid) RETURNS void
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public
    AS $$
    DECLARE
        it walls.hung;
        found uuid[];
        hanging uuid[] := '{}';
    BEGIN
        PERFORM check_merge(child, other);
        FOR it IN SELECT * FROM walls.hung h WHERE h.kind = asked LOOP
            EXECUTE format(CASE (SELECT atttypid FROM pg_attribute
                                 WHERE attrelid = it.table_name::regclass AND attname = it.column_name)
                           WHEN 'uuid[]'::regtype
                           THEN 'SELECT array_agg(t.%1$I) FROM %2$I t WHERE t.%1$I = ANY ($1) AND t.%3$I && ARRAY[$2, $3]'
                           ELSE 'SELECT array_agg(t.%1$I) FROM %2$I t WHERE t.%1$I = ANY ($1) AND t.%3$I IN ($2, $3)' END,
                           it.record_column, it.table_name, it.column_name)
                INTO found USING ids, child, other;
            hanging := hanging || found;
        END LOOP;
        IF NOT ids <@ hanging THEN
            RAISE insufficient_privilege USING MESSAGE = 'new row violates row-level security policy of merges';
        END IF;
    END
    $$;

CREATE OR REPLACE FUNCTION count_up(counted text, ids uuid[], child uuid, other uuid) RETURNS void
    LANGUAGE plpgsql SECURITY DEFINER SET search_path = public
    AS $$
    BEGIN
        PERFORM check_hanging(counted, ids, child, other);
        EXECUTE format('UPDATE %I SET version = version + 1 WHERE id = ANY ($1)',
                       (SELECT DISTINCT h.record_table FROM walls.hung h WHERE h.kind = counted)) USING ids;
    END
    $$;

CREATE OR REPLACE FUNCTION last_entries(asked text, ids uuid[], child uuid, other uuid)
    RETURNS TABLE (subject uuid, version bigint, after bytea, persons text[], parent uuid)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public
    AS $$
    BEGIN
        PERFORM check_hanging(asked, ids, child, other);
        RETURN QUERY SELECT DISTINCT ON (j.subject) j.subject, j.version, j.after::bytea, j.persons, j.parent
            FROM journal j WHERE j.subject = ANY (ids) AND j.kind = asked ORDER BY j.subject, j.position DESC;
    END
    $$;

-- Which of these children's records were merged, of those of which the caller may know at either end; into which one
-- that was not, if it may know of that.
DO $merged$
DECLARE
    known text := format($$((SELECT reaches_all('child')) OR %s OR id = ANY ((SELECT lodgers(caller_ids('child_with')))::uuid[])
        AND ((SELECT caller('bounds')) IS NULL OR area_code = ANY ((SELECT caller_codes('bounds'))::text[])))$$, own_child());
BEGIN
    EXECUTE format($f$
        CREATE OR REPLACE FUNCTION merged_persons(ids uuid[]) RETURNS TABLE (id uuid, merged_into uuid)
            LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public SET plan_cache_mode = force_generic_plan
            AS $body$
            #variable_conflict use_column
            BEGIN
                -- Nearly nobody was.
                IF NOT EXISTS (SELECT FROM children WHERE id = ANY (ids) AND merged_into IS NOT NULL) THEN
                    RETURN;
                END IF;
                RETURN QUERY
                WITH RECURSIVE way (start, place) AS (
                    SELECT c.id, c.merged_into FROM children c WHERE c.id = ANY (ids) AND c.merged_into IS NOT NULL
                    UNION ALL
                    SELECT w.start, c.merged_into FROM way w JOIN children c ON c.id = w.place
                    WHERE c.merged_into IS NOT NULL
                ), ends AS (
                    SELECT w.start, w.place, EXISTS (SELECT FROM children WHERE id = w.place AND %1$s) AS known
                    FROM way w JOIN children c ON c.id = w.place WHERE c.merged_into IS NULL
                )
                SELECT e.start, CASE WHEN e.known THEN e.place END FROM ends e
                WHERE e.known OR EXISTS (SELECT FROM children WHERE id = e.start AND %1$s);
            END
            $body$ $f$, known);
END
$merged$;

REVOKE EXECUTE ON FUNCTION check_hanging FROM PUBLIC;
