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
    UNIQUE (subject, version)
);
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
    PRIMARY KEY (client, key)
);
CREATE INDEX idempotency_keys_created_at ON idempotency_keys (created_at);
GRANT SELECT, INSERT, UPDATE, DELETE ON idempotency_keys TO kinstead_app;
