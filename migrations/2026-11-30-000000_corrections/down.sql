-- Fails while there are records in a state that the older schema does not know.
ALTER TABLE reviews
    DROP CONSTRAINT reviews_state_check,
    DROP CONSTRAINT reviews_check,
    DROP CONSTRAINT reviews_check8,
    ADD CONSTRAINT reviews_state_check CHECK (state IN ('due', 'held', 'cancelled')),
    ADD CONSTRAINT reviews_check CHECK ((state = 'held') = (held_on IS NOT NULL)),
    ADD CONSTRAINT reviews_check8 CHECK ((state = 'cancelled') = (state_reason IS NOT NULL));

ALTER TABLE assessments
    DROP CONSTRAINT assessments_state_check,
    DROP CONSTRAINT assessments_check6,
    DROP CONSTRAINT assessments_check15,
    DROP CONSTRAINT assessments_check19,
    ADD CONSTRAINT assessments_state_check CHECK (
        state IN ('requested', 'in_progress', 'completed', 'submitted', 'decided', 'returned', 'expired', 'cancelled')),
    ADD CONSTRAINT assessments_check6 CHECK (state IN ('requested', 'cancelled') OR started_on IS NOT NULL),
    ADD CONSTRAINT assessments_check15 CHECK ((state = 'decided') = (decided_on IS NOT NULL)),
    ADD CONSTRAINT assessments_check19 CHECK (state NOT IN ('returned', 'cancelled') OR state_reason IS NOT NULL);
