SELECT no_child_record('review');
DROP TABLE reviews;
