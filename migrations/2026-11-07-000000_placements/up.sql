-- Care periods and placements: who lives where, from which day to which.
--
-- What makes the whereabouts of a child in care defined at every instant is said by constraints:
-- a placement that lives (active or ended) either opens its period or begins where another one of
-- the period ended, no two of a child overlap, and one of them ends where the period ends, or is
-- open while the period is. Deferred, because one step may change several rows.
CREATE TABLE care_periods (
    id             uuid PRIMARY KEY,
    child_id       uuid NOT NULL REFERENCES children (id),
    state          text NOT NULL CHECK (state IN ('open', 'closed', 'entered_in_error')),
    started_on     date NOT NULL,
    ended_on       date,
    entry_reason   text NOT NULL CHECK (length(entry_reason) BETWEEN 1 AND 60),
    other_reasons  text[] NOT NULL CHECK (array_position(other_reasons, NULL) IS NULL),
    entry_route    text NOT NULL CHECK (length(entry_route) BETWEEN 1 AND 60),
    emergency      boolean NOT NULL,
    exit_reason    text CHECK (length(exit_reason) BETWEEN 1 AND 60),
    planned_exit   boolean,
    exit_area_code text REFERENCES areas (code),
    re_entry_of    uuid REFERENCES care_periods (id),
    state_reason   text CHECK (length(state_reason) BETWEEN 1 AND 2000),
    version        bigint NOT NULL CHECK (version >= 1),
    -- The end that its last placement must have; nothing is asked of a period entered in error.
    last_until     date GENERATED ALWAYS AS (
        CASE WHEN state <> 'entered_in_error' THEN coalesce(ended_on, 'infinity'::date) END) STORED,
    CONSTRAINT pl_02_period_ends_after_it_began CHECK (ended_on > started_on),
    CONSTRAINT pl_08_exit_reason_with_an_end CHECK ((exit_reason IS NULL) = (ended_on IS NULL)),
    CHECK ((planned_exit IS NULL) = (ended_on IS NULL)),
    CHECK (CASE state WHEN 'open' THEN ended_on IS NULL WHEN 'closed' THEN ended_on IS NOT NULL ELSE true END),
    UNIQUE (id, started_on),
    CONSTRAINT pl_04_one_care_period_at_a_time EXCLUDE USING gist
        (child_id WITH =, daterange(started_on, ended_on) WITH &&)
        WHERE (state <> 'entered_in_error') DEFERRABLE INITIALLY DEFERRED
);
CREATE INDEX care_periods_child_id ON care_periods (child_id, started_on);
-- What the list can be sorted by.
CREATE INDEX care_periods_started_on ON care_periods (started_on, id);
CREATE INDEX care_periods_ended_on ON care_periods (COALESCE(ended_on, 'infinity'::date), id);
CREATE INDEX care_periods_re_entry_of ON care_periods (re_entry_of);
CREATE INDEX care_periods_exit_area_code ON care_periods (exit_area_code);
GRANT SELECT, INSERT, UPDATE ON care_periods TO kinstead_app;

CREATE TABLE placements (
    id                 uuid PRIMARY KEY,
    child_id           uuid NOT NULL REFERENCES children (id),
    care_period_id     uuid REFERENCES care_periods (id),
    state              text NOT NULL CHECK (state IN ('planned', 'active', 'ended', 'cancelled', 'entered_in_error')),
    care_type          text NOT NULL CHECK (length(care_type) BETWEEN 1 AND 60),
    planned_kind       text NOT NULL CHECK (length(planned_kind) BETWEEN 1 AND 60),
    provider_kind      text NOT NULL CHECK (provider_kind IN ('carer_family', 'facility', 'parents', 'own_dwelling', 'none')),
    carer_family_id    uuid REFERENCES carer_families (id),
    facility_id        uuid REFERENCES facilities (id),
    facility_unit_id   uuid,
    starts_on          date NOT NULL,
    started_on         date,
    ended_on           date,
    expected_end_on    date,
    opens_period       boolean NOT NULL,
    same_carer         boolean NOT NULL,
    end_reason         text CHECK (length(end_reason) BETWEEN 1 AND 60),
    legal_basis        text NOT NULL CHECK (length(legal_basis) BETWEEN 3 AND 500),
    decision           jsonb,
    temporary_approval jsonb,
    flags              text[] NOT NULL CHECK (array_position(flags, NULL) IS NULL),
    state_reason       text CHECK (length(state_reason) BETWEEN 1 AND 2000),
    version            bigint NOT NULL CHECK (version >= 1),
    until              date GENERATED ALWAYS AS (
        CASE WHEN state IN ('active', 'ended') THEN coalesce(ended_on, 'infinity'::date) END) STORED,
    opens_on           date GENERATED ALWAYS AS (
        CASE WHEN state IN ('active', 'ended') AND opens_period THEN started_on END) STORED,
    continues_from     date GENERATED ALWAYS AS (
        CASE WHEN state IN ('active', 'ended') AND NOT opens_period THEN started_on END) STORED,
    CHECK ((provider_kind = 'carer_family') = (carer_family_id IS NOT NULL)),
    CHECK ((provider_kind = 'facility') = (facility_id IS NOT NULL)),
    CHECK (facility_unit_id IS NULL OR facility_id IS NOT NULL),
    FOREIGN KEY (facility_unit_id, facility_id) REFERENCES facility_units (id, facility_id),
    CONSTRAINT pl_02_placement_ends_after_it_began CHECK (ended_on > started_on),
    CONSTRAINT pl_04_living_placement_has_a_period CHECK
        ((state IN ('planned', 'cancelled')) = (care_period_id IS NULL)),
    CONSTRAINT pl_08_end_reason_with_an_end CHECK ((end_reason IS NULL) = (ended_on IS NULL)),
    CHECK ((state IN ('planned', 'cancelled')) = (started_on IS NULL)),
    CHECK (CASE state WHEN 'ended' THEN ended_on IS NOT NULL WHEN 'entered_in_error' THEN true ELSE ended_on IS NULL END),
    UNIQUE (care_period_id, until),
    CONSTRAINT pl_01_one_placement_at_a_time EXCLUDE USING gist
        (child_id WITH =, daterange(started_on, ended_on) WITH &&)
        WHERE (state IN ('active', 'ended')) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT pl_03_placements_of_a_period_are_contiguous FOREIGN KEY (care_period_id, continues_from)
        REFERENCES placements (care_period_id, until) DEFERRABLE INITIALLY DEFERRED,
    CONSTRAINT pl_04_first_placement_opens_the_period FOREIGN KEY (care_period_id, opens_on)
        REFERENCES care_periods (id, started_on) DEFERRABLE INITIALLY DEFERRED
);
ALTER TABLE care_periods ADD CONSTRAINT pl_04_last_placement_ends_with_the_period
    FOREIGN KEY (id, last_until) REFERENCES placements (care_period_id, until) DEFERRABLE INITIALLY DEFERRED;
CREATE INDEX placements_child_id ON placements (child_id, started_on);
CREATE INDEX placements_continues_from ON placements (care_period_id, continues_from);
CREATE INDEX placements_carer_family_id ON placements (carer_family_id, started_on);
CREATE INDEX placements_facility_id ON placements (facility_id, started_on);
CREATE INDEX placements_facility_unit_id ON placements (facility_unit_id, facility_id);
-- What the list can be sorted by.
CREATE INDEX placements_starts_on ON placements (starts_on, id);
CREATE INDEX placements_started_on ON placements (COALESCE(started_on, 'infinity'::date), id);
CREATE INDEX placements_ended_on ON placements (COALESCE(ended_on, 'infinity'::date), id);
CREATE INDEX placements_expected_end_on ON placements (COALESCE(expected_end_on, 'infinity'::date), id);
-- Who lives there today: what availability and occupancy ask all day.
CREATE INDEX placements_active_family ON placements (carer_family_id) WHERE state = 'active';
CREATE INDEX placements_active_facility ON placements (facility_id) WHERE state = 'active';
GRANT SELECT, INSERT, UPDATE ON placements TO kinstead_app;

CREATE TABLE temporary_absences (
    id           uuid PRIMARY KEY,
    placement_id uuid NOT NULL REFERENCES placements (id),
    child_id     uuid NOT NULL REFERENCES children (id),
    reason       text NOT NULL CHECK (length(reason) BETWEEN 1 AND 60),
    started_on   date NOT NULL,
    ended_on     date CHECK (ended_on > started_on),
    version      bigint NOT NULL CHECK (version >= 1),
    CONSTRAINT pl_24_one_absence_at_a_time EXCLUDE USING gist
        (child_id WITH =, daterange(started_on, ended_on) WITH &&)
);
CREATE INDEX temporary_absences_placement_id ON temporary_absences (placement_id, started_on);
GRANT SELECT, INSERT, UPDATE ON temporary_absences TO kinstead_app;

CREATE TABLE missing_episodes (
    id                 uuid PRIMARY KEY,
    child_id           uuid NOT NULL REFERENCES children (id),
    care_period_id     uuid NOT NULL REFERENCES care_periods (id),
    kind               text NOT NULL CHECK (length(kind) BETWEEN 1 AND 60),
    started_at         timestamptz NOT NULL,
    ended_at           timestamptz CHECK (ended_at > started_at),
    interview_offered  boolean,
    interview_accepted boolean CHECK (NOT interview_accepted OR interview_offered),
    version            bigint NOT NULL CHECK (version >= 1),
    CHECK (ended_at IS NOT NULL OR interview_offered IS NULL),
    CONSTRAINT pl_32_one_missing_episode_at_a_time EXCLUDE USING gist
        (child_id WITH =, tstzrange(started_at, ended_at) WITH &&)
);
CREATE INDEX missing_episodes_child_id ON missing_episodes (child_id, started_at);
CREATE INDEX missing_episodes_care_period_id ON missing_episodes (care_period_id);
GRANT SELECT, INSERT, UPDATE ON missing_episodes TO kinstead_app;
