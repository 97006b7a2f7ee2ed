SELECT n.nspname AS schema, c.relname AS relation, t.tgname AS name
FROM pg_catalog.pg_trigger t
JOIN pg_catalog.pg_class c ON c.oid = t.tgrelid AND c.relkind IN ('r', 'p', 'f')
JOIN pg_catalog.pg_namespace n ON n.oid = c.relnamespace
WHERE NOT t.tgisinternal AND n.nspname <> ALL (:left_out) AND n.nspname NOT LIKE 'pg\_%'
ORDER BY n.nspname, c.relname, t.tgname
