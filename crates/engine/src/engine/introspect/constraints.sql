SELECT
    n.nspname AS schema,
    c.relname AS relation,
    k.conname AS name,
    k.contype AS kind,
    (SELECT coalesce(pg_catalog.json_agg(a.attname ORDER BY u.position), '[]')
        FROM pg_catalog.unnest(k.conkey) WITH ORDINALITY u (number, position)
        JOIN pg_catalog.pg_attribute a ON a.attrelid = k.conrelid AND a.attnum = u.number) AS columns,
    fn.nspname AS foreign_schema,
    f.relname AS foreign_table,
    (SELECT coalesce(pg_catalog.json_agg(a.attname ORDER BY u.position), '[]')
        FROM pg_catalog.unnest(k.confkey) WITH ORDINALITY u (number, position)
        JOIN pg_catalog.pg_attribute a ON a.attrelid = k.confrelid AND a.attnum = u.number) AS referenced,
    pg_catalog.pg_get_expr(k.conbin, k.conrelid) AS expression
FROM pg_catalog.pg_constraint k
JOIN pg_catalog.pg_class c ON c.oid = k.conrelid
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_class f ON f.oid = k.confrelid
LEFT JOIN pg_catalog.pg_namespace fn ON fn.oid = f.relnamespace
WHERE k.contype IN ('p', 'u', 'f', 'c') AND n.nspname <> ALL (:left_out) AND n.nspname NOT LIKE 'pg\_%'
ORDER BY n.nspname, c.relname, k.conname
