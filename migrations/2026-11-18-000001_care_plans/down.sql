SELECT no_child_record('care_plan');
DROP TABLE care_plans;
