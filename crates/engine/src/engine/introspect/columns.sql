SELECT
    n.nspname AS schema,
    c.relname AS relation,
    a.attname AS name,
    -- A schema that the login may not use is not in its search path, however that is set.
    CASE WHEN tn.nspname IN ('public', 'extensions') AND NOT pg_catalog.has_schema_privilege(tn.oid, 'USAGE')
        THEN pg_catalog.regexp_replace(pg_catalog.format_type(a.atttypid, a.atttypmod), '^(public|extensions)\.', '')
        ELSE pg_catalog.format_type(a.atttypid, a.atttypmod)
    END AS data_type,
    a.attnotnull AS not_null,
    a.atthasdef OR a.attidentity <> '' OR a.attgenerated <> '' AS has_default,
    pg_catalog.pg_get_expr(ad.adbin, ad.adrelid) AS default_expression,
    a.attgenerated <> '' AS generated,
    CASE WHEN t.typtype = 'e' THEN tn.nspname END AS enum_schema,
    CASE WHEN t.typtype = 'e' THEN t.typname END AS enum_name
FROM pg_catalog.pg_attribute a
JOIN pg_catalog.pg_class c ON c.oid = a.attrelid AND c.relkind IN ('r', 'p', 'f')
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
JOIN pg_catalog.pg_type t ON t.oid = a.atttypid
JOIN pg_catalog.pg_namespace tn ON tn.oid = t.typnamespace
LEFT JOIN pg_catalog.pg_attrdef ad ON ad.adrelid = a.attrelid AND ad.adnum = a.attnum
WHERE a.attnum > 0 AND NOT a.attisdropped AND n.nspname <> ALL (:left_out) AND n.nspname NOT LIKE 'pg\_%'
ORDER BY n.nspname, c.relname, a.attnum
