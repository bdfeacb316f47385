-- DI-01 without an oracle: a number that a person beyond the writer's reach has is taken, and contested. Such
-- a row stands outside the constraint until the other record loses the number, or this one does.
ALTER TABLE child_external_ids
    DROP CONSTRAINT di_01_one_child_for_an_identifier,
    ADD COLUMN contested boolean NOT NULL DEFAULT false;
ALTER TABLE child_external_ids
    ADD CONSTRAINT di_01_one_child_for_an_identifier EXCLUDE USING gist (
        blind WITH =, daterange(valid_from, valid_to) WITH &&
    ) WHERE (NOT contested);
GRANT UPDATE (contested) ON child_external_ids TO kinstead_app;

ALTER TABLE carer_external_ids
    DROP CONSTRAINT di_01_one_family_for_an_identifier,
    ADD COLUMN contested boolean NOT NULL DEFAULT false;
ALTER TABLE carer_external_ids
    ADD CONSTRAINT di_01_one_family_for_an_identifier EXCLUDE USING gist (
        blind WITH =, daterange(valid_from, valid_to) WITH &&
    ) WHERE (NOT contested);
GRANT UPDATE (contested) ON carer_external_ids TO kinstead_app;

-- The notice names the record that was written, and no number.
ALTER TABLE notices
    DROP CONSTRAINT notices_kind_check,
    ADD COLUMN child_id uuid REFERENCES children (id),
    ADD COLUMN carer_family_id uuid REFERENCES carer_families (id);
ALTER TABLE notices
    ADD CONSTRAINT notices_kind_check
        CHECK (kind IN ('emergency_access', 'trawling', 'contested_identifier')),
    ADD CONSTRAINT notices_name_a_record CHECK (
        num_nonnulls(child_id, carer_family_id) = CASE kind WHEN 'contested_identifier' THEN 1 ELSE 0 END);
CREATE INDEX notices_child_id ON notices (child_id);
CREATE INDEX notices_carer_family_id ON notices (carer_family_id);
