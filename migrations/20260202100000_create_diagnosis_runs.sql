-- A diagnosis run: one request to turn an assessment into a diagnosis, with its input, its outcome and its
-- errors. The table is at once the record and the queue.

DO $$
BEGIN
    IF to_regtype('public.diagnosis_run_status') IS NULL THEN
        CREATE TYPE public.diagnosis_run_status AS ENUM ('queued', 'in_progress', 'completed', 'failed');
    END IF;
END
$$;

COMMENT ON TYPE public.diagnosis_run_status IS 'Where a diagnosis run stands; completed and failed are terminal';

CREATE TABLE IF NOT EXISTS public.diagnosis_runs (
    id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
    -- Soft references: a run outlives what it was made from.
    assessment_id uuid NOT NULL,
    correlation_id text NOT NULL,
    status public.diagnosis_run_status NOT NULL DEFAULT 'queued',
    attempt integer NOT NULL DEFAULT 1 CHECK (attempt >= 1 AND attempt <= 10),
    max_attempts integer NOT NULL DEFAULT 3 CHECK (max_attempts >= 1 AND attempt <= max_attempts),
    context_pack jsonb,
    diagnosis_result jsonb,
    errors jsonb DEFAULT '[]'::jsonb,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now(),
    started_at timestamptz,
    completed_at timestamptz,
    schema_version text NOT NULL DEFAULT 'v1',
    CONSTRAINT diagnosis_runs_assessment_correlation_version_unique
        UNIQUE (assessment_id, correlation_id, schema_version)
);

COMMENT ON TABLE public.diagnosis_runs IS 'Diagnosis runs: the queue and the record of their outcomes';
COMMENT ON COLUMN public.diagnosis_runs.assessment_id IS 'The assessment that is diagnosed (soft reference)';
COMMENT ON COLUMN public.diagnosis_runs.correlation_id IS 'The caller''s idempotency key';
COMMENT ON COLUMN public.diagnosis_runs.attempt IS 'Number of the current attempt, from 1';
COMMENT ON COLUMN public.diagnosis_runs.max_attempts IS 'The attempt that is the last one';
COMMENT ON COLUMN public.diagnosis_runs.context_pack IS 'What the provider was given, without names or contact data';
COMMENT ON COLUMN public.diagnosis_runs.diagnosis_result IS 'The artifact: diagnosis, confidence, metadata';
COMMENT ON COLUMN public.diagnosis_runs.errors IS 'What went wrong, free of clinical data: codes, numbers and fixed messages';
COMMENT ON COLUMN public.diagnosis_runs.schema_version IS 'Version of the contract; a new one allows the same assessment to be run again';

CREATE INDEX IF NOT EXISTS idx_diagnosis_runs_assessment_id
    ON public.diagnosis_runs (assessment_id);
CREATE INDEX IF NOT EXISTS idx_diagnosis_runs_correlation_id
    ON public.diagnosis_runs (correlation_id);
CREATE INDEX IF NOT EXISTS idx_diagnosis_runs_status
    ON public.diagnosis_runs (status) WHERE status IN ('queued', 'in_progress');
CREATE INDEX IF NOT EXISTS idx_diagnosis_runs_created_at
    ON public.diagnosis_runs (created_at DESC);
CREATE INDEX IF NOT EXISTS idx_diagnosis_runs_status_created
    ON public.diagnosis_runs (status, created_at DESC);

CREATE OR REPLACE FUNCTION public.update_diagnosis_runs_updated_at() RETURNS trigger
LANGUAGE plpgsql
SET search_path = ''
AS $$
BEGIN
    NEW.updated_at = now();
    RETURN NEW;
END
$$;

DROP TRIGGER IF EXISTS trigger_diagnosis_runs_updated_at ON public.diagnosis_runs;
CREATE TRIGGER trigger_diagnosis_runs_updated_at
    BEFORE UPDATE ON public.diagnosis_runs
    FOR EACH ROW EXECUTE FUNCTION public.update_diagnosis_runs_updated_at();

-- Whether auth.users calls the caller a clinician. Callers may not read auth.users themselves, hence
-- SECURITY DEFINER; it tells each caller about nobody but themselves. Where its owner may not read
-- auth.users either, nobody is a clinician, and patients still see their own runs.
CREATE OR REPLACE FUNCTION public.diagnosis_runs_caller_is_clinician() RETURNS boolean
LANGUAGE plpgsql STABLE SECURITY DEFINER
SET search_path = ''
AS $$
BEGIN
    IF NOT pg_catalog.has_schema_privilege('auth', 'USAGE') THEN
        RETURN false;
    END IF;
    IF NOT pg_catalog.has_table_privilege('auth.users', 'SELECT') THEN
        RETURN false;
    END IF;
    RETURN EXISTS (
        SELECT 1 FROM auth.users u
        WHERE u.id = auth.uid() AND u.raw_app_meta_data ->> 'role' IN ('clinician', 'admin')
    );
END
$$;

REVOKE ALL ON FUNCTION public.diagnosis_runs_caller_is_clinician() FROM PUBLIC, anon;
GRANT EXECUTE ON FUNCTION public.diagnosis_runs_caller_is_clinician() TO authenticated, service_role;

ALTER TABLE public.diagnosis_runs ENABLE ROW LEVEL SECURITY;

DROP POLICY IF EXISTS diagnosis_runs_patient_select ON public.diagnosis_runs;
CREATE POLICY diagnosis_runs_patient_select ON public.diagnosis_runs
    FOR SELECT TO authenticated
    USING (EXISTS (
        SELECT 1 FROM public.assessments a
        JOIN public.patient_profiles p ON p.id = a.patient_id
        WHERE a.id = diagnosis_runs.assessment_id AND p.user_id = (SELECT auth.uid())
    ));

DROP POLICY IF EXISTS diagnosis_runs_clinician_select ON public.diagnosis_runs;
CREATE POLICY diagnosis_runs_clinician_select ON public.diagnosis_runs
    FOR SELECT TO authenticated
    USING ((SELECT public.diagnosis_runs_caller_is_clinician()) AND EXISTS (
        SELECT 1 FROM public.assessments a
        JOIN public.patient_profiles p ON p.id = a.patient_id
        JOIN public.clinician_patient_assignments c ON c.patient_user_id = p.user_id
        WHERE a.id = diagnosis_runs.assessment_id AND c.clinician_user_id = (SELECT auth.uid())
    ));

-- The system is whoever acts as service_role or logs in as a member of it. On Supabase that role bypasses
-- row-level security; elsewhere these three policies are what lets the worker in.
DROP POLICY IF EXISTS diagnosis_runs_system_select ON public.diagnosis_runs;
CREATE POLICY diagnosis_runs_system_select ON public.diagnosis_runs
    FOR SELECT TO service_role
    USING ((SELECT pg_catalog.pg_has_role('service_role', 'USAGE')));

DROP POLICY IF EXISTS diagnosis_runs_system_insert ON public.diagnosis_runs;
CREATE POLICY diagnosis_runs_system_insert ON public.diagnosis_runs
    FOR INSERT TO service_role
    WITH CHECK ((SELECT pg_catalog.pg_has_role('service_role', 'USAGE')));

DROP POLICY IF EXISTS diagnosis_runs_system_update ON public.diagnosis_runs;
CREATE POLICY diagnosis_runs_system_update ON public.diagnosis_runs
    FOR UPDATE TO service_role
    USING ((SELECT pg_catalog.pg_has_role('service_role', 'USAGE')));

-- Supabase grants new tables to everyone by default: take that back first.
REVOKE ALL ON public.diagnosis_runs FROM PUBLIC, anon, authenticated;
GRANT SELECT ON public.diagnosis_runs TO authenticated;
GRANT ALL ON public.diagnosis_runs TO service_role;
