CREATE FUNCTION judge(expression text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
    found text;
BEGIN
    -- The expression is analysed and never run.
    EXECUTE 'CREATE TEMPORARY VIEW judged AS SELECT ' || expression || ' AS x FROM t';
    SELECT format_type(atttypid, -1) INTO found FROM pg_attribute WHERE attrelid = 'judged'::regclass AND attnum = 1;
    DROP VIEW judged;
    RETURN found;
EXCEPTION WHEN OTHERS THEN
    RETURN SQLSTATE;
END
$$;
