DO $$ BEGIN
    IF EXISTS (SELECT FROM journal) THEN
        RAISE EXCEPTION 'this registry holds sealed records, which cannot be put back in clear';
    END IF;
END $$;

DROP INDEX facility_external_ids_system;
DROP INDEX carer_external_ids_system;
DROP INDEX child_external_ids_system;
ALTER TABLE facility_external_ids
    DROP CONSTRAINT di_01_one_facility_for_an_identifier,
    DROP COLUMN blind,
    ALTER value TYPE text USING NULL::text,
    ADD CONSTRAINT facility_external_ids_value_check CHECK (length(value) BETWEEN 1 AND 64);
ALTER TABLE facility_external_ids
    ADD CONSTRAINT di_01_one_facility_for_an_identifier EXCLUDE USING gist (
        system WITH =, value WITH =, daterange(valid_from, valid_to) WITH &&
    );
ALTER TABLE carer_external_ids
    DROP CONSTRAINT di_01_one_family_for_an_identifier,
    DROP COLUMN blind,
    ALTER value TYPE text USING NULL::text,
    ADD CONSTRAINT carer_external_ids_value_check CHECK (length(value) BETWEEN 1 AND 64);
ALTER TABLE carer_external_ids
    ADD CONSTRAINT di_01_one_family_for_an_identifier EXCLUDE USING gist (
        system WITH =, value WITH =, daterange(valid_from, valid_to) WITH &&
    );
ALTER TABLE child_external_ids
    DROP CONSTRAINT di_01_one_child_for_an_identifier,
    DROP COLUMN blind,
    ALTER value TYPE text USING NULL::text,
    ADD CONSTRAINT child_external_ids_value_check CHECK (length(value) BETWEEN 1 AND 64);
ALTER TABLE child_external_ids
    ADD CONSTRAINT di_01_one_child_for_an_identifier EXCLUDE USING gist (
        system WITH =, value WITH =, daterange(valid_from, valid_to) WITH &&
    );
CREATE INDEX facility_external_ids_value ON facility_external_ids (value, system);
CREATE INDEX carer_external_ids_value ON carer_external_ids (value, system);
CREATE INDEX child_external_ids_value ON child_external_ids (value, system);

ALTER TABLE idempotency_keys ALTER body TYPE bytea USING NULL::bytea;
ALTER TABLE journal ALTER after TYPE jsonb USING NULL::jsonb;

CREATE TABLE seal_keys (
    id  integer PRIMARY KEY CHECK (id = 1),
    key bytea NOT NULL CHECK (length(key) = 32)
);
INSERT INTO seal_keys VALUES (1, sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())));
GRANT SELECT ON seal_keys TO kinstead_app;
DROP TABLE data_keys;
DROP DOMAIN sealed;
