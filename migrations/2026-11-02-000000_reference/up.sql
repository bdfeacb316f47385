-- Areas, organisations, code lists and dated parameters.
CREATE TABLE areas (
    id            uuid PRIMARY KEY,
    code          text NOT NULL UNIQUE CHECK (code ~ '^[A-Z0-9]{2,}(-[A-Z0-9]+)*$' AND length(code) <= 32),
    national_code text CHECK (length(national_code) BETWEEN 1 AND 32),
    level         text NOT NULL CHECK (level IN ('country', 'region', 'district', 'municipality')),
    parent_code   text REFERENCES areas (code),
    names         jsonb NOT NULL,
    lat           double precision CHECK (lat BETWEEN -90 AND 90),
    lon           double precision CHECK (lon BETWEEN -180 AND 180),
    version       bigint NOT NULL DEFAULT 1,
    CHECK ((level = 'country') = (parent_code IS NULL)),
    CHECK ((lat IS NULL) = (lon IS NULL))
);
CREATE INDEX areas_parent_code ON areas (parent_code);
GRANT SELECT, INSERT, UPDATE ON areas TO kinstead_app;

CREATE TABLE area_populations (
    area_code text NOT NULL REFERENCES areas (code),
    year      integer NOT NULL CHECK (year BETWEEN 1900 AND 2200),
    sex       text NOT NULL CHECK (sex IN ('female', 'male')),
    age_band  text NOT NULL CHECK (age_band IN ('0-2', '3-6', '7-14', '15-17')),
    children  bigint NOT NULL CHECK (children >= 0),
    source    text NOT NULL,
    PRIMARY KEY (area_code, year, sex, age_band)
);
GRANT SELECT, INSERT, UPDATE ON area_populations TO kinstead_app;

CREATE TABLE organisations (
    id          uuid PRIMARY KEY,
    kind        text NOT NULL,
    name        text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    area_code   text NOT NULL REFERENCES areas (code),
    parent_id   uuid REFERENCES organisations (id),
    valid_from  date NOT NULL,
    valid_to    date CHECK (valid_to > valid_from),
    version     bigint NOT NULL DEFAULT 1
);
CREATE INDEX organisations_area_code ON organisations (area_code);
CREATE INDEX organisations_parent_id ON organisations (parent_id);
GRANT SELECT, INSERT, UPDATE ON organisations TO kinstead_app;

CREATE TABLE code_lists (
    name       text PRIMARY KEY CHECK (name ~ '^[a-z][a-z0-9_]*$'),
    titles     jsonb NOT NULL,
    definition text NOT NULL,
    source     text NOT NULL,
    closed     boolean NOT NULL
);
GRANT SELECT ON code_lists TO kinstead_app;

CREATE TABLE code_list_entries (
    list       text NOT NULL REFERENCES code_lists (name),
    code       text NOT NULL CHECK (code ~ '^[a-z0-9][a-z0-9_]*$'),
    place      integer NOT NULL,
    parent     text,
    labels     jsonb NOT NULL,
    definition text NOT NULL,
    source     text,
    valid_from date NOT NULL,
    valid_to   date CHECK (valid_to > valid_from),
    maps_to    jsonb NOT NULL DEFAULT '{}',
    attributes jsonb NOT NULL DEFAULT '{}',
    PRIMARY KEY (list, code)
);
GRANT SELECT ON code_list_entries TO kinstead_app;

CREATE TABLE parameters (
    name       text PRIMARY KEY CHECK (name ~ '^[a-z][a-z0-9_]*$'),
    kind       text NOT NULL CHECK (kind IN ('integer', 'decimal', 'text', 'boolean')),
    unit       text,
    titles     jsonb NOT NULL,
    definition text NOT NULL
);
GRANT SELECT ON parameters TO kinstead_app;

CREATE TABLE parameter_versions (
    id         uuid PRIMARY KEY,
    name       text NOT NULL REFERENCES parameters (name),
    value      text NOT NULL CHECK (length(value) BETWEEN 1 AND 200),
    valid_from date NOT NULL,
    source     text NOT NULL CHECK (length(source) BETWEEN 3 AND 500),
    version    bigint NOT NULL DEFAULT 1,
    UNIQUE (name, valid_from)
);
GRANT SELECT, INSERT ON parameter_versions TO kinstead_app;
