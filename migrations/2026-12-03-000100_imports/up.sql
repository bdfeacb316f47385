-- Which numbers records have in the systems that send them, of every kind of records; and what was taken last.
CREATE TABLE record_external_ids (
    id             bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    -- The organisation, or the client, that sends it.
    sender         text NOT NULL,
    kind           text NOT NULL,
    record         uuid NOT NULL,
    system         text NOT NULL,
    value          sealed NOT NULL,
    blind          bytea NOT NULL,
    valid_from     date CHECK (valid_from IS NULL),
    valid_to       date CHECK (valid_to IS NULL),
    -- The version that the other system gave it, and a digest of what was sent.
    source_version bigint,
    digest         bytea NOT NULL,
    UNIQUE (sender, kind, blind)
);

-- Files that are taken in.
CREATE TABLE imports (
    id           uuid PRIMARY KEY,
    client_id    uuid NOT NULL REFERENCES clients,
    organisation_id uuid REFERENCES organisations,
    mode         text NOT NULL,
    strategy     text NOT NULL,
    atomic       text NOT NULL,
    state        text NOT NULL,
    records      bigint NOT NULL,
    chunks       integer NOT NULL,
    -- What every one of its changes is made for.
    purpose      text,
    on_behalf_of text,
    legal_basis  text,
    request_id   text NOT NULL,
    received_at  timestamptz NOT NULL,
    ended_at     timestamptz,
    failure      text,
    version      bigint NOT NULL
);
CREATE INDEX imports_open ON imports (received_at) WHERE ended_at IS NULL;
CREATE INDEX imports_client ON imports (client_id);
CREATE INDEX imports_organisation ON imports (organisation_id);

-- How far each is.
CREATE TABLE import_progress (
    import_id uuid PRIMARY KEY REFERENCES imports,
    chunks    integer NOT NULL,
    created   bigint NOT NULL,
    updated   bigint NOT NULL,
    unchanged bigint NOT NULL,
    refused   bigint NOT NULL
);

-- The records of a file, so many together, and what became of each. They come before the import does.
CREATE TABLE import_chunks (
    import_id   uuid,
    chunk       integer,
    first_line  bigint NOT NULL,
    lines       integer NOT NULL,
    records     sealed NOT NULL,
    results     sealed,
    received_at timestamptz NOT NULL,
    PRIMARY KEY (import_id, chunk)
);

-- The service itself goes by them, and whoever sent them.
CREATE POLICY need_to_know ON record_external_ids TO kinstead_app
    USING (caller('registry') = 'on' OR caller('beyond') = 'on');
CREATE POLICY need_to_know ON import_chunks TO kinstead_app
    USING (caller('registry') = 'on' OR caller('beyond') = 'on');
CREATE POLICY need_to_know ON imports TO kinstead_app
    USING (caller('registry') = 'on' OR caller('beyond') = 'on' OR client_id::text = caller('client')
           OR organisation_id::text = caller('organisation'));
SELECT wall('record_external_ids');
SELECT wall('import_chunks');
SELECT wall('imports');
GRANT SELECT, INSERT, UPDATE ON record_external_ids, imports, import_progress TO kinstead_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON import_chunks TO kinstead_app;
