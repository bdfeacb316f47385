DROP TABLE import_chunks, import_progress, imports, record_external_ids;
