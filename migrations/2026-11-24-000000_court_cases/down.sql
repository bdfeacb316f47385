SELECT no_child_record('court_case');
DROP TABLE court_cases;
