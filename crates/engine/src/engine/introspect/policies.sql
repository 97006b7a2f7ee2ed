SELECT
    n.nspname AS schema,
    c.relname AS relation,
    p.polname AS name,
    p.polcmd AS command,
    p.polpermissive AS permissive,
    (SELECT pg_catalog.json_agg(coalesce(r.rolname, 'public') ORDER BY coalesce(r.rolname, 'public'))
        FROM pg_catalog.unnest(p.polroles) role
        LEFT JOIN pg_catalog.pg_roles r ON r.oid = role) AS roles,
    pg_catalog.pg_get_expr(p.polqual, p.polrelid) AS using_expression,
    pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) AS check_expression
FROM pg_catalog.pg_policy p
JOIN pg_catalog.pg_class c ON c.oid = p.polrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname <> ALL (:left_out) AND n.nspname NOT LIKE 'pg\_%'
ORDER BY n.nspname, c.relname, p.polname
