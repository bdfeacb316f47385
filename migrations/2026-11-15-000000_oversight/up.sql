-- Oversight: access in an emergency, and the notices that nobody can hold back.
CREATE TABLE emergency_accesses (
    id              uuid PRIMARY KEY,
    child_id        uuid NOT NULL REFERENCES children (id),
    client_id       uuid NOT NULL REFERENCES clients (id),
    organisation_id uuid REFERENCES organisations (id),
    reason_code     text NOT NULL CHECK (length(reason_code) BETWEEN 1 AND 60),
    reason          text NOT NULL CHECK (length(reason) BETWEEN 10 AND 1000),
    opened_at       timestamptz NOT NULL,
    valid_until     timestamptz NOT NULL,
    review_due_at   timestamptz NOT NULL,
    state           text NOT NULL CHECK (state IN ('to_review', 'justified', 'not_justified')),
    reviewed_at     timestamptz,
    reviewed_by     uuid REFERENCES clients (id),
    findings        text CHECK (length(findings) BETWEEN 10 AND 1000),
    version         bigint NOT NULL CHECK (version >= 1),
    CHECK (valid_until > opened_at AND valid_until <= opened_at + interval '60 minutes'),
    CHECK ((state = 'to_review') = (reviewed_at IS NULL)),
    CHECK ((reviewed_at IS NULL) = (reviewed_by IS NULL) AND (reviewed_at IS NULL) = (findings IS NULL)),
    -- Nobody is judge in their own cause.
    CHECK (reviewed_by <> client_id)
);
CREATE INDEX emergency_accesses_child_id ON emergency_accesses (child_id);
CREATE INDEX emergency_accesses_client_id ON emergency_accesses (client_id);
CREATE INDEX emergency_accesses_organisation_id ON emergency_accesses (organisation_id);
CREATE INDEX emergency_accesses_reviewed_by ON emergency_accesses (reviewed_by);
CREATE INDEX emergency_accesses_state ON emergency_accesses (state, id);
GRANT SELECT, INSERT, UPDATE ON emergency_accesses TO kinstead_app;

CREATE TABLE notices (
    id                  uuid PRIMARY KEY,
    kind                text NOT NULL CHECK (kind IN ('emergency_access', 'trawling')),
    -- Whom it is for; those who watch over the whole country if absent.
    organisation_id     uuid REFERENCES organisations (id),
    emergency_access_id uuid REFERENCES emergency_accesses (id),
    client_id           uuid NOT NULL REFERENCES clients (id),
    at                  timestamptz NOT NULL,
    acknowledged_at     timestamptz,
    acknowledged_by     uuid REFERENCES clients (id),
    version             bigint NOT NULL CHECK (version >= 1),
    CHECK ((kind = 'emergency_access') = (emergency_access_id IS NOT NULL)),
    CHECK ((acknowledged_at IS NULL) = (acknowledged_by IS NULL))
);
CREATE INDEX notices_organisation_id ON notices (organisation_id, id);
CREATE INDEX notices_client_id ON notices (client_id, at);
CREATE INDEX notices_emergency_access_id ON notices (emergency_access_id);
CREATE INDEX notices_acknowledged_by ON notices (acknowledged_by);
-- There is no right to remove one.
GRANT SELECT, INSERT, UPDATE ON notices TO kinstead_app;

SELECT child_record('emergency_access', 'emergency_accesses'), wall_by_child('emergency_accesses');

CREATE POLICY need_to_know ON notices TO kinstead_app USING (
    (SELECT reaches_all('child')) OR organisation_id = (SELECT caller('organisation'))::uuid) WITH CHECK (true);
SELECT wall('notices');
