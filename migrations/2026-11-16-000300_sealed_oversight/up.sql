-- Why a record was opened in an emergency, and what the review found, are free text: sealed as all other. What
-- lies here in clear cannot be sealed without a key that the database never has.
DO $$ BEGIN
    IF EXISTS (SELECT FROM emergency_accesses) THEN
        RAISE EXCEPTION 'this registry holds emergency accesses in clear, of before the first release: make it anew';
    END IF;
END $$;
ALTER TABLE emergency_accesses
    DROP CONSTRAINT emergency_accesses_reason_check,
    DROP CONSTRAINT emergency_accesses_findings_check,
    ALTER reason TYPE sealed USING NULL::bytea,
    ALTER findings TYPE sealed USING NULL::bytea;
