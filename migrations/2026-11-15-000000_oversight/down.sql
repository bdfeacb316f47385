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
DROP TABLE notices;
DROP TABLE emergency_accesses;
