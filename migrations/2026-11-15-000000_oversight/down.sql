SELECT no_child_record('emergency_access');
DROP TABLE notices;
DROP TABLE emergency_accesses;
