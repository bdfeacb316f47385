REVOKE SELECT, INSERT, UPDATE ON access_log_deferrals FROM kinstead_app;
GRANT SELECT, INSERT, UPDATE, DELETE ON access_log_deferrals TO kinstead_log;
ALTER TABLE access_log_deferrals DROP COLUMN id;
ALTER TABLE access_inbox DROP COLUMN answer;
