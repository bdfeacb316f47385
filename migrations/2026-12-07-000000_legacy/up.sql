-- History that lies before the registry may break soft rules: what it breaks is stepped over as such, and told
-- apart from what somebody authorised.
ALTER TABLE overrides ADD COLUMN kind text NOT NULL DEFAULT 'authorised' CHECK (kind IN ('authorised', 'legacy'));
ALTER TABLE overrides ALTER COLUMN kind DROP DEFAULT;
ALTER TABLE imports ADD COLUMN on_rule text NOT NULL DEFAULT 'refuse' CHECK (on_rule IN ('refuse', 'legacy'));
ALTER TABLE imports ALTER COLUMN on_rule DROP DEFAULT;
ALTER TABLE parameters DROP CONSTRAINT parameters_kind_check;
ALTER TABLE parameters ADD CONSTRAINT parameters_kind_check
    CHECK (kind IN ('integer', 'decimal', 'text', 'boolean', 'date'));
