DO $named$
BEGIN
    EXECUTE replace(pg_get_functiondef('children_named'::regproc),
        ' AND NOT EXISTS (SELECT FROM children m WHERE m.id = n.child_id AND m.merged_into IS NOT NULL)', '');
END
$named$;
DROP FUNCTION merged_persons, last_entries, count_up, rehang, hung_on, check_merge, hangs;
DROP TABLE walls.hung;
DROP INDEX record_external_ids_record;
ALTER TABLE return_facts DROP CONSTRAINT return_facts_version_check,
    ADD CONSTRAINT return_facts_version_check CHECK (version = 1);
SELECT no_child_record('child_merge');
DROP TABLE child_merges;
ALTER TABLE children DROP COLUMN merged_into;
