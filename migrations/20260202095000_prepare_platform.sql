-- What the pipeline expects of its surroundings, so that the files after this one apply to a bare
-- PostgreSQL and to a Supabase project alike: three roles, schema auth with its two accessors of the
-- caller's token, and the clinical tables that a run is about.
--
-- Whatever exists already is left as it is, its privileges included. On Supabase this file makes at most
-- clinical tables that are missing.

-- Roles belong to the whole cluster: another database may be creating them at this moment.
DO $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = 'anon') THEN
        CREATE ROLE anon NOLOGIN NOINHERIT;
    END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
    NULL;
END
$$;

DO $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = 'authenticated') THEN
        CREATE ROLE authenticated NOLOGIN NOINHERIT;
    END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
    NULL;
END
$$;

-- Supabase's service_role has BYPASSRLS, which only a superuser can hand out before PostgreSQL 16. The
-- policies of this pipeline do not depend on it.
DO $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = 'service_role') THEN
        IF EXISTS (SELECT 1 FROM pg_catalog.pg_roles WHERE rolname = current_user AND rolsuper) THEN
            CREATE ROLE service_role NOLOGIN NOINHERIT BYPASSRLS;
        ELSE
            CREATE ROLE service_role NOLOGIN NOINHERIT;
        END IF;
    END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN
    NULL;
END
$$;

DO $$
BEGIN
    IF NOT EXISTS (SELECT 1 FROM pg_catalog.pg_namespace WHERE nspname = 'auth') THEN
        CREATE SCHEMA auth;
        GRANT USAGE ON SCHEMA auth TO anon, authenticated, service_role;
    END IF;
END
$$;

DO $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM pg_catalog.pg_class c
        JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = 'auth' AND c.relname = 'users'
    ) THEN
        CREATE TABLE auth.users (
            id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
            aud text,
            role text,
            email text,
            raw_app_meta_data jsonb,
            raw_user_meta_data jsonb,
            created_at timestamptz DEFAULT now(),
            updated_at timestamptz DEFAULT now()
        );
        GRANT ALL ON auth.users TO service_role;
    END IF;
END
$$;

-- The claims of the caller's verified token, as PostgREST hands them over. After a transaction that had
-- set it, the setting reads as the empty string and not as NULL.
DO $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM pg_catalog.pg_proc p
        JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
        WHERE n.nspname = 'auth' AND p.proname = 'jwt'
    ) THEN
        CREATE FUNCTION auth.jwt() RETURNS jsonb
        LANGUAGE sql STABLE
        AS $body$
            SELECT nullif(current_setting('request.jwt.claims', true), '')::jsonb
        $body$;
    END IF;
END
$$;

DO $$
BEGIN
    IF NOT EXISTS (
        SELECT 1 FROM pg_catalog.pg_proc p
        JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
        WHERE n.nspname = 'auth' AND p.proname = 'uid'
    ) THEN
        CREATE FUNCTION auth.uid() RETURNS uuid
        LANGUAGE sql STABLE
        AS $body$
            SELECT (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')::uuid
        $body$;
    END IF;
END
$$;

-- The clinical tables: each is made together with its row-level security, or not touched at all.

DO $$
BEGIN
    IF to_regclass('public.clinician_patient_assignments') IS NULL THEN
        CREATE TABLE public.clinician_patient_assignments (
            id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
            organization_id uuid,
            clinician_user_id uuid NOT NULL,
            patient_user_id uuid NOT NULL,
            created_at timestamptz NOT NULL DEFAULT now(),
            created_by uuid,
            CONSTRAINT clinician_patient_assignments_unique
                UNIQUE (organization_id, clinician_user_id, patient_user_id)
        );
        CREATE INDEX idx_clinician_patient_assignments_clinician
            ON public.clinician_patient_assignments (clinician_user_id, patient_user_id);
        ALTER TABLE public.clinician_patient_assignments ENABLE ROW LEVEL SECURITY;
        CREATE POLICY clinician_patient_assignments_own_select ON public.clinician_patient_assignments
            FOR SELECT TO authenticated
            USING (clinician_user_id = (SELECT auth.uid())
                OR patient_user_id = (SELECT auth.uid()));
        CREATE POLICY clinician_patient_assignments_system_all ON public.clinician_patient_assignments
            FOR ALL TO service_role USING (true) WITH CHECK (true);
        REVOKE ALL ON public.clinician_patient_assignments FROM anon, authenticated;
        GRANT SELECT ON public.clinician_patient_assignments TO authenticated;
        GRANT ALL ON public.clinician_patient_assignments TO service_role;
    END IF;
END
$$;

DO $$
BEGIN
    IF to_regclass('public.patient_profiles') IS NULL THEN
        CREATE TABLE public.patient_profiles (
            id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
            user_id uuid NOT NULL,
            created_at timestamptz NOT NULL DEFAULT now(),
            full_name text,
            birth_year integer,
            sex text,
            CONSTRAINT patient_profiles_user_id_unique UNIQUE (user_id)
        );
        ALTER TABLE public.patient_profiles ENABLE ROW LEVEL SECURITY;
        CREATE POLICY patient_profiles_own_select ON public.patient_profiles
            FOR SELECT TO authenticated
            USING (user_id = (SELECT auth.uid()));
        CREATE POLICY patient_profiles_assigned_select ON public.patient_profiles
            FOR SELECT TO authenticated
            USING (EXISTS (
                SELECT 1 FROM public.clinician_patient_assignments a
                WHERE a.patient_user_id = patient_profiles.user_id
                  AND a.clinician_user_id = (SELECT auth.uid())
            ));
        CREATE POLICY patient_profiles_system_all ON public.patient_profiles
            FOR ALL TO service_role USING (true) WITH CHECK (true);
        REVOKE ALL ON public.patient_profiles FROM anon, authenticated;
        GRANT SELECT ON public.patient_profiles TO authenticated;
        GRANT ALL ON public.patient_profiles TO service_role;
    END IF;
END
$$;

DO $$
BEGIN
    IF to_regclass('public.assessments') IS NULL THEN
        CREATE TABLE public.assessments (
            id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
            patient_id uuid NOT NULL REFERENCES public.patient_profiles (id) ON DELETE CASCADE,
            funnel text NOT NULL DEFAULT 'default',
            funnel_id uuid,
            created_at timestamptz NOT NULL DEFAULT now(),
            started_at timestamptz NOT NULL DEFAULT now(),
            completed_at timestamptz
        );
        CREATE INDEX idx_assessments_patient_id ON public.assessments (patient_id);
        ALTER TABLE public.assessments ENABLE ROW LEVEL SECURITY;
        CREATE POLICY assessments_visible_patient_select ON public.assessments
            FOR SELECT TO authenticated
            USING (EXISTS (
                SELECT 1 FROM public.patient_profiles p WHERE p.id = assessments.patient_id
            ));
        CREATE POLICY assessments_system_all ON public.assessments
            FOR ALL TO service_role USING (true) WITH CHECK (true);
        REVOKE ALL ON public.assessments FROM anon, authenticated;
        GRANT SELECT ON public.assessments TO authenticated;
        GRANT ALL ON public.assessments TO service_role;
    END IF;
END
$$;

DO $$
BEGIN
    IF to_regclass('public.assessment_answers') IS NULL THEN
        CREATE TABLE public.assessment_answers (
            id uuid PRIMARY KEY DEFAULT gen_random_uuid(),
            assessment_id uuid NOT NULL REFERENCES public.assessments (id) ON DELETE CASCADE,
            question_id text NOT NULL,
            answer_value integer NOT NULL,
            answer_data jsonb,
            created_at timestamptz NOT NULL DEFAULT now(),
            CONSTRAINT assessment_answers_question_unique UNIQUE (assessment_id, question_id)
        );
        ALTER TABLE public.assessment_answers ENABLE ROW LEVEL SECURITY;
        CREATE POLICY assessment_answers_visible_assessment_select ON public.assessment_answers
            FOR SELECT TO authenticated
            USING (EXISTS (
                SELECT 1 FROM public.assessments s WHERE s.id = assessment_answers.assessment_id
            ));
        CREATE POLICY assessment_answers_system_all ON public.assessment_answers
            FOR ALL TO service_role USING (true) WITH CHECK (true);
        REVOKE ALL ON public.assessment_answers FROM anon, authenticated;
        GRANT SELECT ON public.assessment_answers TO authenticated;
        GRANT ALL ON public.assessment_answers TO service_role;
    END IF;
END
$$;
