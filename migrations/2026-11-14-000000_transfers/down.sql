DROP FUNCTION speaks_for, answerable_for;
SELECT no_child_record('transfer');
DROP TABLE transfers;
