-- Alerts: what is due or late by a rule, who must act, and who has seen it.
ALTER TABLE rules ADD COLUMN alerts boolean NOT NULL DEFAULT false;
ALTER TABLE rules ALTER alerts DROP DEFAULT;

CREATE TABLE alerts (
    id              uuid PRIMARY KEY,
    rule            text NOT NULL REFERENCES rules (code),
    subject_kind    text NOT NULL CHECK (length(subject_kind) BETWEEN 1 AND 60),
    subject_id      uuid NOT NULL,
    -- Whom or what it is about: one of these.
    child_id        uuid REFERENCES children (id),
    carer_family_id uuid REFERENCES carer_families (id),
    facility_id     uuid REFERENCES facilities (id),
    organisation_id uuid REFERENCES organisations (id),
    worker_id       text CHECK (length(worker_id) BETWEEN 1 AND 64),
    area_code       text NOT NULL REFERENCES areas (code),
    state           text NOT NULL CHECK (state IN ('open', 'acknowledged', 'resolved', 'expired')),
    severity        text NOT NULL CHECK (severity IN ('notice', 'warning', 'critical')),
    raised_on       date NOT NULL,
    due_on          date NOT NULL,
    acknowledged_at timestamptz,
    acknowledged_by uuid REFERENCES clients (id),
    note            sealed,
    ended_on        date,
    version         bigint NOT NULL CHECK (version >= 1),
    CHECK (num_nonnulls(child_id, carer_family_id, facility_id) = 1),
    CHECK ((acknowledged_at IS NULL) = (acknowledged_by IS NULL)),
    CHECK (state <> 'acknowledged' OR acknowledged_at IS NOT NULL),
    CHECK (state <> 'open' OR acknowledged_at IS NULL),
    CHECK (note IS NULL OR acknowledged_at IS NOT NULL),
    CHECK ((ended_on IS NULL) = (state IN ('open', 'acknowledged'))),
    CHECK (ended_on >= raised_on),
    -- However often the registry looks, it tells of one thing once.
    CONSTRAINT alerts_one_of_a_deadline UNIQUE (rule, subject_kind, subject_id, due_on)
);
CREATE INDEX alerts_child_id ON alerts (child_id) WHERE child_id IS NOT NULL;
CREATE INDEX alerts_carer_family_id ON alerts (carer_family_id) WHERE carer_family_id IS NOT NULL;
CREATE INDEX alerts_facility_id ON alerts (facility_id) WHERE facility_id IS NOT NULL;
CREATE INDEX alerts_organisation_id ON alerts (organisation_id);
CREATE INDEX alerts_area_code ON alerts (area_code);
CREATE INDEX alerts_acknowledged_by ON alerts (acknowledged_by);
-- What the list can be sorted by.
CREATE INDEX alerts_due_on ON alerts (due_on, id);
CREATE INDEX alerts_raised_on ON alerts (raised_on, id);
GRANT SELECT, INSERT, UPDATE ON alerts TO kinstead_app;

SELECT record_of('alert', 'alerts', 'child'), record_of('alert', 'alerts', 'carer_family');

-- Who is told what is due of a carer family: whoever works with the children or families of its organisation
-- or area. That a family far away may be read for a child who needs one is another matter.
CREATE FUNCTION own_home() RETURNS text
    LANGUAGE sql IMMUTABLE
    AS $body$ SELECT $$((SELECT reaches_all('child'))
        OR (area_code = ANY ((SELECT caller_codes('child_areas'))::text[])
            OR organisation_id = ANY ((SELECT caller_ids('child_of'))::uuid[]))
        AND ((SELECT caller('bounds')) IS NULL OR area_code = ANY ((SELECT caller_codes('bounds'))::text[])))$$ $body$;
REVOKE EXECUTE ON FUNCTION own_home FROM PUBLIC;

-- Where a child lives is not told of it. What is about a facility is about nobody.
DO $policy$
BEGIN
    EXECUTE format('CREATE POLICY need_to_know ON alerts TO kinstead_app USING (CASE '
        'WHEN child_id IS NOT NULL THEN (SELECT reaches_all(''child'')) '
        'OR EXISTS (SELECT FROM children WHERE children.id = child_id AND %s) '
        'WHEN carer_family_id IS NOT NULL THEN %s '
        'ELSE (SELECT caller(''client'')) IS NOT NULL OR (SELECT reaches_all(''child'')) END)', own_child(), own_home());
    PERFORM wall('alerts');
END
$policy$;
