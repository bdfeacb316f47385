DO $policies$
DECLARE
    held record;
BEGIN
    FOR held IN SELECT tablename, policyname FROM pg_policies WHERE policyname LIKE '%\_within\_reach' LOOP
        EXECUTE format('DROP POLICY %I ON %I', held.policyname, held.tablename);
    END LOOP;
END
$policies$;
DROP FUNCTION hold_writes_about, hold_writes, writes_about, writes_guest, writes_at, writes_all;
