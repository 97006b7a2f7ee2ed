-- The members of the installed extension that setting `railcheck.extension` names, a line each, as
-- `src/engine/interpreter/statements/extension_members.txt` lists them.
WITH members AS (
    SELECT d.classid, d.objid FROM pg_depend d JOIN pg_extension e ON e.oid = d.refobjid
    WHERE d.refclassid = 'pg_extension'::regclass AND d.deptype = 'e'
        AND e.extname = current_setting('railcheck.extension')
)
SELECT line FROM (
    SELECT 1 AS position, 'type ' || t.typname AS line
    FROM members m JOIN pg_type t ON m.classid = 'pg_type'::regclass AND m.objid = t.oid
    WHERE t.typelem = 0 OR t.typname !~ '^_'
    UNION ALL
    SELECT 2, CASE c.relkind WHEN 'v' THEN 'view ' ELSE 'table ' END || c.relname
    FROM members m JOIN pg_class c ON m.classid = 'pg_class'::regclass AND m.objid = c.oid AND c.relkind IN ('r', 'v')
    UNION ALL
    SELECT 3, CASE p.prokind WHEN 'a' THEN 'aggregate ' ELSE '' END || p.proname || '('
        || coalesce((SELECT string_agg(format_type(a.type, NULL), ',' ORDER BY a.position)
            FROM unnest(p.proargtypes) WITH ORDINALITY AS a (type, position)), '') || ')'
        || CASE p.pronargdefaults WHEN 0 THEN '' ELSE '+' || p.pronargdefaults END
        || CASE WHEN p.proretset THEN ' setof ' ELSE ' ' END || format_type(p.prorettype, NULL)
    FROM members m JOIN pg_proc p ON m.classid = 'pg_proc'::regclass AND m.objid = p.oid
    UNION ALL
    SELECT 4, 'class ' || a.amname || ' ' || o.opcname
    FROM members m JOIN pg_opclass o ON m.classid = 'pg_opclass'::regclass AND m.objid = o.oid
    JOIN pg_am a ON a.oid = o.opcmethod
    UNION ALL
    SELECT 5, 'operator ' || o.oprname || '(' || coalesce(format_type(nullif(o.oprleft, 0), NULL), 'none') || ','
        || coalesce(format_type(nullif(o.oprright, 0), NULL), 'none') || ')'
    FROM members m JOIN pg_operator o ON m.classid = 'pg_operator'::regclass AND m.objid = o.oid
) lines ORDER BY position, line COLLATE "C";
