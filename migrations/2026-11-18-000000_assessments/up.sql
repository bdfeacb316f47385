-- Assessments of children: what was found, what is recommended, what was decided.
CREATE TABLE assessments (
    id                uuid PRIMARY KEY,
    child_id          uuid NOT NULL REFERENCES children (id),
    kind              text NOT NULL CHECK (length(kind) BETWEEN 1 AND 60),
    state             text NOT NULL CHECK (state IN ('requested', 'in_progress', 'completed', 'submitted', 'decided',
                                                     'returned', 'expired', 'cancelled')),
    organisation_id   uuid REFERENCES organisations (id),
    requested_on      date NOT NULL,
    request_reason    sealed NOT NULL,
    due_on            date,
    started_on        date,
    team              sealed NOT NULL,
    multidisciplinary boolean NOT NULL,
    completed_on      date,
    findings          sealed,
    recommendation    text CHECK (length(recommendation) BETWEEN 1 AND 60),
    separates         boolean,
    poverty_only      boolean,
    -- The first day on which it no longer holds.
    valid_until       date,
    submitted_on      date,
    outcome           text CHECK (outcome IN ('approved', 'modified', 'rejected')),
    decided_by        uuid REFERENCES organisations (id),
    decided_on        date,
    decision          sealed,
    state_reason      sealed,
    version           bigint NOT NULL CHECK (version > 0),
    CHECK (due_on >= requested_on),
    CHECK (started_on >= requested_on),
    CHECK (completed_on >= started_on),
    CHECK (valid_until > completed_on),
    CHECK (submitted_on >= completed_on),
    CONSTRAINT as_03_decided_after_it_was_made CHECK (decided_on >= completed_on),
    CONSTRAINT as_04_decided_while_valid CHECK (decided_on < valid_until),
    CONSTRAINT pl_22_poverty_separates_nobody CHECK (NOT (poverty_only AND separates)),
    CHECK (state <> 'requested' OR started_on IS NULL),
    CHECK (state IN ('requested', 'cancelled') OR started_on IS NOT NULL),
    CHECK ((completed_on IS NULL) = (findings IS NULL)),
    CHECK ((completed_on IS NULL) = (recommendation IS NULL)),
    CHECK ((completed_on IS NULL) = (separates IS NULL)),
    CHECK ((completed_on IS NULL) = (poverty_only IS NULL)),
    CHECK ((completed_on IS NULL) = (valid_until IS NULL)),
    CHECK (state NOT IN ('requested', 'in_progress') OR completed_on IS NULL),
    CHECK (state NOT IN ('completed', 'submitted', 'decided', 'returned', 'expired') OR completed_on IS NOT NULL),
    CHECK (state NOT IN ('submitted', 'decided', 'returned') OR submitted_on IS NOT NULL),
    CHECK ((state = 'decided') = (decided_on IS NOT NULL)),
    CHECK ((outcome IS NULL) = (decided_on IS NULL)),
    CHECK ((decided_by IS NULL) = (decided_on IS NULL)),
    CHECK ((decision IS NULL) = (decided_on IS NULL)),
    CHECK (state NOT IN ('returned', 'cancelled') OR state_reason IS NOT NULL)
);
CREATE INDEX assessments_child_id ON assessments (child_id, decided_on);
CREATE INDEX assessments_organisation_id ON assessments (organisation_id);
CREATE INDEX assessments_decided_by ON assessments (decided_by);
CREATE INDEX assessments_decided_on ON assessments (decided_on, id);
CREATE INDEX assessments_due ON assessments (valid_until) WHERE state = 'completed';
GRANT SELECT, INSERT, UPDATE ON assessments TO kinstead_app;

-- Who knows of a child only because it lives there does not read why it came.
SELECT child_record('assessment', 'assessments'), wall_by_child('assessments', lodgers => false);
