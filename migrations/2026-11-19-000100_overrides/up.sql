-- Who stepped over a soft rule, why, for how long, and what somebody else found of it.
CREATE TABLE overrides (
    id            uuid PRIMARY KEY,
    rule_code     text NOT NULL REFERENCES rules (code),
    rule_version  integer NOT NULL CHECK (rule_version >= 1),
    child_id      uuid NOT NULL REFERENCES children (id),
    -- The record that could not be without it, by the word for such a record.
    subject_kind  text NOT NULL CHECK (length(subject_kind) BETWEEN 1 AND 60),
    subject_id    uuid NOT NULL,
    justification sealed NOT NULL,
    authorised_by sealed NOT NULL,
    authorised_on date NOT NULL,
    evidence_ref  text CHECK (length(evidence_ref) BETWEEN 1 AND 100),
    client_id     uuid NOT NULL,
    role          text NOT NULL CHECK (length(role) BETWEEN 1 AND 60),
    begins_on     date NOT NULL,
    valid_until   date NOT NULL,
    state         text NOT NULL CHECK (state IN ('to_review', 'upheld', 'not_upheld')),
    reviewed_on   date,
    reviewed_by   uuid,
    review_note   sealed,
    version       bigint NOT NULL CHECK (version >= 1),
    CHECK (authorised_on <= begins_on AND begins_on < valid_until),
    CHECK ((state = 'to_review') = (reviewed_on IS NULL)),
    CHECK ((reviewed_on IS NULL) = (reviewed_by IS NULL)),
    CHECK ((reviewed_on IS NULL) = (review_note IS NULL)),
    -- Nobody reviews what they did themselves.
    CHECK (reviewed_by <> client_id),
    -- A rule is stepped over once for one record.
    UNIQUE (subject_id, rule_code)
);
CREATE INDEX overrides_child_id ON overrides (child_id);
CREATE INDEX overrides_rule_code ON overrides (rule_code, valid_until);
GRANT SELECT, INSERT, UPDATE ON overrides TO kinstead_app;

SELECT child_record('override', 'overrides'), wall_by_child('overrides', lodgers => false);

-- What every rule said to a placement on the day on which it began: written once, for good.
CREATE TABLE placement_decisions (
    id       uuid PRIMARY KEY REFERENCES placements (id),
    child_id uuid NOT NULL REFERENCES children (id),
    made_at  timestamptz NOT NULL,
    findings sealed NOT NULL
);
CREATE INDEX placement_decisions_child_id ON placement_decisions (child_id);
GRANT SELECT, INSERT ON placement_decisions TO kinstead_app;

SELECT wall_by_child('placement_decisions');
