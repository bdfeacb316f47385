-- Which answer a look is of: its receipt names it, and so will its entry. Looks that were written
-- before have none.
ALTER TABLE access_inbox ADD COLUMN answer bytea CHECK (length(answer) = 16);
