SELECT no_child_record('assessment');
DROP TABLE assessments;
