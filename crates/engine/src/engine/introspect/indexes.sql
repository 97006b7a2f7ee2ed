SELECT
    n.nspname AS schema,
    c.relname AS relation,
    x.relname AS name,
    i.indisunique AS is_unique,
    (SELECT pg_catalog.json_agg(a.attname ORDER BY u.position)
        FROM pg_catalog.unnest(i.indkey::int2[]) WITH ORDINALITY u (number, position)
        LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = u.number AND u.number <> 0
        WHERE u.position <= i.indnkeyatts) AS columns,
    (SELECT pg_catalog.json_agg(pg_catalog.json_build_object(
            'expression', CASE WHEN k.number = 0
                THEN pg_catalog.pg_get_indexdef(i.indexrelid, k.position::int4, true) END,
            'collation', CASE WHEN k.coll <> 0 AND k.coll IS DISTINCT FROM coalesce(a.attcollation, 100)
                THEN o.collname END,
            'operator_class', CASE WHEN NOT oc.opcdefault THEN oc.opcname END,
            'descending', k.ordering & 1 = 1,
            'nulls_first', k.ordering & 2 = 2) ORDER BY k.position)
        FROM ROWS FROM (
            pg_catalog.unnest(i.indkey::int2[]), pg_catalog.unnest(i.indcollation::oid[]),
            pg_catalog.unnest(i.indclass::oid[]), pg_catalog.unnest(i.indoption::int2[]))
            WITH ORDINALITY k (number, coll, class, ordering, position)
        LEFT JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.number AND k.number <> 0
        LEFT JOIN pg_catalog.pg_opclass oc ON oc.oid = k.class
        LEFT JOIN pg_catalog.pg_collation o ON o.oid = k.coll
        WHERE k.position <= i.indnkeyatts) AS keys,
    (SELECT coalesce(pg_catalog.json_agg(a.attname ORDER BY u.position), '[]')
        FROM pg_catalog.unnest(i.indkey::int2[]) WITH ORDINALITY u (number, position)
        JOIN pg_catalog.pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = u.number
        WHERE u.position > i.indnkeyatts) AS included,
    pg_catalog.pg_get_expr(i.indpred, i.indrelid) AS predicate,
    i.indnullsnotdistinct AS nulls_not_distinct,
    x.relispartition AS inherited,
    k.conname AS constraint_name,
    coalesce(k.condeferrable, false) AS deferrable,
    coalesce(k.contype IN ('p', 'u'), false) AS of_key,
    m.amname AS method,
    i.indisvalid AS valid
FROM pg_catalog.pg_index i
JOIN pg_catalog.pg_class x ON x.oid = i.indexrelid
JOIN pg_catalog.pg_am m ON m.oid = x.relam
JOIN pg_catalog.pg_class c ON c.oid = i.indrelid AND c.relkind IN ('r', 'p', 'f')
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
LEFT JOIN pg_catalog.pg_constraint k
    ON k.conindid = i.indexrelid AND k.conrelid = i.indrelid AND k.contype IN ('p', 'u', 'x')
WHERE n.nspname <> 'information_schema' AND n.nspname NOT LIKE 'pg\_%'
ORDER BY n.nspname, c.relname, i.indexrelid
