-- PostgreSQL's verdict on R-E76-001 to R-E76-004 as four booleans, in this order: does the rule hold?
-- A policy is vacuous where its expression is true of every sample row for a signed-in stranger: the rows
-- belong to nobody, take each label of every enum, and leave the nullable columns null or fill them.
BEGIN;
SET LOCAL check_function_bodies = off;

CREATE FUNCTION pg_temp.sample_rows(target regclass, fixed_status text) RETURNS SETOF jsonb LANGUAGE plpgsql AS $$
DECLARE
    attribute record;
    samples jsonb[] := ARRAY['{}'::jsonb];
    choices jsonb[];
BEGIN
    FOR attribute IN
        SELECT a.attname AS name, a.attnotnull AS required, t.typtype, t.typname, t.typcategory, t.oid AS type
        FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid
        WHERE a.attrelid = target AND a.attnum > 0 AND NOT a.attisdropped
    LOOP
        choices := CASE
            WHEN attribute.name = 'status' AND fixed_status IS NOT NULL THEN ARRAY[to_jsonb(fixed_status)]
            WHEN attribute.typtype = 'e' THEN (SELECT array_agg(to_jsonb(enumlabel)) FROM pg_enum WHERE enumtypid = attribute.type)
            WHEN attribute.typname = 'bool' THEN '{true,false}'
            WHEN attribute.typname = 'uuid' THEN ARRAY[to_jsonb(gen_random_uuid())]
            WHEN attribute.typname IN ('int2', 'int4', 'int8', 'numeric', 'float8') THEN '{1,7}'
            WHEN attribute.typname IN ('timestamptz', 'timestamp', 'date') THEN ARRAY[to_jsonb(now()), to_jsonb(now() - interval '9 years')]
            WHEN attribute.typcategory = 'A' THEN ARRAY['[]'::jsonb]
            WHEN attribute.typname IN ('json', 'jsonb') THEN ARRAY['{}'::jsonb]
            ELSE ARRAY[to_jsonb(left(md5(random()::text), 1))]
        END;
        IF NOT attribute.required AND (attribute.name <> 'status' OR fixed_status IS NULL) THEN
            choices := choices || 'null'::jsonb;
        END IF;
        -- The full product would be huge: keep every choice of this column, paired with a random earlier sample.
        samples := (
            SELECT array_agg(earlier || jsonb_build_object(attribute.name, choice))
            FROM (SELECT s AS earlier FROM unnest(samples) s ORDER BY random() LIMIT 40) e, unnest(choices) choice);
    END LOOP;
    RETURN QUERY SELECT unnest(samples);
END $$;

CREATE FUNCTION pg_temp.always_true(target regclass, expression text, fixed_status text, stranger boolean) RETURNS boolean
LANGUAGE plpgsql AS $$
DECLARE
    sample jsonb;
    result boolean;
    name text := (SELECT relname FROM pg_class WHERE oid = target);
    uid text := gen_random_uuid();
BEGIN
    IF expression IS NULL THEN
        RETURN false;
    END IF;
    IF stranger THEN
        PERFORM set_config('request.jwt.claim.sub', uid, true), set_config('request.jwt.claim.role', 'authenticated', true),
            set_config('request.jwt.claims', jsonb_build_object('sub', uid, 'role', 'authenticated', 'aud', 'authenticated',
                'is_anonymous', false, 'app_metadata', '{}'::jsonb, 'user_metadata', '{}'::jsonb)::text, true);
    END IF;
    FOR sample IN SELECT * FROM pg_temp.sample_rows(target, fixed_status) LOOP
        EXECUTE format('SELECT (%s) FROM jsonb_populate_record(NULL::%s, $1) AS %I', expression, target, name)
            INTO result USING sample;
        IF result IS NOT TRUE THEN
            RETURN false;
        END IF;
    END LOOP;
    RETURN true;
END $$;

CREATE FUNCTION pg_temp.verdict() RETURNS SETOF boolean LANGUAGE plpgsql AS $$
DECLARE
    target regclass := (
        SELECT c.oid FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
        WHERE n.nspname = 'public' AND c.relname = 'diagnosis_runs' AND c.relkind IN ('r', 'p'));
BEGIN
    IF target IS NULL THEN
        RETURN QUERY VALUES (false), (false), (false), (false);
        RETURN;
    END IF;
    PERFORM set_config('search_path', 'public, extensions', true);
    RETURN NEXT
        (SELECT count(*) = 14 FROM pg_attribute a JOIN (VALUES
            ('id', 'uuid'), ('assessment_id', NULL), ('correlation_id', NULL), ('attempt', NULL), ('max_attempts', NULL),
            ('schema_version', NULL), ('status', 'diagnosis_run_status'), ('context_pack', 'jsonb'), ('diagnosis_result', 'jsonb'),
            ('errors', 'jsonb'), ('created_at', 'timestamp with time zone'), ('updated_at', 'timestamp with time zone'),
            ('started_at', 'timestamp with time zone'), ('completed_at', 'timestamp with time zone')) w (name, type)
            ON w.name = a.attname AND (w.type IS NULL OR w.type = format_type(a.atttypid, NULL))
            WHERE a.attrelid = target AND NOT a.attisdropped)
        AND (SELECT count(*) = 1 FROM pg_constraint c JOIN pg_attribute a ON a.attrelid = target AND a.attname = 'id'
            WHERE c.conrelid = target AND c.contype = 'p' AND c.conkey = ARRAY[a.attnum])
        AND coalesce((SELECT array_agg(e.enumlabel::text ORDER BY e.enumlabel::text) = '{completed,failed,in_progress,queued}'
            FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid AND t.typtype = 'e' JOIN pg_enum e ON e.enumtypid = t.oid
            WHERE a.attrelid = target AND a.attname = 'status'), false);
    RETURN NEXT
        (SELECT relrowsecurity FROM pg_class WHERE oid = target)
        AND (SELECT count(*) = 4 FROM pg_policy p JOIN (VALUES ('diagnosis_runs_patient_select', 'r'),
            ('diagnosis_runs_clinician_select', 'r'), ('diagnosis_runs_system_insert', 'a'), ('diagnosis_runs_system_update', 'w'))
            w (name, command) ON w.name = p.polname AND w.command = p.polcmd WHERE p.polrelid = target)
        AND NOT EXISTS (
            SELECT FROM pg_policy p WHERE p.polrelid = target AND p.polpermissive
                AND EXISTS (SELECT FROM unnest(p.polroles) role LEFT JOIN pg_roles r ON r.oid = role
                    WHERE coalesce(r.rolname, 'public') IN ('public', 'anon', 'authenticated'))
                AND (pg_temp.always_true(target, pg_get_expr(p.polqual, target), NULL, true)
                    OR pg_temp.always_true(target, pg_get_expr(p.polwithcheck, target), NULL, true)));
    RETURN NEXT EXISTS (
        SELECT FROM pg_constraint c WHERE c.conrelid = target AND c.contype = 'u' AND (
            SELECT array_agg(a.attname::text ORDER BY a.attname::text) FROM unnest(c.conkey) k
            JOIN pg_attribute a ON a.attrelid = target AND a.attnum = k) = '{assessment_id,correlation_id,schema_version}');
    RETURN NEXT EXISTS (
        SELECT FROM pg_index i JOIN pg_class ic ON ic.oid = i.indexrelid
        JOIN pg_attribute a ON a.attrelid = target AND a.attnum = i.indkey[0] AND a.attname = 'status'
        WHERE i.indrelid = target AND ic.relname = 'idx_diagnosis_runs_status' AND i.indisvalid
            AND (i.indpred IS NULL OR pg_temp.always_true(target, pg_get_expr(i.indpred, target), 'queued', false)));
END $$;

SELECT * FROM pg_temp.verdict();
ROLLBACK;
