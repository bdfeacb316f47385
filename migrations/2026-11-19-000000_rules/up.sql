-- The rules of the registry: each with its versions, of which one is in force on a day.
CREATE TABLE rules (
    code    text PRIMARY KEY CHECK (code ~ '^[A-Z]{2,3}-[0-9]{2}$'),
    subject text NOT NULL CHECK (length(subject) BETWEEN 1 AND 60),
    -- Held by the tables or by what the service is: no version can make it weaker.
    fixed   boolean NOT NULL,
    -- Whether this release judges by it.
    applied boolean NOT NULL,
    place   integer NOT NULL
);
GRANT SELECT ON rules TO kinstead_app;

CREATE TABLE rule_versions (
    id             uuid PRIMARY KEY,
    rule_code      text NOT NULL REFERENCES rules (code),
    number         integer NOT NULL CHECK (number >= 1),
    class          text NOT NULL CHECK (class IN ('hard', 'soft', 'alert')),
    in_force       boolean NOT NULL,
    sentences      jsonb NOT NULL,
    source         text NOT NULL CHECK (length(source) BETWEEN 3 AND 500),
    parameters     text[] NOT NULL,
    override_roles text[] NOT NULL,
    override_days  integer CHECK (override_days BETWEEN 1 AND 3660),
    valid_from     date NOT NULL,
    version        bigint NOT NULL CHECK (version >= 1),
    UNIQUE (rule_code, number),
    UNIQUE (rule_code, valid_from),
    -- A soft rule says who may step over it and for how long; no other rule does.
    CHECK ((class = 'soft') = (cardinality(override_roles) > 0)),
    CHECK ((override_days IS NULL) = (cardinality(override_roles) = 0))
);
GRANT SELECT, INSERT ON rule_versions TO kinstead_app;

-- Why a placement may be although a rule on young children in residential care bars it.
ALTER TABLE placements ADD COLUMN exception sealed;
