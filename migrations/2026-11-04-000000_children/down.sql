DROP TABLE legal_statuses;
DROP TABLE child_relations;
DROP TABLE child_external_ids;
DROP TABLE child_names;
DROP TABLE children;
DROP SEQUENCE child_registry_no;
