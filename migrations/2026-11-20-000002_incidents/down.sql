CREATE OR REPLACE FUNCTION sealed_from_caller(kind text, parent uuid) RETURNS boolean
    LANGUAGE sql STABLE
    AS $$
        SELECT CASE kind
            WHEN 'adoption_link' THEN coalesce(caller('adoption_link') <> 'all', true)
            WHEN 'protected_address' THEN coalesce(parent <> ALL (case_linked_children()), true)
            ELSE false END
    $$;
SELECT no_child_record('complaint'), no_child_record('incident');
DROP TABLE complaint_reporters;
DROP TABLE complaints;
DROP TABLE incidents;
