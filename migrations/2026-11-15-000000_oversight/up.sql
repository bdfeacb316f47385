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

DO $policies$
DECLARE
    all_seen text := $$(SELECT caller('child') = 'all' OR caller('beyond') = 'on' OR caller('registry') = 'on')$$;
    own text := $$organisation_id = (SELECT caller('organisation'))::uuid$$;
    part text;
BEGIN
    EXECUTE format('CREATE POLICY need_to_know ON emergency_accesses TO kinstead_app USING '
        '(%s OR EXISTS (SELECT FROM children WHERE children.id = child_id))', all_seen);
    EXECUTE format('CREATE POLICY need_to_know ON notices TO kinstead_app USING (%s OR %s) WITH CHECK (true)',
        all_seen, own);
    FOREACH part IN ARRAY ARRAY['emergency_accesses', 'notices'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', part);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', part);
        EXECUTE format('CREATE POLICY owner ON %I TO CURRENT_USER USING (true)', part);
    END LOOP;
END
$policies$;

-- The same as before, and whom an access in an emergency is about.
CREATE OR REPLACE FUNCTION standing_of(kinds text[], ids uuid[])
    RETURNS TABLE (kind text, id uuid, organisation_id uuid, area_code text, lives_with uuid[], granted boolean)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public
    AS $$
    #variable_conflict use_column
    BEGIN
        RETURN QUERY
        SELECT told.kind, told.id, c.organisation_id, c.area_code,
               CASE WHEN caller('child_with') IS NOT NULL THEN (
                   SELECT array_agg(DISTINCT f.operator_id)
                   FROM placements p JOIN facilities f ON f.id = p.facility_id
                   WHERE p.child_id = c.id AND p.state IN ('active', 'ended') AND p.started_on <= caller_day()
                     AND (p.ended_on IS NULL OR p.ended_on + caller('lodging_days')::integer > caller_day()))
               END,
               EXISTS (
                   SELECT FROM child_grants g
                   WHERE g.child_id = c.id AND g.valid_from <= caller('now')::timestamptz
                     AND caller('now')::timestamptz < g.valid_until
                     AND (g.client_id = caller('client')::uuid
                          OR g.organisation_id = caller('organisation')::uuid))
        FROM unnest(kinds, ids) AS asked (kind, id)
        JOIN children c ON c.id = CASE asked.kind
            WHEN 'child' THEN asked.id
            WHEN 'placement' THEN (SELECT p.child_id FROM placements p WHERE p.id = asked.id)
            WHEN 'care_period' THEN (SELECT p.child_id FROM care_periods p WHERE p.id = asked.id)
            WHEN 'transfer' THEN (SELECT t.child_id FROM transfers t WHERE t.id = asked.id)
            WHEN 'emergency_access' THEN (SELECT e.child_id FROM emergency_accesses e WHERE e.id = asked.id)
        END
        -- A decision about a transfer may end what it was asked under: how it stood to the child is told too.
        CROSS JOIN LATERAL (
            SELECT asked.kind, asked.id
            UNION ALL SELECT 'child', c.id WHERE asked.kind = 'transfer'
        ) AS told (kind, id)
        UNION ALL
        SELECT 'carer_family', f.id, f.organisation_id, f.area_code, NULL, false
        FROM unnest(kinds, ids) AS asked (kind, id) JOIN carer_families f ON f.id = asked.id
        WHERE asked.kind = 'carer_family';
    END
    $$;
