DROP TABLE facility_inspections;
DROP TABLE facility_units;
DROP TABLE facility_capacities;
DROP TABLE facility_registrations;
DROP TABLE facility_states;
DROP TABLE facility_external_ids;
DROP TABLE facilities;
DROP SEQUENCE facility_numbers;
