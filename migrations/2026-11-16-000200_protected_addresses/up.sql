-- Where a child lives whose address is protected, and who is named to know it.
CREATE TABLE case_links (
    id              uuid PRIMARY KEY,
    child_id        uuid NOT NULL REFERENCES children (id),
    client_id       uuid REFERENCES clients (id),
    organisation_id uuid REFERENCES organisations (id),
    valid_from      timestamptz NOT NULL,
    valid_until     timestamptz CHECK (valid_until >= valid_from),
    version         bigint NOT NULL CHECK (version >= 1),
    CHECK ((client_id IS NULL) <> (organisation_id IS NULL))
);
CREATE INDEX case_links_child_id ON case_links (child_id);
CREATE INDEX case_links_client_id ON case_links (client_id);
CREATE INDEX case_links_organisation_id ON case_links (organisation_id);
GRANT SELECT, INSERT, UPDATE ON case_links TO kinstead_app;

CREATE TABLE protected_addresses (
    id            uuid PRIMARY KEY,
    child_id      uuid NOT NULL REFERENCES children (id),
    address_lines sealed NOT NULL,
    locality      sealed,
    postcode      sealed,
    recorded_at   timestamptz NOT NULL,
    ended_at      timestamptz CHECK (ended_at >= recorded_at),
    version       bigint NOT NULL CHECK (version >= 1)
);
CREATE UNIQUE INDEX pa_01_one_protected_address_at_a_time ON protected_addresses (child_id)
    WHERE ended_at IS NULL;
CREATE INDEX protected_addresses_child_id ON protected_addresses (child_id);
GRANT SELECT, INSERT, UPDATE ON protected_addresses TO kinstead_app;

-- The children of whom the caller is named to know the protected address.
CREATE FUNCTION case_linked_children() RETURNS uuid[]
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public
    AS $$
    BEGIN
        RETURN (
        SELECT array_agg(l.child_id) FROM case_links l
        WHERE (l.client_id = caller('client')::uuid OR l.organisation_id = caller('organisation')::uuid)
          AND l.valid_from <= caller('now')::timestamptz
          AND (l.valid_until IS NULL OR caller('now')::timestamptz < l.valid_until));
    END
    $$;

-- Those of these carer families whose address would tell where a child lives whose address is protected, and
-- of whom the caller is not named to know it.
CREATE FUNCTION sheltering(families uuid[]) RETURNS uuid[]
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public
    AS $$
    BEGIN
        RETURN (
        SELECT array_agg(DISTINCT p.carer_family_id)
        FROM placements p JOIN protected_addresses a ON a.child_id = p.child_id AND a.ended_at IS NULL
        WHERE p.carer_family_id = ANY (families) AND p.state = 'active'
          AND NOT p.child_id = ANY (coalesce(case_linked_children(), '{}')));
    END
    $$;
REVOKE EXECUTE ON FUNCTION case_linked_children, sheltering FROM PUBLIC;
GRANT EXECUTE ON FUNCTION case_linked_children, sheltering TO kinstead_app;

-- Whom the responsible organisation named, it knows, and whoever is named; it alone names. The address, whoever is named: by no area, and by no
-- role that reaches everybody.
CREATE POLICY need_to_know ON case_links TO kinstead_app
    USING (client_id = (SELECT caller('client'))::uuid
        OR organisation_id = (SELECT caller('organisation'))::uuid
        OR EXISTS (SELECT FROM children WHERE children.id = child_id
            AND children.organisation_id = (SELECT caller('organisation'))::uuid))
    WITH CHECK (EXISTS (SELECT FROM children WHERE children.id = child_id
        AND children.organisation_id = (SELECT caller('organisation'))::uuid));
CREATE POLICY need_to_know ON protected_addresses TO kinstead_app
    USING (child_id = ANY ((SELECT case_linked_children())::uuid[]));
DO $policies$
DECLARE
    part text;
BEGIN
    FOREACH part IN ARRAY ARRAY['case_links', 'protected_addresses'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', part);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', part);
        EXECUTE format('CREATE POLICY owner ON %I TO CURRENT_USER USING (true)', part);
    END LOOP;
END
$policies$;

-- Of a protected address the journal holds the whole, too.
CREATE OR REPLACE FUNCTION sealed_from_caller(kind text, parent uuid) RETURNS boolean
    LANGUAGE sql STABLE
    AS $$
        SELECT CASE kind
            WHEN 'adoption_link' THEN coalesce(caller('adoption_link') <> 'all', true)
            WHEN 'protected_address' THEN coalesce(parent <> ALL (case_linked_children()), true)
            ELSE false END
    $$;
