-- Referrals and transfers of children between organisations, each with its answer.
CREATE TABLE transfers (
    id                   uuid PRIMARY KEY,
    child_id             uuid NOT NULL REFERENCES children (id),
    kind                 text NOT NULL CHECK (kind IN ('referral', 'transfer')),
    from_organisation_id uuid NOT NULL REFERENCES organisations (id),
    to_organisation_id   uuid NOT NULL REFERENCES organisations (id),
    offer_reason         text NOT NULL CHECK (length(offer_reason) BETWEEN 3 AND 1000),
    state                text NOT NULL
        CHECK (state IN ('offered', 'accepted', 'refused', 'revoked', 'expired', 'ended')),
    offered_at           timestamptz NOT NULL,
    offered_by           uuid NOT NULL,
    expires_at           timestamptz NOT NULL,
    decided_at           timestamptz,
    decided_by           uuid,
    decision_reason      text CHECK (length(decision_reason) BETWEEN 3 AND 1000),
    ended_at             timestamptz,
    ended_by             uuid,
    ending_reason        text CHECK (length(ending_reason) BETWEEN 3 AND 1000),
    version              bigint NOT NULL CHECK (version > 0),
    CHECK (from_organisation_id <> to_organisation_id),
    CHECK (expires_at > offered_at),
    CHECK ((decided_at IS NULL) = (state = 'offered')),
    CHECK ((decided_by IS NULL) = (decided_at IS NULL)),
    CHECK (state NOT IN ('refused', 'revoked') OR decision_reason IS NOT NULL),
    CHECK ((ended_at IS NULL) = (state <> 'ended')),
    CHECK ((ended_by IS NULL) = (ended_at IS NULL) AND (ending_reason IS NULL) = (ended_at IS NULL)),
    -- What was transferred stays where it is: only help comes to an end.
    CHECK (state <> 'ended' OR kind = 'referral')
);
CREATE UNIQUE INDEX tr_01_one_offer_at_a_time ON transfers (child_id) WHERE state = 'offered';
CREATE INDEX transfers_child_id ON transfers (child_id);
CREATE INDEX transfers_from_organisation_id ON transfers (from_organisation_id);
CREATE INDEX transfers_to_organisation_id ON transfers (to_organisation_id);
CREATE INDEX transfers_due ON transfers (expires_at) WHERE state = 'offered';
GRANT SELECT, INSERT, UPDATE ON transfers TO kinstead_app;

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

-- Whether the caller is answerable for a child by its role, and does not know of it by a grant alone.
CREATE FUNCTION answerable_for(child uuid) RETURNS boolean
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public
    AS $$
    BEGIN
        RETURN (
        SELECT EXISTS (
            SELECT FROM children c
            WHERE c.id = child AND (
                caller('registry') = 'on' OR caller('child') = 'all'
                OR (c.area_code = ANY (caller_codes('child_areas'))
                    OR c.organisation_id = ANY (caller_ids('child_of')))
                   AND (caller('bounds') IS NULL OR c.area_code = ANY (caller_codes('bounds'))))));
    END
    $$;

-- Whether the caller may decide in the name of an organisation: its own, or any if it reaches everybody.
CREATE FUNCTION speaks_for(organisation uuid) RETURNS boolean
    LANGUAGE sql STABLE
    AS $$
        SELECT coalesce(caller('organisation')::uuid = organisation, false)
            OR coalesce(caller('child') = 'all', false) OR coalesce(caller('registry') = 'on', false)
    $$;

-- A transfer by its child, as long as one may know of it otherwise than because it lives there: whoever
-- is asked by its grant, which goes with the offer.
DO $policies$
DECLARE
    every_child text := $$(SELECT caller('child') = 'all' OR caller('beyond') = 'on' OR caller('registry') = 'on')$$;
    own_child text := $$(
        (area_code = ANY ((SELECT caller_codes('child_areas'))::text[])
         OR organisation_id = ANY ((SELECT caller_ids('child_of'))::uuid[]))
        AND ((SELECT caller('bounds')) IS NULL OR area_code = ANY ((SELECT caller_codes('bounds'))::text[]))
        OR id = ANY ((SELECT granted_children())::uuid[]))$$;
BEGIN
    EXECUTE format('CREATE POLICY need_to_know ON transfers TO kinstead_app USING (%s OR EXISTS '
        '(SELECT FROM children WHERE id = child_id AND %s))', every_child, own_child);
    ALTER TABLE transfers ENABLE ROW LEVEL SECURITY;
    ALTER TABLE transfers FORCE ROW LEVEL SECURITY;
    CREATE POLICY owner ON transfers TO CURRENT_USER USING (true);
END
$policies$;

REVOKE EXECUTE ON FUNCTION answerable_for, speaks_for FROM PUBLIC;
GRANT EXECUTE ON FUNCTION answerable_for, speaks_for TO kinstead_app;
