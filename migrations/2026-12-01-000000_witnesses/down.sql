DROP TABLE access_log_published;
DROP TABLE access_log_cosignatures;
DROP TABLE access_log_witnesses;
