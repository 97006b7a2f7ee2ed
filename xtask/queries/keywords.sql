-- word, category (U unreserved, C column name, T type or function name, R reserved)
SELECT concat_ws(E'\t', word, upper(catcode)) FROM pg_get_keywords()
