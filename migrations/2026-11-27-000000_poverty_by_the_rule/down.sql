-- It goes down as long as nothing was decided under another version of PL-22.
ALTER TABLE assessments
    ADD CONSTRAINT pl_22_poverty_separates_nobody CHECK (NOT (poverty_only AND separates));
