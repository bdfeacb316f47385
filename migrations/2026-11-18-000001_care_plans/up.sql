-- Care plans: what is to become of a child, and who does what by when.
CREATE TABLE care_plans (
    id              uuid PRIMARY KEY,
    child_id        uuid NOT NULL REFERENCES children (id),
    care_period_id  uuid REFERENCES care_periods (id),
    number          integer NOT NULL CHECK (number > 0),
    state           text NOT NULL CHECK (state IN ('draft', 'submitted', 'approved', 'active', 'superseded', 'completed',
                                                   'revoked')),
    permanency_goal text NOT NULL CHECK (length(permanency_goal) BETWEEN 1 AND 60),
    parallel_goal   text CHECK (length(parallel_goal) BETWEEN 1 AND 60),
    target_date     date NOT NULL,
    drafted_on      date NOT NULL,
    review_due_on   date NOT NULL,
    content         sealed NOT NULL,
    informed_on     date,
    approved_on     date,
    approved_by     uuid REFERENCES organisations (id),
    ended_on        date,
    superseded_by   uuid REFERENCES care_plans (id),
    state_reason    sealed,
    version         bigint NOT NULL CHECK (version > 0),
    UNIQUE (child_id, number),
    CHECK (parallel_goal <> permanency_goal),
    CHECK (target_date >= drafted_on),
    CHECK (review_due_on > drafted_on),
    CHECK (approved_on >= drafted_on),
    CHECK (ended_on >= drafted_on),
    CHECK ((approved_by IS NULL) = (approved_on IS NULL)),
    CHECK (state NOT IN ('draft', 'submitted') OR approved_on IS NULL),
    CHECK (state NOT IN ('approved', 'active', 'superseded', 'completed') OR approved_on IS NOT NULL),
    CHECK ((ended_on IS NULL) = (state NOT IN ('superseded', 'completed', 'revoked'))),
    CHECK ((superseded_by IS NULL) = (state <> 'superseded')),
    CHECK (state <> 'revoked' OR state_reason IS NOT NULL)
);
-- Of one care period, and of a child outside care.
CREATE UNIQUE INDEX cp_01_one_active_plan_in_a_care_period ON care_plans (care_period_id) WHERE state = 'active';
CREATE UNIQUE INDEX cp_01_one_active_plan_outside_care ON care_plans (child_id)
    WHERE state = 'active' AND care_period_id IS NULL;
CREATE INDEX care_plans_care_period_id ON care_plans (care_period_id) WHERE care_period_id IS NOT NULL;
CREATE INDEX care_plans_approved_by ON care_plans (approved_by);
CREATE INDEX care_plans_superseded_by ON care_plans (superseded_by);
CREATE INDEX care_plans_review_due_on ON care_plans (review_due_on) WHERE state = 'active';
GRANT SELECT, INSERT, UPDATE ON care_plans TO kinstead_app;

SELECT child_record('care_plan', 'care_plans'), wall_by_child('care_plans', lodgers => false);
