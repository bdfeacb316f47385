-- The link between the record that an adopted child had and the one that it has: sealed, and the central
-- adoption authority's alone. Neither record carries a trace of it.
CREATE TABLE adoption_links (
    id       uuid PRIMARY KEY,
    decision sealed NOT NULL,
    version  bigint NOT NULL CHECK (version >= 1)
);
-- The two children of a link, each sealed, found by its blind index.
CREATE TABLE adoption_link_children (
    link_id uuid NOT NULL REFERENCES adoption_links (id),
    system  text NOT NULL CHECK (system IN ('former', 'new')),
    value   sealed NOT NULL,
    blind   bytea NOT NULL CHECK (octet_length(blind) = 49 AND get_byte(blind, 0) = 1),
    PRIMARY KEY (link_id, system)
);
CREATE UNIQUE INDEX ad_10_one_link_for_a_child ON adoption_link_children (blind);
GRANT SELECT, INSERT ON adoption_links, adoption_link_children TO kinstead_app;

-- Nobody else sees them: neither who reaches every child, nor the registry in its own work.
CREATE POLICY need_to_know ON adoption_links TO kinstead_app
    USING ((SELECT caller('adoption_link')) = 'all');
CREATE POLICY need_to_know ON adoption_link_children TO kinstead_app
    USING ((SELECT caller('adoption_link')) = 'all');
DO $policies$
DECLARE
    part text;
BEGIN
    FOREACH part IN ARRAY ARRAY['adoption_links', 'adoption_link_children'] LOOP
        EXECUTE format('ALTER TABLE %I ENABLE ROW LEVEL SECURITY', part);
        EXECUTE format('ALTER TABLE %I FORCE ROW LEVEL SECURITY', part);
        EXECUTE format('CREATE POLICY owner ON %I TO CURRENT_USER USING (true)', part);
    END LOOP;
END
$policies$;

-- Their entries in the journal name nobody, and are as sealed as they are: what is asked of every other entry
-- would let everybody see them.
CREATE FUNCTION sealed_from_caller(kind text, parent uuid) RETURNS boolean
    LANGUAGE sql STABLE
    AS $$ SELECT kind = 'adoption_link' AND coalesce(caller('adoption_link') <> 'all', true) $$;
-- Beside what is asked of every entry, whoever asks for that anew.
CREATE POLICY sealed ON journal AS RESTRICTIVE TO kinstead_app
    USING (NOT sealed_from_caller(kind, parent)) WITH CHECK (true);
