DROP TABLE access_log_state;
DROP TABLE access_log_deferrals;
DROP TABLE access_log_checkpoints;
DROP TABLE access_log_hashes;
DROP TABLE access_log_entries;
DROP TABLE access_log_subjects;
DROP TABLE access_inbox;
