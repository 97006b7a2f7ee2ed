-- name, argument types, argument names, element of the variadic argument, number of defaults, result, columns of
-- the result, then letters: kind (f, p, w, or aggkind n, o, h), volatility (i, s, v), t strict, s set-returning
SELECT concat_ws(E'\t', proname,
    coalesce((SELECT string_agg(typname, ',' ORDER BY n) FROM unnest(proargtypes::oid[]) WITH ORDINALITY a (o, n)
        JOIN pg_type ON pg_type.oid = o), ''),
    coalesce((SELECT string_agg(coalesce(proargnames[n], ''), ',' ORDER BY n)
        FROM generate_series(1, array_length(proargnames, 1)) n
        WHERE coalesce(proargmodes[n], 'i') IN ('i', 'b', 'v')), ''),
    coalesce((SELECT typname FROM pg_type WHERE oid = provariadic), ''),
    pronargdefaults,
    r.typname,
    coalesce((SELECT string_agg(proargnames[n] || ' ' || typname, ',' ORDER BY n)
        FROM unnest(proallargtypes) WITH ORDINALITY a (o, n) JOIN pg_type ON pg_type.oid = o
        WHERE proargmodes[n] IN ('o', 'b', 't')), ''),
    CASE prokind WHEN 'a' THEN aggkind::text ELSE prokind::text END || provolatile::text
        || CASE WHEN proisstrict THEN 't' ELSE '' END || CASE WHEN proretset THEN 's' ELSE '' END)
FROM pg_proc p
JOIN pg_type r ON r.oid = prorettype
LEFT JOIN pg_aggregate a ON a.aggfnoid = p.oid
WHERE pronamespace = 'pg_catalog'::regnamespace
