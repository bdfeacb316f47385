-- CF-05. Incidents belong to children beyond the reach of many who look for a family: these functions look past
-- row-level security, and tell no more than which families it is.

-- The families against which an allegation was open on a day.
CREATE FUNCTION families_under_allegation(day date) RETURNS uuid[]
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public SET plan_cache_mode = force_generic_plan
    AS $$
    BEGIN
        RETURN (SELECT coalesce(array_agg(DISTINCT i.carer_family_id), '{}') FROM incidents i
                WHERE i.carer_family_id IS NOT NULL AND i.kind IN ('abuse_allegation', 'neglect')
                  AND i.state <> 'entered_in_error'
                  AND i.occurred_on <= day AND (i.closed_on IS NULL OR day < i.closed_on));
    END
    $$;

-- Those of them to whom no child comes therefore, by the rule as the country had it that day.
CREATE FUNCTION families_held_back(day date) RETURNS uuid[]
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public SET plan_cache_mode = force_generic_plan
    AS $$
    BEGIN
        IF (SELECT v.in_force AND v.class <> 'alert' FROM rule_versions v
            WHERE v.rule_code = 'CF-05' AND v.valid_from <= day ORDER BY v.valid_from DESC LIMIT 1) THEN
            RETURN families_under_allegation(day);
        END IF;
        RETURN '{}';
    END
    $$;
REVOKE EXECUTE ON FUNCTION families_under_allegation, families_held_back FROM PUBLIC;
GRANT EXECUTE ON FUNCTION families_under_allegation, families_held_back TO kinstead_app;
