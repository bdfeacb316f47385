CREATE OR REPLACE FUNCTION no_record_of(gone text) RETURNS void
    LANGUAGE plpgsql
    AS $$
    BEGIN
        DELETE FROM walls.records WHERE kind = gone;
        PERFORM make_children_of();
        PERFORM make_standing_of();
    END
    $$;
CREATE OR REPLACE FUNCTION record_of(kind text, table_name text, person text) RETURNS void
    LANGUAGE plpgsql
    AS $$
    BEGIN
        INSERT INTO walls.records VALUES (kind, table_name, person);
        PERFORM make_children_of();
        PERFORM make_standing_of();
    END
    $$;
DROP POLICY lodgers ON journal;
DROP FUNCTION lodger_reads, make_lodger_reads;
DROP POLICY reported ON incidents;
ALTER TABLE incidents DROP COLUMN reported_by;
