DELETE FROM parameter_versions WHERE name IN (SELECT name FROM parameters WHERE kind = 'date');
DELETE FROM parameters WHERE kind = 'date';
ALTER TABLE parameters DROP CONSTRAINT parameters_kind_check;
ALTER TABLE parameters ADD CONSTRAINT parameters_kind_check
    CHECK (kind IN ('integer', 'decimal', 'text', 'boolean'));
ALTER TABLE imports DROP COLUMN on_rule;
ALTER TABLE overrides DROP COLUMN kind;
