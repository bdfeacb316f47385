-- What a return said of a child that the registry has no place for: added once, changed never.
CREATE TABLE return_facts (
    id       uuid PRIMARY KEY,
    child_id uuid NOT NULL REFERENCES children (id),
    year     integer NOT NULL CHECK (year BETWEEN 2018 AND 2099),
    files    sealed NOT NULL,
    version  bigint NOT NULL CHECK (version = 1),
    UNIQUE (child_id, year)
);
CREATE INDEX return_facts_year ON return_facts (year);
GRANT SELECT, INSERT ON return_facts TO kinstead_app;

SELECT child_record('return_fact', 'return_facts'), wall_by_child('return_facts', lodgers => false);
SELECT hold_writes_about('return_facts', 'child');
