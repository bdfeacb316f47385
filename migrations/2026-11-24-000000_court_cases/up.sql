-- Court cases about a child: filed, heard, decided, appealed, final.
CREATE TABLE court_cases (
    id              uuid PRIMARY KEY,
    child_id        uuid NOT NULL REFERENCES children (id),
    kind            text NOT NULL CHECK (length(kind) BETWEEN 1 AND 60),
    court           text NOT NULL CHECK (length(court) BETWEEN 2 AND 200),
    file_no         sealed,
    filed_by        text NOT NULL CHECK (length(filed_by) BETWEEN 1 AND 60),
    filed_on        date NOT NULL,
    state           text NOT NULL CHECK (state IN ('filed', 'decided', 'appealed', 'final', 'withdrawn')),
    next_hearing_on date CHECK (next_hearing_on > filed_on),
    hearings        sealed NOT NULL,
    decisions       sealed NOT NULL,
    decided_on      date CHECK (decided_on >= filed_on),
    outcome         text CHECK (length(outcome) BETWEEN 1 AND 60),
    appealed_on     date CHECK (appealed_on >= filed_on),
    appealed_by     text CHECK (length(appealed_by) BETWEEN 1 AND 60),
    final_on        date CHECK (final_on >= decided_on),
    state_reason    sealed,
    version         bigint NOT NULL CHECK (version > 0),
    CHECK ((decided_on IS NULL) = (outcome IS NULL)),
    CHECK ((appealed_on IS NULL) = (appealed_by IS NULL)),
    CHECK (state NOT IN ('decided', 'appealed', 'final') OR decided_on IS NOT NULL),
    CHECK (state <> 'appealed' OR appealed_on IS NOT NULL),
    CHECK ((state = 'final') = (final_on IS NOT NULL)),
    CHECK (state <> 'withdrawn' OR state_reason IS NOT NULL),
    CHECK (state IN ('filed', 'appealed') OR next_hearing_on IS NULL)
);
CREATE INDEX court_cases_child_id ON court_cases (child_id, filed_on);
CREATE INDEX court_cases_next_hearing_on ON court_cases (next_hearing_on) WHERE next_hearing_on IS NOT NULL;
GRANT SELECT, INSERT, UPDATE ON court_cases TO kinstead_app;

SELECT child_record('court_case', 'court_cases'), wall_by_child('court_cases', lodgers => false);
