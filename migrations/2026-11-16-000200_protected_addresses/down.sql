CREATE OR REPLACE FUNCTION sealed_from_caller(kind text, parent uuid) RETURNS boolean
    LANGUAGE sql STABLE
    AS $$ SELECT kind = 'adoption_link' AND coalesce(caller('adoption_link') <> 'all', true) $$;
DROP FUNCTION sheltering;
DROP TABLE protected_addresses;
DROP FUNCTION case_linked_children;
DROP TABLE case_links;
