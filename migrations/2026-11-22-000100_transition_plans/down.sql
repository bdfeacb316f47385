SELECT no_child_record('transition_plan');
DROP TABLE transition_plans;
