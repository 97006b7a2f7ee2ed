use super::Expression;

fn parsed(sql: &str) -> Expression {
    Expression::parse(sql).unwrap_or_else(|| panic!("{sql} is not read"))
}

#[test]
fn a_call_is_computed_once_in_a_sub_select_that_names_no_column() {
    for (sql, expected) in [
        ("auth.uid() = owner", "auth.uid()"),
        ("(SELECT auth.uid()) = owner", ""),
        ("(SELECT auth.jwt() ->> 'x') = owner", ""),
        ("((select auth.uid() as uid)) = owner", ""),
        ("(SELECT auth.uid()) = owner OR auth.uid() = other", "auth.uid()"),
        ("(SELECT auth.uid() = owner)", "auth.uid()"),
        ("EXISTS (SELECT 1 FROM m WHERE m.u = auth.uid())", "auth.uid()"),
        ("EXISTS (SELECT 1 FROM m WHERE m.u = (SELECT auth.uid()))", ""),
        ("owner IN (SELECT u FROM m) AND is_admin(auth.uid())", "is_admin(auth.uid()); auth.uid()"),
        ("(SELECT is_admin(auth.uid()))", ""),
        ("current_setting('a.b', true) = owner", "current_setting('a.b', true)"),
    ] {
        let calls: Vec<String> = parsed(sql).calls_per_row().into_iter().map(|c| c.text).collect();
        assert_eq!(calls.join("; "), expected, "{sql}");
    }
}

#[test]
fn a_call_gets_a_sub_select_of_its_own_and_others_stay_as_they_are() {
    for (sql, expected) in [
        ("auth.uid() = owner", "(SELECT auth.uid()) = owner"),
        ("auth.uid() = f(owner)", "(SELECT auth.uid()) = f(owner)"),
        (
            "(select auth.uid()) = a OR EXISTS (SELECT 1 FROM m WHERE m.u = auth.uid())",
            "(SELECT auth.uid()) = a OR EXISTS (SELECT 1 FROM m WHERE m.u = (SELECT auth.uid()))",
        ),
    ] {
        let once = parsed(sql).computed_once(|call| call.name == ["auth", "uid"]);
        assert_eq!(once, expected, "{sql}");
        assert!(parsed(&once).calls_per_row().iter().all(|call| call.name != ["auth", "uid"]));
    }
}

#[test]
fn relations_are_those_of_sub_queries_and_not_what_with_names() {
    for (sql, expected) in [
        ("true", ""),
        ("EXISTS (SELECT 1 FROM a JOIN s.\"B\" b ON b.x = a.x)", "a, s.B"),
        ("x IN (WITH c AS (SELECT x FROM a) SELECT x FROM c)", "a"),
        ("x = ANY (ARRAY(SELECT y FROM (SELECT y FROM d) e))", "d"),
        ("x IN (SELECT u FROM mine(1) u)", ""),
        ("(SELECT count(*) FROM A WHERE EXISTS (SELECT FROM b)) > 0", "a, b"),
    ] {
        let found = parsed(sql).relations();
        let found: Vec<String> = found.iter().map(|name| name.join(".")).collect();
        assert_eq!(found.join(", "), expected, "{sql}");
    }
}

#[test]
fn a_column_is_looked_up_where_it_equals_what_does_not_depend_on_the_row() {
    let columns = ["id", "owner", "team"].map(str::to_owned);
    for (sql, expected) in [
        ("owner = auth.uid()", "owner"),
        ("(SELECT auth.uid()) = docs.owner OR team = 3", "owner, team"),
        ("NOT owner = auth.uid()", ""),
        ("owner <> auth.uid()", ""),
        ("owner = team", ""),
        ("coalesce(owner, id) = auth.uid()", ""),
        ("team IN (SELECT team FROM members WHERE member = auth.uid())", "team"),
        ("team IN (SELECT m.team FROM members m WHERE m.doc = docs.id)", ""),
        ("team = ANY (my_teams())", "team"),
        ("team = ANY (teams_of(docs.owner))", ""),
        ("team IN (1, 2)", "team"),
        ("EXISTS (SELECT 1 FROM members m WHERE m.team = docs.team)", ""),
        ("other = 1", ""),
    ] {
        assert_eq!(parsed(sql).looked_up("docs", &columns).join(", "), expected, "{sql}");
    }
}

#[test]
fn an_expression_has_one_spelling_and_what_it_requires_can_be_told() {
    for (a, b, same) in [
        ("lower(email)", "LOWER((\"email\"))", true),
        ("(lower(email))", "lower(Email)", true),
        ("lower(email)", "lower(\"Email\")", false),
        ("a > 0 AND b", "(a > 0) AND b", false),
        ("a > 0", "a > 1", false),
    ] {
        assert_eq!(parsed(a).canonical() == parsed(b).canonical(), same, "{a} and {b}");
    }
    for (sql, expected) in [
        ("a IS NOT NULL", Some("a")),
        ("((a IS NOT NULL) AND (t.b IS NOT NULL))", Some("a, b")),
        ("a IS NOT NULL AND b > 0", None),
        ("a IS NULL", None),
        ("lower(a) IS NOT NULL", None),
        ("a IS NOT NULL OR b IS NOT NULL", None),
    ] {
        let required = parsed(sql).required_columns().map(|mut columns| {
            columns.sort();
            columns.join(", ")
        });
        assert_eq!(required.as_deref(), expected, "{sql}");
    }
}

#[test]
fn a_list_of_arguments_is_read_as_a_server_writes_it() {
    for (sql, expected) in [
        ("f(VARIADIC ARRAY['a'::text, b[1]])", "f('a'::TEXT, b[1])"),
        ("f(1, VARIADIC ARRAY[g(VARIADIC ARRAY[2])]) = ARRAY[3]", "f(1, g(2)) = ARRAY[3]"),
    ] {
        assert_eq!(parsed(sql).computed_once(|_| false), expected, "{sql}");
    }
    assert!(Expression::parse("f(VARIADIC list)").is_none());
    let claims =
        "jsonb_extract_path_text(auth.jwt(), VARIADIC ARRAY['user_metadata'::text, 'x'::text])";
    assert!(parsed(claims).takes_key("user_metadata", |call| call.name == ["auth", "jwt"]));
}
