#!/bin/sh
# Makes Kinstead's database roles when the database container starts for the first time: the owner,
# who migrates, the one the service runs as, who owns nothing, and the group with its rights on rows.
set -eu

psql --no-psqlrc --quiet --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" <<'SQL'
\getenv owner_password KINSTEAD_OWNER_PASSWORD
\getenv service_password KINSTEAD_SERVICE_PASSWORD
CREATE ROLE kinstead_owner LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD :'owner_password';
CREATE ROLE kinstead LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOBYPASSRLS PASSWORD :'service_password';
CREATE ROLE kinstead_app NOLOGIN;
GRANT kinstead_app TO kinstead;
SELECT format('ALTER DATABASE %I OWNER TO kinstead_owner', current_database()) \gexec
ALTER SCHEMA public OWNER TO kinstead_owner;
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO kinstead;
SELECT format('REVOKE ALL ON DATABASE %I FROM PUBLIC', current_database()) \gexec
SELECT format('GRANT CONNECT ON DATABASE %I TO kinstead', current_database()) \gexec
SQL
