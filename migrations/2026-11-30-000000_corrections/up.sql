-- Assessments and reviews that were entered in error. What was decided or said stays with them.
ALTER TABLE assessments
    DROP CONSTRAINT assessments_state_check,
    DROP CONSTRAINT assessments_check6,
    DROP CONSTRAINT assessments_check15,
    DROP CONSTRAINT assessments_check19,
    ADD CONSTRAINT assessments_state_check CHECK (
        state IN ('requested', 'in_progress', 'completed', 'submitted', 'decided', 'returned', 'expired', 'cancelled',
                  'entered_in_error')),
    ADD CONSTRAINT assessments_check6 CHECK (
        state IN ('requested', 'cancelled', 'entered_in_error') OR started_on IS NOT NULL),
    ADD CONSTRAINT assessments_check15 CHECK (
        state = 'entered_in_error' OR (state = 'decided') = (decided_on IS NOT NULL)),
    ADD CONSTRAINT assessments_check19 CHECK (
        state NOT IN ('returned', 'cancelled', 'entered_in_error') OR state_reason IS NOT NULL);

ALTER TABLE reviews
    DROP CONSTRAINT reviews_state_check,
    DROP CONSTRAINT reviews_check,
    DROP CONSTRAINT reviews_check8,
    ADD CONSTRAINT reviews_state_check CHECK (state IN ('due', 'held', 'cancelled', 'entered_in_error')),
    ADD CONSTRAINT reviews_check CHECK (state = 'entered_in_error' OR (state = 'held') = (held_on IS NOT NULL)),
    ADD CONSTRAINT reviews_check8 CHECK ((state IN ('cancelled', 'entered_in_error')) = (state_reason IS NOT NULL));
