-- The access log: who saw whose data, when and what for.
--
-- The service writes into the inbox and can do nothing else with it. The log's keeper takes the rows
-- out, gives each its place, and signs what there is; nobody has the right to change or remove
-- what it wrote, itself not either.
CREATE TABLE access_inbox (
    id            bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at            timestamptz NOT NULL DEFAULT clock_timestamp(),
    subject_kind  text NOT NULL,
    subject       uuid NOT NULL,
    client        uuid NOT NULL,
    organisation  uuid,
    on_behalf_of  text,
    purpose       text NOT NULL,
    legal_basis   text,
    operation     text NOT NULL,
    field_classes text[] NOT NULL CHECK (array_position(field_classes, NULL) IS NULL),
    request_id    text NOT NULL,
    outcome       text NOT NULL
);
GRANT INSERT ON access_inbox TO kinstead_app;
GRANT SELECT, DELETE ON access_inbox TO kinstead_log;

-- Whom there are entries about: the key that finds them, and how many there are.
CREATE TABLE access_log_subjects (
    kind    text NOT NULL,
    id      uuid PRIMARY KEY,
    key     bytea NOT NULL CHECK (length(key) = 32),
    entries bigint NOT NULL CHECK (entries >= 1)
);
GRANT SELECT, INSERT, UPDATE ON access_log_subjects TO kinstead_log;

-- The entries in the order of the log. The leaf of each is its tag and its commitment.
CREATE TABLE access_log_entries (
    index       bigint PRIMARY KEY CHECK (index >= 0),
    subject     uuid NOT NULL REFERENCES access_log_subjects (id),
    number      bigint NOT NULL CHECK (number >= 1),
    tag         bytea NOT NULL UNIQUE CHECK (length(tag) = 16),
    commitment  bytea NOT NULL CHECK (length(commitment) = 32),
    salt        bytea NOT NULL CHECK (length(salt) = 32),
    -- What the commitment opens to, as it was hashed.
    entry       json NOT NULL,
    -- Who asked, and the salt of the entry's commitment to it: for auditors alone.
    person      text,
    person_salt bytea CHECK (length(person_salt) = 32),
    UNIQUE (subject, number),
    CHECK ((person IS NULL) = (person_salt IS NULL))
);
GRANT SELECT, INSERT ON access_log_entries TO kinstead_log;

-- Hashes of the complete subtrees, in the order in which they become complete.
CREATE TABLE access_log_hashes (
    place bigint PRIMARY KEY CHECK (place >= 0),
    hash  bytea NOT NULL CHECK (length(hash) = 32)
);
GRANT SELECT, INSERT ON access_log_hashes TO kinstead_log;

CREATE TABLE access_log_checkpoints (
    size bigint PRIMARY KEY CHECK (size >= 0),
    at   timestamptz NOT NULL,
    note text NOT NULL
);
GRANT SELECT, INSERT ON access_log_checkpoints TO kinstead_log;

-- Entries about which the person is not told yet: on what ground, until when.
CREATE TABLE access_log_deferrals (
    index  bigint PRIMARY KEY REFERENCES access_log_entries (index),
    ground text NOT NULL CHECK (length(ground) BETWEEN 1 AND 200),
    until  date NOT NULL
);
GRANT SELECT, INSERT, UPDATE, DELETE ON access_log_deferrals TO kinstead_log;

-- How long the log is. Whoever adds to it holds the lock of this row.
CREATE TABLE access_log_state (
    id   integer PRIMARY KEY CHECK (id = 1),
    size bigint NOT NULL CHECK (size >= 0)
);
INSERT INTO access_log_state VALUES (1, 0);
GRANT SELECT, UPDATE ON access_log_state TO kinstead_log;
