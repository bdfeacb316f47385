-- Identifiers, free text and the journal are sealed before they reach the database: the service holds the
-- key that opens the keys in `data_keys`, the database never does. What lies here in clear cannot be sealed
-- without that key, so this step refuses a registry that holds records: no release has written any.
DO $$ BEGIN
    IF EXISTS (SELECT FROM journal) THEN
        RAISE EXCEPTION 'this registry holds records in clear, of before the first release: make it anew';
    END IF;
END $$;

-- A sealed value: version, id of its key, nonce, ciphertext with its tag.
CREATE DOMAIN sealed AS bytea CHECK (octet_length(VALUE) >= 57 AND get_byte(VALUE, 0) = 1);

-- The keys that seal, each sealed itself by the master key, which its fingerprint names.
CREATE TABLE data_keys (
    id      uuid PRIMARY KEY,
    class   text NOT NULL CHECK (class IN ('identifying', 'sealed', 'journal', 'index', 'cursor')),
    state   text NOT NULL CHECK (state IN ('current', 'old')),
    master  bytea NOT NULL CHECK (octet_length(master) = 8),
    wrapped bytea NOT NULL CHECK (octet_length(wrapped) = 72),
    made_at timestamptz NOT NULL DEFAULT now()
);
CREATE UNIQUE INDEX data_keys_current ON data_keys (class) WHERE state = 'current';
GRANT SELECT ON data_keys TO kinstead_app;
-- What seals cursors is one of them.
DROP TABLE seal_keys;

ALTER TABLE journal ALTER after TYPE sealed USING NULL::bytea;
ALTER TABLE idempotency_keys ALTER body TYPE sealed USING NULL::bytea;

-- Numbers in other systems: the value is sealed; equal values of one system have equal blind indexes.
DROP INDEX child_external_ids_value;
DROP INDEX carer_external_ids_value;
DROP INDEX facility_external_ids_value;
ALTER TABLE child_external_ids
    DROP CONSTRAINT di_01_one_child_for_an_identifier,
    DROP CONSTRAINT child_external_ids_value_check,
    ALTER value TYPE sealed USING NULL::bytea,
    ADD COLUMN blind bytea NOT NULL CHECK (octet_length(blind) = 49 AND get_byte(blind, 0) = 1);
ALTER TABLE child_external_ids
    ADD CONSTRAINT di_01_one_child_for_an_identifier EXCLUDE USING gist (
        blind WITH =, daterange(valid_from, valid_to) WITH &&
    );
CREATE INDEX child_external_ids_blind ON child_external_ids (blind);

ALTER TABLE carer_external_ids
    DROP CONSTRAINT di_01_one_family_for_an_identifier,
    DROP CONSTRAINT carer_external_ids_value_check,
    ALTER value TYPE sealed USING NULL::bytea,
    ADD COLUMN blind bytea NOT NULL CHECK (octet_length(blind) = 49 AND get_byte(blind, 0) = 1);
ALTER TABLE carer_external_ids
    ADD CONSTRAINT di_01_one_family_for_an_identifier EXCLUDE USING gist (
        blind WITH =, daterange(valid_from, valid_to) WITH &&
    );
CREATE INDEX carer_external_ids_blind ON carer_external_ids (blind);

ALTER TABLE facility_external_ids
    DROP CONSTRAINT di_01_one_facility_for_an_identifier,
    DROP CONSTRAINT facility_external_ids_value_check,
    ALTER value TYPE sealed USING NULL::bytea,
    ADD COLUMN blind bytea NOT NULL CHECK (octet_length(blind) = 49 AND get_byte(blind, 0) = 1);
ALTER TABLE facility_external_ids
    ADD CONSTRAINT di_01_one_facility_for_an_identifier EXCLUDE USING gist (
        blind WITH =, daterange(valid_from, valid_to) WITH &&
    );
CREATE INDEX facility_external_ids_blind ON facility_external_ids (blind);

CREATE INDEX child_external_ids_system ON child_external_ids (system);
CREATE INDEX carer_external_ids_system ON carer_external_ids (system);
CREATE INDEX facility_external_ids_system ON facility_external_ids (system);
