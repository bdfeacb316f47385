-- Indexes that leave out the rows which have nothing to say to them: four placements of five are in no
-- facility, one of three opens its care period. And who lives in a facility from a day on is found
-- without its whole past: by the day until which a placement lasts.
DROP INDEX placements_facility_id;
CREATE INDEX placements_facility_id ON placements (facility_id, until) WHERE facility_id IS NOT NULL;
DROP INDEX placements_facility_unit_id;
CREATE INDEX placements_facility_unit_id ON placements (facility_unit_id, facility_id) WHERE facility_unit_id IS NOT NULL;
DROP INDEX placements_carer_family_id;
CREATE INDEX placements_carer_family_id ON placements (carer_family_id, started_on) WHERE carer_family_id IS NOT NULL;
DROP INDEX placements_continues_from;
CREATE INDEX placements_continues_from ON placements (care_period_id, continues_from) WHERE continues_from IS NOT NULL;
DROP INDEX care_periods_re_entry_of;
CREATE INDEX care_periods_re_entry_of ON care_periods (re_entry_of) WHERE re_entry_of IS NOT NULL;
DROP INDEX care_periods_exit_area_code;
CREATE INDEX care_periods_exit_area_code ON care_periods (exit_area_code) WHERE exit_area_code IS NOT NULL;
