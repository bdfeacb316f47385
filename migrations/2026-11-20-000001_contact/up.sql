-- Contact of children with their families: what is planned, what is restricted by decision, what took place.
CREATE TABLE contact_plans (
    id           uuid PRIMARY KEY,
    child_id     uuid NOT NULL REFERENCES children (id),
    contact_with text NOT NULL CHECK (contact_with IN ('mother', 'father', 'sibling', 'relative', 'guardian')),
    relation_id  uuid REFERENCES child_relations (id),
    kind         text NOT NULL CHECK (kind IN ('visit', 'phone', 'video', 'letter', 'overnight')),
    times        integer NOT NULL CHECK (times BETWEEN 1 AND 31),
    per          text NOT NULL CHECK (per IN ('week', 'month', 'year')),
    supervised   boolean NOT NULL,
    valid_from   date NOT NULL,
    valid_to     date,
    child_views  sealed NOT NULL,
    arrangements sealed,
    state        text NOT NULL CHECK (state IN ('agreed', 'ended', 'entered_in_error')),
    state_reason sealed,
    version      bigint NOT NULL CHECK (version > 0),
    CHECK (valid_to > valid_from),
    CHECK (state <> 'ended' OR valid_to IS NOT NULL),
    CHECK ((state = 'agreed') = (state_reason IS NULL))
);
CREATE INDEX contact_plans_child_id ON contact_plans (child_id, valid_from);
CREATE INDEX contact_plans_relation_id ON contact_plans (relation_id);
CREATE INDEX contact_plans_valid_from ON contact_plans (valid_from, id);
GRANT SELECT, INSERT, UPDATE ON contact_plans TO kinstead_app;

CREATE TABLE contact_restrictions (
    id           uuid PRIMARY KEY,
    child_id     uuid NOT NULL REFERENCES children (id),
    contact_with text NOT NULL CHECK (contact_with IN ('mother', 'father', 'sibling', 'relative', 'guardian')),
    relation_id  uuid REFERENCES child_relations (id),
    kinds        text[] NOT NULL CHECK (cardinality(kinds) BETWEEN 1 AND 5
                     AND kinds <@ ARRAY['visit', 'phone', 'video', 'letter', 'overnight']),
    reason       text NOT NULL CHECK (length(reason) BETWEEN 1 AND 60),
    valid_from   date NOT NULL,
    -- There is none without an end.
    valid_to     date NOT NULL,
    decided_by   uuid NOT NULL REFERENCES organisations (id),
    decided_on   date NOT NULL,
    decision     sealed NOT NULL,
    child_views  sealed NOT NULL,
    lifted_on    date,
    state        text NOT NULL CHECK (state IN ('decided', 'lifted', 'entered_in_error')),
    state_reason sealed,
    version      bigint NOT NULL CHECK (version > 0),
    CONSTRAINT ct_02_restricted_until_an_end CHECK (valid_to > valid_from),
    CONSTRAINT ct_02_restricted_by_decision CHECK (decided_on <= valid_from),
    CONSTRAINT ct_02_never_as_a_sanction CHECK (reason <> 'sanction'),
    CHECK (lifted_on BETWEEN valid_from AND valid_to),
    CHECK (state <> 'lifted' OR lifted_on IS NOT NULL),
    CHECK (state <> 'decided' OR lifted_on IS NULL),
    CHECK ((state = 'decided') = (state_reason IS NULL))
);
CREATE INDEX contact_restrictions_child_id ON contact_restrictions (child_id, valid_from);
CREATE INDEX contact_restrictions_relation_id ON contact_restrictions (relation_id);
CREATE INDEX contact_restrictions_decided_by ON contact_restrictions (decided_by);
CREATE INDEX contact_restrictions_valid_from ON contact_restrictions (valid_from, id);
CREATE INDEX contact_restrictions_valid_to ON contact_restrictions (valid_to, id);
GRANT SELECT, INSERT, UPDATE ON contact_restrictions TO kinstead_app;

CREATE TABLE contact_events (
    id                     uuid PRIMARY KEY,
    child_id               uuid NOT NULL REFERENCES children (id),
    contact_plan_id        uuid REFERENCES contact_plans (id),
    contact_with           text NOT NULL CHECK (contact_with IN ('mother', 'father', 'sibling', 'relative', 'guardian')),
    relation_id            uuid REFERENCES child_relations (id),
    kind                   text NOT NULL CHECK (kind IN ('visit', 'phone', 'video', 'letter', 'overnight')),
    happened_on            date NOT NULL,
    supervised             boolean NOT NULL,
    took_place             boolean NOT NULL,
    not_because            text CHECK (not_because IN ('child_refused', 'person_absent', 'person_refused', 'illness',
                                                       'carer_prevented', 'transport', 'restricted', 'other')),
    account                sealed,
    -- The restriction that it went against.
    broke_restriction_id   uuid REFERENCES contact_restrictions (id),
    state                  text NOT NULL CHECK (state IN ('recorded', 'entered_in_error')),
    state_reason           sealed,
    version                bigint NOT NULL CHECK (version > 0),
    CHECK (took_place = (not_because IS NULL)),
    CHECK (took_place OR broke_restriction_id IS NULL),
    CHECK ((state = 'entered_in_error') = (state_reason IS NOT NULL))
);
CREATE INDEX contact_events_child_id ON contact_events (child_id, happened_on);
CREATE INDEX contact_events_contact_plan_id ON contact_events (contact_plan_id);
CREATE INDEX contact_events_relation_id ON contact_events (relation_id);
CREATE INDEX contact_events_broke_restriction_id ON contact_events (broke_restriction_id);
CREATE INDEX contact_events_happened_on ON contact_events (happened_on, id);
GRANT SELECT, INSERT, UPDATE ON contact_events TO kinstead_app;

SELECT child_record('contact_plan', 'contact_plans'), wall_by_child('contact_plans', lodgers => false);
SELECT child_record('contact_restriction', 'contact_restrictions'),
    wall_by_child('contact_restrictions', lodgers => false);
SELECT child_record('contact_event', 'contact_events'), wall_by_child('contact_events', lodgers => false);
