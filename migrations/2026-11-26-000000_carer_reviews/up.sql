-- Reviews of carer families after their approval: when, by whom, what came of it.
CREATE TABLE carer_reviews (
    id              uuid PRIMARY KEY,
    carer_family_id uuid NOT NULL REFERENCES carer_families (id),
    reviewed_on     date NOT NULL CHECK (reviewed_on BETWEEN '1900-01-01' AND '2199-12-31'),
    reviewed_by     uuid NOT NULL REFERENCES organisations (id),
    outcome         text NOT NULL CHECK (length(outcome) BETWEEN 1 AND 60),
    recommendations sealed,
    version         bigint NOT NULL CHECK (version >= 1)
);
CREATE INDEX carer_reviews_carer_family_id ON carer_reviews (carer_family_id, reviewed_on);
CREATE INDEX carer_reviews_reviewed_by ON carer_reviews (reviewed_by);
GRANT SELECT, INSERT ON carer_reviews TO kinstead_app;

SELECT wall_by_person('carer_reviews', 'carer_family');
