DROP TRIGGER feed ON journal;
DROP TRIGGER feed ON children;
DO $$
DECLARE
    walled text;
BEGIN
    FOR walled IN SELECT table_name FROM walls.persons LOOP
        EXECUTE format('DROP TRIGGER feed ON %I', walled);
    END LOOP;
END
$$;
DROP FUNCTION feed_gather, feed_wake, feed_forget, feed_moves;
DROP FUNCTION feed_move;
DROP FUNCTION feed_entries;
DROP TABLE feed_inbox;
DROP TABLE feed;
DROP TABLE feed_state;
