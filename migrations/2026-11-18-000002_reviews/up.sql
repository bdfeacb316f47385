-- Reviews: whether placement and plan are still right for a child, and what the child said.
CREATE TABLE reviews (
    id             uuid PRIMARY KEY,
    child_id       uuid NOT NULL REFERENCES children (id),
    care_period_id uuid REFERENCES care_periods (id),
    care_plan_id   uuid REFERENCES care_plans (id),
    kind           text NOT NULL CHECK (length(kind) BETWEEN 1 AND 60),
    state          text NOT NULL CHECK (state IN ('due', 'held', 'cancelled')),
    due_on         date NOT NULL,
    held_on        date,
    participation  text CHECK (length(participation) BETWEEN 1 AND 60),
    outcome        text CHECK (length(outcome) BETWEEN 1 AND 60),
    minutes        sealed,
    next_due_on    date,
    overdue_days   integer CHECK (overdue_days >= 0),
    state_reason   sealed,
    version        bigint NOT NULL CHECK (version > 0),
    CHECK ((state = 'held') = (held_on IS NOT NULL)),
    CHECK ((held_on IS NULL) = (participation IS NULL)),
    CHECK ((held_on IS NULL) = (outcome IS NULL)),
    CHECK ((held_on IS NULL) = (minutes IS NULL)),
    CHECK (overdue_days = greatest(held_on - due_on, 0)),
    CHECK ((held_on IS NULL) = (overdue_days IS NULL)),
    CHECK (held_on IS NOT NULL OR next_due_on IS NULL),
    CHECK (next_due_on > held_on),
    CHECK ((state = 'cancelled') = (state_reason IS NOT NULL))
);
CREATE INDEX reviews_child_id ON reviews (child_id, due_on);
CREATE INDEX reviews_care_period_id ON reviews (care_period_id);
CREATE INDEX reviews_care_plan_id ON reviews (care_plan_id);
CREATE INDEX reviews_due_on ON reviews (due_on) WHERE state = 'due';
GRANT SELECT, INSERT, UPDATE ON reviews TO kinstead_app;

SELECT child_record('review', 'reviews'), wall_by_child('reviews', lodgers => false);
