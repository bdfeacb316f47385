ALTER TABLE placements DROP COLUMN exception;
DROP TABLE rule_versions;
DROP TABLE rules;
