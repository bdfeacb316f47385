-- The persons of answers that are about too many for the receipt in the header to name them: the receipt has
-- the digest of this list. Written with the looks themselves, kept for some days, told to whoever has the
-- receipt: each person is a hash under the random name of the answer.
CREATE TABLE access_receipts (
    answer  bytea PRIMARY KEY CHECK (length(answer) = 16),
    at      timestamptz NOT NULL,
    persons bytea NOT NULL CHECK (length(persons) > 0 AND length(persons) % 8 = 0)
);
CREATE INDEX access_receipts_at ON access_receipts (at);
GRANT SELECT, INSERT, DELETE ON access_receipts TO kinstead_app;
