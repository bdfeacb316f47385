-- Complaints about a facility that are about no child.
ALTER TABLE complaints ALTER COLUMN child_id DROP NOT NULL,
    ADD CONSTRAINT complaints_about_a_child_or_a_facility CHECK (
        child_id IS NOT NULL OR facility_id IS NOT NULL AND carer_family_id IS NULL);
ALTER TABLE complaint_reporters ALTER COLUMN child_id DROP NOT NULL;

-- Whether the caller stands to a facility as its permission asks for.
CREATE FUNCTION reaches_facility(facility uuid) RETURNS boolean
    LANGUAGE plpgsql STABLE SET plan_cache_mode = force_generic_plan
    AS $$
    BEGIN
        RETURN reaches_all('facility') OR EXISTS (
            SELECT FROM facilities f
            WHERE f.id = facility
              AND (f.area_code = ANY (caller_codes('facility_areas')) OR f.operator_id = ANY (caller_ids('facility_of')))
              AND (caller('bounds') IS NULL OR f.area_code = ANY (caller_codes('bounds'))));
    END
    $$;

-- What is about no child is shown to nobody who only reaches all children.
DO $policies$
BEGIN
    DROP POLICY need_to_know ON complaints;
    EXECUTE format('CREATE POLICY need_to_know ON complaints TO kinstead_app USING (CASE '
        'WHEN child_id IS NULL THEN reaches_facility(facility_id) ELSE (SELECT reaches_all(''child'')) '
        'OR EXISTS (SELECT FROM children WHERE children.id = child_id AND %s) END)', own_child());
END
$policies$;

-- They name nobody: what is asked of every other entry would let everybody see them in the journal.
CREATE OR REPLACE FUNCTION sealed_from_caller(kind text, parent uuid) RETURNS boolean
    LANGUAGE sql STABLE
    AS $$
        SELECT CASE kind
            WHEN 'adoption_link' THEN coalesce(caller('adoption_link') <> 'all', true)
            WHEN 'protected_address' THEN coalesce(parent <> ALL (case_linked_children()), true)
            WHEN 'complaint_reporter' THEN true
            WHEN 'facility_complaint_reporter' THEN true
            WHEN 'facility_complaint' THEN NOT reaches_facility(parent)
            ELSE false END
    $$;
