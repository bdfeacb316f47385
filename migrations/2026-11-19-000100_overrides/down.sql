DROP TABLE placement_decisions;
SELECT no_child_record('override');
DROP TABLE overrides;
