-- Visits of workers to children in care, or of whom there is a case.
CREATE TABLE visits (
    id              uuid PRIMARY KEY,
    child_id        uuid NOT NULL REFERENCES children (id),
    organisation_id uuid REFERENCES organisations (id),
    worker_name     text NOT NULL CHECK (length(worker_name) BETWEEN 1 AND 200),
    worker_id       text NOT NULL CHECK (length(worker_id) BETWEEN 1 AND 64),
    visited_on      date NOT NULL,
    child_seen      boolean NOT NULL,
    seen_alone      boolean,
    place           sealed NOT NULL,
    note            sealed,
    state           text NOT NULL CHECK (state IN ('recorded', 'entered_in_error')),
    state_reason    sealed,
    version         bigint NOT NULL CHECK (version > 0),
    CHECK (child_seen = (seen_alone IS NOT NULL)),
    CHECK ((state = 'entered_in_error') = (state_reason IS NOT NULL))
);
CREATE INDEX visits_child_id ON visits (child_id, visited_on);
CREATE INDEX visits_organisation_id ON visits (organisation_id);
-- What the list can be sorted by.
CREATE INDEX visits_visited_on ON visits (visited_on, id);
GRANT SELECT, INSERT, UPDATE ON visits TO kinstead_app;

SELECT child_record('visit', 'visits'), wall_by_child('visits', lodgers => false);
