-- Webhooks: endpoints of clients, to which the changes of the feed are sent, and what was sent to each.
--
-- No row names a person: a delivery knows the place of its event in the feed, and what it tells is read from
-- there each time it is tried, as far as the client reaches then.
CREATE TABLE webhook_endpoints (
    id              uuid PRIMARY KEY,
    client_id       uuid NOT NULL REFERENCES clients (id),
    url             text NOT NULL CHECK (length(url) BETWEEN 1 AND 2000),
    kinds           text[] NOT NULL CHECK (array_position(kinds, NULL) IS NULL),
    description     text CHECK (length(description) BETWEEN 1 AND 500),
    purpose         text CHECK (length(purpose) BETWEEN 1 AND 60),
    state           text NOT NULL CHECK (state IN ('active', 'disabled')),
    disabled_reason text CHECK (disabled_reason IN ('by_client', 'gone', 'attempts_failed')),
    disabled_at     timestamptz,
    public_key      text NOT NULL CHECK (public_key LIKE 'whpk\_%'),
    version         bigint NOT NULL DEFAULT 1,
    CHECK ((state = 'disabled') = (disabled_reason IS NOT NULL)),
    CHECK ((disabled_reason IS NULL) = (disabled_at IS NULL))
);
CREATE INDEX webhook_endpoints_client_id ON webhook_endpoints (client_id, id);
GRANT SELECT, INSERT, UPDATE ON webhook_endpoints TO kinstead_app;

-- With what the messages to an endpoint are signed: the newest, and those before it for a while.
CREATE TABLE webhook_secrets (
    id          uuid PRIMARY KEY,
    endpoint_id uuid NOT NULL REFERENCES webhook_endpoints (id),
    secret      sealed NOT NULL,
    signing_key sealed NOT NULL,
    made_at     timestamptz NOT NULL,
    valid_until timestamptz
);
CREATE INDEX webhook_secrets_endpoint_id ON webhook_secrets (endpoint_id);
-- One secret has no end.
CREATE UNIQUE INDEX webhook_secrets_newest ON webhook_secrets (endpoint_id) WHERE valid_until IS NULL;
GRANT SELECT, INSERT, UPDATE ON webhook_secrets TO kinstead_app;

-- Up to where each endpoint followed the feed, what of it is told once more, and who is at it.
CREATE TABLE webhook_progress (
    endpoint_id  uuid PRIMARY KEY REFERENCES webhook_endpoints (id),
    epoch        uuid NOT NULL,
    position     bigint NOT NULL CHECK (position >= 0),
    scope        text NOT NULL,
    replay_after bigint,
    replay_to    bigint,
    -- Nothing is sent before.
    held_until   timestamptz,
    taken_by     uuid,
    taken_until  timestamptz,
    turned_at    timestamptz,
    CHECK ((replay_after IS NULL) = (replay_to IS NULL)),
    CHECK (replay_after <= replay_to),
    CHECK ((taken_by IS NULL) = (taken_until IS NULL))
);
GRANT SELECT, INSERT, UPDATE ON webhook_progress TO kinstead_app;

CREATE TABLE webhook_deliveries (
    id          uuid PRIMARY KEY,
    endpoint_id uuid NOT NULL REFERENCES webhook_endpoints (id),
    -- The event that it tells; of none in a test, and where it says that a copy has ended.
    epoch       uuid,
    position    bigint,
    event       text NOT NULL CHECK (length(event) BETWEEN 3 AND 100),
    state       text NOT NULL CHECK (state IN ('pending', 'delivered', 'failed', 'withheld')),
    -- Attempts since it was begun last, and in all.
    tries       integer NOT NULL CHECK (tries BETWEEN 0 AND 10),
    attempts    integer NOT NULL CHECK (attempts >= tries),
    made_at     timestamptz NOT NULL,
    due_at      timestamptz,
    ended_at    timestamptz,
    UNIQUE (endpoint_id, epoch, position),
    CHECK ((epoch IS NULL) = (position IS NULL)),
    CHECK ((state = 'pending') = (due_at IS NOT NULL)),
    CHECK ((state = 'pending') = (ended_at IS NULL))
);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (endpoint_id, due_at) WHERE state = 'pending';
CREATE INDEX webhook_deliveries_listed ON webhook_deliveries (endpoint_id, made_at, id);
CREATE INDEX webhook_deliveries_ended ON webhook_deliveries (ended_at);
GRANT SELECT, INSERT, UPDATE, DELETE ON webhook_deliveries TO kinstead_app;

-- What came of each attempt; never what was answered.
CREATE TABLE webhook_attempts (
    delivery_id uuid NOT NULL REFERENCES webhook_deliveries (id) ON DELETE CASCADE,
    number      integer NOT NULL CHECK (number > 0),
    at          timestamptz NOT NULL,
    outcome     text NOT NULL CHECK (outcome IN ('success', 'status', 'redirect', 'timeout', 'connection', 'tls',
                                                 'unknown_host', 'target_refused', 'protocol')),
    status      integer CHECK (status BETWEEN 100 AND 999),
    duration_ms integer NOT NULL CHECK (duration_ms >= 0),
    PRIMARY KEY (delivery_id, number)
);
GRANT SELECT, INSERT, DELETE ON webhook_attempts TO kinstead_app;
