-- Children: their names, external identifiers, relations and legal statuses.
CREATE SEQUENCE child_registry_no;
GRANT USAGE ON SEQUENCE child_registry_no TO kinstead_app;

CREATE TABLE children (
    id                           uuid PRIMARY KEY,
    registry_no                  text NOT NULL UNIQUE CHECK (registry_no ~ '^CH-[0-9]{4}-[0-9]{6,}-[0-9]{2}$'),
    sex                          text NOT NULL CHECK (sex IN ('male', 'female', 'unknown', 'not_applicable')),
    birth_date                   date CHECK (birth_date BETWEEN '1900-01-01' AND '2199-12-31'),
    birth_date_precision         text CHECK (birth_date_precision IN ('day', 'month', 'year', 'estimated')),
    expected_birth_date          date CHECK (expected_birth_date BETWEEN '1900-01-01' AND '2199-12-31'),
    death_date                   date CHECK (death_date BETWEEN '1900-01-01' AND '2199-12-31'),
    birth_registered             text NOT NULL CHECK (birth_registered IN ('yes', 'no', 'unknown')),
    citizenships                 text[] NOT NULL CHECK (cardinality(citizenships) <= 10 AND array_position(citizenships, NULL) IS NULL),
    ethnicity                    text CHECK (length(ethnicity) BETWEEN 1 AND 60),
    languages                    text[] NOT NULL CHECK (cardinality(languages) <= 20 AND array_position(languages, NULL) IS NULL),
    area_code                    text NOT NULL REFERENCES areas (code),
    registration_basis           text NOT NULL CHECK (length(registration_basis) BETWEEN 1 AND 60),
    parental_status              text NOT NULL CHECK (length(parental_status) BETWEEN 1 AND 60),
    cause_without_parental_care  text CHECK (length(cause_without_parental_care) BETWEEN 1 AND 60),
    disability_status            text NOT NULL CHECK (disability_status IN ('yes', 'no', 'not_assessed')),
    special_needs                text[] NOT NULL CHECK (cardinality(special_needs) <= 30 AND array_position(special_needs, NULL) IS NULL),
    unaccompanied_status         text CHECK (length(unaccompanied_status) BETWEEN 1 AND 60),
    is_parent                    boolean NOT NULL,
    adopted_on                   date CHECK (adopted_on BETWEEN '1900-01-01' AND '2199-12-31'),
    confidentiality              text NOT NULL CHECK (confidentiality IN ('internal', 'restricted', 'highly_restricted', 'sealed')),
    correction_reason            text CHECK (length(correction_reason) BETWEEN 10 AND 1000),
    created_on                   date NOT NULL,
    version                      bigint NOT NULL CHECK (version >= 1),
    modified_at                  timestamptz NOT NULL,
    CONSTRAINT children_born_or_expected CHECK ((birth_date IS NULL) <> (expected_birth_date IS NULL)),
    CONSTRAINT children_precision CHECK ((birth_date IS NULL) = (birth_date_precision IS NULL)),
    CONSTRAINT children_death CHECK (death_date >= birth_date),
    CONSTRAINT children_adoption CHECK (adopted_on >= birth_date)
);
CREATE INDEX children_area_code ON children (area_code, id);
CREATE INDEX children_birth_date ON children (birth_date);
-- What the list can be sorted by.
CREATE INDEX children_born_or_expected_on ON children (COALESCE(birth_date, expected_birth_date), id);
CREATE INDEX children_created_on ON children (created_on, id);
CREATE INDEX children_modified_at ON children (modified_at);
GRANT SELECT, INSERT, UPDATE ON children TO kinstead_app;

-- Names and identifiers are parts of the child's record: a change replaces them, the journal keeps
-- what they were.
CREATE TABLE child_names (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    child_id   uuid NOT NULL REFERENCES children (id),
    name_use   text NOT NULL CHECK (length(name_use) BETWEEN 1 AND 60),
    given      text CHECK (length(given) BETWEEN 1 AND 100),
    middle     text CHECK (length(middle) BETWEEN 1 AND 100),
    family     text CHECK (length(family) BETWEEN 1 AND 100),
    valid_from date CHECK (valid_from BETWEEN '1900-01-01' AND '2199-12-31'),
    valid_to   date CHECK (valid_to BETWEEN '1900-01-01' AND '2199-12-31'),
    search_key text NOT NULL CHECK (length(search_key) <= 1210),
    CHECK (given IS NOT NULL OR middle IS NOT NULL OR family IS NOT NULL),
    CHECK (valid_to > valid_from)
);
CREATE INDEX child_names_child_id ON child_names (child_id);
CREATE INDEX child_names_search_key ON child_names USING gin (search_key gin_trgm_ops);
GRANT SELECT, INSERT, DELETE ON child_names TO kinstead_app;

CREATE TABLE child_external_ids (
    id         bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    child_id   uuid NOT NULL REFERENCES children (id),
    system     text NOT NULL CHECK (length(system) BETWEEN 3 AND 200),
    value      text NOT NULL CHECK (length(value) BETWEEN 1 AND 64),
    valid_from date CHECK (valid_from BETWEEN '1900-01-01' AND '2199-12-31'),
    valid_to   date CHECK (valid_to BETWEEN '1900-01-01' AND '2199-12-31'),
    CHECK (valid_to > valid_from),
    CONSTRAINT di_01_one_child_for_an_identifier EXCLUDE USING gist (
        system WITH =, value WITH =, daterange(valid_from, valid_to) WITH &&
    )
);
CREATE INDEX child_external_ids_child_id ON child_external_ids (child_id);
CREATE INDEX child_external_ids_value ON child_external_ids (value, system);
GRANT SELECT, INSERT, DELETE ON child_external_ids TO kinstead_app;

-- One row for each direction: what the related person is to the child. Two children of the registry
-- have a row each, which point at one another.
CREATE TABLE child_relations (
    id                   uuid PRIMARY KEY,
    child_id             uuid NOT NULL REFERENCES children (id),
    kind                 text NOT NULL CHECK (kind IN (
        'full_sibling', 'half_sibling', 'step_sibling', 'adoptive_sibling', 'mother', 'father',
        'stepmother', 'stepfather', 'adoptive_mother', 'adoptive_father', 'own_child')),
    related_child_id     uuid REFERENCES children (id),
    given                text CHECK (length(given) BETWEEN 1 AND 100),
    family               text CHECK (length(family) BETWEEN 1 AND 100),
    to_be_kept_together  text CHECK (to_be_kept_together IN ('yes', 'no', 'undecided')),
    keep_together_reason text CHECK (length(keep_together_reason) BETWEEN 3 AND 1000),
    existing_bond        boolean,
    mirror_id            uuid UNIQUE REFERENCES child_relations (id) DEFERRABLE INITIALLY DEFERRED,
    version              bigint NOT NULL CHECK (version >= 1),
    UNIQUE (child_id, related_child_id),
    CHECK (child_id <> related_child_id),
    CHECK ((related_child_id IS NULL) <> (given IS NULL AND family IS NULL)),
    CHECK ((related_child_id IS NULL) = (mirror_id IS NULL)),
    CHECK ((kind LIKE '%sibling') = (to_be_kept_together IS NOT NULL)),
    CHECK (to_be_kept_together IS DISTINCT FROM 'no' OR keep_together_reason IS NOT NULL)
);
CREATE INDEX child_relations_related_child_id ON child_relations (related_child_id);
GRANT SELECT, INSERT, UPDATE ON child_relations TO kinstead_app;

CREATE TABLE legal_statuses (
    id              uuid PRIMARY KEY,
    child_id        uuid NOT NULL REFERENCES children (id),
    axis            text NOT NULL CHECK (axis IN (
        'care_authority', 'parental_rights_mother', 'parental_rights_father', 'guardianship')),
    status          text NOT NULL CHECK (length(status) BETWEEN 1 AND 60),
    basis           text CHECK (length(basis) BETWEEN 1 AND 200),
    decision_body   text CHECK (length(decision_body) BETWEEN 1 AND 60),
    decision_kind   text CHECK (decision_kind IN ('court', 'administrative')),
    decision_number text CHECK (length(decision_number) BETWEEN 1 AND 64),
    decided_on      date CHECK (decided_on BETWEEN '1900-01-01' AND '2199-12-31'),
    effective_on    date CHECK (effective_on BETWEEN '1900-01-01' AND '2199-12-31'),
    valid_from      date NOT NULL CHECK (valid_from BETWEEN '1900-01-01' AND '2199-12-31'),
    valid_to        date CHECK (valid_to BETWEEN '1900-01-01' AND '2199-12-31'),
    version         bigint NOT NULL CHECK (version >= 1),
    CHECK (valid_to > valid_from),
    CHECK ((decision_body IS NULL) = (decision_kind IS NULL) AND (decision_body IS NULL) = (decided_on IS NULL)),
    CHECK (decision_body IS NOT NULL OR (decision_number IS NULL AND effective_on IS NULL)),
    CONSTRAINT ls_01_rights_by_court_decision CHECK (
        axis NOT LIKE 'parental_rights%' OR status NOT IN ('deprived', 'restored')
        OR (decision_kind IS NOT DISTINCT FROM 'court' AND decision_number IS NOT NULL AND effective_on IS NOT NULL)),
    CONSTRAINT legal_statuses_one_on_an_axis EXCLUDE USING gist (
        child_id WITH =, axis WITH =, daterange(valid_from, valid_to) WITH &&
    )
);
CREATE INDEX legal_statuses_child_id ON legal_statuses (child_id, valid_from);
GRANT SELECT, INSERT, UPDATE ON legal_statuses TO kinstead_app;
