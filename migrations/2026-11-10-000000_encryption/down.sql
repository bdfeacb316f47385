DO $$ BEGIN
    IF EXISTS (SELECT FROM journal) THEN
        RAISE EXCEPTION 'this registry holds sealed records, which cannot be put back in clear';
    END IF;
END $$;

ALTER TABLE carer_families
    DROP COLUMN exact_lat,
    DROP COLUMN exact_lon,
    DROP CONSTRAINT carer_families_place_is_rounded,
    ALTER address_lines TYPE text[] USING NULL::text[],
    ALTER locality TYPE text USING NULL::text,
    ALTER postcode TYPE text USING NULL::text,
    ALTER on_hold_reason TYPE text USING NULL::text,
    ADD CONSTRAINT carer_families_address_lines_check CHECK (cardinality(address_lines) <= 5),
    ADD CONSTRAINT carer_families_address_lines_check1 CHECK (array_position(address_lines, NULL) IS NULL),
    ADD CONSTRAINT carer_families_locality_check CHECK (length(locality) BETWEEN 1 AND 100),
    ADD CONSTRAINT carer_families_postcode_check CHECK (length(postcode) BETWEEN 1 AND 20),
    ADD CONSTRAINT carer_families_on_hold_reason_check CHECK (length(on_hold_reason) BETWEEN 1 AND 2000);
ALTER TABLE carer_state_changes
    ALTER reason TYPE text USING NULL::text,
    ADD CONSTRAINT carer_state_changes_reason_check CHECK (length(reason) BETWEEN 1 AND 2000);
ALTER TABLE placements
    ALTER legal_basis TYPE text USING NULL::text,
    ALTER decision TYPE jsonb USING NULL::jsonb,
    ALTER temporary_approval TYPE jsonb USING NULL::jsonb,
    ALTER state_reason TYPE text USING NULL::text,
    ADD CONSTRAINT placements_legal_basis_check CHECK (length(legal_basis) BETWEEN 3 AND 500),
    ADD CONSTRAINT placements_state_reason_check CHECK (length(state_reason) BETWEEN 1 AND 2000);
ALTER TABLE care_periods
    ALTER state_reason TYPE text USING NULL::text,
    ADD CONSTRAINT care_periods_state_reason_check CHECK (length(state_reason) BETWEEN 1 AND 2000);
ALTER TABLE facility_inspections
    ALTER findings TYPE text USING NULL::text,
    ALTER actions TYPE text USING NULL::text,
    ADD CONSTRAINT facility_inspections_findings_check CHECK (length(findings) BETWEEN 1 AND 4000),
    ADD CONSTRAINT facility_inspections_actions_check CHECK (length(actions) BETWEEN 1 AND 4000);
ALTER TABLE legal_statuses
    ALTER basis TYPE text USING NULL::text,
    ALTER decision_number TYPE text USING NULL::text,
    ADD CONSTRAINT legal_statuses_basis_check CHECK (length(basis) BETWEEN 1 AND 200),
    ADD CONSTRAINT legal_statuses_decision_number_check CHECK (length(decision_number) BETWEEN 1 AND 64);
ALTER TABLE child_relations
    ALTER keep_together_reason TYPE text USING NULL::text,
    ADD CONSTRAINT child_relations_keep_together_reason_check CHECK (length(keep_together_reason) BETWEEN 3 AND 1000);
ALTER TABLE children
    ALTER correction_reason TYPE text USING NULL::text,
    ADD CONSTRAINT children_correction_reason_check CHECK (length(correction_reason) BETWEEN 10 AND 1000);

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
