-- condition name, SQLSTATE (of errors and warnings alike, as PL/pgSQL knows them)
SELECT concat_ws(E'\t', part[3], part[1])
FROM pg_config, regexp_split_to_table(pg_read_file(setting || '/errcodes.txt'), E'\n') AS line,
    regexp_matches(line, '^([0-9A-Z]{5})\s+[EW]\s+(\S+)\s+(\S+)\s*$') AS part
WHERE name = 'SHAREDIR'
