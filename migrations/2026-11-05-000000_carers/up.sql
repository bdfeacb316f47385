-- Carer families: the household, its checks and training, its states, its approvals.
CREATE SEQUENCE carer_family_numbers;
GRANT USAGE ON SEQUENCE carer_family_numbers TO kinstead_app;

CREATE TABLE carer_families (
    id                  uuid PRIMARY KEY,
    family_no           text NOT NULL UNIQUE CHECK (length(family_no) BETWEEN 1 AND 40),
    state               text NOT NULL CHECK (state IN ('enquiry', 'application_submitted', 'checks',
                            'home_study', 'training', 'panel', 'approved', 'suspended', 'refused', 'appeal',
                            'withdrawn', 'revoked', 'expired', 'resigned', 'closed')),
    state_since         date NOT NULL,
    purposes            text[] NOT NULL CHECK (cardinality(purposes) BETWEEN 1 AND 20)
                            CHECK (array_position(purposes, NULL) IS NULL),
    area_code           text NOT NULL REFERENCES areas (code),
    address_lines       text[] NOT NULL CHECK (cardinality(address_lines) <= 5)
                            CHECK (array_position(address_lines, NULL) IS NULL),
    locality            text CHECK (length(locality) BETWEEN 1 AND 100),
    postcode            text CHECK (length(postcode) BETWEEN 1 AND 20),
    lat                 double precision CHECK (lat BETWEEN -90 AND 90),
    lon                 double precision CHECK (lon BETWEEN -180 AND 180),
    languages           text[] NOT NULL CHECK (cardinality(languages) <= 20)
                            CHECK (array_position(languages, NULL) IS NULL),
    preferred_age_min   integer CHECK (preferred_age_min BETWEEN 0 AND 25),
    preferred_age_max   integer CHECK (preferred_age_max BETWEEN 0 AND 25),
    preferred_sex       text NOT NULL CHECK (preferred_sex IN ('any', 'female', 'male')),
    sibling_group_max   integer CHECK (sibling_group_max BETWEEN 1 AND 12),
    accepts_disability  boolean NOT NULL,
    disability_types    text[] NOT NULL CHECK (cardinality(disability_types) <= 20)
                            CHECK (array_position(disability_types, NULL) IS NULL),
    emergency           boolean NOT NULL,
    on_hold_from        date,
    on_hold_to          date,
    on_hold_reason      text CHECK (length(on_hold_reason) BETWEEN 1 AND 2000),
    supported_by_centre boolean NOT NULL,
    version             bigint NOT NULL DEFAULT 1 CHECK (version >= 1),
    CHECK ((lat IS NULL) = (lon IS NULL)),
    CHECK (preferred_age_min <= preferred_age_max),
    CHECK (on_hold_from IS NOT NULL OR (on_hold_to IS NULL AND on_hold_reason IS NULL)),
    CHECK (on_hold_to > on_hold_from)
);
CREATE INDEX carer_families_area_code ON carer_families (area_code);
CREATE INDEX carer_families_place ON carer_families (lat, lon);
GRANT SELECT, INSERT, UPDATE ON carer_families TO kinstead_app;

-- Parts of the record: a change replaces them, the journal keeps what they were.
CREATE TABLE carer_external_ids (
    id              bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    carer_family_id uuid NOT NULL REFERENCES carer_families (id),
    system          text NOT NULL CHECK (length(system) BETWEEN 3 AND 200),
    value           text NOT NULL CHECK (length(value) BETWEEN 1 AND 64),
    valid_from      date CHECK (valid_from BETWEEN '1900-01-01' AND '2199-12-31'),
    valid_to        date CHECK (valid_to BETWEEN '1900-01-01' AND '2199-12-31'),
    CHECK (valid_to > valid_from),
    CONSTRAINT di_01_one_family_for_an_identifier EXCLUDE USING gist (
        system WITH =, value WITH =, daterange(valid_from, valid_to) WITH &&
    )
);
CREATE INDEX carer_external_ids_carer_family_id ON carer_external_ids (carer_family_id);
CREATE INDEX carer_external_ids_value ON carer_external_ids (value, system);
GRANT SELECT, INSERT, DELETE ON carer_external_ids TO kinstead_app;

CREATE TABLE carer_persons (
    id              uuid PRIMARY KEY,
    carer_family_id uuid NOT NULL REFERENCES carer_families (id),
    place           integer NOT NULL CHECK (place BETWEEN 0 AND 19),
    role            text NOT NULL CHECK (role IN ('applicant', 'household_member')),
    given_name      text NOT NULL CHECK (length(given_name) BETWEEN 1 AND 100),
    family_name     text NOT NULL CHECK (length(family_name) BETWEEN 1 AND 100),
    birth_date      date NOT NULL,
    left_on         date
);
CREATE INDEX carer_persons_carer_family_id ON carer_persons (carer_family_id);
GRANT SELECT, INSERT, UPDATE ON carer_persons TO kinstead_app;

CREATE TABLE carer_checks (
    id              uuid PRIMARY KEY,
    carer_family_id uuid NOT NULL REFERENCES carer_families (id),
    kind            text NOT NULL CHECK (length(kind) BETWEEN 1 AND 60),
    person_id       uuid REFERENCES carer_persons (id),
    completed_on    date NOT NULL,
    result          text NOT NULL CHECK (result IN ('passed', 'failed')),
    valid_until     date CHECK (valid_until > completed_on)
);
CREATE INDEX carer_checks_carer_family_id ON carer_checks (carer_family_id);
CREATE INDEX carer_checks_person_id ON carer_checks (person_id);
GRANT SELECT, INSERT ON carer_checks TO kinstead_app;

CREATE TABLE carer_trainings (
    id              uuid PRIMARY KEY,
    carer_family_id uuid NOT NULL REFERENCES carer_families (id),
    programme       text NOT NULL CHECK (length(programme) BETWEEN 1 AND 200),
    kind            text NOT NULL CHECK (kind IN ('initial', 'refresher')),
    person_id       uuid REFERENCES carer_persons (id),
    hours           integer NOT NULL CHECK (hours BETWEEN 1 AND 2000),
    completed_on    date NOT NULL
);
CREATE INDEX carer_trainings_carer_family_id ON carer_trainings (carer_family_id);
CREATE INDEX carer_trainings_person_id ON carer_trainings (person_id);
GRANT SELECT, INSERT ON carer_trainings TO kinstead_app;

-- The states a family has been in, in order; each lasts until the next, the last one is its own.
CREATE TABLE carer_state_changes (
    carer_family_id uuid NOT NULL REFERENCES carer_families (id),
    place           integer NOT NULL CHECK (place >= 0),
    state           text NOT NULL CHECK (state IN ('enquiry', 'application_submitted', 'checks',
                        'home_study', 'training', 'panel', 'approved', 'suspended', 'refused', 'appeal',
                        'withdrawn', 'revoked', 'expired', 'resigned', 'closed')),
    valid_from      date NOT NULL,
    reason          text CHECK (length(reason) BETWEEN 1 AND 2000),
    decision_no     text CHECK (length(decision_no) BETWEEN 1 AND 100),
    PRIMARY KEY (carer_family_id, place)
);
GRANT SELECT, INSERT ON carer_state_changes TO kinstead_app;

CREATE TABLE carer_approvals (
    id               uuid PRIMARY KEY,
    carer_family_id  uuid NOT NULL REFERENCES carer_families (id),
    decided_by       uuid NOT NULL REFERENCES organisations (id),
    decision_no      text NOT NULL CHECK (length(decision_no) BETWEEN 1 AND 100),
    decided_on       date NOT NULL,
    assessed_on      date NOT NULL,
    valid_from       date NOT NULL,
    valid_to         date NOT NULL,
    max_children     integer NOT NULL CHECK (max_children BETWEEN 1 AND 12),
    age_min          integer NOT NULL CHECK (age_min BETWEEN 0 AND 25),
    age_max          integer NOT NULL CHECK (age_max BETWEEN 0 AND 25),
    sex              text NOT NULL CHECK (sex IN ('any', 'female', 'male')),
    siblings_allowed boolean NOT NULL,
    purposes         text[] NOT NULL CHECK (cardinality(purposes) BETWEEN 1 AND 20)
                         CHECK (array_position(purposes, NULL) IS NULL),
    named_children   uuid[] NOT NULL CHECK (cardinality(named_children) <= 12)
                         CHECK (array_position(named_children, NULL) IS NULL),
    exemptions       jsonb NOT NULL CHECK (jsonb_typeof(exemptions) = 'array'
                         AND jsonb_array_length(exemptions) <= 12),
    ended_on         date,
    end_reason       text CHECK (length(end_reason) BETWEEN 1 AND 60),
    version          bigint NOT NULL DEFAULT 1 CHECK (version >= 1),
    CHECK (valid_to > valid_from),
    CHECK (assessed_on <= decided_on AND decided_on <= valid_from),
    CHECK (age_min <= age_max),
    CHECK (ended_on BETWEEN valid_from AND valid_to),
    CHECK ((ended_on IS NULL) = (end_reason IS NULL)),
    CONSTRAINT carer_approvals_one_at_a_time EXCLUDE USING gist
        (carer_family_id WITH =, daterange(valid_from, coalesce(ended_on, valid_to)) WITH &&)
);
CREATE INDEX carer_approvals_carer_family_id ON carer_approvals (carer_family_id, valid_from);
CREATE INDEX carer_approvals_decided_by ON carer_approvals (decided_by);
GRANT SELECT, INSERT, UPDATE ON carer_approvals TO kinstead_app;
