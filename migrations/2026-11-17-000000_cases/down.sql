SELECT no_record_of('case'), no_person_kind('family');
ALTER TABLE cases DROP CONSTRAINT wk_01_open_case_has_a_manager;
DROP TABLE case_managers, case_states, cases;
DROP TABLE family_support, family_risk_levels, family_risk_factors, family_members, families;
DROP SEQUENCE case_numbers, family_numbers;
