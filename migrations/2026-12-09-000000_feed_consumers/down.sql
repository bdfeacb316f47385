DROP TABLE feed_progress;
DROP TABLE feed_consumers;
