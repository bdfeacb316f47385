SELECT no_record_of('alert');
DROP TABLE alerts;
DROP FUNCTION own_home;
ALTER TABLE rules DROP COLUMN alerts;
