-- Clients as records that are managed over HTTP: where and for what they may act, their keys, and the
-- assertions that were used.
ALTER TABLE clients
    ADD COLUMN area_codes        text[] NOT NULL DEFAULT '{}' CHECK (array_position(area_codes, NULL) IS NULL),
    ADD COLUMN purposes          text[] NOT NULL DEFAULT '{}' CHECK (array_position(purposes, NULL) IS NULL),
    ADD COLUMN default_purpose   text CHECK (default_purpose IS NULL OR default_purpose = ANY (purposes)),
    ADD COLUMN external_issuer   text CHECK (length(external_issuer) BETWEEN 1 AND 500),
    ADD COLUMN external_subject  text CHECK (length(external_subject) BETWEEN 1 AND 255),
    ADD COLUMN revoked_at        timestamptz,
    ADD COLUMN revocation_reason text,
    ADD CONSTRAINT clients_external_whole CHECK ((external_issuer IS NULL) = (external_subject IS NULL)),
    ADD CONSTRAINT clients_external_once UNIQUE (external_issuer, external_subject);
GRANT INSERT, UPDATE ON clients TO kinstead_app;

-- Public keys with which clients sign their assertions. A key belongs to one client for ever.
CREATE TABLE client_keys (
    id                uuid PRIMARY KEY,
    client_id         uuid NOT NULL REFERENCES clients (id),
    kid               text NOT NULL UNIQUE CHECK (length(kid) = 43),
    algorithm         text NOT NULL CHECK (algorithm IN ('EdDSA', 'ES256')),
    jwk               jsonb NOT NULL,
    valid_from        timestamptz NOT NULL,
    valid_until       timestamptz CHECK (valid_until > valid_from),
    revoked_at        timestamptz,
    revocation_reason text,
    version           bigint NOT NULL DEFAULT 1
);
CREATE INDEX client_keys_client_id ON client_keys (client_id);
GRANT SELECT, INSERT, UPDATE ON client_keys TO kinstead_app;

-- Assertions that were used, by the hash of their client and id, until they have run out.
CREATE TABLE used_assertions (
    hash       bytea PRIMARY KEY CHECK (length(hash) = 32),
    expires_at timestamptz NOT NULL
);
CREATE INDEX used_assertions_expires_at ON used_assertions (expires_at);
GRANT SELECT, INSERT, DELETE ON used_assertions TO kinstead_app;
