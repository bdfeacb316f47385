DROP TABLE placement_endings;
ALTER TABLE care_periods DROP COLUMN first_visit_on;
