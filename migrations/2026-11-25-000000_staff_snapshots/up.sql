-- Who works in a facility on a day, and with how many children. No names: numbers by role and by shift.
CREATE TABLE facility_staff_snapshots (
    id          uuid PRIMARY KEY,
    facility_id uuid NOT NULL REFERENCES facilities (id),
    taken_on    date NOT NULL,
    staff       jsonb NOT NULL CHECK (jsonb_typeof(staff) = 'array' AND jsonb_array_length(staff) > 0),
    shifts      jsonb NOT NULL CHECK (jsonb_typeof(shifts) = 'array' AND jsonb_array_length(shifts) > 0),
    vacancies   integer NOT NULL CHECK (vacancies BETWEEN 0 AND 2000),
    version     bigint NOT NULL DEFAULT 1 CHECK (version >= 1),
    CONSTRAINT facility_staff_snapshots_nobody_too_many CHECK (NOT jsonb_path_exists(staff,
        '$[*] ? (@.headcount < 0 || @.full_time_equivalents < 0 || @.qualified < 0 || @.checked < 0
            || @.full_time_equivalents > @.headcount || @.qualified > @.headcount || @.checked > @.headcount)')),
    CONSTRAINT facility_staff_snapshots_no_less_than_none CHECK
        (NOT jsonb_path_exists(shifts, '$[*] ? (@.children_per_carer < 0)'))
);
CREATE INDEX facility_staff_snapshots_facility_id ON facility_staff_snapshots (facility_id, taken_on DESC, id DESC);
GRANT SELECT, INSERT ON facility_staff_snapshots TO kinstead_app;
