SELECT
    o.kind,
    o.schema,
    o.name,
    o.arguments,
    r.rolname AS owner,
    o.of_extension,
    (SELECT coalesce(pg_catalog.json_agg(pg_catalog.json_build_object(
            'column', x.attname,
            'grantee', CASE x.grantee WHEN 0 THEN 'public' ELSE pg_catalog.pg_get_userbyid(x.grantee)::text END,
            'grantor', pg_catalog.pg_get_userbyid(x.grantor),
            'privilege', x.privilege_type,
            'grantable', x.is_grantable)), '[]')
        FROM (
            SELECT NULL::name AS attname, e.* FROM pg_catalog.aclexplode(o.acl) e
            UNION ALL
            SELECT a.attname, e.*
            FROM pg_catalog.pg_attribute a, pg_catalog.aclexplode(a.attacl) e
            WHERE o.kind = 'relation' AND a.attrelid = o.oid AND a.attacl IS NOT NULL AND NOT a.attisdropped
        ) x) AS grants
FROM (
    SELECT
        c.oid,
        'relation' AS kind,
        n.nspname AS schema,
        c.relname AS name,
        '[]'::json AS arguments,
        c.relowner AS owner,
        coalesce(c.relacl, pg_catalog.acldefault(CASE c.relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", c.relowner)) AS acl,
        EXISTS (
            SELECT FROM pg_catalog.pg_depend d
            WHERE d.classid = 'pg_catalog.pg_class'::pg_catalog.regclass AND d.objid = c.oid AND d.deptype = 'e') AS of_extension
    FROM pg_catalog.pg_class c
    JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
    WHERE c.relkind IN ('r', 'p', 'f', 'v', 'm', 'S') AND n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\_%'
    UNION ALL
    SELECT
        p.oid,
        'function',
        n.nspname,
        p.proname,
        (SELECT coalesce(pg_catalog.json_agg(pg_catalog.format_type(u.type, NULL) ORDER BY u.position), '[]')
            FROM pg_catalog.unnest(p.proargtypes::oid[]) WITH ORDINALITY u (type, position)),
        p.proowner,
        coalesce(p.proacl, pg_catalog.acldefault('f', p.proowner)),
        EXISTS (
            SELECT FROM pg_catalog.pg_depend d
            WHERE d.classid = 'pg_catalog.pg_proc'::pg_catalog.regclass AND d.objid = p.oid AND d.deptype = 'e')
    FROM pg_catalog.pg_proc p
    JOIN pg_catalog.pg_namespace n ON n.oid = p.pronamespace
    WHERE n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\_%'
    UNION ALL
    SELECT
        n.oid,
        'schema',
        '',
        n.nspname,
        '[]',
        n.nspowner,
        coalesce(n.nspacl, pg_catalog.acldefault('n', n.nspowner)),
        EXISTS (
            SELECT FROM pg_catalog.pg_depend d
            WHERE d.classid = 'pg_catalog.pg_namespace'::pg_catalog.regclass AND d.objid = n.oid AND d.deptype = 'e')
    FROM pg_catalog.pg_namespace n
    WHERE n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\_%'
) o
JOIN pg_catalog.pg_roles r ON r.oid = o.owner
