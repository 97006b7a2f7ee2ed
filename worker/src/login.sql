SELECT
    login.rolname::text AS name,
    login.rolsuper AS is_superuser,
    login.rolbypassrls AS bypasses_rls,
    login.rolinherit AS inherits,
    to_regclass('public.diagnosis_runs') IS NOT NULL AS table_exists,
    coalesce(
        (
            SELECT pg_has_role(login.oid, run.relowner, 'MEMBER')
            FROM pg_catalog.pg_class AS run
            WHERE run.oid = to_regclass('public.diagnosis_runs')
        ),
        false
    ) AS owns_table,
    EXISTS (
        SELECT 1 FROM pg_catalog.pg_roles AS role
        WHERE role.rolname = 'service_role' AND pg_has_role(login.oid, role.oid, 'MEMBER')
    ) AS is_service,
    EXISTS (
        SELECT 1 FROM pg_catalog.pg_roles AS role
        WHERE role.rolname = 'authenticated' AND pg_has_role(login.oid, role.oid, 'MEMBER')
    ) AS is_authenticated,
    EXISTS (
        SELECT 1 FROM pg_catalog.pg_roles AS role
        WHERE role.rolname = 'anon' AND pg_has_role(login.oid, role.oid, 'MEMBER')
    ) AS is_anon
FROM pg_catalog.pg_roles AS login
WHERE login.rolname = session_user
