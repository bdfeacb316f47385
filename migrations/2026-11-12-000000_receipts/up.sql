-- Which answer a look is of: its receipt names it, and so will its entry. Looks that were written
-- before have none.
ALTER TABLE access_inbox ADD COLUMN answer bytea CHECK (length(answer) = 16);

-- Who is told of a look later: put off by the service, in the change's own transaction.
ALTER TABLE access_log_deferrals ADD COLUMN id uuid NOT NULL UNIQUE DEFAULT gen_random_uuid();
GRANT SELECT, INSERT, UPDATE ON access_log_deferrals TO kinstead_app;
REVOKE INSERT, UPDATE, DELETE ON access_log_deferrals FROM kinstead_log;
