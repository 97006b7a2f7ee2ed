-- name, relocatable (r), trusted (t), the schema that it must be in, what it requires, the names of its operators
DO $$
DECLARE
    extension text;
BEGIN
    FOR extension IN SELECT name FROM pg_available_extensions LOOP
        BEGIN
            EXECUTE format('CREATE EXTENSION IF NOT EXISTS %I CASCADE', extension);
        EXCEPTION WHEN OTHERS THEN
            -- Its language is not installed; what needs one has no operators.
        END;
    END LOOP;
END
$$;
SELECT concat_ws(E'\t', v.name,
    CASE WHEN relocatable THEN 'r' ELSE '' END,
    CASE WHEN trusted THEN 't' ELSE '' END,
    coalesce(schema, ''),
    coalesce(array_to_string(requires, ','), ''),
    coalesce((SELECT string_agg(DISTINCT oprname::text COLLATE "C", ' ' ORDER BY oprname::text COLLATE "C")
        FROM pg_extension e
        JOIN pg_depend d ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid AND d.deptype = 'e'
        JOIN pg_operator o ON d.classid = 'pg_operator'::regclass AND o.oid = d.objid
        WHERE e.extname = v.name), ''))
FROM pg_available_extensions a JOIN pg_available_extension_versions v ON v.name = a.name AND v.version = a.default_version
