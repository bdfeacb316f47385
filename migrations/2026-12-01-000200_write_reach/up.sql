-- The second wall tells changing from reading: whoever may read about a family far away, or knows of a child by
-- a grant, adds nothing to its records.
--
-- A change begins with more settings than a read, which say whom it may change: those to whom the client stands
-- in a relation that opens all that the permission opens.
--
--   kinstead.writes_child           'all', or nothing
--   kinstead.writes_child_areas     codes of the areas whose children it may change
--   kinstead.writes_child_of        ids of the organisations whose children it may change
--   kinstead.writes_child_with      ids of the operators of facilities: it may change who lives there
--   kinstead.writes_carer_family …  likewise for families
--   kinstead.writes_granted         'on' if the permission is good for children who are known by a grant alone

-- Whether the caller may change everybody of a kind.
CREATE FUNCTION writes_all(kind text) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT coalesce(caller('writes_' || kind) = 'all', false) OR coalesce(caller('beyond') = 'on', false)
                 OR coalesce(caller('registry') = 'on', false) $$;

-- Whether the caller may change somebody of that kind, for whom that organisation is responsible, in that area.
CREATE FUNCTION writes_at(kind text, organisation uuid, area text) RETURNS boolean
    LANGUAGE sql STABLE PARALLEL SAFE
    AS $$ SELECT coalesce((area = ANY (caller_codes('writes_' || kind || '_areas'))
                           OR organisation = ANY (caller_ids('writes_' || kind || '_of')))
                          AND (caller('bounds') IS NULL OR area = ANY (caller_codes('bounds'))), false) $$;

-- Whether the caller may change a child besides: it lives with them, or is known by a grant that is enough.
CREATE FUNCTION writes_guest(child uuid) RETURNS boolean
    LANGUAGE sql STABLE
    AS $$ SELECT coalesce(caller('writes_child_with') IS NOT NULL AND child = ANY (lodgers(caller_ids('writes_child_with')))
                          OR caller('writes_granted') = 'on' AND child = ANY (granted_children()), false) $$;

-- Whether the caller may change what is recorded about a person of that kind; what is about nobody, anybody may.
-- It looks past row-level security, as its owner, and tells what its name says.
CREATE FUNCTION writes_about(kind text, person uuid) RETURNS boolean
    LANGUAGE plpgsql STABLE SECURITY DEFINER SET search_path = public SET plan_cache_mode = force_generic_plan
    AS $$
    BEGIN
        IF person IS NULL THEN
            RETURN true;
        END IF;
        CASE kind
        WHEN 'child' THEN
            RETURN EXISTS (SELECT FROM children c WHERE c.id = person
                           AND (writes_at('child', c.organisation_id, c.area_code) OR writes_guest(c.id)));
        WHEN 'family' THEN
            RETURN EXISTS (SELECT FROM families f WHERE f.id = person
                           AND writes_at('family', f.organisation_id, f.area_code));
        WHEN 'carer_family' THEN
            RETURN EXISTS (SELECT FROM carer_families f WHERE f.id = person
                           AND writes_at('carer_family', f.organisation_id, f.area_code));
        END CASE;
    END
    $$;

-- For migrations: rows of a table are added, changed and removed by those alone for whom this condition holds.
CREATE FUNCTION hold_writes(walled text, condition text) RETURNS void
    LANGUAGE plpgsql
    AS $$
    BEGIN
        EXECUTE format('CREATE POLICY added_within_reach ON %I AS RESTRICTIVE FOR INSERT TO kinstead_app '
                       'WITH CHECK (%s)', walled, condition);
        -- Locking a row is no change: a family may be locked while a child is placed with it.
        EXECUTE format('CREATE POLICY changed_within_reach ON %I AS RESTRICTIVE FOR UPDATE TO kinstead_app '
                       'USING (true) WITH CHECK (%s)', walled, condition);
        EXECUTE format('CREATE POLICY removed_within_reach ON %I AS RESTRICTIVE FOR DELETE TO kinstead_app '
                       'USING (%s)', walled, condition);
    END
    $$;

-- For migrations: the rows of a table are about the person of that kind whom they name.
CREATE FUNCTION hold_writes_about(walled text, kind text) RETURNS void
    LANGUAGE plpgsql
    AS $$
    BEGIN
        PERFORM hold_writes(walled, format('(SELECT writes_all(%1$L)) OR writes_about(%1$L, %2$I)',
                                           kind, kind || '_id'));
    END
    $$;

DO $policies$
DECLARE
    child text := $$((SELECT writes_all('child')) OR writes_about('child', child_id))$$;
    family text := $$((SELECT writes_all('family')) OR writes_about('family', family_id))$$;
    home text := $$((SELECT writes_all('carer_family')) OR writes_about('carer_family', carer_family_id))$$;
    part text;
BEGIN
    PERFORM hold_writes('children', $$(SELECT writes_all('child')) OR writes_at('child', organisation_id, area_code)
                                      OR writes_guest(id)$$);
    FOREACH part IN ARRAY ARRAY['families', 'carer_families'] LOOP
        PERFORM hold_writes(part, format('(SELECT writes_all(%1$L)) OR writes_at(%1$L, organisation_id, area_code)',
            (SELECT p.kind FROM walls.persons p WHERE p.table_name = part)));
    END LOOP;
    FOREACH part IN ARRAY ARRAY['assessments', 'care_periods', 'care_plans', 'case_links', 'child_external_ids',
            'child_grants', 'child_names', 'child_relations', 'complaint_reporters', 'complaints', 'contact_events',
            'contact_plans', 'contact_restrictions', 'court_cases', 'emergency_accesses', 'incidents', 'legal_statuses',
            'missing_episodes', 'overrides', 'placement_decisions', 'placement_endings', 'placements', 'protected_addresses', 'reviews',
            'temporary_absences', 'transfers', 'transition_plans', 'visits'] LOOP
        PERFORM hold_writes_about(part, 'child');
    END LOOP;
    FOREACH part IN ARRAY ARRAY['family_members', 'family_risk_factors', 'family_risk_levels', 'family_support'] LOOP
        PERFORM hold_writes_about(part, 'family');
    END LOOP;
    FOREACH part IN ARRAY ARRAY['carer_approvals', 'carer_checks', 'carer_external_ids', 'carer_persons',
            'carer_reviews', 'carer_state_changes', 'carer_trainings'] LOOP
        PERFORM hold_writes_about(part, 'carer_family');
    END LOOP;
    FOREACH part IN ARRAY ARRAY['alerts', 'deadlines'] LOOP
        PERFORM hold_writes(part, format('CASE WHEN child_id IS NOT NULL THEN %s ELSE %s END', child, home));
    END LOOP;
    PERFORM hold_writes('cases', format('CASE WHEN child_id IS NOT NULL THEN %s ELSE %s END', child, family));
    FOREACH part IN ARRAY ARRAY['case_managers', 'case_states'] LOOP
        PERFORM hold_writes(part, format('EXISTS (SELECT FROM cases WHERE cases.id = case_id '
            'AND CASE WHEN child_id IS NOT NULL THEN %s ELSE %s END)', child, family));
    END LOOP;
END
$policies$;

REVOKE EXECUTE ON FUNCTION hold_writes, hold_writes_about, writes_about FROM PUBLIC;
GRANT EXECUTE ON FUNCTION writes_about TO kinstead_app;
