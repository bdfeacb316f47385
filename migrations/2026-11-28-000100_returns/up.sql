-- PLN-01. When the child is visited first after it has returned to its family.
ALTER TABLE care_periods
    ADD COLUMN first_visit_on date,
    ADD CONSTRAINT care_periods_first_visit_on_check CHECK (first_visit_on IS NULL OR ended_on IS NOT NULL);

-- What the rules said to the end of a placement: written once for each end, for good. One that was taken back is told
-- apart by the reason for leaving care.
CREATE TABLE placement_endings (
    id           uuid PRIMARY KEY,
    placement_id uuid NOT NULL REFERENCES placements (id),
    child_id     uuid NOT NULL REFERENCES children (id),
    exit_reason  text NOT NULL CHECK (length(exit_reason) BETWEEN 1 AND 60),
    made_at      timestamptz NOT NULL,
    findings     sealed NOT NULL
);
CREATE INDEX placement_endings_placement_id ON placement_endings (placement_id, made_at);
CREATE INDEX placement_endings_child_id ON placement_endings (child_id);
GRANT SELECT, INSERT ON placement_endings TO kinstead_app;

SELECT wall_by_child('placement_endings');
