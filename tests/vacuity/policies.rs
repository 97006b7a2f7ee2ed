//! Random policies, as deep as it takes, over the schema of `fixtures/vacuity/schema.sql`.

/// Numbers that look random, the same for the same seed (SplitMix64).
pub(crate) struct Dice(u64);

impl Dice {
    pub(crate) fn new(seed: u64) -> Self {
        Self(seed)
    }

    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub(crate) fn below(&mut self, sides: usize) -> usize {
        (self.next() % sides as u64) as usize
    }

    fn pick<'a>(&mut self, faces: &[&'a str]) -> &'a str {
        faces[self.below(faces.len())]
    }
}

const COMPARISONS: &[&str] = &["=", "<>", "<", "<=", ">", ">="];
const TEXTS: &[&str] = &["''", "'a'", "'abc'", "'B'", "'admin'", "'ä'", "'10'"];
const NUMBERS: &[&str] = &["0", "1", "5", "-1", "99", "100", "1000"];
const TIMES: &[&str] =
    &["'2020-01-01'", "'2020-01-01 12:00:00+00'", "'infinity'", "'2050-06-01'", "'2090-01-01'"];
const DATES: &[&str] = &["'2020-01-01'", "'2030-12-31'", "'2050-06-01'"];
const UUIDS: &[&str] =
    &["'00000000-0000-0000-0000-000000000001'", "'00000000-0000-0000-0000-00000000000a'"];
const PATTERNS: &[&str] = &["'%'", "'a%'", "'%b%'", "'_'", "''", "'abc'", "'%%'", "'_%'"];
const SPANS: &[&str] = &["'1 day'", "'1 hour'", "'1 month'", "'-3 days'", "'2 years'"];

/// A policy.
pub(crate) fn policy(dice: &mut Dice) -> String {
    let depth = 1 + dice.below(3);
    condition(dice, depth)
}

fn condition(dice: &mut Dice, depth: usize) -> String {
    if depth > 0 {
        let d = depth - 1;
        match dice.below(12) {
            0..=2 => return format!("({} OR {})", condition(dice, d), condition(dice, d)),
            3..=4 => return format!("({} AND {})", condition(dice, d), condition(dice, d)),
            5 => return format!("(NOT {})", condition(dice, d)),
            6 => {
                let test = dice.pick(&[
                    "IS TRUE",
                    "IS NOT TRUE",
                    "IS NOT FALSE",
                    "IS NULL",
                    "IS NOT NULL",
                ]);
                return format!("({} {test})", condition(dice, d));
            }
            7 => {
                let (when, then, or) = (condition(dice, d), condition(dice, 0), condition(dice, 0));
                return format!("(CASE WHEN {when} THEN {then} ELSE {or} END)");
            }
            8 => {
                return format!(
                    "coalesce({}, {})",
                    condition(dice, d),
                    dice.pick(&["true", "false"])
                );
            }
            _ => {}
        }
    }
    match dice.below(20) {
        0..=2 => compare(dice, text),
        3..=5 => compare(dice, number),
        6..=7 => compare(dice, time),
        8 => compare(dice, date),
        9..=10 => {
            let (left, right) = (uuid(dice), uuid(dice));
            format!(
                "({left} {} {right})",
                dice.pick(&["=", "<>", "IS DISTINCT FROM", "IS NOT DISTINCT FROM"])
            )
        }
        11 => dice
            .pick(&["done", "flag", "(flag = done)", "(done IS NULL)", "(flag IS NOT NULL)"])
            .to_owned(),
        12 => {
            let label = dice.pick(&["'draft'", "'open'", "'closed'"]);
            format!("(state {} {label})", dice.pick(COMPARISONS))
        }
        13 => {
            let (left, op) = (text(dice, 1), dice.pick(&["LIKE", "NOT LIKE", "ILIKE"]));
            format!("({left} {op} {})", dice.pick(PATTERNS))
        }
        14 => {
            let column = dice.pick(&[
                "title", "body", "code", "n", "m", "owner", "starts", "seen_at", "meta", "tags",
            ]);
            format!("({column} {})", dice.pick(&["IS NULL", "IS NOT NULL"]))
        }
        15 => {
            let value = number(dice, 1);
            match dice.below(3) {
                0 => format!(
                    "({value} IN ({}, {}, {}))",
                    dice.pick(NUMBERS),
                    dice.pick(NUMBERS),
                    number(dice, 0)
                ),
                1 => format!("({value} NOT IN ({}, {}))", dice.pick(NUMBERS), dice.pick(NUMBERS)),
                _ => format!("({value} BETWEEN {} AND {})", dice.pick(NUMBERS), number(dice, 0)),
            }
        }
        16 => dice
            .pick(&[
                "(meta ? 'k')",
                "(meta @> '{\"k\": \"a\"}')",
                "(jsonb_typeof(meta) = 'object')",
                "(meta = '{}')",
                "('a' = ANY (tags))",
                "(tags @> ARRAY['a'])",
                "(tags && ARRAY['a', 'b'])",
                "(tags @> ARRAY[]::text[])",
                "(title = ANY (ARRAY['a', 'abc']))",
                "(auth.uid()::text = ANY (tags))",
                "(cardinality(tags) >= 0)",
            ])
            .to_owned(),
        17 => visitor(dice),
        _ => subquery(dice),
    }
}

fn compare(dice: &mut Dice, term: fn(&mut Dice, usize) -> String) -> String {
    let (left, right) = (term(dice, 2), term(dice, 1));
    match dice.below(8) {
        0 => format!("({left} IS NOT DISTINCT FROM {right})"),
        _ => format!("({left} {} {right})", dice.pick(COMPARISONS)),
    }
}

fn text(dice: &mut Dice, depth: usize) -> String {
    if depth > 0 && dice.below(2) == 0 {
        let inner = text(dice, depth - 1);
        return match dice.below(9) {
            0 => format!("lower({inner})"),
            1 => format!("({inner} || {})", dice.pick(&["''", "'a'", "body"])),
            2 => format!("left({inner}, {})", dice.pick(&["0", "1", "5"])),
            3 => format!("coalesce({inner}, {})", dice.pick(TEXTS)),
            4 => format!("md5({inner})"),
            5 => format!("nullif({inner}, {})", dice.pick(TEXTS)),
            6 => format!("btrim({inner})"),
            7 => format!("upper({inner})"),
            _ => format!("replace({inner}, 'a', '')"),
        };
    }
    match dice.below(8) {
        0..=1 => "title".to_owned(),
        2 => "body".to_owned(),
        3 => "code::text".to_owned(),
        4 => format!("(meta ->> {})", dice.pick(&["'k'", "'l'"])),
        5 => dice
            .pick(&[
                "state::text",
                "owner::text",
                "auth.uid()::text",
                "auth.role()",
                "n::text",
                "'abc'::varchar(2)",
            ])
            .to_owned(),
        _ => format!("{}::text", dice.pick(TEXTS)),
    }
}

fn number(dice: &mut Dice, depth: usize) -> String {
    if depth > 0 && dice.below(2) == 0 {
        let inner = number(dice, depth - 1);
        return match dice.below(7) {
            0..=1 => format!("({inner} + {})", dice.pick(&["0", "1", "-3"])),
            2 => format!("({inner} * {})", dice.pick(&["0", "1", "2"])),
            3 => format!("abs({inner})"),
            4 => format!("coalesce({inner}, {})", dice.pick(NUMBERS)),
            5 => format!("greatest({inner}, {})", dice.pick(NUMBERS)),
            _ => format!("({inner} - {})", dice.pick(&["n", "m", "1"])),
        };
    }
    match dice.below(13) {
        0..=1 => "n".to_owned(),
        2 => "m".to_owned(),
        3 => "big".to_owned(),
        4 => "price".to_owned(),
        5 => "ratio".to_owned(),
        6 => "size".to_owned(),
        7 => format!("length({})", text(dice, 1)),
        8 => {
            format!("position({} in {})", dice.pick(&["''", "'a'"]), dice.pick(&["title", "body"]))
        }
        9 => format!("extract({} from {})", dice.pick(&["year", "month", "hour"]), time(dice, 1)),
        10 => dice.pick(&["1.5", "0.1", "99.95"]).to_owned(),
        _ => dice.pick(NUMBERS).to_owned(),
    }
}

fn time(dice: &mut Dice, depth: usize) -> String {
    if depth > 0 && dice.below(2) == 0 {
        let inner = time(dice, depth - 1);
        return match dice.below(5) {
            0 => format!("({inner} + interval {})", dice.pick(SPANS)),
            1 => format!("({inner} - interval {})", dice.pick(SPANS)),
            2 => format!(
                "date_trunc({}, {inner})",
                dice.pick(&["'day'", "'month'", "'year'", "'hour'"])
            ),
            3 => format!("coalesce({inner}, now())"),
            _ => format!("greatest({inner}, created_at)"),
        };
    }
    match dice.below(7) {
        0..=1 => "created_at".to_owned(),
        2 => "seen_at".to_owned(),
        3..=4 => "now()".to_owned(),
        _ => format!("{}::timestamptz", dice.pick(TIMES)),
    }
}

fn date(dice: &mut Dice, depth: usize) -> String {
    if depth > 0 && dice.below(3) == 0 {
        return format!(
            "({} {} {})",
            date(dice, depth - 1),
            dice.pick(&["+", "-"]),
            dice.pick(&["0", "1", "30"])
        );
    }
    match dice.below(8) {
        0..=1 => "starts".to_owned(),
        2..=3 => "ends".to_owned(),
        4 => "current_date".to_owned(),
        5 => "created_at::date".to_owned(),
        6 => "now()::date".to_owned(),
        _ => format!("{}::date", dice.pick(DATES)),
    }
}

fn uuid(dice: &mut Dice) -> String {
    match dice.below(9) {
        0..=2 => "auth.uid()".to_owned(),
        3 => "(SELECT auth.uid())".to_owned(),
        4..=5 => "owner".to_owned(),
        6 => dice.pick(&["team", "project", "id"]).to_owned(),
        7 => "coalesce(team, owner)".to_owned(),
        _ => format!("{}::uuid", dice.pick(UUIDS)),
    }
}

fn visitor(dice: &mut Dice) -> String {
    dice.pick(&[
        "(auth.uid() IS NULL)",
        "(auth.uid() IS NOT NULL)",
        "(auth.role() = 'authenticated')",
        "(auth.role() = 'anon')",
        "((auth.jwt() ->> 'role') IN ('service_role', 'authenticated'))",
        "((auth.jwt() -> 'app_metadata' ->> 'role') = 'admin')",
        "(coalesce(auth.jwt() ->> 'aud', 'x') = 'authenticated')",
        "(current_setting('app.none', true) IS NULL)",
        "((current_setting('request.jwt.claims', true)::jsonb ->> 'role') = 'anon')",
    ])
    .to_owned()
}

fn subquery(dice: &mut Dice) -> String {
    let team = dice.pick(&[
        "t.open",
        "t.name = 'a'",
        "NOT t.open",
        "t.name <> title",
        "t.id = notes.team",
        "true",
    ]);
    let project = dice.pick(&[
        "p.listed",
        "p.team IS NOT NULL",
        "p.team = notes.team",
        "p.id = project",
        "p.id <> project",
    ]);
    let member = dice.pick(&[
        "m.person = auth.uid()",
        "m.person = owner",
        "m.role = 'admin'",
        "m.role IS NULL",
        "m.team = notes.team",
        "true",
    ]);
    let not = dice.pick(&["", "NOT "]);
    match dice.below(13) {
        0 => format!("({not}EXISTS (SELECT 1 FROM teams t WHERE t.id = notes.team AND {team}))"),
        1 => format!("({not}EXISTS (SELECT 1 FROM teams t WHERE {team}))"),
        2 => format!(
            "({not}EXISTS (SELECT 1 FROM projects p WHERE p.id = notes.project AND {project}))"
        ),
        3 => format!("({not}EXISTS (SELECT 1 FROM projects p WHERE {project}))"),
        4 => format!(
            "({not}EXISTS (SELECT 1 FROM members m WHERE m.team = notes.team AND {member}))"
        ),
        5 => format!(
            "({not}EXISTS (SELECT 1 FROM members m JOIN teams t ON t.id = m.team WHERE {member} AND {team}))"
        ),
        6 => format!(
            "({not}EXISTS (SELECT 1 FROM projects p LEFT JOIN teams t ON t.id = p.team WHERE p.id = notes.project AND ({team})))"
        ),
        7 => format!("(auth.uid() {not}IN (SELECT m.person FROM members m WHERE {member}))"),
        8 => format!("(notes.team {not}IN (SELECT p.team FROM projects p WHERE {project}))"),
        9 => format!(
            "((SELECT count(*) FROM members m WHERE {member}) {} {})",
            dice.pick(COMPARISONS),
            dice.pick(&["0", "1", "2"])
        ),
        10 => format!(
            "((SELECT p.listed FROM projects p WHERE p.id = notes.project) {})",
            dice.pick(&["IS TRUE", "IS NOT NULL", "= true"])
        ),
        11 => {
            format!("((SELECT t.name FROM teams t WHERE t.id = notes.team) = {})", dice.pick(TEXTS))
        }
        _ => format!(
            "coalesce((SELECT bool_or({}) FROM members m WHERE {member}), {})",
            dice.pick(&["true", "m.role = 'admin'"]),
            dice.pick(&["true", "false"])
        ),
    }
}
