-- The catalog of a database as one JSON object, in the terms of `railcheck catalog`.
SET search_path = public, extensions;
-- To compile the query takes longer than to run it.
SET jit = off;

WITH
hidden (schema) AS (
    SELECT unnest('{information_schema,auth,storage,extensions,realtime,_realtime,vault,graphql,graphql_public,
        supabase_functions,supabase_migrations,pgsodium,pgsodium_masks,pgbouncer,cron,net,pgmq,pgtle,tap,topology,
        tiger,tiger_data}'::text[])
),
spaces AS (
    SELECT oid, nspname FROM pg_namespace
    WHERE nspname NOT LIKE 'pg\_%' AND nspname NOT IN (SELECT schema FROM hidden)
),
members AS (
    SELECT classid, objid FROM pg_depend WHERE deptype = 'e'
),
relations AS (
    SELECT c.oid, c.relname, c.relkind, c.relrowsecurity, c.relforcerowsecurity, s.nspname, c.relowner, c.relacl
    FROM pg_class c JOIN spaces s ON s.oid = c.relnamespace
    WHERE NOT EXISTS (SELECT FROM members m WHERE m.classid = 'pg_class'::regclass AND m.objid = c.oid)
),
acls (class, oid, attname, acl) AS (
    SELECT 'relation', oid, NULL::name, coalesce(relacl, acldefault(CASE relkind WHEN 'S' THEN 's' ELSE 'r' END::"char", relowner))
    FROM relations WHERE relkind IN ('r', 'p', 'f', 'v', 'm', 'S')
    UNION ALL
    SELECT 'relation', a.attrelid, a.attname, a.attacl
    FROM pg_attribute a JOIN relations t ON t.oid = a.attrelid WHERE a.attacl IS NOT NULL AND NOT a.attisdropped
    UNION ALL
    SELECT 'function', p.oid, NULL, coalesce(proacl, acldefault('f', proowner))
    FROM pg_proc p JOIN spaces s ON s.oid = p.pronamespace
    UNION ALL
    SELECT 'schema', n.oid, NULL, coalesce(nspacl, acldefault('n', nspowner))
    FROM pg_namespace n WHERE nspname NOT LIKE 'pg\_%' AND nspname <> 'information_schema'
    UNION ALL
    SELECT 'default', d.oid, NULL, defaclacl FROM pg_default_acl d
),
items AS (
    SELECT class, a.oid, attname, coalesce(e.rolname, 'public') AS grantee, g.rolname AS grantor,
        json_agg(lower(privilege_type) ORDER BY position) AS privileges,
        json_agg(lower(privilege_type) ORDER BY position) FILTER (WHERE is_grantable) AS grantable
    FROM acls a, aclexplode(a.acl) x
    JOIN unnest('{SELECT,INSERT,UPDATE,DELETE,TRUNCATE,REFERENCES,TRIGGER,USAGE,CREATE,EXECUTE}'::text[])
        WITH ORDINALITY p (privilege, position) ON p.privilege = x.privilege_type
    LEFT JOIN pg_roles e ON e.oid = x.grantee
    JOIN pg_roles g ON g.oid = x.grantor
    GROUP BY 1, 2, 3, 4, 5
),
granted AS (
    SELECT class, oid, json_agg(json_strip_nulls(json_build_object(
        'column', attname, 'grantee', grantee, 'grantor', grantor, 'privileges', privileges, 'grantable', grantable))) AS list
    FROM items GROUP BY 1, 2
),
tables AS (
    SELECT json_build_object(
        'schema', t.nspname,
        'name', t.relname,
        'kind', CASE t.relkind WHEN 'r' THEN 'table' WHEN 'p' THEN 'partitioned' ELSE 'foreign' END,
        'partition_of', (
            SELECT json_build_object('schema', n.nspname, 'name', r.relname)
            FROM pg_inherits h JOIN pg_class r ON r.oid = h.inhparent JOIN pg_namespace n ON n.oid = r.relnamespace
            WHERE h.inhrelid = t.oid AND r.relkind = 'p'),
        'columns', (
            SELECT coalesce(json_agg(json_build_object(
                'name', a.attname, 'type', format_type(a.atttypid, a.atttypmod), 'not_null', a.attnotnull,
                'default', a.atthasdef OR a.attidentity <> '' OR a.attgenerated <> '') ORDER BY a.attnum), '[]')
            FROM pg_attribute a WHERE a.attrelid = t.oid AND a.attnum > 0 AND NOT a.attisdropped),
        'primary_key', (
            SELECT json_agg(a.attname ORDER BY k.position)
            FROM pg_constraint c, unnest(c.conkey) WITH ORDINALITY k (attnum, position), pg_attribute a
            WHERE c.conrelid = t.oid AND c.contype = 'p' AND a.attrelid = t.oid AND a.attnum = k.attnum),
        'unique', (
            SELECT coalesce(json_agg(json_build_object('name', c.conname, 'columns', (
                SELECT json_agg(a.attname ORDER BY k.position)
                FROM unnest(c.conkey) WITH ORDINALITY k (attnum, position)
                JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.attnum)) ORDER BY c.conname), '[]')
            FROM pg_constraint c WHERE c.conrelid = t.oid AND c.contype = 'u'),
        'foreign_keys', (
            SELECT coalesce(json_agg(json_build_object('name', c.conname, 'columns', (
                SELECT json_agg(a.attname ORDER BY k.position)
                FROM unnest(c.conkey) WITH ORDINALITY k (attnum, position)
                JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.attnum),
                'references', json_build_object(
                    'schema', n.nspname, 'table', r.relname, 'columns', (
                    SELECT json_agg(a.attname ORDER BY k.position)
                    FROM unnest(c.confkey) WITH ORDINALITY k (attnum, position)
                    JOIN pg_attribute a ON a.attrelid = r.oid AND a.attnum = k.attnum)),
                'references_primary_key', EXISTS (
                    SELECT FROM pg_index x WHERE x.indrelid = r.oid AND x.indisprimary
                        AND x.indkey::int2[] <@ c.confkey AND c.confkey <@ x.indkey::int2[]),
                'inherited', c.conparentid <> 0) ORDER BY c.conname), '[]')
            FROM pg_constraint c JOIN pg_class r ON r.oid = c.confrelid JOIN pg_namespace n ON n.oid = r.relnamespace
            WHERE c.conrelid = t.oid AND c.contype = 'f'),
        'checks', (
            SELECT coalesce(json_agg(c.conname ORDER BY c.conname), '[]')
            FROM pg_constraint c WHERE c.conrelid = t.oid AND c.contype = 'c'),
        'rls_enabled', t.relrowsecurity,
        'rls_forced', t.relforcerowsecurity,
        'policies', (
            SELECT coalesce(json_agg(json_build_object(
                'name', p.polname,
                'command', CASE p.polcmd WHEN 'r' THEN 'select' WHEN 'a' THEN 'insert' WHEN 'w' THEN 'update'
                    WHEN 'd' THEN 'delete' ELSE 'all' END,
                'permissive', p.polpermissive,
                'roles', (
                    SELECT json_agg(coalesce(r.rolname, 'public') ORDER BY coalesce(r.rolname, 'public'))
                    FROM unnest(p.polroles) role LEFT JOIN pg_roles r ON r.oid = role),
                'has_using', p.polqual IS NOT NULL,
                'has_with_check', p.polwithcheck IS NOT NULL,
    'reads', (
        SELECT coalesce(json_agg(DISTINCT n.nspname || '.' || r.relname), '[]')
        FROM pg_depend d JOIN pg_class r ON r.oid = d.refobjid JOIN pg_namespace n ON n.oid = r.relnamespace
        WHERE d.classid = 'pg_policy'::regclass AND d.objid = p.oid AND d.refobjid <> t.oid AND d.refclassid = 'pg_class'::regclass AND d.deptype = 'n'
            AND n.nspname NOT IN ('pg_catalog', 'information_schema')),
    'calls', (
        SELECT coalesce(json_agg(DISTINCT n.nspname || '.' || f.proname || '(' || (
            SELECT coalesce(string_agg(format_type(a, NULL), ', ' ORDER BY p), '')
            FROM unnest(f.proargtypes::oid[]) WITH ORDINALITY x (a, p)) || ')'), '[]')
        FROM pg_depend d JOIN pg_proc f ON f.oid = d.refobjid JOIN pg_namespace n ON n.oid = f.pronamespace
        WHERE d.classid = 'pg_policy'::regclass AND d.objid = p.oid AND d.refobjid <> t.oid AND d.refclassid = 'pg_proc'::regclass AND d.deptype = 'n'
            AND n.nspname NOT IN ('pg_catalog', 'information_schema'))) ORDER BY p.polname), '[]')
            FROM pg_policy p WHERE p.polrelid = t.oid),
        'indexes', (
            SELECT coalesce(json_agg(json_build_object(
                'name', ic.relname,
                'unique', i.indisunique,
                'columns', (
                    SELECT json_agg(a.attname ORDER BY k.position)
                    FROM unnest(i.indkey::int2[]) WITH ORDINALITY k (attnum, position)
                    LEFT JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.attnum AND k.attnum <> 0
                    WHERE k.position <= i.indnkeyatts),
                'keys', (
                    SELECT json_agg(json_build_object(
                        'collation', (
                            SELECT o.collname FROM pg_collation o WHERE o.oid = i.indcollation[n]
                                AND o.oid <> coalesce((
                                    SELECT a.attcollation FROM pg_attribute a
                                    WHERE a.attrelid = t.oid AND a.attnum = i.indkey[n] AND a.attnum > 0), 100)),
                        'operator_class', (
                            SELECT o.opcname FROM pg_opclass o WHERE o.oid = i.indclass[n] AND NOT o.opcdefault),
                        'descending', (i.indoption[n] & 1) > 0,
                        'nulls_first', (i.indoption[n] & 2) > 0) ORDER BY n)
                    FROM generate_series(0, i.indnkeyatts - 1) n),
                'included', (
                    SELECT coalesce(json_agg(a.attname), '[]')
                    FROM generate_series(i.indnkeyatts, i.indnatts - 1) n
                    JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = i.indkey[n]),
                'nulls_not_distinct', i.indnullsnotdistinct,
                'inherited', ic.relispartition,
                'deferrable', NOT i.indimmediate,
                'constraint', (
                    SELECT c.conname FROM pg_constraint c WHERE c.conindid = i.indexrelid AND c.conrelid = t.oid
                        AND c.contype IN ('p', 'u', 'x')),
                'predicate', i.indpred IS NOT NULL,
                'method', am.amname,
                'valid', i.indisvalid) ORDER BY ic.relname), '[]')
            FROM pg_index i JOIN pg_class ic ON ic.oid = i.indexrelid JOIN pg_am am ON am.oid = ic.relam
            WHERE i.indrelid = t.oid AND NOT EXISTS (
                SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid AND c.contype IN ('p', 'u')
                    AND c.conrelid = t.oid)),
        'constraint_indexes', (
            SELECT coalesce(json_agg(json_build_object(
                'name', ic.relname,
                'unique', i.indisunique,
                'columns', (
                    SELECT json_agg(a.attname ORDER BY k.position)
                    FROM unnest(i.indkey::int2[]) WITH ORDINALITY k (attnum, position)
                    LEFT JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.attnum AND k.attnum <> 0
                    WHERE k.position <= i.indnkeyatts),
                'keys', (
                    SELECT json_agg(json_build_object(
                        'collation', (
                            SELECT o.collname FROM pg_collation o WHERE o.oid = i.indcollation[n]
                                AND o.oid <> coalesce((
                                    SELECT a.attcollation FROM pg_attribute a
                                    WHERE a.attrelid = t.oid AND a.attnum = i.indkey[n] AND a.attnum > 0), 100)),
                        'operator_class', (
                            SELECT o.opcname FROM pg_opclass o WHERE o.oid = i.indclass[n] AND NOT o.opcdefault),
                        'descending', (i.indoption[n] & 1) > 0,
                        'nulls_first', (i.indoption[n] & 2) > 0) ORDER BY n)
                    FROM generate_series(0, i.indnkeyatts - 1) n),
                'included', (
                    SELECT coalesce(json_agg(a.attname), '[]')
                    FROM generate_series(i.indnkeyatts, i.indnatts - 1) n
                    JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = i.indkey[n]),
                'nulls_not_distinct', i.indnullsnotdistinct,
                'inherited', ic.relispartition,
                'deferrable', NOT i.indimmediate,
                'constraint', (
                    SELECT c.conname FROM pg_constraint c WHERE c.conindid = i.indexrelid AND c.conrelid = t.oid
                        AND c.contype IN ('p', 'u', 'x')),
                'predicate', i.indpred IS NOT NULL,
                'method', am.amname,
                'valid', i.indisvalid) ORDER BY ic.relname), '[]')
            FROM pg_index i JOIN pg_class ic ON ic.oid = i.indexrelid JOIN pg_am am ON am.oid = ic.relam
            WHERE i.indrelid = t.oid AND  EXISTS (
                SELECT FROM pg_constraint c WHERE c.conindid = i.indexrelid AND c.contype IN ('p', 'u')
                    AND c.conrelid = t.oid)),
        'triggers', (
            SELECT coalesce(json_agg(g.tgname ORDER BY g.tgname), '[]')
            FROM pg_trigger g WHERE g.tgrelid = t.oid AND NOT g.tgisinternal)
    ) AS entry, t.nspname, t.relname
    FROM relations t WHERE t.relkind IN ('r', 'p', 'f')
)
SELECT json_build_object(
    'tables', (SELECT coalesce(json_agg(entry ORDER BY nspname, relname), '[]') FROM tables),
    'enums', (
        SELECT coalesce(json_agg(json_build_object(
            'schema', s.nspname, 'name', t.typname, 'labels', (
                SELECT coalesce(json_agg(e.enumlabel ORDER BY e.enumsortorder), '[]')
                FROM pg_enum e WHERE e.enumtypid = t.oid)) ORDER BY s.nspname, t.typname), '[]')
        FROM pg_type t JOIN spaces s ON s.oid = t.typnamespace
        WHERE t.typtype = 'e'
            AND NOT EXISTS (SELECT FROM members m WHERE m.classid = 'pg_type'::regclass AND m.objid = t.oid)),
    'views', (
        SELECT coalesce(json_agg(json_build_object(
            'schema', r0.nspname, 'name', r0.relname, 'materialized', r0.relkind = 'm',
            'security_invoker', EXISTS (
                SELECT FROM pg_class v, unnest(v.reloptions) o
                WHERE v.oid = r0.oid AND split_part(o, '=', 1) = 'security_invoker' AND split_part(o, '=', 2)::boolean),
    'reads', (
        SELECT coalesce(json_agg(DISTINCT n.nspname || '.' || r.relname), '[]')
        FROM pg_depend d JOIN pg_class r ON r.oid = d.refobjid JOIN pg_namespace n ON n.oid = r.relnamespace
        WHERE d.classid = 'pg_rewrite'::regclass AND d.refobjid <> r0.oid AND d.objid IN (SELECT w.oid FROM pg_rewrite w WHERE w.ev_class = r0.oid AND w.ev_type = '1') AND d.refclassid = 'pg_class'::regclass AND d.deptype = 'n'
            AND n.nspname NOT IN ('pg_catalog', 'information_schema')),
    'calls', (
        SELECT coalesce(json_agg(DISTINCT n.nspname || '.' || f.proname || '(' || (
            SELECT coalesce(string_agg(format_type(a, NULL), ', ' ORDER BY p), '')
            FROM unnest(f.proargtypes::oid[]) WITH ORDINALITY x (a, p)) || ')'), '[]')
        FROM pg_depend d JOIN pg_proc f ON f.oid = d.refobjid JOIN pg_namespace n ON n.oid = f.pronamespace
        WHERE d.classid = 'pg_rewrite'::regclass AND d.refobjid <> r0.oid AND d.objid IN (SELECT w.oid FROM pg_rewrite w WHERE w.ev_class = r0.oid AND w.ev_type = '1') AND d.refclassid = 'pg_proc'::regclass AND d.deptype = 'n'
            AND n.nspname NOT IN ('pg_catalog', 'information_schema'))) ORDER BY r0.nspname, r0.relname), '[]')
        FROM relations r0 WHERE r0.relkind IN ('v', 'm')),
    'extensions', (
        SELECT coalesce(json_agg(json_build_object('name', e.extname, 'schema', n.nspname) ORDER BY e.extname), '[]')
        FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace),
    'routines', (
        SELECT coalesce(json_agg(json_build_object(
            'name', s.nspname || '.' || f.proname || '(' || (
                SELECT coalesce(string_agg(format_type(a, NULL), ', ' ORDER BY p), '')
                FROM unnest(f.proargtypes::oid[]) WITH ORDINALITY x (a, p)) || ')',
            'kind', CASE f.prokind WHEN 'p' THEN 'procedure' WHEN 'a' THEN 'aggregate' WHEN 'w' THEN 'window'
                ELSE 'function' END,
            'returns', CASE WHEN f.prokind IN ('f', 'w') THEN format_type(f.prorettype, NULL) END,
            'security_definer', f.prosecdef,
            'volatility', CASE WHEN f.prokind <> 'a' THEN
                CASE f.provolatile WHEN 'i' THEN 'immutable' WHEN 's' THEN 'stable' ELSE 'volatile' END END,
            'has_standard_body', f.prosqlbody IS NOT NULL,
            'sets', (SELECT coalesce(json_agg(split_part(c, '=', 1)), '[]') FROM unnest(f.proconfig) c))), '[]')
        FROM pg_proc f JOIN spaces s ON s.oid = f.pronamespace
        WHERE NOT EXISTS (SELECT FROM members m WHERE m.classid = 'pg_proc'::regclass AND m.objid = f.oid)),
    'functions', (
        SELECT coalesce(json_agg(DISTINCT s.nspname || '.' || p.proname), '[]')
        FROM pg_proc p JOIN spaces s ON s.oid = p.pronamespace
        WHERE NOT EXISTS (SELECT FROM members m WHERE m.classid = 'pg_proc'::regclass AND m.objid = p.oid)),
    'access', json_build_object(
        'relations', (
            SELECT coalesce(json_agg(json_build_object(
                'schema', nspname, 'name', relname, 'owner', pg_get_userbyid(relowner), 'privileges', coalesce(list, '[]'))), '[]')
            FROM relations t LEFT JOIN granted g ON g.class = 'relation' AND g.oid = t.oid
            WHERE relkind IN ('r', 'p', 'f', 'v', 'm', 'S')),
        'functions', (
            SELECT coalesce(json_agg(json_build_object(
                'schema', s.nspname,
                'name', p.proname || '(' || (
                    SELECT coalesce(string_agg(format_type(u.type, NULL), ', ' ORDER BY u.position), '')
                    FROM unnest(p.proargtypes::oid[]) WITH ORDINALITY u (type, position)) || ')',
                'owner', pg_get_userbyid(p.proowner), 'privileges', coalesce(list, '[]'))), '[]')
            FROM pg_proc p JOIN spaces s ON s.oid = p.pronamespace LEFT JOIN granted g ON g.class = 'function' AND g.oid = p.oid
            WHERE NOT EXISTS (SELECT FROM members m WHERE m.classid = 'pg_proc'::regclass AND m.objid = p.oid)),
        'schemas', (
            SELECT coalesce(json_agg(json_build_object(
                'name', nspname, 'owner', pg_get_userbyid(nspowner), 'privileges', coalesce(list, '[]'))), '[]')
            FROM pg_namespace n LEFT JOIN granted g ON g.class = 'schema' AND g.oid = n.oid
            WHERE nspname NOT LIKE 'pg\_%' AND nspname <> 'information_schema'),
        'default_privileges', (
            SELECT coalesce(json_agg(json_strip_nulls(json_build_object(
                'role', pg_get_userbyid(defaclrole),
                'schema', n.nspname,
                'kind', CASE defaclobjtype WHEN 'r' THEN 'table' WHEN 'S' THEN 'sequence' WHEN 'f' THEN 'function' ELSE 'schema' END,
                'privileges', coalesce(list, '[]')))), '[]')
            FROM pg_default_acl d LEFT JOIN pg_namespace n ON n.oid = d.defaclnamespace
            LEFT JOIN granted g ON g.class = 'default' AND g.oid = d.oid
            WHERE defaclobjtype IN ('r', 'S', 'f', 'n'))));
