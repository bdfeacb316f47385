-- Which records may be of one child. No records themselves: what stands here can be worked out anew at any time.
CREATE TABLE possible_duplicates (
    id       uuid PRIMARY KEY,
    -- A pair stands here twice, once from each side.
    child_id uuid NOT NULL REFERENCES children (id),
    other_id uuid NOT NULL REFERENCES children (id),
    -- What the comparison says, in bits.
    weight   double precision NOT NULL,
    found_on date NOT NULL,
    found_at timestamptz NOT NULL,
    CHECK (child_id <> other_id),
    UNIQUE (child_id, other_id)
);
CREATE INDEX possible_duplicates_other_id ON possible_duplicates (other_id);
CREATE INDEX possible_duplicates_found_at ON possible_duplicates (found_at);
GRANT SELECT, INSERT, UPDATE, DELETE ON possible_duplicates TO kinstead_app;

-- How far the feed was looked through for children to compare: one row.
CREATE TABLE duplicate_looks (
    id       integer PRIMARY KEY CHECK (id = 1),
    position bigint NOT NULL CHECK (position >= 0)
);
GRANT SELECT, INSERT, UPDATE ON duplicate_looks TO kinstead_app;

-- By whole names, for records that are compared with each other.
CREATE INDEX child_names_whole ON child_names (search_key);

-- What is about two records names the second one here.
ALTER TABLE alerts ADD COLUMN other_child_id uuid REFERENCES children (id),
    ADD CHECK (other_child_id IS NULL OR child_id IS NOT NULL);
ALTER TABLE deadlines ADD COLUMN other_child_id uuid REFERENCES children (id),
    ADD CHECK (other_child_id IS NULL OR child_id IS NOT NULL);
CREATE INDEX alerts_other_child_id ON alerts (other_child_id) WHERE other_child_id IS NOT NULL;
CREATE INDEX deadlines_other_child_id ON deadlines (other_child_id) WHERE other_child_id IS NOT NULL;

-- That there are two is known to those who may know of both: else whoever made a child up would learn whether the
-- registry has one like it.
DO $policies$
DECLARE
    known text := $$EXISTS (SELECT FROM children WHERE children.id = %I AND %s)$$;
    part text;
BEGIN
    EXECUTE format('CREATE POLICY need_to_know ON possible_duplicates TO kinstead_app USING '
        '((SELECT reaches_all(''child'')) OR %s AND %s)',
        format(known, 'child_id', own_child()), format(known, 'other_id', own_child()));
    PERFORM wall('possible_duplicates');
    -- The registry alone works them out.
    PERFORM hold_writes('possible_duplicates', $$(SELECT caller('registry') = 'on')$$);
    FOREACH part IN ARRAY ARRAY['alerts', 'deadlines'] LOOP
        EXECUTE format('CREATE POLICY knows_of_both ON %I AS RESTRICTIVE TO kinstead_app USING '
            '(other_child_id IS NULL OR (SELECT reaches_all(''child'')) OR %s)',
            part, format(known, 'other_child_id', own_child()));
    END LOOP;
END
$policies$;
