-- A step that was undone is done anew: care that was reopened ends again, an assessment that was returned is
-- completed again. Then a rule is stepped over anew, for the same record. Within one step it is stepped over once,
-- as the store sees to.
ALTER TABLE overrides DROP CONSTRAINT overrides_subject_id_rule_code_key;
CREATE INDEX overrides_subject_id ON overrides (subject_id, rule_code);
