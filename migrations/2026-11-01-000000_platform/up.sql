-- The journal and the kept answers of idempotent requests.
CREATE EXTENSION IF NOT EXISTS btree_gist;
CREATE EXTENSION IF NOT EXISTS pg_trgm;
CREATE EXTENSION IF NOT EXISTS unaccent;

CREATE TABLE journal (
    position    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    recorded_at timestamptz NOT NULL,
    actor       uuid NOT NULL,
    kind        text NOT NULL,
    event       text NOT NULL,
    subject     uuid NOT NULL,
    parent      uuid,
    version     bigint NOT NULL CHECK (version >= 1),
    changed     text[] NOT NULL CHECK (array_position(changed, NULL) IS NULL),
    after       jsonb NOT NULL,
    -- Whose data it holds, each as kind and id.
    persons     text[] NOT NULL CHECK (array_position(persons, NULL) IS NULL),
    UNIQUE (subject, version)
);
-- For what changed since an instant: entries lie in the order of their time, and this index is all but
-- free to keep.
CREATE INDEX journal_recorded_at ON journal USING brin (recorded_at);
CREATE INDEX journal_subject ON journal (subject, position);
CREATE INDEX journal_parent ON journal (parent, position) WHERE parent IS NOT NULL;
GRANT SELECT, INSERT ON journal TO kinstead_app;

CREATE TABLE idempotency_keys (
    client      uuid NOT NULL,
    key         text NOT NULL CHECK (length(key) BETWEEN 1 AND 255),
    fingerprint bytea NOT NULL,
    created_at  timestamptz NOT NULL,
    status      integer NOT NULL,
    etag        text,
    location    text,
    body        bytea NOT NULL,
    persons     text[] NOT NULL CHECK (array_position(persons, NULL) IS NULL),
    PRIMARY KEY (client, key)
);
CREATE INDEX idempotency_keys_created_at ON idempotency_keys (created_at);
GRANT SELECT, INSERT, UPDATE, DELETE ON idempotency_keys TO kinstead_app;

-- What seals the keys in cursors: one for all processes of this registry.
CREATE TABLE seal_keys (
    id  integer PRIMARY KEY CHECK (id = 1),
    key bytea NOT NULL CHECK (length(key) = 32)
);
INSERT INTO seal_keys VALUES (1, sha256(uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid()) || uuid_send(gen_random_uuid())));
GRANT SELECT ON seal_keys TO kinstead_app;
