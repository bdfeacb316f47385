ALTER TABLE access_inbox DROP COLUMN answer;
