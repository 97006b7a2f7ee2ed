SELECT coalesce(json_agg(json_build_object(
    'oid', c.oid::text,
    'schema', n.nspname,
    'name', c.relname,
    'row_level_security', c.relrowsecurity,
    'columns', (
        SELECT coalesce(json_agg(json_build_object(
            'name', a.attname,
            'base', b.typname,
            'category', b.typcategory,
            'labels', (
                SELECT coalesce(json_agg(e.enumlabel ORDER BY e.enumsortorder), '[]')
                FROM pg_enum e WHERE e.enumtypid = b.oid),
            'length', CASE WHEN b.typname IN ('varchar', 'bpchar') AND a.atttypmod > 4 THEN a.atttypmod - 4 END,
            'not_null', a.attnotnull,
            'default', a.atthasdef OR a.attidentity <> '',
            'generated', a.attgenerated <> '') ORDER BY a.attnum), '[]')
        FROM pg_attribute a
        JOIN pg_type t ON t.oid = a.atttypid
        JOIN pg_type b ON b.oid = coalesce(nullif(t.typbasetype, 0), t.oid)
        WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped),
    'keys', (
        SELECT coalesce(json_agg((
            SELECT json_agg(a.attname)
            FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum = ANY (i.indkey))), '[]')
        FROM pg_index i WHERE i.indrelid = c.oid AND i.indisunique AND 0 <> ALL (i.indkey)),
    'foreign_keys', (
        SELECT coalesce(json_agg(json_build_object(
            'name', k.conname,
            'columns', (
                SELECT json_agg(a.attname)
                FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum = ANY (k.conkey)),
            'references', k.confrelid::text)), '[]')
        FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'f' AND k.conparentid = 0),
    'checks', (
        SELECT coalesce(json_agg(json_build_object(
            'name', k.conname,
            'columns', (
                SELECT coalesce(json_agg(a.attname), '[]')
                FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum = ANY (k.conkey)),
            'definition', pg_get_constraintdef(k.oid))), '[]')
        FROM pg_constraint k WHERE k.conrelid = c.oid AND k.contype = 'c'),
    'policy_roles', (
        SELECT coalesce(json_agg(DISTINCT r.rolname), '[]')
        FROM pg_policy p JOIN pg_roles r ON r.oid = ANY (p.polroles) WHERE p.polrelid = c.oid),
    'policy_columns', (
        SELECT coalesce(json_agg(DISTINCT a.attname), '[]')
        FROM pg_policy p
        JOIN pg_depend d ON d.classid = 'pg_policy'::regclass AND d.objid = p.oid
            AND d.refclassid = 'pg_class'::regclass AND d.refobjid = c.oid
        JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid AND a.attnum > 0),
    'policy_tables', (
        SELECT coalesce(json_agg(DISTINCT d.refobjid::text), '[]')
        FROM pg_policy p
        JOIN pg_depend d ON d.classid = 'pg_policy'::regclass AND d.objid = p.oid
            AND d.refclassid = 'pg_class'::regclass
        WHERE p.polrelid = c.oid),
    'policy_functions', (
        SELECT coalesce(json_agg(DISTINCT f.prosrc), '[]')
        FROM pg_policy p
        JOIN pg_depend d ON d.classid = 'pg_policy'::regclass AND d.objid = p.oid
            AND d.refclassid = 'pg_proc'::regclass
        JOIN pg_proc f ON f.oid = d.refobjid
        WHERE p.polrelid = c.oid))), '[]')::text
FROM pg_class c
JOIN pg_namespace n ON n.oid = c.relnamespace
WHERE c.relkind IN ('r', 'p') AND n.nspname NOT LIKE 'pg\_%' AND n.nspname <> 'information_schema'
