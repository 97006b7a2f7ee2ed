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
    pg_catalog.pg_get_expr(p.polwithcheck, p.polrelid) AS check_expression,
    (SELECT coalesce(pg_catalog.json_agg(DISTINCT pg_catalog.jsonb_build_array(rn.nspname, r.relname)), '[]')
        FROM pg_catalog.pg_depend d
        JOIN pg_catalog.pg_class r ON r.oid = d.refobjid
        JOIN pg_catalog.pg_namespace rn ON rn.oid = r.relnamespace
        WHERE d.classid = 'pg_catalog.pg_policy'::pg_catalog.regclass AND d.objid = p.oid AND d.refobjid <> c.oid AND d.deptype = 'n'
            AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
            AND rn.nspname <> 'information_schema' AND rn.nspname NOT LIKE 'pg\_%') AS reads,
    (SELECT coalesce(pg_catalog.json_agg(DISTINCT pg_catalog.jsonb_build_array(fn.nspname, f.proname,
            (SELECT coalesce(pg_catalog.jsonb_agg(pg_catalog.format_type(u.type, NULL) ORDER BY u.position), '[]')
                FROM pg_catalog.unnest(f.proargtypes::oid[]) WITH ORDINALITY u (type, position)))), '[]')
        FROM pg_catalog.pg_depend d
        JOIN pg_catalog.pg_proc f ON f.oid = d.refobjid
        JOIN pg_catalog.pg_namespace fn ON fn.oid = f.pronamespace
        WHERE d.classid = 'pg_catalog.pg_policy'::pg_catalog.regclass AND d.objid = p.oid AND d.refobjid <> c.oid AND d.deptype = 'n'
            AND d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass
            AND fn.nspname <> 'information_schema' AND fn.nspname NOT LIKE 'pg\_%') AS calls
FROM pg_catalog.pg_policy p
JOIN pg_catalog.pg_class c ON c.oid = p.polrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\_%'
ORDER BY n.nspname, c.relname, p.polname
