-- CF-05 of very many placements at once: each of these families stands beside the day that is asked about. Like
-- families_under_allegation it looks past row-level security, and tells no more than against whom an allegation
-- was open then.
CREATE FUNCTION under_allegation(families uuid[], days date[]) RETURNS TABLE (family_id uuid, day date)
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public SET plan_cache_mode = force_generic_plan
    AS $$
    BEGIN
        RETURN QUERY SELECT DISTINCT asked.family, asked.on_day FROM unnest(families, days) AS asked (family, on_day)
            JOIN incidents i ON i.carer_family_id = asked.family
            WHERE i.kind IN ('abuse_allegation', 'neglect') AND i.state <> 'entered_in_error'
              AND i.occurred_on <= asked.on_day AND (i.closed_on IS NULL OR asked.on_day < i.closed_on);
    END
    $$;
REVOKE EXECUTE ON FUNCTION under_allegation FROM PUBLIC;
GRANT EXECUTE ON FUNCTION under_allegation TO kinstead_app;
