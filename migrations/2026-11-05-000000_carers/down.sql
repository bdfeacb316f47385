DROP TABLE carer_approvals;
DROP TABLE carer_state_changes;
DROP TABLE carer_trainings;
DROP TABLE carer_checks;
DROP TABLE carer_persons;
DROP TABLE carer_external_ids;
DROP TABLE carer_families;
DROP SEQUENCE carer_family_numbers;
