-- Incidents of children, and complaints by them or about their care.
CREATE TABLE incidents (
    id              uuid PRIMARY KEY,
    child_id        uuid NOT NULL REFERENCES children (id),
    kind            text NOT NULL CHECK (kind IN ('death', 'serious_injury', 'abuse_allegation', 'neglect', 'restraint',
                                                  'self_harm', 'missing', 'absconding', 'peer_violence')),
    severity        text NOT NULL CHECK (severity IN ('low', 'moderate', 'serious', 'critical')),
    occurred_on     date NOT NULL,
    -- Where the child lived that day.
    facility_id     uuid REFERENCES facilities (id),
    carer_family_id uuid REFERENCES carer_families (id),
    place           sealed NOT NULL,
    description     sealed NOT NULL,
    police_on       date,
    inspectorate_on date,
    state           text NOT NULL CHECK (state IN ('reported', 'under_investigation', 'closed', 'entered_in_error')),
    started_on      date,
    investigation   sealed NOT NULL,
    closed_on       date,
    outcome         text CHECK (outcome IN ('substantiated', 'unsubstantiated', 'unfounded', 'no_fault')),
    conclusion      sealed,
    state_reason    sealed,
    version         bigint NOT NULL CHECK (version > 0),
    CHECK (facility_id IS NULL OR carer_family_id IS NULL),
    CHECK (police_on >= occurred_on),
    CHECK (inspectorate_on >= occurred_on),
    CHECK (started_on >= occurred_on),
    CHECK (closed_on >= started_on),
    CHECK (state <> 'reported' OR started_on IS NULL),
    CHECK (state NOT IN ('under_investigation', 'closed') OR started_on IS NOT NULL),
    CHECK (state <> 'closed' OR closed_on IS NOT NULL),
    CHECK (state NOT IN ('reported', 'under_investigation') OR closed_on IS NULL),
    CHECK ((outcome IS NULL) = (closed_on IS NULL)),
    CHECK ((conclusion IS NULL) = (closed_on IS NULL)),
    CHECK ((state = 'entered_in_error') = (state_reason IS NOT NULL))
);
CREATE UNIQUE INDEX in_02_one_incident_of_a_death ON incidents (child_id)
    WHERE kind = 'death' AND state <> 'entered_in_error';
CREATE INDEX incidents_child_id ON incidents (child_id, occurred_on);
CREATE INDEX incidents_facility_id ON incidents (facility_id) WHERE facility_id IS NOT NULL;
CREATE INDEX incidents_carer_family_id ON incidents (carer_family_id) WHERE carer_family_id IS NOT NULL;
CREATE INDEX incidents_occurred_on ON incidents (occurred_on, id);
GRANT SELECT, INSERT, UPDATE ON incidents TO kinstead_app;

CREATE TABLE complaints (
    id              uuid PRIMARY KEY,
    child_id        uuid NOT NULL REFERENCES children (id),
    complainant     text NOT NULL CHECK (complainant IN ('child', 'parent', 'other')),
    channel         text NOT NULL CHECK (channel IN ('in_person', 'complaint_box', 'telephone', 'letter', 'email',
                                                     'online')),
    received_on     date NOT NULL,
    concerns_on     date NOT NULL,
    -- Where the child lived on the day that it concerns.
    facility_id     uuid REFERENCES facilities (id),
    carer_family_id uuid REFERENCES carer_families (id),
    description     sealed NOT NULL,
    reporter_kept   boolean NOT NULL,
    state           text NOT NULL CHECK (state IN ('received', 'resolved', 'entered_in_error')),
    resolved_on     date,
    outcome         text CHECK (outcome IN ('upheld', 'partly_upheld', 'not_upheld', 'withdrawn')),
    conclusion      sealed,
    state_reason    sealed,
    version         bigint NOT NULL CHECK (version > 0),
    CHECK (facility_id IS NULL OR carer_family_id IS NULL),
    CHECK (concerns_on <= received_on),
    CHECK (resolved_on >= received_on),
    CHECK (state <> 'received' OR resolved_on IS NULL),
    CHECK (state <> 'resolved' OR resolved_on IS NOT NULL),
    CHECK ((outcome IS NULL) = (resolved_on IS NULL)),
    CHECK ((conclusion IS NULL) = (resolved_on IS NULL)),
    CHECK ((state = 'entered_in_error') = (state_reason IS NOT NULL))
);
CREATE INDEX complaints_child_id ON complaints (child_id, received_on);
CREATE INDEX complaints_facility_id ON complaints (facility_id) WHERE facility_id IS NOT NULL;
CREATE INDEX complaints_carer_family_id ON complaints (carer_family_id) WHERE carer_family_id IS NOT NULL;
CREATE INDEX complaints_received_on ON complaints (received_on, id);
GRANT SELECT, INSERT, UPDATE ON complaints TO kinstead_app;

-- Who complained: apart from the complaint, and for the client alone that recorded it.
CREATE TABLE complaint_reporters (
    id           uuid PRIMARY KEY,
    complaint_id uuid NOT NULL UNIQUE REFERENCES complaints (id),
    child_id     uuid NOT NULL REFERENCES children (id),
    recorded_by  uuid NOT NULL REFERENCES clients (id),
    name         sealed NOT NULL,
    contact      sealed,
    version      bigint NOT NULL CHECK (version > 0)
);
CREATE INDEX complaint_reporters_child_id ON complaint_reporters (child_id);
CREATE INDEX complaint_reporters_recorded_by ON complaint_reporters (recorded_by);
GRANT SELECT, INSERT ON complaint_reporters TO kinstead_app;

SELECT child_record('incident', 'incidents'), wall_by_child('incidents', lodgers => false);
SELECT child_record('complaint', 'complaints'), wall_by_child('complaints', lodgers => false);
-- By no area, by no role that reaches everybody, and not for the registry's own work.
CREATE POLICY need_to_know ON complaint_reporters TO kinstead_app
    USING (recorded_by = (SELECT caller('client'))::uuid);
SELECT wall('complaint_reporters');

-- Nobody reads of them in the journal.
CREATE OR REPLACE FUNCTION sealed_from_caller(kind text, parent uuid) RETURNS boolean
    LANGUAGE sql STABLE
    AS $$
        SELECT CASE kind
            WHEN 'adoption_link' THEN coalesce(caller('adoption_link') <> 'all', true)
            WHEN 'protected_address' THEN coalesce(parent <> ALL (case_linked_children()), true)
            WHEN 'complaint_reporter' THEN true
            ELSE false END
    $$;
