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

SELECT child_record('transfer', 'transfers');

-- Whether the caller is answerable for a child by its role, and does not know of it by a grant alone.
CREATE FUNCTION answerable_for(child uuid) RETURNS boolean
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public
    SET plan_cache_mode = force_generic_plan
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

-- Whoever is asked to take charge knows of it by its grant, which goes with the offer.
SELECT wall_by_child('transfers', lodgers => false);

REVOKE EXECUTE ON FUNCTION answerable_for, speaks_for FROM PUBLIC;
GRANT EXECUTE ON FUNCTION answerable_for, speaks_for TO kinstead_app;
