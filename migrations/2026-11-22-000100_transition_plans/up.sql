-- Where each child is to live who lives in an institution that is transformed, and how it gets there.
CREATE TABLE transition_plans (
    id                     uuid PRIMARY KEY,
    child_id               uuid NOT NULL REFERENCES children (id),
    facility_id            uuid NOT NULL REFERENCES facilities (id),
    transformation_plan_id uuid NOT NULL REFERENCES transformation_plans (id),
    state                  text NOT NULL CHECK (state IN ('drafted', 'agreed', 'carried_out', 'abandoned')),
    destination            text NOT NULL CHECK (length(destination) BETWEEN 1 AND 60),
    drafted_on             date NOT NULL,
    target_on              date NOT NULL CHECK (target_on >= drafted_on),
    content                sealed NOT NULL,
    agreed_on              date CHECK (agreed_on >= drafted_on),
    agreed_by              uuid REFERENCES organisations (id),
    ended_on               date,
    state_reason           sealed,
    version                bigint NOT NULL CHECK (version > 0),
    CHECK (ended_on >= COALESCE(agreed_on, drafted_on)),
    CHECK ((agreed_by IS NULL) = (agreed_on IS NULL)),
    CHECK (state <> 'drafted' OR agreed_on IS NULL),
    CHECK (state NOT IN ('agreed', 'carried_out') OR agreed_on IS NOT NULL),
    CHECK ((ended_on IS NULL) = (state NOT IN ('carried_out', 'abandoned'))),
    CHECK (state <> 'abandoned' OR state_reason IS NOT NULL)
);
CREATE UNIQUE INDEX fa_08_one_living_transition_plan ON transition_plans (child_id, facility_id)
    WHERE state IN ('drafted', 'agreed');
CREATE INDEX transition_plans_child_id ON transition_plans (child_id, facility_id);
CREATE INDEX transition_plans_facility_id ON transition_plans (facility_id, state);
CREATE INDEX transition_plans_transformation_plan_id ON transition_plans (transformation_plan_id);
CREATE INDEX transition_plans_agreed_by ON transition_plans (agreed_by);
CREATE INDEX transition_plans_target_on ON transition_plans (target_on, id);
GRANT SELECT, INSERT, UPDATE ON transition_plans TO kinstead_app;

SELECT child_record('transition_plan', 'transition_plans'), wall_by_child('transition_plans', lodgers => false);
