-- Consumers: named readers of the feed, of one client each, and how far each is.
CREATE TABLE feed_consumers (
    id          uuid PRIMARY KEY,
    client_id   uuid NOT NULL REFERENCES clients (id),
    name        text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    kinds       text[] NOT NULL CHECK (array_position(kinds, NULL) IS NULL),
    description text CHECK (length(description) BETWEEN 1 AND 500),
    state       text NOT NULL CHECK (state IN ('active', 'ended')),
    ended_at    timestamptz,
    version     bigint NOT NULL DEFAULT 1,
    CHECK ((state = 'ended') = (ended_at IS NOT NULL))
);
CREATE INDEX feed_consumers_client_id ON feed_consumers (client_id, id);

-- Up to where each has applied everything, of which history, and how far its client reached then. Written with
-- many of its requests: it is no part of the record.
CREATE TABLE feed_progress (
    consumer_id uuid PRIMARY KEY REFERENCES feed_consumers (id),
    epoch       uuid,
    position    bigint CHECK (position >= 0),
    scope       text,
    seen_at     timestamptz,
    -- It was told that its copy cannot go on, as the client's reach is another one.
    turned_away boolean NOT NULL,
    CHECK ((epoch IS NULL) = (position IS NULL)),
    CHECK ((epoch IS NULL) = (scope IS NULL))
) WITH (fillfactor = 50);

-- Each client sees its own, and whoever watches over the feed sees all.
CREATE POLICY need_to_know ON feed_consumers TO kinstead_app
    USING ((SELECT reaches_all('consumer')) OR client_id = (SELECT caller('client'))::uuid);
CREATE POLICY need_to_know ON feed_progress TO kinstead_app
    USING (EXISTS (SELECT FROM feed_consumers c WHERE c.id = consumer_id));
SELECT wall('feed_consumers'), wall('feed_progress');
SELECT hold_writes('feed_consumers', $$(SELECT reaches_all('consumer')) OR client_id = (SELECT caller('client'))::uuid$$),
       hold_writes('feed_progress', 'EXISTS (SELECT FROM feed_consumers c WHERE c.id = consumer_id)');
GRANT SELECT, INSERT, UPDATE ON feed_consumers, feed_progress TO kinstead_app;
