use crate::engine::interpreter::Interpreter;
use crate::engine::{Outcome, Platform, Reach};
use crate::span::{SourceFile, SourceMap};

fn run(sql: &str) -> Outcome {
    let mut files = SourceMap::default();
    let file = files.add(SourceFile::new("1_test.sql", sql));
    Interpreter { platform: Platform::Postgres }.interpret(&files, &[file])
}

/// The schemas, tables and policies that result, and nothing that stopped or could not be interpreted.
fn facts(sql: &str) -> String {
    let outcome = run(sql);
    if let Some(failure) = &outcome.failure {
        return format!("failed: {} {}", failure.sqlstate, failure.message);
    }
    let mut facts: Vec<String> = outcome
        .catalog
        .tables
        .iter()
        .map(|t| {
            let columns: Vec<&str> = t.columns.iter().map(|c| c.name.as_str()).collect();
            let policies: Vec<&str> = t.policies.iter().map(|p| p.name.as_str()).collect();
            let rls = if t.rls_enabled { " rls" } else { "" };
            let policies = if policies.is_empty() {
                String::new()
            } else {
                format!(" [{}]", policies.join(" "))
            };
            format!("{}({}){rls}{policies}", t.name.name, columns.join(" "))
        })
        .collect();
    facts.extend(outcome.gaps.iter().map(|g| {
        let reach = match &g.reach {
            Reach::Everything => "everything".to_owned(),
            Reach::Objects(names) => {
                names.iter().map(|n| n.name.as_str()).collect::<Vec<_>>().join(" ")
            }
        };
        format!("gap: {reach}")
    }));
    facts.join("; ")
}

const BASE: &str = "CREATE TABLE a (id int PRIMARY KEY, x text); \
     CREATE POLICY p1 ON a USING (true); CREATE POLICY p2 ON a FOR SELECT USING (true); \
     CREATE TABLE b (id int REFERENCES a, y text NOT NULL);";

fn check(cases: &[(&str, &str)]) {
    let mut wrong = Vec::new();
    for (sql, expected) in cases {
        let found = facts(&format!("{BASE} {sql}"));
        let full = format!("a(id x) [p1 p2]; b(id y){expected}");
        let full = if expected.starts_with('=') {
            expected.get(1..).unwrap_or("").to_owned()
        } else {
            full
        };
        if found != full {
            wrong.push(format!("{sql}\n     found {found}\n  expected {full}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn conditions_on_the_catalog_are_decided() {
    let conditions = [
        "EXISTS (SELECT 1 FROM pg_type WHERE typname = 'a')",
        "NOT EXISTS (SELECT 1 FROM pg_type WHERE typname = 'none')",
        "EXISTS (SELECT 1 FROM pg_type t JOIN pg_namespace n ON n.oid = t.typnamespace WHERE t.typname = 'a' AND n.nspname = 'public')",
        "EXISTS (SELECT FROM information_schema.tables WHERE table_schema = 'public' AND table_name = 'a')",
        "NOT EXISTS (SELECT FROM information_schema.tables WHERE table_schema = 'public' AND table_name = 'none')",
        "EXISTS (SELECT 1 FROM information_schema.columns WHERE table_name = 'b' AND column_name = 'y' AND is_nullable = 'NO')",
        "(SELECT data_type FROM information_schema.columns WHERE table_name = 'b' AND column_name = 'y') = 'text'",
        "EXISTS (SELECT 1 FROM pg_policies WHERE schemaname = 'public' AND tablename = 'a' AND policyname = 'p2' AND cmd = 'SELECT')",
        "EXISTS (SELECT 1 FROM pg_policy WHERE polname = 'p1' AND polrelid = 'public.a'::regclass)",
        "EXISTS (SELECT 1 FROM pg_constraint WHERE conname = 'b_id_fkey' AND conrelid = 'b'::regclass AND contype = 'f')",
        "NOT EXISTS (SELECT 1 FROM information_schema.table_constraints WHERE constraint_name = 'none' AND table_name = 'b')",
        "EXISTS (SELECT 1 FROM information_schema.table_constraints tc JOIN information_schema.key_column_usage k ON tc.constraint_name = k.constraint_name WHERE tc.table_name = 'b' AND k.column_name = 'id' AND tc.constraint_type = 'FOREIGN KEY')",
        "EXISTS (SELECT 1 FROM pg_indexes WHERE indexname = 'a_pkey' AND tablename = 'a')",
        "NOT EXISTS (SELECT 1 FROM pg_class WHERE relname = 'idx_none')",
        "EXISTS (SELECT 1 FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace WHERE c.relname = 'a' AND n.nspname = 'public' AND c.relkind = 'r')",
        "to_regclass('public.a') IS NOT NULL AND to_regclass('public.none') IS NULL",
        "to_regtype('a') IS NOT NULL AND to_regtype('integer') IS NOT NULL AND to_regtype('nonesuch') IS NULL",
        "'a'::regclass::text = 'a' AND 'public.a'::regclass = 'a'::regclass",
        "NOT (SELECT relrowsecurity FROM pg_class WHERE oid = 'a'::regclass)",
        "(SELECT count(*) FROM pg_policies WHERE tablename = 'a') = 2",
        "EXISTS (SELECT 1 FROM pg_attribute WHERE attrelid = 'public.b'::regclass AND attname = 'y' AND NOT attisdropped)",
        "(SELECT format_type(atttypid, atttypmod) FROM pg_attribute WHERE attrelid = 'a'::regclass AND attname = 'id') = 'integer'",
        "(SELECT array_agg(attname ORDER BY attnum) FROM pg_attribute WHERE attrelid = 'a'::regclass AND attnum > 0) = ARRAY['id', 'x']::name[]",
        "(SELECT string_agg(polname, ',' ORDER BY polname DESC) FROM pg_policy) = 'p2,p1'",
        "EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'postgres') AND NOT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = 'none')",
        "NOT EXISTS (SELECT 1 FROM pg_extension WHERE extname = 'vector')",
        "EXISTS (SELECT 1 FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid JOIN pg_namespace n ON n.oid = t.relnamespace WHERE n.nspname = 'public' AND t.relname = 'a' AND c.contype = 'p')",
        "EXISTS (SELECT 1 FROM pg_tables WHERE schemaname = 'public' AND tablename = 'a' AND rowsecurity = false)",
        "NOT EXISTS (SELECT 1 FROM pg_proc WHERE proname = 'my_none')",
        "current_schema() = 'public' AND current_user = 'postgres'",
        "(SELECT conkey FROM pg_constraint WHERE conname = 'b_id_fkey') = ARRAY[1::smallint]",
        "pg_get_constraintdef((SELECT oid FROM pg_constraint WHERE conname = 'b_id_fkey')) = 'FOREIGN KEY (id) REFERENCES a(id)'",
        "(SELECT indexdef FROM pg_indexes WHERE indexname = 'a_pkey') LIKE '%UNIQUE INDEX%btree (id)'",
    ];
    let mut wrong = Vec::new();
    for condition in conditions {
        let found = facts(&format!(
            "{BASE} DO $$ BEGIN IF {condition} THEN RAISE SQLSTATE '22012'; END IF; END $$;"
        ));
        if !found.starts_with("failed: 22012") {
            wrong.push(format!("{condition}: {found}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn conditions_are_true_that_are_true_to_the_server() {
    // `tests/expressions.rs` asks the server about the same lines.
    let conditions = include_str!("../../../../../../fixtures/expressions/conditions.txt");
    let mut wrong = Vec::new();
    for condition in conditions.lines().filter(|line| !line.starts_with('#')) {
        let found = facts(&format!(
            "DO $$ BEGIN IF {condition} THEN RAISE SQLSTATE '22012'; END IF; END $$;"
        ));
        if !found.starts_with("failed: 22012") {
            wrong.push(format!("{condition}: {found}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn blocks_change_the_catalog_as_the_server_would() {
    check(&[
        ("DO $$ BEGIN CREATE TABLE c (id int); END $$;", "; c(id)"),
        (
            "DO $$ BEGIN CREATE TABLE a (id int); EXCEPTION WHEN duplicate_table THEN CREATE TABLE c (id int); END $$;",
            "; c(id)",
        ),
        (
            "DO $$ BEGIN CREATE TABLE c (id int); CREATE TABLE a (id int); EXCEPTION WHEN OTHERS THEN NULL; END $$;",
            "",
        ),
        (
            "DO $$ BEGIN CREATE TABLE c (id int); BEGIN CREATE TABLE a (id int); EXCEPTION WHEN SQLSTATE '42P07' THEN NULL; END; END $$;",
            "; c(id)",
        ),
        (
            "DO $$ BEGIN CREATE TABLE a (id int); EXCEPTION WHEN undefined_table THEN NULL; END $$;",
            "=failed: 42P07 relation \"a\" already exists",
        ),
        (
            "DO $$ DECLARE p record; BEGIN FOR p IN SELECT policyname, tablename FROM pg_policies WHERE schemaname = 'public' LOOP EXECUTE format('DROP POLICY %I ON %I', p.policyname, p.tablename); END LOOP; END $$;",
            "=a(id x); b(id y)",
        ),
        (
            "DO $$ DECLARE t text; BEGIN FOREACH t IN ARRAY ARRAY['a', 'b'] LOOP EXECUTE 'ALTER TABLE ' || quote_ident(t) || ' ENABLE ROW LEVEL SECURITY'; END LOOP; END $$;",
            "=a(id x) rls [p1 p2]; b(id y) rls",
        ),
        (
            "DO $$ BEGIN FOR i IN 1..3 LOOP CONTINUE WHEN i = 2; EXECUTE 'CREATE TABLE t' || i || ' ()'; END LOOP; END $$;",
            "; t1(); t3()",
        ),
        (
            "DO $$ DECLARE i int := 0; BEGIN <<l>> LOOP i := i + 1; IF i > 2 THEN EXIT l; END IF; EXECUTE format('CREATE TABLE t%s ()', i); END LOOP; END $$;",
            "; t1(); t2()",
        ),
        (
            "DO $$ DECLARE n text; BEGIN SELECT conname INTO n FROM pg_constraint WHERE conrelid = 'b'::regclass AND contype = 'f'; IF FOUND THEN EXECUTE 'CREATE TABLE ' || n || ' ()'; END IF; END $$;",
            "; b_id_fkey()",
        ),
        (
            "DO $$ DECLARE r record; BEGIN SELECT INTO STRICT r * FROM pg_policies WHERE policyname = 'none'; EXCEPTION WHEN no_data_found THEN CREATE TABLE c (); END $$;",
            "; c()",
        ),
        (
            "DO $$ BEGIN EXECUTE 'CREATE TABLE c (id int)'; IF to_regclass('c') IS NOT NULL THEN DROP TABLE c; CREATE TABLE d (); END IF; END $$;",
            "; d()",
        ),
        (
            "DO $$ DECLARE n int; BEGIN EXECUTE 'SELECT count(*) FROM pg_policies WHERE tablename = $1' INTO n USING 'a'; IF n = 2 THEN CREATE TABLE c (); END IF; END $$;",
            "; c()",
        ),
        (
            "DO $$ BEGIN CASE current_schema() WHEN 'x', 'public' THEN CREATE TABLE c (); ELSE CREATE TABLE d (); END CASE; END $$;",
            "; c()",
        ),
        (
            "DO $$ BEGIN RAISE EXCEPTION 'no % here', 'way' USING ERRCODE = 'check_violation'; EXCEPTION WHEN check_violation THEN EXECUTE 'CREATE TABLE ' || quote_ident(SQLERRM) || '()'; END $$;",
            "; no way here()",
        ),
        ("DO $$ BEGIN RAISE EXCEPTION 'stop %', 1; END $$;", "=failed: P0001 stop 1"),
        ("DO $$ BEGIN RETURN; CREATE TABLE c (); END $$;", ""),
        ("UPDATE a SET z = 1;", "=failed: 42703 column \"z\" of relation \"a\" does not exist"),
        ("INSERT INTO none VALUES (1);", "=failed: 42P01 relation \"none\" does not exist"),
        (
            "DO $$ DECLARE x int := 1; BEGIN DECLARE x int := 2; BEGIN IF x = 2 THEN CREATE TABLE c (); END IF; END; IF x = 1 THEN CREATE TABLE d (); END IF; END $$;",
            "; c(); d()",
        ),
        (
            "DO $$ DECLARE c CURSOR FOR SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1; t text; BEGIN OPEN c; LOOP FETCH c INTO t; EXIT WHEN NOT FOUND; EXECUTE format('CREATE TABLE %I ()', t || '2'); END LOOP; CLOSE c; END $$;",
            "=a(id x) [p1 p2]; a2(); b(id y); b2()",
        ),
        (
            "DO $$ DECLARE t a%ROWTYPE; BEGIN t.x := 'c'; EXECUTE format('CREATE TABLE %I ()', t.x); END $$;",
            "; c()",
        ),
        (
            "DO $$ DECLARE tables text[] := ARRAY['c', 'd']; i int; BEGIN FOR i IN 1 .. array_length(tables, 1) LOOP EXECUTE 'CREATE TABLE ' || tables[i] || '()'; END LOOP; END $$;",
            "; c(); d()",
        ),
        ("DO 'BEGIN CREATE TABLE c (x text DEFAULT ''q''); END';", "; c(x)"),
        (
            "DO $$ DECLARE table_name text := 'a'; BEGIN IF EXISTS (SELECT 1 FROM information_schema.tables WHERE table_name = table_name) THEN NULL; END IF; END $$;",
            "=failed: 42702 column reference \"table_name\" is ambiguous",
        ),
    ]);
}

#[test]
fn functions_are_executed_when_they_are_called() {
    check(&[
        (
            "CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$ BEGIN CREATE TABLE c (); END $$;",
            "",
        ),
        (
            "CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$ BEGIN CREATE TABLE c (); END $$; SELECT f();",
            "; c()",
        ),
        (
            "CREATE FUNCTION f(t text, s text DEFAULT '_x') RETURNS text LANGUAGE plpgsql AS $$ BEGIN EXECUTE format('CREATE TABLE %I ()', t || s); RETURN t || '_z'; END $$; SELECT f(f('c'), s => 'w');",
            "; c_x(); c_zw()",
        ),
        (
            "CREATE FUNCTION f(t text) RETURNS void LANGUAGE sql AS $$ CREATE TABLE c (); SELECT 1; $$; DO $$ BEGIN PERFORM f('x'); END $$;",
            "; c()",
        ),
        (
            "CREATE PROCEDURE p(n int) LANGUAGE plpgsql AS $$ BEGIN IF n > 0 THEN EXECUTE 'CREATE TABLE t' || n || '()'; CALL p(n - 1); END IF; END $$; CALL p(2);",
            "; t1(); t2()",
        ),
        (
            "CREATE FUNCTION f() RETURNS SETOF text LANGUAGE plpgsql AS $$ BEGIN RETURN NEXT 'c'; RETURN QUERY SELECT 'd'; END $$; DO $$ DECLARE t text; BEGIN FOR t IN SELECT * FROM f() LOOP EXECUTE 'CREATE TABLE ' || t || '()'; END LOOP; END $$;",
            "; c(); d()",
        ),
        (
            "CREATE FUNCTION f(OUT a text, OUT b text) LANGUAGE plpgsql AS $$ BEGIN a := 'c'; b := 'd'; END $$; DO $$ DECLARE r record; BEGIN SELECT * INTO r FROM f(); EXECUTE 'CREATE TABLE ' || r.b || '()'; END $$;",
            "; d()",
        ),
        (
            "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN CREATE TABLE c (); RETURN 1; END $$; WITH q AS (SELECT f()) SELECT * FROM q;",
            "; c()",
        ),
        (
            "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN CREATE TABLE c (); RETURN 1; END $$; INSERT INTO a SELECT f(), 'x';",
            "; c()",
        ),
        (
            "CREATE SCHEMA s; CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql SET search_path = s AS $$ BEGIN CREATE TABLE c (); END $$; SELECT f(); CREATE TABLE d ();",
            "; d(); c()",
        ),
        (
            "SELECT set_config('search_path', '', false); CREATE TABLE c ();",
            "=failed: 3F000 no schema has been selected to create in",
        ),
        (
            "CREATE FUNCTION f(VARIADIC t text[]) RETURNS void LANGUAGE plpgsql AS $$ DECLARE x text; BEGIN FOREACH x IN ARRAY t LOOP EXECUTE 'CREATE TABLE ' || x || '()'; END LOOP; END $$; SELECT f('c', 'd');",
            "; c(); d()",
        ),
        (
            "CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$ BEGIN PERFORM f(); END $$; SELECT f();",
            "; gap: everything",
        ),
    ]);
}

#[test]
fn what_depends_on_rows_is_a_gap_that_reaches_what_may_change() {
    check(&[
        (
            "DO $$ BEGIN IF (SELECT count(*) FROM a) > 0 THEN CREATE TABLE c (); END IF; END $$;",
            "; gap: c",
        ),
        (
            "DO $$ BEGIN IF EXISTS (SELECT 1 FROM a) THEN ALTER TABLE b ADD COLUMN z int; ELSE ALTER TABLE a ADD COLUMN z int; END IF; END $$;",
            "; gap: b; gap: a",
        ),
        (
            "DO $$ DECLARE n int; BEGIN SELECT count(*) INTO n FROM a; IF n > 0 THEN RAISE EXCEPTION 'rows'; END IF; CREATE TABLE c (); END $$;",
            "; c()",
        ),
        (
            "DO $$ DECLARE n int; BEGIN SELECT count(*) INTO n FROM a; RAISE NOTICE '%', n; UPDATE a SET x = 'y' WHERE id > n; END $$;",
            "",
        ),
        (
            "DO $$ DECLARE r record; BEGIN FOR r IN SELECT * FROM a LOOP UPDATE b SET y = r.x WHERE id = r.id; END LOOP; END $$;",
            "",
        ),
        (
            "DO $$ DECLARE r record; BEGIN FOR r IN SELECT x FROM a LOOP EXECUTE format('CREATE TABLE %I ()', r.x); END LOOP; END $$;",
            "; gap: *",
        ),
        (
            "DO $$ DECLARE r record; BEGIN FOR r IN SELECT x FROM a LOOP EXECUTE format('UPDATE %I SET x = 1', r.x); END LOOP; END $$;",
            "",
        ),
        (
            "DO $$ DECLARE r record; BEGIN FOR r IN SELECT x FROM a LOOP EXECUTE format('ALTER TABLE b ADD COLUMN IF NOT EXISTS c text DEFAULT %L', r.x); END LOOP; END $$;",
            "; gap: b",
        ),
        (
            "DO $$ BEGIN IF (SELECT count(*) FROM a) = 0 THEN RETURN; END IF; ALTER TABLE b ADD COLUMN z int; END $$;",
            "; gap: b",
        ),
        (
            "DO $$ BEGIN IF EXISTS (SELECT 1 FROM a) THEN RAISE EXCEPTION 'x'; END IF; CREATE TABLE c (); EXCEPTION WHEN OTHERS THEN CREATE TABLE d (); END $$;",
            "; gap: c; gap: d",
        ),
        (
            "DO $$ BEGIN INSERT INTO a VALUES (1, 'x'); EXCEPTION WHEN unique_violation THEN NULL; END $$;",
            "",
        ),
        (
            "DO $$ BEGIN CREATE TABLE c (); INSERT INTO a VALUES (1, 'x'); EXCEPTION WHEN OTHERS THEN NULL; END $$;",
            "; c(); gap: c",
        ),
        (
            "DO $$ BEGIN WHILE (SELECT count(*) FROM a) > 0 LOOP DROP TABLE IF EXISTS b; END LOOP; END $$;",
            "; gap: b",
        ),
        ("DO $$ BEGIN LOOP NULL; END LOOP; END $$;", "; gap: everything"),
        (
            "CREATE FUNCTION f() RETURNS void LANGUAGE plpgsql AS $$ BEGIN DROP TABLE b; END $$; SELECT f() FROM a;",
            "; gap: b",
        ),
        (
            "CREATE FUNCTION f() RETURNS int LANGUAGE plpgsql AS $$ BEGIN DROP TABLE b; RETURN 1; END $$; UPDATE a SET id = f() WHERE id = 1;",
            "; gap: b",
        ),
        (
            "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN DROP TABLE b; RETURN NEW; END $$; CREATE TRIGGER t AFTER INSERT ON a FOR EACH ROW EXECUTE FUNCTION f(); INSERT INTO a VALUES (1);",
            "; gap: b",
        ),
        (
            "CREATE FUNCTION f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN NEW.x := lower(NEW.x); RETURN NEW; END $$; CREATE TRIGGER t BEFORE INSERT ON a FOR EACH ROW EXECUTE FUNCTION f(); INSERT INTO a VALUES (1);",
            "",
        ),
        (
            "DO $$ DECLARE d text := to_char(now(), 'YYYY'); BEGIN EXECUTE format('CREATE TABLE c_%s_x ()', d); END $$;",
            "; gap: c_*_x",
        ),
        (
            "DO $$ DECLARE t text; BEGIN SELECT x INTO t FROM a; EXECUTE 'DROP TABLE ' || t; END $$;",
            "; gap: everything",
        ),
        (
            "DO $$ DECLARE v text := 'b_id_fkey'; n text; BEGIN SELECT c.conname INTO n FROM pg_constraint c WHERE c.conkey[1] = 1 AND c.conname = v; EXECUTE 'ALTER TABLE b DROP CONSTRAINT ' || n; CREATE TABLE c (); END $$;",
            "; c()",
        ),
        (
            "DO $$ DECLARE d text := to_char(now(), 'YYYY'); BEGIN EXECUTE 'COMMENT ON TABLE a IS ' || quote_literal(d); END $$;",
            "",
        ),
    ]);
}
