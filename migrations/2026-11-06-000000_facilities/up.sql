-- Institutions: who they are, what they may do on which day, how many they may take, who inspected.
CREATE SEQUENCE facility_numbers;
GRANT USAGE ON SEQUENCE facility_numbers TO kinstead_app;

CREATE TABLE facilities (
    id                            uuid PRIMARY KEY,
    facility_no                   text NOT NULL UNIQUE CHECK (length(facility_no) BETWEEN 1 AND 40),
    name                          text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    facility_type                 text NOT NULL CHECK (length(facility_type) BETWEEN 1 AND 60),
    ownership                     text NOT NULL CHECK (length(ownership) BETWEEN 1 AND 60),
    operator_id                   uuid NOT NULL REFERENCES organisations (id),
    area_code                     text NOT NULL REFERENCES areas (code),
    address                       text CHECK (length(address) BETWEEN 1 AND 300),
    lat                           double precision CHECK (lat BETWEEN -90 AND 90),
    lon                           double precision CHECK (lon BETWEEN -180 AND 180),
    opened_on                     date,
    closed_on                     date,
    accepts_age_min               integer NOT NULL CHECK (accepts_age_min BETWEEN 0 AND 26),
    accepts_age_max               integer NOT NULL CHECK (accepts_age_max BETWEEN 0 AND 26),
    accepts_sex                   text NOT NULL CHECK (accepts_sex IN ('any', 'female', 'male')),
    accepts_disability            boolean NOT NULL,
    accepts_emergency             boolean NOT NULL,
    accepts_siblings              boolean NOT NULL,
    statement_of_purpose          text CHECK (length(statement_of_purpose) BETWEEN 1 AND 4000),
    large_exception_justification text CHECK (length(large_exception_justification) BETWEEN 30 AND 2000),
    large_exception_decision_no   text CHECK (length(large_exception_decision_no) BETWEEN 1 AND 64),
    state                         text NOT NULL CHECK (state IN ('application', 'inspected', 'registered',
                                      'conditions_imposed', 'admissions_stopped', 'suspended', 'revoked',
                                      'expired', 'closing', 'closed')),
    version                       bigint NOT NULL DEFAULT 1 CHECK (version >= 1),
    CHECK (accepts_age_min <= accepts_age_max),
    CHECK ((lat IS NULL) = (lon IS NULL)),
    CHECK ((large_exception_justification IS NULL) = (large_exception_decision_no IS NULL)),
    CHECK ((state = 'closed') = (closed_on IS NOT NULL)),
    CONSTRAINT fa_04_no_new_large_facility_without_an_exception CHECK (
        facility_type NOT IN ('institution_large', 'infant_home') OR large_exception_decision_no IS NOT NULL)
);
CREATE INDEX facilities_operator_id ON facilities (operator_id);
CREATE INDEX facilities_area_code ON facilities (area_code);
GRANT SELECT, INSERT, UPDATE ON facilities TO kinstead_app;

-- Parts of the record: a change replaces them, the journal keeps what they were.
CREATE TABLE facility_external_ids (
    id          bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    facility_id uuid NOT NULL REFERENCES facilities (id),
    system      text NOT NULL CHECK (length(system) BETWEEN 3 AND 200),
    value       text NOT NULL CHECK (length(value) BETWEEN 1 AND 64),
    valid_from  date CHECK (valid_from BETWEEN '1900-01-01' AND '2199-12-31'),
    valid_to    date CHECK (valid_to BETWEEN '1900-01-01' AND '2199-12-31'),
    CHECK (valid_to > valid_from),
    CONSTRAINT di_01_one_facility_for_an_identifier EXCLUDE USING gist (
        system WITH =, value WITH =, daterange(valid_from, valid_to) WITH &&
    )
);
CREATE INDEX facility_external_ids_facility_id ON facility_external_ids (facility_id);
CREATE INDEX facility_external_ids_value ON facility_external_ids (value, system);
GRANT SELECT, INSERT, DELETE ON facility_external_ids TO kinstead_app;

-- In which state a facility was on which day. Steps of one day leave empty periods behind.
CREATE TABLE facility_states (
    id          uuid PRIMARY KEY,
    facility_id uuid NOT NULL REFERENCES facilities (id),
    state       text NOT NULL CHECK (state IN ('application', 'inspected', 'registered',
                    'conditions_imposed', 'admissions_stopped', 'suspended', 'revoked',
                    'expired', 'closing', 'closed')),
    valid_from  date NOT NULL,
    valid_to    date CHECK (valid_to >= valid_from),
    reason      text CHECK (length(reason) BETWEEN 1 AND 1000),
    decision_no text CHECK (length(decision_no) BETWEEN 1 AND 64),
    CONSTRAINT facility_states_one_at_a_time EXCLUDE USING gist
        (facility_id WITH =, daterange(valid_from, valid_to) WITH &&)
);
CREATE INDEX facility_states_facility_id ON facility_states (facility_id, valid_from);
GRANT SELECT, INSERT, UPDATE ON facility_states TO kinstead_app;

CREATE TABLE facility_registrations (
    id          uuid PRIMARY KEY,
    facility_id uuid NOT NULL REFERENCES facilities (id),
    number      text NOT NULL CHECK (length(number) BETWEEN 1 AND 64),
    granted_by  uuid NOT NULL REFERENCES organisations (id),
    valid_from  date NOT NULL,
    valid_to    date CHECK (valid_to > valid_from),
    revoked_on  date CHECK (revoked_on >= valid_from),
    conditions  text CHECK (length(conditions) BETWEEN 1 AND 1000),
    decision_no text CHECK (length(decision_no) BETWEEN 1 AND 64),
    CONSTRAINT fa_01_one_registration_at_a_time EXCLUDE USING gist
        (facility_id WITH =, daterange(valid_from, LEAST(valid_to, revoked_on)) WITH &&)
);
CREATE INDEX facility_registrations_facility_id ON facility_registrations (facility_id, valid_from);
CREATE INDEX facility_registrations_granted_by ON facility_registrations (granted_by);
GRANT SELECT, INSERT, UPDATE ON facility_registrations TO kinstead_app;

CREATE TABLE facility_capacities (
    id          uuid PRIMARY KEY,
    facility_id uuid NOT NULL REFERENCES facilities (id),
    valid_from  date NOT NULL,
    valid_to    date CHECK (valid_to > valid_from),
    total       integer NOT NULL CHECK (total BETWEEN 0 AND 2000),
    by_age_band jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(by_age_band) = 'object'),
    by_sex      jsonb NOT NULL DEFAULT '{}' CHECK (jsonb_typeof(by_sex) = 'object'),
    units       jsonb NOT NULL DEFAULT '[]' CHECK (jsonb_typeof(units) = 'array'),
    CHECK (COALESCE((by_age_band ->> '0-2')::integer, 0) BETWEEN 0 AND total),
    CHECK (COALESCE((by_age_band ->> '3-6')::integer, 0) BETWEEN 0 AND total),
    CHECK (COALESCE((by_age_band ->> '7-14')::integer, 0) BETWEEN 0 AND total),
    CHECK (COALESCE((by_age_band ->> '15-17')::integer, 0) BETWEEN 0 AND total),
    CHECK (COALESCE((by_age_band ->> '18+')::integer, 0) BETWEEN 0 AND total),
    CHECK (COALESCE((by_sex ->> 'female')::integer, 0) BETWEEN 0 AND total),
    CHECK (COALESCE((by_sex ->> 'male')::integer, 0) BETWEEN 0 AND total),
    CONSTRAINT facility_capacities_one_at_a_time EXCLUDE USING gist
        (facility_id WITH =, daterange(valid_from, valid_to) WITH &&)
);
CREATE INDEX facility_capacities_facility_id ON facility_capacities (facility_id, valid_from);
GRANT SELECT, INSERT, UPDATE ON facility_capacities TO kinstead_app;

-- The identity of a unit over its capacities; the pair is what a placement may refer to.
CREATE TABLE facility_units (
    id          uuid PRIMARY KEY,
    facility_id uuid NOT NULL REFERENCES facilities (id),
    UNIQUE (id, facility_id)
);
CREATE INDEX facility_units_facility_id ON facility_units (facility_id);
GRANT SELECT, INSERT ON facility_units TO kinstead_app;

CREATE TABLE facility_inspections (
    id                 uuid PRIMARY KEY,
    facility_id        uuid NOT NULL REFERENCES facilities (id),
    kind               text NOT NULL CHECK (length(kind) BETWEEN 1 AND 60),
    inspected_on       date NOT NULL,
    body               text NOT NULL CHECK (length(body) BETWEEN 1 AND 200),
    children_spoken_to integer NOT NULL CHECK (children_spoken_to BETWEEN 0 AND 2000),
    findings           text NOT NULL CHECK (length(findings) BETWEEN 1 AND 4000),
    rating             text CHECK (length(rating) BETWEEN 1 AND 60),
    actions            text CHECK (length(actions) BETWEEN 1 AND 4000),
    due_on             date,
    version            bigint NOT NULL DEFAULT 1 CHECK (version >= 1),
    CHECK (due_on IS NULL OR due_on >= inspected_on)
);
CREATE INDEX facility_inspections_facility_id ON facility_inspections (facility_id, inspected_on DESC, id DESC);
GRANT SELECT, INSERT ON facility_inspections TO kinstead_app;
