-- Two records with one number cannot be kept: resolve them first.
DROP INDEX notices_carer_family_id;
DROP INDEX notices_child_id;
ALTER TABLE notices
    DROP CONSTRAINT notices_name_a_record,
    DROP CONSTRAINT notices_kind_check,
    DROP COLUMN carer_family_id,
    DROP COLUMN child_id;
ALTER TABLE notices ADD CONSTRAINT notices_kind_check CHECK (kind IN ('emergency_access', 'trawling'));

REVOKE UPDATE (contested) ON carer_external_ids FROM kinstead_app;
ALTER TABLE carer_external_ids DROP CONSTRAINT di_01_one_family_for_an_identifier, DROP COLUMN contested;
ALTER TABLE carer_external_ids
    ADD CONSTRAINT di_01_one_family_for_an_identifier EXCLUDE USING gist (
        blind WITH =, daterange(valid_from, valid_to) WITH &&
    );
REVOKE UPDATE (contested) ON child_external_ids FROM kinstead_app;
ALTER TABLE child_external_ids DROP CONSTRAINT di_01_one_child_for_an_identifier, DROP COLUMN contested;
ALTER TABLE child_external_ids
    ADD CONSTRAINT di_01_one_child_for_an_identifier EXCLUDE USING gist (
        blind WITH =, daterange(valid_from, valid_to) WITH &&
    );
