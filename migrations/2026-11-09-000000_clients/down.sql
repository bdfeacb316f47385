DROP TABLE used_assertions;
DROP TABLE client_keys;
REVOKE INSERT, UPDATE ON clients FROM kinstead_app;
ALTER TABLE clients
    DROP CONSTRAINT clients_external_once,
    DROP CONSTRAINT clients_external_whole,
    DROP COLUMN revocation_reason,
    DROP COLUMN revoked_at,
    DROP COLUMN external_subject,
    DROP COLUMN external_issuer,
    DROP COLUMN default_purpose,
    DROP COLUMN purposes,
    DROP COLUMN area_codes;
