SELECT no_child_record('return_fact');
DROP TABLE return_facts;
