SELECT
    (
        SELECT relrowsecurity FROM pg_catalog.pg_class
        WHERE oid = 'public.diagnosis_runs'::regclass
    ) AS is_secured,
    (
        SELECT count(*) FROM pg_catalog.pg_policy
        WHERE polrelid = 'public.diagnosis_runs'::regclass
    ) AS policies,
    has_table_privilege('anon', 'public.diagnosis_runs', 'SELECT') AS anon_may_read,
    coalesce(
        (
            SELECT extract(epoch FROM max(now() - next_attempt_at))::bigint
            FROM public.diagnosis_runs
            WHERE status = 'queued' AND next_attempt_at <= now()
        ),
        0
    ) AS lag_seconds,
    (
        SELECT count(*) FROM public.diagnosis_runs
        WHERE status = 'in_progress' AND coalesce(lease_expires_at, updated_at) < now()
    ) AS dead_leases,
    coalesce(
        (
            SELECT extract(epoch FROM max(now() - xact_start))::bigint
            FROM pg_catalog.pg_stat_activity
            WHERE datname = current_database() AND backend_type = 'client backend'
        ),
        0
    ) AS oldest_transaction_seconds,
    pg_has_role(current_user, 'pg_read_all_stats', 'USAGE') AS sees_all_sessions
