DROP POLICY knows_of_both ON alerts;
DROP POLICY knows_of_both ON deadlines;
ALTER TABLE alerts DROP COLUMN other_child_id;
ALTER TABLE deadlines DROP COLUMN other_child_id;
DROP INDEX child_names_whole;
DROP TABLE duplicate_looks;
DROP TABLE possible_duplicates;
