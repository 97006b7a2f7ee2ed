SELECT
    n.nspname AS schema,
    c.relname AS relation,
    x.relname AS name,
    i.indisunique AS is_unique,
    (SELECT pg_catalog.json_agg(a.attname ORDER BY u.position)
        FROM pg_catalog.unnest(i.indkey::int2[]) WITH ORDINALITY u (number, position)
        LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = u.number AND u.number <> 0
        WHERE u.position <= i.indnkeyatts) AS columns,
    pg_catalog.pg_get_expr(i.indpred, i.indrelid) AS predicate,
    m.amname AS method,
    i.indisvalid AS valid
FROM pg_catalog.pg_index i
JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
JOIN pg_catalog.pg_am m ON m.oid = x.relam
JOIN pg_catalog.pg_class c ON c.oid = i.indrelid AND c.relkind IN ('r', 'p', 'f')
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE n.nspname <> ALL (:left_out) AND n.nspname NOT LIKE 'pg\_%'
    AND NOT EXISTS (
        SELECT FROM pg_catalog.pg_constraint k
        WHERE k.conindid = i.indexrelid AND k.conrelid = i.indrelid AND k.contype IN ('p', 'u'))
ORDER BY n.nspname, c.relname, x.relname
