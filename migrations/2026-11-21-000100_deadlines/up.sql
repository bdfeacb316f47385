-- Clocks that run, as the registry last worked them out of its records. They are no records themselves: what
-- stands here can be worked out anew at any time, and has no history.
CREATE TABLE deadlines (
    id              uuid PRIMARY KEY,
    rule            text NOT NULL REFERENCES rules (code),
    subject_kind    text NOT NULL CHECK (length(subject_kind) BETWEEN 1 AND 60),
    subject_id      uuid NOT NULL,
    child_id        uuid REFERENCES children (id),
    carer_family_id uuid REFERENCES carer_families (id),
    facility_id     uuid REFERENCES facilities (id),
    organisation_id uuid REFERENCES organisations (id),
    area_code       text NOT NULL REFERENCES areas (code),
    due_on          date NOT NULL,
    -- What is told of it, absent if nothing is yet; and the day on which that changes by itself.
    severity        text CHECK (severity IN ('notice', 'warning', 'critical')),
    changes_on      date,
    CHECK (num_nonnulls(child_id, carer_family_id, facility_id) = 1),
    UNIQUE (rule, subject_kind, subject_id)
);
CREATE INDEX deadlines_child_id ON deadlines (child_id) WHERE child_id IS NOT NULL;
CREATE INDEX deadlines_carer_family_id ON deadlines (carer_family_id) WHERE carer_family_id IS NOT NULL;
CREATE INDEX deadlines_facility_id ON deadlines (facility_id) WHERE facility_id IS NOT NULL;
CREATE INDEX deadlines_organisation_id ON deadlines (organisation_id);
CREATE INDEX deadlines_area_code ON deadlines (area_code);
CREATE INDEX deadlines_changes_on ON deadlines (changes_on) WHERE changes_on IS NOT NULL;
-- What the list can be sorted by.
CREATE INDEX deadlines_due_on ON deadlines (due_on, id);
GRANT SELECT, INSERT, DELETE ON deadlines TO kinstead_app;

DO $policy$
BEGIN
    EXECUTE format('CREATE POLICY need_to_know ON deadlines TO kinstead_app USING (CASE '
        'WHEN child_id IS NOT NULL THEN (SELECT reaches_all(''child'')) '
        'OR EXISTS (SELECT FROM children WHERE children.id = child_id AND %s) '
        'WHEN carer_family_id IS NOT NULL THEN %s '
        'ELSE (SELECT caller(''client'')) IS NOT NULL OR (SELECT reaches_all(''child'')) END)', own_child(), own_home());
    PERFORM wall('deadlines');
END
$policy$;

-- When all deadlines were last worked out, for which day and by which rules: one row.
CREATE TABLE deadline_sweeps (
    id       integer PRIMARY KEY CHECK (id = 1),
    begun_at timestamptz NOT NULL,
    swept_on date NOT NULL,
    book     text NOT NULL CHECK (length(book) BETWEEN 1 AND 100)
);
GRANT SELECT, INSERT, UPDATE ON deadline_sweeps TO kinstead_app;
