DROP TABLE transformation_plans;
DROP TABLE facility_admission_stops;
