-- It goes down as long as no rule was stepped over twice for one record.
DROP INDEX overrides_subject_id;
ALTER TABLE overrides ADD CONSTRAINT overrides_subject_id_rule_code_key UNIQUE (subject_id, rule_code);
