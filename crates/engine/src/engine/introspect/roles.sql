SELECT
    r.rolname AS name,
    r.rolsuper AS superuser,
    r.rolbypassrls AS bypasses_rls,
    r.rolinherit AS inherits,
    r.rolcanlogin AS can_log_in,
    (SELECT coalesce(pg_catalog.json_agg(pg_catalog.json_build_object(
            'role', pg_catalog.pg_get_userbyid(m.roleid),
            'admin', m.admin_option,
            -- PostgreSQL 16 and later say it of each membership.
            'inherits', coalesce((pg_catalog.to_jsonb(m) ->> 'inherit_option')::boolean, r.rolinherit))), '[]')
        FROM pg_catalog.pg_auth_members m WHERE m.member = r.oid) AS memberships
FROM pg_catalog.pg_roles r
