-- name, left type (empty for a prefix operator), right type, result, function
SELECT concat_ws(E'\t', oprname, coalesce(l.typname, ''), r.typname, t.typname, p.proname)
FROM pg_operator o
LEFT JOIN pg_type l ON l.oid = oprleft
JOIN pg_type r ON r.oid = oprright
JOIN pg_type t ON t.oid = oprresult
JOIN pg_proc p ON p.oid = oprcode
WHERE oprnamespace = 'pg_catalog'::regnamespace
