#!/bin/sh
# Makes Kinstead's database roles when the database container starts for the first time: the owner,
# who migrates, the one the service runs as and the one that keeps the access log, who own nothing, and the
# groups with their rights on rows.
set -eu

psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'SQL'
\getenv owner_password KINSTEAD_OWNER_PASSWORD
\getenv service_password KINSTEAD_SERVICE_PASSWORD
\getenv keeper_password KINSTEAD_KEEPER_PASSWORD
CREATE ROLE kinstead_owner LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'owner_password';
CREATE ROLE kinstead LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD :'service_password';
CREATE ROLE kinstead_keeper LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD :'keeper_password';
-- Values in statements and in the details of errors hold names: they are to stay out of the server's log.
SELECT format('ALTER ROLE %I SET %I = %L', role, setting, value)
FROM unnest(ARRAY['kinstead', 'kinstead_owner', 'kinstead_keeper']) role,
     (VALUES ('log_min_error_statement', 'panic'), ('log_error_verbosity', 'terse'), ('log_statement', 'none'),
             ('log_min_duration_statement', '-1'), ('log_parameter_max_length', '0'),
             ('log_parameter_max_length_on_error', '0')) AS quiet (setting, value) \gexec
CREATE ROLE kinstead_app NOLOGIN;
GRANT kinstead_app TO kinstead;
CREATE ROLE kinstead_log NOLOGIN;
GRANT kinstead_log TO kinstead_keeper;
SELECT format('ALTER DATABASE %I OWNER TO kinstead_owner', current_database()) \gexec
ALTER SCHEMA public OWNER TO kinstead_owner;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO kinstead, kinstead_keeper;
SELECT format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database()) \gexec
SELECT format('GRANT CONNECT ON DATABASE %I TO kinstead, kinstead_keeper', current_database()) \gexec
SQL
