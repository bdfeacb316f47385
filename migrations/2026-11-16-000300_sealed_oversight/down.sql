-- What is sealed is lost: nobody opens it here.
DO $$ BEGIN
    IF EXISTS (SELECT FROM emergency_accesses) THEN
        RAISE EXCEPTION 'this registry holds emergency accesses that are sealed';
    END IF;
END $$;
ALTER TABLE emergency_accesses
    ALTER reason TYPE text USING NULL::text,
    ALTER findings TYPE text USING NULL::text,
    ADD CONSTRAINT emergency_accesses_reason_check CHECK (length(reason) BETWEEN 10 AND 1000),
    ADD CONSTRAINT emergency_accesses_findings_check CHECK (length(findings) BETWEEN 10 AND 1000);
