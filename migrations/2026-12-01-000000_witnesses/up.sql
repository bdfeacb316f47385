-- Witnesses of the access log: others, who cosign its checkpoints after they saw that each continues the last.
--
-- Whoever is asked, by verifier key, and why it did not cosign when it was asked last.
CREATE TABLE access_log_witnesses (
    key   text PRIMARY KEY,
    fault text CHECK (fault IN ('unreachable', 'unknown_log', 'unknown_key', 'other_history', 'ahead',
                                'wrong_cosignature', 'unexpected')),
    since timestamptz NOT NULL DEFAULT now()
);
GRANT SELECT, INSERT, UPDATE, DELETE ON access_log_witnesses TO kinstead_log;

-- What witnesses said of checkpoints: the line of the signed note, and when they say that they signed it.
CREATE TABLE access_log_cosignatures (
    size    bigint NOT NULL REFERENCES access_log_checkpoints (size),
    witness text NOT NULL,
    at      timestamptz NOT NULL,
    line    text NOT NULL CHECK (length(line) BETWEEN 1 AND 500),
    PRIMARY KEY (size, witness)
);
CREATE INDEX access_log_cosignatures_witness ON access_log_cosignatures (witness, size);
GRANT SELECT, INSERT ON access_log_cosignatures TO kinstead_log;

-- The checkpoints that are shown: each once its witnesses have cosigned it, or had the time for it. What was
-- shown once stays shown: nobody who asks again is given an older one.
CREATE TABLE access_log_published (
    size bigint PRIMARY KEY REFERENCES access_log_checkpoints (size)
);
GRANT SELECT, INSERT ON access_log_published TO kinstead_log;
INSERT INTO access_log_published SELECT size FROM access_log_checkpoints;
