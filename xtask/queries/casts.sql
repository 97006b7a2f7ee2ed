-- source, target, method (f function, b binary, i text), context (i implicit, a assignment, e explicit)
SELECT concat_ws(E'\t', s.typname, t.typname, castmethod, castcontext)
FROM pg_cast JOIN pg_type s ON s.oid = castsource JOIN pg_type t ON t.oid = casttarget
