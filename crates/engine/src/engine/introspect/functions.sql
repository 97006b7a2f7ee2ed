SELECT
    n.nspname AS schema,
    p.proname AS name,
    (SELECT coalesce(pg_catalog.json_agg(pg_catalog.format_type(u.type, NULL) ORDER BY u.position), '[]')
        FROM pg_catalog.unnest(p.proargtypes::oid[]) WITH ORDINALITY u (type, position)) AS arguments,
    (SELECT coalesce(pg_catalog.json_agg(coalesce(p.proargnames[u.position], '') ORDER BY u.position), '[]')
        FROM pg_catalog.unnest(coalesce(p.proargmodes, pg_catalog.array_fill('i'::"char", ARRAY[p.pronargs::int4])))
            WITH ORDINALITY u (mode, position)
        WHERE u.mode IN ('i', 'b', 'v')) AS argument_names,
    (SELECT coalesce(pg_catalog.json_agg(pg_catalog.pg_get_function_arg_default(p.oid, u.position::int4) ORDER BY u.position), '[]')
        FROM pg_catalog.unnest(coalesce(p.proargmodes, pg_catalog.array_fill('i'::"char", ARRAY[p.pronargs::int4])))
            WITH ORDINALITY u (mode, position)
        WHERE u.mode IN ('i', 'b', 'v')) AS argument_defaults,
    l.lanname AS language,
    coalesce(nullif(p.prosrc, ''), pg_catalog.pg_get_function_sqlbody(p.oid)) AS body
FROM pg_catalog.pg_proc p
JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
JOIN pg_catalog.pg_language l ON l.oid = p.prolang
WHERE n.nspname <> ALL (:left_out) AND n.nspname NOT LIKE 'pg\_%'
    AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend d
        WHERE d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.objid = p.oid AND d.deptype = 'e')
ORDER BY n.nspname, p.proname, p.oid
