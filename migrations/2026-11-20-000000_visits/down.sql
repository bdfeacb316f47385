SELECT no_child_record('visit');
DROP TABLE visits;
