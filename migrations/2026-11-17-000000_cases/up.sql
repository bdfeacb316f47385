-- Families of origin and at risk, and the cases of children and of families.
CREATE SEQUENCE family_numbers;
CREATE SEQUENCE case_numbers;
GRANT USAGE ON SEQUENCE family_numbers, case_numbers TO kinstead_app;

CREATE TABLE families (
    id              uuid PRIMARY KEY,
    family_no       text NOT NULL UNIQUE CHECK (length(family_no) BETWEEN 1 AND 40),
    family_type     text NOT NULL CHECK (length(family_type) BETWEEN 1 AND 60),
    organisation_id uuid REFERENCES organisations (id),
    area_code       text NOT NULL REFERENCES areas (code),
    registered_on   date NOT NULL,
    state           text NOT NULL CHECK (state IN ('open', 'monitored', 'closed')),
    state_since     date NOT NULL,
    state_reason    sealed,
    risk_level      text NOT NULL CHECK (length(risk_level) BETWEEN 1 AND 60),
    risk_reason     sealed,
    version         bigint NOT NULL CHECK (version >= 1),
    CHECK (state_since >= registered_on)
);
CREATE INDEX families_organisation_id ON families (organisation_id, id);
CREATE INDEX families_area_code ON families (area_code);
-- What the list can be sorted by.
CREATE INDEX families_registered_on ON families (registered_on, id);
GRANT SELECT, INSERT, UPDATE ON families TO kinstead_app;

-- Who belongs to a family: a change puts others in their place, the journal keeps who they were. Children of
-- the registry have their names there.
CREATE TABLE family_members (
    id                uuid PRIMARY KEY,
    family_id         uuid NOT NULL REFERENCES families (id),
    place             integer NOT NULL CHECK (place BETWEEN 0 AND 39),
    role              text NOT NULL CHECK (length(role) BETWEEN 1 AND 60),
    child_id          uuid REFERENCES children (id),
    given_name        text CHECK (length(given_name) BETWEEN 1 AND 100),
    family_name       text CHECK (length(family_name) BETWEEN 1 AND 100),
    in_household      boolean NOT NULL,
    valid_from        date,
    valid_to          date,
    parental_rights   text CHECK (length(parental_rights) BETWEEN 1 AND 60),
    whereabouts_known boolean NOT NULL,
    deceased          boolean NOT NULL,
    CHECK (child_id IS NULL OR given_name IS NULL AND family_name IS NULL),
    CHECK (valid_to > valid_from),
    UNIQUE (family_id, child_id)
);
CREATE INDEX family_members_child_id ON family_members (child_id);
GRANT SELECT, INSERT, DELETE ON family_members TO kinstead_app;

CREATE TABLE family_risk_factors (
    id            uuid PRIMARY KEY,
    family_id     uuid NOT NULL REFERENCES families (id),
    code          text NOT NULL CHECK (length(code) BETWEEN 1 AND 60),
    subject       text NOT NULL CHECK (subject IN ('child', 'parent', 'other')),
    severity      text NOT NULL CHECK (length(severity) BETWEEN 1 AND 60),
    identified_on date NOT NULL,
    ended_on      date,
    source        text CHECK (length(source) BETWEEN 1 AND 60),
    CHECK (ended_on > identified_on)
);
CREATE INDEX family_risk_factors_family_id ON family_risk_factors (family_id);
GRANT SELECT, INSERT, UPDATE ON family_risk_factors TO kinstead_app;

-- The levels of risk that a family was assessed at, in order; each lasts until the next.
CREATE TABLE family_risk_levels (
    family_id  uuid NOT NULL REFERENCES families (id),
    place      integer NOT NULL CHECK (place >= 0),
    risk_level text NOT NULL CHECK (length(risk_level) BETWEEN 1 AND 60),
    valid_from date NOT NULL,
    PRIMARY KEY (family_id, place)
);
GRANT SELECT, INSERT ON family_risk_levels TO kinstead_app;

CREATE TABLE family_support (
    id           uuid PRIMARY KEY,
    family_id    uuid NOT NULL REFERENCES families (id),
    service_type text NOT NULL CHECK (length(service_type) BETWEEN 1 AND 60),
    provided_by  uuid REFERENCES organisations (id),
    started_on   date NOT NULL,
    ended_on     date,
    outcome      text CHECK (outcome IN ('achieved', 'partly_achieved', 'not_achieved', 'broken_off')),
    CHECK (ended_on > started_on),
    CHECK ((outcome IS NULL) = (ended_on IS NULL))
);
CREATE INDEX family_support_family_id ON family_support (family_id);
CREATE INDEX family_support_provided_by ON family_support (provided_by);
GRANT SELECT, INSERT, UPDATE ON family_support TO kinstead_app;

SELECT person_kind('family', 'families');
SELECT wall_by_person(part, 'family')
FROM unnest(ARRAY['family_members', 'family_risk_factors', 'family_risk_levels', 'family_support']) AS part;

CREATE TABLE cases (
    id              uuid PRIMARY KEY,
    case_no         text NOT NULL UNIQUE CHECK (length(case_no) BETWEEN 1 AND 40),
    child_id        uuid REFERENCES children (id),
    family_id       uuid REFERENCES families (id),
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    state           text NOT NULL CHECK (state IN ('new', 'registered', 'assessing', 'plan_drafting',
                        'plan_approved', 'implementing', 'reviewing', 'closing', 'closed', 'transferred',
                        'duplicate')),
    state_since     date NOT NULL,
    state_reason    sealed,
    opened_on       date NOT NULL,
    closed_on       date,
    closure_reason  text CHECK (length(closure_reason) BETWEEN 1 AND 60),
    referral_source text NOT NULL CHECK (length(referral_source) BETWEEN 1 AND 60),
    referral_on     date NOT NULL,
    primary_need    text NOT NULL CHECK (length(primary_need) BETWEEN 1 AND 60),
    immediate_risk  boolean NOT NULL,
    priority        text NOT NULL CHECK (priority IN ('urgent', 'high', 'normal', 'low')),
    team            jsonb NOT NULL CHECK (jsonb_typeof(team) = 'array' AND jsonb_array_length(team) <= 20),
    survivor_id     uuid REFERENCES cases (id),
    version         bigint NOT NULL CHECK (version >= 1),
    -- Whether somebody must be in charge of it.
    managed         boolean GENERATED ALWAYS AS (
        CASE WHEN state NOT IN ('closed', 'transferred', 'duplicate') THEN true END) STORED,
    CHECK ((child_id IS NULL) <> (family_id IS NULL)),
    CHECK (referral_on <= opened_on),
    CHECK (state_since >= opened_on),
    CHECK (closed_on >= opened_on),
    CHECK ((closed_on IS NULL) = (closure_reason IS NULL)),
    CHECK (CASE state WHEN 'closed' THEN closed_on IS NOT NULL WHEN 'duplicate' THEN true ELSE closed_on IS NULL END),
    CHECK ((survivor_id IS NOT NULL) = (state = 'duplicate')),
    CHECK (survivor_id <> id),
    UNIQUE (id, managed)
);
CREATE UNIQUE INDEX ca_02_one_open_case_of_a_child ON cases (child_id)
    WHERE state NOT IN ('closed', 'duplicate');
CREATE UNIQUE INDEX ca_02_one_open_case_of_a_family ON cases (family_id)
    WHERE state NOT IN ('closed', 'duplicate');
CREATE INDEX cases_child_id ON cases (child_id);
CREATE INDEX cases_family_id ON cases (family_id);
CREATE INDEX cases_organisation_id ON cases (organisation_id);
CREATE INDEX cases_survivor_id ON cases (survivor_id);
-- What the list can be sorted by.
CREATE INDEX cases_opened_on ON cases (opened_on, id);
CREATE INDEX cases_state_since ON cases (state_since, id);
GRANT SELECT, INSERT, UPDATE ON cases TO kinstead_app;

-- The states a case has been in, in order; each lasts until the next, the last one is its own.
CREATE TABLE case_states (
    case_id    uuid NOT NULL REFERENCES cases (id),
    place      integer NOT NULL CHECK (place >= 0),
    state      text NOT NULL CHECK (state IN ('new', 'registered', 'assessing', 'plan_drafting',
                   'plan_approved', 'implementing', 'reviewing', 'closing', 'closed', 'transferred',
                   'duplicate')),
    valid_from date NOT NULL,
    PRIMARY KEY (case_id, place)
);
GRANT SELECT, INSERT ON case_states TO kinstead_app;

-- Who was in charge of a case, and why they came: an open case has exactly one.
CREATE TABLE case_managers (
    case_id         uuid NOT NULL REFERENCES cases (id),
    place           integer NOT NULL CHECK (place >= 0),
    organisation_id uuid NOT NULL REFERENCES organisations (id),
    name            text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    worker_id       text NOT NULL CHECK (length(worker_id) BETWEEN 1 AND 64),
    reason          text NOT NULL CHECK (length(reason) BETWEEN 1 AND 60),
    valid_from      date NOT NULL,
    valid_to        date CHECK (valid_to >= valid_from),
    in_charge       boolean GENERATED ALWAYS AS (CASE WHEN valid_to IS NULL THEN true END) STORED,
    PRIMARY KEY (case_id, place),
    CONSTRAINT wk_01_one_manager_in_charge UNIQUE (case_id, in_charge),
    CONSTRAINT wk_01_one_manager_at_a_time EXCLUDE USING gist
        (case_id WITH =, daterange(valid_from, valid_to) WITH &&),
    CONSTRAINT wk_01_manager_of_an_open_case FOREIGN KEY (case_id, in_charge)
        REFERENCES cases (id, managed) DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX case_managers_organisation_id ON case_managers (organisation_id);
CREATE INDEX case_managers_worker_id ON case_managers (worker_id) WHERE valid_to IS NULL;
GRANT SELECT, INSERT, UPDATE ON case_managers TO kinstead_app;

ALTER TABLE cases ADD CONSTRAINT wk_01_open_case_has_a_manager FOREIGN KEY (id, managed)
    REFERENCES case_managers (case_id, in_charge) DEFERRABLE INITIALLY DEFERRED;

SELECT record_of('case', 'cases', 'child'), record_of('case', 'cases', 'family');

-- Where a child lives is not told to know of its case.
DO $policies$
DECLARE
    part text;
BEGIN
    EXECUTE format('CREATE POLICY need_to_know ON cases TO kinstead_app USING (CASE WHEN family_id IS NULL '
        'THEN (SELECT reaches_all(''child'')) OR EXISTS (SELECT FROM children WHERE children.id = child_id AND %s) '
        'ELSE (SELECT reaches_all(''family'')) OR EXISTS (SELECT FROM families WHERE families.id = family_id) END)',
        own_child());
    PERFORM wall('cases');
    FOREACH part IN ARRAY ARRAY['case_states', 'case_managers'] LOOP
        EXECUTE format('CREATE POLICY need_to_know ON %I TO kinstead_app USING '
            '(EXISTS (SELECT FROM cases WHERE cases.id = case_id))', part);
        PERFORM wall(part);
    END LOOP;
END
$policies$;
