-- The errors of a run cannot carry clinical data: the database refuses anything but an array of small
-- objects made of known codes, known keys, numbers, booleans and short texts.

CREATE OR REPLACE FUNCTION public.diagnosis_run_errors_are_clean(errors jsonb) RETURNS boolean
LANGUAGE plpgsql IMMUTABLE
SET search_path = ''
AS $$
DECLARE
    entry jsonb;
BEGIN
    IF errors IS NULL THEN
        RETURN true;
    END IF;
    IF pg_catalog.jsonb_typeof(errors) <> 'array'
        OR pg_catalog.jsonb_array_length(errors) > 64
        OR pg_catalog.octet_length(errors::text) > 32768
    THEN
        RETURN false;
    END IF;
    FOR entry IN SELECT e.value FROM pg_catalog.jsonb_array_elements(errors) AS e (value) LOOP
        IF pg_catalog.jsonb_typeof(entry) <> 'object'
            OR NOT entry ?& ARRAY['code', 'message', 'timestamp']
            OR entry - ARRAY['code', 'message', 'timestamp', 'stage', 'provider', 'http_status',
                             'retryable', 'attempt', 'schema_path'] <> '{}'::jsonb
            OR NOT entry ->> 'code' = ANY (ARRAY['RUN_NOT_FOUND', 'INVALID_STATUS',
                'CONTEXT_FETCH_ERROR', 'LLM_ERROR', 'VALIDATION_ERROR', 'PERSISTENCE_ERROR',
                'MAX_ATTEMPTS_REACHED'])
            OR pg_catalog.octet_length(entry::text) > 1024
        THEN
            RETURN false;
        END IF;
        IF EXISTS (
            SELECT 1 FROM pg_catalog.jsonb_each(entry) AS field (key, value)
            WHERE pg_catalog.jsonb_typeof(field.value) IN ('object', 'array')
        ) THEN
            RETURN false;
        END IF;
    END LOOP;
    RETURN true;
END
$$;

-- NOT VALID spares errors that an older worker wrote; every new write is checked.
DO $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM pg_catalog.pg_constraint
        WHERE conname = 'diagnosis_runs_errors_clean'
          AND conrelid = 'public.diagnosis_runs'::regclass
    ) THEN
        ALTER TABLE public.diagnosis_runs
            ADD CONSTRAINT diagnosis_runs_errors_clean
            CHECK (errors = '[]'::jsonb OR public.diagnosis_run_errors_are_clean(errors)) NOT VALID;
    END IF;
END
$$;
