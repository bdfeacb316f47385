-- Incidents that a facility reports of the children who live there.
ALTER TABLE incidents ADD COLUMN reported_by uuid REFERENCES organisations (id),
    ADD CONSTRAINT incidents_reported_by_a_facility CHECK (reported_by IS NULL OR facility_id IS NOT NULL);
CREATE INDEX incidents_reported_by ON incidents (reported_by) WHERE reported_by IS NOT NULL;

-- A facility knows of what it reported itself, and of nothing that others say happened there: an allegation may be
-- against its own staff.
CREATE POLICY reported ON incidents TO kinstead_app USING (
    reported_by = ANY ((SELECT caller_ids('child_with'))::uuid[])
    AND EXISTS (SELECT FROM children WHERE children.id = child_id));

-- Makes `lodger_reads` anew: whether whoever knows of a child only because it lives there sees the record that an
-- entry of the journal is about. In plpgsql, which keeps its plans; it goes by the policies of the tables.
CREATE FUNCTION make_lodger_reads() RETURNS void
    LANGUAGE plpgsql
    AS $make$
    BEGIN
        EXECUTE format($f$
            CREATE OR REPLACE FUNCTION lodger_reads(of_kind text, of_record uuid) RETURNS boolean
                LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan
                AS $body$
                BEGIN
                    CASE of_kind
                    WHEN 'temporary_absence' THEN
                        RETURN EXISTS (SELECT FROM temporary_absences r WHERE r.id = of_record);
                    %s
                    ELSE RETURN true; END CASE;
                END
                $body$ $f$,
            (SELECT string_agg(format('WHEN %L THEN RETURN EXISTS (SELECT FROM %I r WHERE r.id = of_record);',
                                      k.kind, k.table_name), ' ' ORDER BY k.kind)
             FROM (SELECT DISTINCT r.kind, r.table_name FROM walls.records r) AS k));
    END
    $make$;
SELECT make_lodger_reads();
REVOKE EXECUTE ON FUNCTION make_lodger_reads FROM PUBLIC;

-- What a facility does not read in the tables it does not read in the journal either.
CREATE POLICY lodgers ON journal AS RESTRICTIVE TO kinstead_app
    USING ((SELECT caller('child_with')) IS NULL OR lodger_reads(kind, subject)) WITH CHECK (true);

CREATE OR REPLACE FUNCTION record_of(kind text, table_name text, person text) RETURNS void
    LANGUAGE plpgsql
    AS $$
    BEGIN
        INSERT INTO walls.records VALUES (kind, table_name, person);
        PERFORM make_children_of();
        PERFORM make_standing_of();
        PERFORM make_lodger_reads();
    END
    $$;

CREATE OR REPLACE FUNCTION no_record_of(gone text) RETURNS void
    LANGUAGE plpgsql
    AS $$
    BEGIN
        DELETE FROM walls.records WHERE kind = gone;
        PERFORM make_children_of();
        PERFORM make_standing_of();
        PERFORM make_lodger_reads();
    END
    $$;
