-- The systems that may ask: their organisation and their roles.
CREATE TABLE clients (
    id              uuid PRIMARY KEY,
    name            text NOT NULL UNIQUE CHECK (length(name) BETWEEN 1 AND 100),
    organisation_id uuid REFERENCES organisations (id),
    roles           text[] NOT NULL CHECK (array_position(roles, NULL) IS NULL),
    active          boolean NOT NULL DEFAULT true,
    valid_until     timestamptz,
    version         bigint NOT NULL DEFAULT 1
);
CREATE INDEX clients_organisation_id ON clients (organisation_id);
GRANT SELECT ON clients TO kinstead_app;
