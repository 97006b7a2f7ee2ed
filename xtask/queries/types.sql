-- name, oid, kind (typtype, `a` for an array), category, preferred (p), array type, element or subtype or
-- range, typmod (m), collation (c), name as format_type writes it
SELECT concat_ws(E'\t', t.typname, t.oid::int,
    CASE WHEN t.typarray = 0 AND t.typsubscript::text = 'array_subscript_handler' THEN 'a' ELSE t.typtype::text END,
    t.typcategory,
    CASE WHEN t.typispreferred THEN 'p' ELSE '' END,
    t.typarray::int,
    coalesce(r.rngsubtype, m.rngtypid, t.typelem)::int,
    CASE WHEN t.typmodin <> 0 THEN 'm' ELSE '' END,
    CASE WHEN t.typcollation <> 0 THEN 'c' ELSE '' END,
    format_type(t.oid, NULL))
FROM pg_type t
LEFT JOIN pg_range r ON r.rngtypid = t.oid
LEFT JOIN pg_range m ON m.rngmultitypid = t.oid
LEFT JOIN pg_type e ON e.oid = t.typelem
WHERE t.typnamespace = 'pg_catalog'::regnamespace AND t.typtype <> 'c' AND coalesce(e.typtype, 'b') <> 'c'
