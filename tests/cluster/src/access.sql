-- The roles of a server, and what each may do in a database, one line a right.
SELECT json_build_object(
    'roles', (
        SELECT json_agg(json_build_object(
            'name', r.rolname,
            'superuser', r.rolsuper,
            'bypasses_rls', r.rolbypassrls,
            'inherits', r.rolinherit,
            'can_log_in', r.rolcanlogin,
            'member_of', (
                SELECT coalesce(json_agg(pg_get_userbyid(m.roleid)), '[]') FROM pg_auth_members m WHERE m.member = r.oid)))
        FROM pg_roles r WHERE r.rolname NOT LIKE 'pg\_%'),
    'rights', (
        SELECT coalesce(json_agg(line ORDER BY line), '[]')
        FROM (
            SELECT format('%s %s %s.%s', r.rolname, p, n.nspname, c.relname)
            FROM pg_roles r, pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, unnest('{SELECT,INSERT,UPDATE,REFERENCES}'::text[]) p
            WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm') AND has_any_column_privilege(r.oid, c.oid, p)
                AND has_schema_privilege(r.oid, n.oid, 'USAGE')
                AND n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema'
            UNION ALL
            SELECT format('%s %s %s.%s', r.rolname, p, n.nspname, c.relname)
            FROM pg_roles r, pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace, unnest('{DELETE,TRUNCATE,TRIGGER}'::text[]) p
            WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm') AND has_table_privilege(r.oid, c.oid, p)
                AND has_schema_privilege(r.oid, n.oid, 'USAGE')
                AND n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema'
            UNION ALL
            SELECT format('%s EXECUTE %s.%s(%s)', r.rolname, n.nspname, f.proname, (
                SELECT string_agg(format_type(u.type, NULL), ', ' ORDER BY u.position)
                FROM unnest(f.proargtypes::oid[]) WITH ORDINALITY u (type, position)))
            FROM pg_roles r, pg_proc f JOIN pg_namespace n ON n.oid = f.pronamespace
            WHERE has_function_privilege(r.oid, f.oid, 'EXECUTE') AND has_schema_privilege(r.oid, n.oid, 'USAGE')
                AND n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema'
            UNION ALL
            SELECT format('%s %s %s', r.rolname, p, n.nspname)
            FROM pg_roles r, pg_namespace n, unnest('{USAGE,CREATE}'::text[]) p
            WHERE has_schema_privilege(r.oid, n.oid, p) AND n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema'
        ) rights (line)));
