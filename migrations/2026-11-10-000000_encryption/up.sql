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

-- Free text, decisions and addresses.
ALTER TABLE children
    DROP CONSTRAINT children_correction_reason_check,
    ALTER correction_reason TYPE sealed USING NULL::bytea;
ALTER TABLE child_relations
    DROP CONSTRAINT child_relations_keep_together_reason_check,
    ALTER keep_together_reason TYPE sealed USING NULL::bytea;
ALTER TABLE legal_statuses
    DROP CONSTRAINT legal_statuses_basis_check,
    DROP CONSTRAINT legal_statuses_decision_number_check,
    ALTER basis TYPE sealed USING NULL::bytea,
    ALTER decision_number TYPE sealed USING NULL::bytea;
ALTER TABLE facility_inspections
    DROP CONSTRAINT facility_inspections_findings_check,
    DROP CONSTRAINT facility_inspections_actions_check,
    ALTER findings TYPE sealed USING NULL::bytea,
    ALTER actions TYPE sealed USING NULL::bytea;
ALTER TABLE care_periods
    DROP CONSTRAINT care_periods_state_reason_check,
    ALTER state_reason TYPE sealed USING NULL::bytea;
ALTER TABLE placements
    DROP CONSTRAINT placements_legal_basis_check,
    DROP CONSTRAINT placements_state_reason_check,
    ALTER legal_basis TYPE sealed USING NULL::bytea,
    ALTER decision TYPE sealed USING NULL::bytea,
    ALTER temporary_approval TYPE sealed USING NULL::bytea,
    ALTER state_reason TYPE sealed USING NULL::bytea;
ALTER TABLE carer_state_changes
    DROP CONSTRAINT carer_state_changes_reason_check,
    ALTER reason TYPE sealed USING NULL::bytea;

-- Where a family lives: `lat` and `lon` stay in clear for the search nearby, rounded to a hundredth of a
-- degree, about a kilometre; the exact ones are sealed.
ALTER TABLE carer_families
    DROP CONSTRAINT carer_families_address_lines_check,
    DROP CONSTRAINT carer_families_address_lines_check1,
    DROP CONSTRAINT carer_families_locality_check,
    DROP CONSTRAINT carer_families_postcode_check,
    DROP CONSTRAINT carer_families_on_hold_reason_check,
    ALTER address_lines TYPE sealed USING NULL::bytea,
    ALTER locality TYPE sealed USING NULL::bytea,
    ALTER postcode TYPE sealed USING NULL::bytea,
    ALTER on_hold_reason TYPE sealed USING NULL::bytea,
    ADD COLUMN exact_lat sealed,
    ADD COLUMN exact_lon sealed,
    ADD CONSTRAINT carer_families_exact_place CHECK (
        (lat IS NULL) = (exact_lat IS NULL) AND (lon IS NULL) = (exact_lon IS NULL)),
    ADD CONSTRAINT carer_families_place_is_rounded CHECK (
        abs(lat * 100 - round(lat * 100)) < 0.000001 AND abs(lon * 100 - round(lon * 100)) < 0.000001);
