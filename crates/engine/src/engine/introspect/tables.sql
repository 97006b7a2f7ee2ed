SELECT
    n.nspname AS schema,
    c.relname AS name,
    c.relkind AS kind,
    c.relrowsecurity AS rls_enabled,
    c.relforcerowsecurity AS rls_forced,
    CASE WHEN c.relkind IN ('v', 'm') THEN pg_catalog.pg_get_viewdef(c.oid) END AS definition,
    coalesce((SELECT o.option_value::boolean FROM pg_catalog.pg_options_to_table(c.reloptions) o
        WHERE o.option_name = 'security_invoker'), false) AS security_invoker,
    (SELECT coalesce(pg_catalog.json_agg(DISTINCT pg_catalog.jsonb_build_array(rn.nspname, r.relname)), '[]')
        FROM pg_catalog.pg_depend d
        JOIN pg_catalog.pg_class r ON r.oid = d.refobjid
        JOIN pg_catalog.pg_namespace rn ON rn.oid = r.relnamespace
        WHERE d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass
            AND d.objid IN (SELECT w.oid FROM pg_catalog.pg_rewrite w WHERE w.ev_class = c.oid AND w.rulename = '_RETURN')
            AND d.refobjid <> c.oid AND d.deptype = 'n'
            AND d.refclassid = 'pg_catalog.pg_class'::pg_catalog.regclass
            AND rn.nspname <> 'information_schema' AND rn.nspname NOT LIKE 'pg\_%') AS reads,
    (SELECT coalesce(pg_catalog.json_agg(DISTINCT pg_catalog.jsonb_build_array(fn.nspname, f.proname,
            (SELECT coalesce(pg_catalog.jsonb_agg(pg_catalog.format_type(u.type, NULL) ORDER BY u.position), '[]')
                FROM pg_catalog.unnest(f.proargtypes::oid[]) WITH ORDINALITY u (type, position)))), '[]')
        FROM pg_catalog.pg_depend d
        JOIN pg_catalog.pg_proc f ON f.oid = d.refobjid
        JOIN pg_catalog.pg_namespace fn ON fn.oid = f.pronamespace
        WHERE d.classid = 'pg_catalog.pg_rewrite'::pg_catalog.regclass
            AND d.objid IN (SELECT w.oid FROM pg_catalog.pg_rewrite w WHERE w.ev_class = c.oid AND w.rulename = '_RETURN')
            AND d.refobjid <> c.oid AND d.deptype = 'n'
            AND d.refclassid = 'pg_catalog.pg_proc'::pg_catalog.regclass
            AND fn.nspname <> 'information_schema' AND fn.nspname NOT LIKE 'pg\_%') AS calls,
    pn.nspname AS parent_schema,
    pc.relname AS parent_name
FROM pg_catalog.pg_class c
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_inherits i ON i.inhrelid = c.oid AND c.relispartition
LEFT JOIN pg_catalog.pg_class pc ON pc.oid = i.inhparent
LEFT JOIN pg_catalog.pg_namespace pn ON pn.oid = pc.relnamespace
WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm')
    AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\_%'
    AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_depend d
        WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e')
ORDER BY n.nspname, c.relname
