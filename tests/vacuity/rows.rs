//! The rows that a policy is held against: for the columns in question every combination of values that
//! are likely to decide, as far as the constraints allow it.

/// A column with its values. Those of the second list make arithmetic overflow.
struct Column {
    name: &'static str,
    data_type: &'static str,
    values: &'static str,
    extreme: &'static str,
}

const fn column(
    name: &'static str,
    data_type: &'static str,
    values: &'static str,
    extreme: &'static str,
) -> Column {
    Column { name, data_type, values, extreme }
}

const INTEGERS: &str = "(0), (1), (2), (3), (4), (5), (6), (7), (8), (9), (10), (11), (98), (99)";
const MOMENTS: &str = "('2019-12-31'), ('2020-01-01'), ('2020-01-01 12:00:00+00'), ('2020-01-01 12:00:01+00'), \
    ('2050-06-01'), ('2050-06-01 13:30+00'), ('2099-01-01'), ('infinity'), ('-infinity'), ('1999-05-05 10:20:30+00'), \
    (now()), (now() - interval '1 hour'), (now() + interval '1 day'), (now() - interval '3 years')";
const DAYS: &str = "('2019-12-31'), ('2020-01-01'), ('2020-01-02'), ('2030-12-31'), ('2031-01-30'), ('2050-06-01'), \
    ('2099-01-01'), ('infinity'), ('-infinity'), (current_date), (current_date - 1), (current_date + 30)";
const WORDS: &str = "(''), ('a'), ('abc'), ('B'), ('b'), ('admin'), ('ä'), ('10'), (' a '), ('xbx'), ('draft'), ('open'), ('closed'), ('anon'), ('authenticated'), ('00000000-0000-0000-0000-000000000001'), ('~~~~~~~~~~')";

const COLUMNS: [Column; 22] = [
    column(
        "id",
        "uuid",
        "('00000000-0000-0000-0000-000000000001'), ('10000000-0000-0000-0000-000000000002'), ('00000001-0000-0000-0000-000000000000'), ('a0000001-0000-0000-0000-000000000000')",
        "",
    ),
    column(
        "owner",
        "uuid",
        "('00000000-0000-0000-0000-000000000001'), ('00000000-0000-0000-0000-00000000000a'), ('d0000000-0000-0000-0000-000000000003'), ('00000001-0000-0000-0000-000000000000'), ('a0000001-0000-0000-0000-000000000000')",
        "",
    ),
    column("team", "uuid", "", ""),
    column("project", "uuid", "", ""),
    column("title", "text", WORDS, ""),
    column("body", "text", WORDS, ", (NULL)"),
    column("code", "varchar(4)", "(''), ('a'), ('abc'), ('B'), ('10'), (NULL)", ""),
    column("n", "integer", INTEGERS, ""),
    column("m", "integer", INTEGERS, ", (NULL), (100), (1000), (1001), (2147483647)"),
    column(
        "big",
        "bigint",
        "(-1000), (-5), (-1), (0), (1), (4), (5), (99), (100), (1000), (1001)",
        ", (9223372036854775807), (-9223372036854775808)",
    ),
    column(
        "price",
        "numeric",
        "(-1000), (-1.5), (0), (0.1), (1), (1.5), (5), (99.95), (100), (1000.5), (NULL)",
        ", ('NaN'), ('Infinity'), ('-Infinity')",
    ),
    column(
        "ratio",
        "numeric(4, 1)",
        "(-999.9), (-1), (0), (0.1), (1.5), (5), (99.9), (100), (999.9)",
        ", ('NaN')",
    ),
    column(
        "size",
        "double precision",
        "(-1000), (-1.5), (0), (0.1), (1), (1.5), (5), (99.95), (1000), (NULL)",
        ", ('NaN'), ('Infinity'), ('-Infinity'), (1e300)",
    ),
    column("done", "boolean", "(true), (false)", ""),
    column("flag", "boolean", "(true), (false), (NULL)", ""),
    column("state", "state", "('draft'), ('open'), ('closed')", ""),
    column(
        "meta",
        "jsonb",
        "('{}'), ('{\"k\": \"a\"}'), ('{\"k\": \"abc\", \"l\": \"B\"}'), ('{\"k\": \"\", \"l\": null}'), ('{\"k\": \"admin\", \"l\": \"a\"}'), ('{\"l\": \"zz\"}'), ('{\"l\": \"aa\"}'), ('[]'), ('5'), (NULL)",
        "",
    ),
    column("tags", "text[]", "('{}'), ('{a}'), ('{b,a}'), ('{zz}'), ('{NULL}'), (NULL)", ""),
    column("starts", "date", DAYS, ", (NULL)"),
    column("ends", "date", DAYS, ""),
    column("created_at", "timestamptz", MOMENTS, ""),
    column("seen_at", "timestamptz", MOMENTS, ", (NULL)"),
];

/// The constraints of the table with the columns in them.
const CONSTRAINTS: [(&str, &[&str]); 8] = [
    ("n >= 0 AND n < 100", &["n"]),
    ("(m >= n) IS NOT FALSE", &["m", "n"]),
    ("(starts <= ends) IS NOT FALSE", &["starts", "ends"]),
    ("title <> ''", &["title"]),
    ("(seen_at IS NULL OR seen_at >= created_at) IS NOT FALSE", &["seen_at", "created_at"]),
    ("(NOT done OR state = 'closed')", &["done", "state"]),
    ("project IN (SELECT id FROM projects)", &["project"]),
    ("(team IS NULL OR team IN (SELECT id FROM teams))", &["team"]),
];

/// More rows than this are not tried at once.
const MOST: f64 = 8_000.0;

/// What a policy compares with is likely to decide, too.
struct Literals {
    moments: String,
    ids: String,
    words: String,
    /// What functions make of the words.
    hashes: String,
    numbers: String,
}

impl Literals {
    fn of(policy: &str) -> Self {
        let mut literals = Self {
            moments: String::new(),
            ids: String::new(),
            words: String::new(),
            hashes: String::new(),
            numbers: String::new(),
        };
        // Every second part stands between quotes; no literal of a random policy has one inside.
        let parts: Vec<&str> = policy.split('\'').collect();
        let quoted = || parts.windows(2).step_by(2).map(|pair| (pair[0], pair[1]));
        let is_interval = |before: &str| before.trim_end().ends_with("interval");
        for part in parts.iter().step_by(2) {
            let words = part.split(|c: char| !c.is_ascii_alphanumeric() && c != '.' && c != '_');
            for number in words.filter(|word| word.parse::<f64>().is_ok_and(|n| n < 1001.0)) {
                literals.numbers.push_str(&format!(
                    ", ({number}), ({number} + 1), ({number} - 1), (-{number}), ({number} / 2.0)"
                ));
            }
        }
        let unquoted = parts.iter().step_by(2);
        let whole: Vec<&str> = unquoted
            .flat_map(|part| part.split(|c: char| !c.is_ascii_digit()))
            .filter(|word| !word.is_empty() && word.len() < 4)
            .collect();
        for (one, other) in whole.iter().flat_map(|one| whole.iter().map(move |other| (one, other)))
        {
            literals.numbers.push_str(&format!(", ({one} + {other}), ({one} - {other})"));
        }
        let mut moments = vec!["now()".to_owned()];
        let mut intervals = Vec::new();
        for (before, part) in quoted() {
            if is_id(part) {
                literals.ids.push_str(&format!(", ('{part}')"));
            } else if part.len() >= 10 && part.starts_with(|c: char| c.is_ascii_digit()) {
                literals.moments.push_str(&format!(", ('{part}'::timestamptz)"));
                for days in &whole {
                    for sign in ['+', '-'] {
                        let moved =
                            format!(", ('{part}'::timestamptz {sign} interval '{days} day')");
                        literals.moments.push_str(&moved);
                    }
                }
                moments.push(format!("'{part}'::timestamptz"));
            } else if is_interval(before) {
                intervals.push(part);
            } else {
                for other in quoted().map(|(_, other)| other).filter(|other| other.len() < 6) {
                    literals.words.push_str(&format!(", ('{part}{other}')"));
                    literals.hashes.push_str(&format!(", (replace('{part}{other}', 'a', ''))"));
                }
                literals.words.push_str(&format!(", ('{part}')"));
                literals.hashes.push_str(&format!(", (md5('{part}'))"));
            }
        }
        for (moment, interval) in moments.iter().flat_map(|m| intervals.iter().map(move |i| (m, i)))
        {
            for sign in ['+', '-'] {
                let moved = format!(", ({moment} {sign} interval '{interval}')");
                literals.moments.push_str(&moved);
            }
        }
        literals
    }

    /// Those of them that a column may hold.
    fn for_column(&self, column: &Column) -> String {
        match column.data_type {
            "uuid" => self.ids.clone(),
            "text" => format!("{}{}", self.words, self.hashes),
            "varchar(4)" if self.are_short() => self.words.clone(),
            "integer" | "bigint" | "numeric" | "numeric(4, 1)" | "double precision" => {
                self.numbers.clone()
            }
            "date" | "timestamptz" => self.moments.clone(),
            _ => String::new(),
        }
    }

    fn are_short(&self) -> bool {
        !self.words.split(['(', ')']).any(|word| word.len() > 6)
    }
}

fn is_id(text: &str) -> bool {
    text.len() == 36 && text.chars().all(|c| c == '-' || c.is_ascii_hexdigit())
}

/// What stands for the table: a query of its rows, of those columns that the policy names.
pub(crate) fn rows(policy: &str, extreme: bool) -> String {
    let literals = Literals::of(policy);
    // Without a query nobody sees whether another table has the row that a key refers to.
    let keys_count = policy.contains("SELECT");
    let names = |text: &str, name: &str| {
        text.split(|c: char| !c.is_alphanumeric() && c != '_').any(|word| word == name)
    };
    let mut named: Vec<bool> = COLUMNS.iter().map(|column| names(policy, column.name)).collect();
    for _ in 0..3 {
        for (_, columns) in &CONSTRAINTS {
            let is = |name: &str| COLUMNS.iter().position(|column| column.name == name);
            let positions: Vec<usize> = columns.iter().filter_map(|name| is(name)).collect();
            if positions.iter().any(|at| named[*at]) {
                positions.iter().for_each(|at| named[*at] = true);
            }
        }
    }
    // The keys always count: a row without a project is none.
    let of = |name: &str| COLUMNS.iter().position(|column| column.name == name).unwrap_or(0);
    named[of("project")] = true;
    // Of many columns each has a few of its values, others in each round.
    let columns = named.iter().filter(|named| **named).count();
    let few = MOST.powf(1.0 / columns as f64).floor().max(2.0);
    let mut from = Vec::new();
    for (column, _) in COLUMNS.iter().zip(&named).filter(|(_, named)| **named) {
        let name = column.name;
        if column.values.is_empty() {
            let table = format!("{name}s");
            let null = if name == "team" { "UNION ALL SELECT NULL" } else { "" };
            let further = match literals.ids.strip_prefix(", ") {
                Some(ids) if !keys_count => {
                    format!("UNION ALL SELECT value::uuid FROM (VALUES {ids}) AS v_{name} (value)")
                }
                _ => String::new(),
            };
            from.push(format!("(SELECT id AS {name} FROM {table} {null} {further}) AS of_{name}"));
            continue;
        }
        let tame = column.extreme.contains("NULL") && !column.extreme.contains("21474");
        let plus = if extreme || tame { column.extreme } else { "" };
        let further = literals.for_column(column);
        let values = format!("(VALUES {}{plus}{further}) AS v_{name} (value)", column.values);
        from.push(format!(
            "(SELECT value::{} AS {name} FROM {values} ORDER BY random() LIMIT {few}) AS of_{name}",
            column.data_type
        ));
    }
    let conditions: Vec<&str> = CONSTRAINTS
        .iter()
        .filter(|(_, columns)| columns.iter().all(|name| named[of(name)]))
        .filter(|(condition, _)| keys_count || !condition.contains("SELECT"))
        .map(|(condition, _)| *condition)
        .collect();
    format!("(SELECT * FROM {} WHERE {}) AS notes", from.join(", "), conditions.join(" AND "))
}

/// What the other tables may hold, each a world of its own.
pub(crate) fn worlds() -> Vec<String> {
    let team = |number: usize, name: &str, open: bool| {
        format!(
            "INSERT INTO teams VALUES ('{number:08}-0000-0000-0000-000000000000', '{name}', {open});"
        )
    };
    let project = |number: usize, team: Option<usize>, listed: bool| {
        let team = team
            .map_or("NULL".to_owned(), |team| format!("'{team:08}-0000-0000-0000-000000000000'"));
        format!(
            "INSERT INTO projects VALUES ('a{number:07}-0000-0000-0000-000000000000', {team}, {listed});"
        )
    };
    let member = |team: usize, person: &str, role: &str| {
        format!(
            "INSERT INTO members VALUES ('{team:08}-0000-0000-0000-000000000000', '{person}', {role});"
        )
    };
    let somebody = "d0000000-0000-0000-0000-000000000003";
    let mut worlds = Vec::new();
    for listed in [false, true] {
        worlds.push(project(1, None, listed));
        for (name, open) in [
            ("a", false),
            ("zz", false),
            ("a", true),
            ("abc", true),
            ("admin", false),
            ("10", true),
        ] {
            let base = team(1, name, open) + &project(1, Some(1), listed);
            worlds.push(base.clone());
            worlds.push(team(1, name, open) + &project(1, None, listed));
            for role in ["NULL", "'admin'", "'other'"] {
                worlds.push(base.clone() + &member(1, somebody, role));
                worlds.push(
                    team(1, name, open) + &project(1, None, listed) + &member(1, somebody, role),
                );
            }
        }
    }
    let two = team(1, "a", false)
        + &team(2, "zz", true)
        + &project(1, Some(1), true)
        + &project(2, None, false);
    worlds.push(two.clone());
    worlds.push(
        two + &member(1, somebody, "'admin'")
            + &member(2, somebody, "NULL")
            + &member(2, "d0000000-0000-0000-0000-000000000004", "'other'"),
    );
    worlds
}
