DROP TABLE seal_keys;
DROP TABLE idempotency_keys;
DROP TABLE journal;
DROP EXTENSION unaccent;
DROP EXTENSION pg_trgm;
DROP EXTENSION btree_gist;
