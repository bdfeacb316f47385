-- What an institution is transformed into, by when; and stops of admission that are decided beforehand.
CREATE TABLE facility_admission_stops (
    id          uuid PRIMARY KEY,
    facility_id uuid NOT NULL REFERENCES facilities (id),
    valid_from  date NOT NULL,
    valid_to    date CHECK (valid_to >= valid_from),
    decision_no text CHECK (length(decision_no) BETWEEN 1 AND 64),
    CONSTRAINT facility_admission_stops_one_at_a_time EXCLUDE USING gist
        (facility_id WITH =, daterange(valid_from, valid_to) WITH &&)
);
CREATE INDEX facility_admission_stops_facility_id ON facility_admission_stops (facility_id, valid_from);
GRANT SELECT, INSERT, UPDATE ON facility_admission_stops TO kinstead_app;

CREATE TABLE transformation_plans (
    id                  uuid PRIMARY KEY,
    facility_id         uuid NOT NULL REFERENCES facilities (id),
    number              integer NOT NULL CHECK (number > 0),
    state               text NOT NULL CHECK (state IN ('drafted', 'approved', 'in_progress', 'completed', 'abandoned')),
    target_model        text NOT NULL CHECK (length(target_model) BETWEEN 1 AND 60),
    drafted_on          date NOT NULL,
    -- On which day there are how many places left, earliest first.
    targets             jsonb NOT NULL CHECK (jsonb_typeof(targets) = 'array' AND jsonb_array_length(targets) > 0),
    admissions_stop_on  date,
    milestones          jsonb NOT NULL CHECK (jsonb_typeof(milestones) = 'array'),
    budget_reinvestment text CHECK (length(budget_reinvestment) BETWEEN 3 AND 2000),
    baseline_children   integer CHECK (baseline_children >= 0),
    approved_on         date,
    approved_by         uuid REFERENCES organisations (id),
    decision_no         text CHECK (length(decision_no) BETWEEN 1 AND 64),
    started_on          date,
    ended_on            date,
    state_reason        text CHECK (length(state_reason) BETWEEN 3 AND 1000),
    version             bigint NOT NULL CHECK (version > 0),
    UNIQUE (facility_id, number),
    CHECK (approved_on >= drafted_on),
    CHECK (started_on >= approved_on),
    CHECK (ended_on >= COALESCE(started_on, approved_on, drafted_on)),
    CHECK ((approved_by IS NULL) = (approved_on IS NULL)),
    CHECK ((decision_no IS NULL) = (approved_on IS NULL)),
    CHECK ((baseline_children IS NULL) = (approved_on IS NULL)),
    CHECK (state <> 'drafted' OR approved_on IS NULL),
    CHECK (state NOT IN ('approved', 'in_progress', 'completed') OR approved_on IS NOT NULL),
    CHECK (state NOT IN ('drafted', 'approved') OR started_on IS NULL),
    CHECK (state NOT IN ('in_progress', 'completed') OR started_on IS NOT NULL),
    CHECK ((ended_on IS NULL) = (state NOT IN ('completed', 'abandoned'))),
    CHECK ((state_reason IS NULL) = (ended_on IS NULL))
);
CREATE UNIQUE INDEX fa_07_one_living_transformation_plan ON transformation_plans (facility_id)
    WHERE state IN ('approved', 'in_progress');
CREATE INDEX transformation_plans_approved_by ON transformation_plans (approved_by);
CREATE INDEX transformation_plans_drafted_on ON transformation_plans (drafted_on, id);
GRANT SELECT, INSERT, UPDATE ON transformation_plans TO kinstead_app;
