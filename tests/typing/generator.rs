//! Random expressions over the columns of `setup.sql`.

/// SplitMix64, which a seed of any quality is good enough for.
#[derive(Debug)]
pub(crate) struct Random(pub(crate) u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        z ^ (z >> 31)
    }

    fn below(&mut self, bound: usize) -> usize {
        (self.next() % bound as u64) as usize
    }

    fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }
}

/// Types by their names in `pg_type`, each of a column `c_NAME`, with the name that a cast has.
const TYPES: [(&str, &str); 49] = [
    ("bool", "boolean"),
    ("int2", "smallint"),
    ("int4", "integer"),
    ("int8", "bigint"),
    ("numeric", "numeric"),
    ("float4", "real"),
    ("float8", "double precision"),
    ("text", "text"),
    ("varchar", "varchar"),
    ("bpchar", "char(3)"),
    ("name", "name"),
    ("uuid", "uuid"),
    ("json", "json"),
    ("jsonb", "jsonb"),
    ("date", "date"),
    ("time", "time"),
    ("timetz", "timetz"),
    ("timestamp", "timestamp"),
    ("timestamptz", "timestamptz"),
    ("interval", "interval"),
    ("bytea", "bytea"),
    ("inet", "inet"),
    ("cidr", "cidr"),
    ("macaddr", "macaddr"),
    ("money", "money"),
    ("bit", "bit(4)"),
    ("varbit", "varbit"),
    ("oid", "oid"),
    ("regclass", "regclass"),
    ("point", "point"),
    ("box", "box"),
    ("tsvector", "tsvector"),
    ("tsquery", "tsquery"),
    ("xml", "xml"),
    ("int4range", "int4range"),
    ("tstzrange", "tstzrange"),
    ("int4multirange", "int4multirange"),
    ("mood", "mood"),
    ("pair", "pair"),
    ("positive", "positive"),
    ("email", "email"),
    ("_int4", "integer[]"),
    ("_text", "text[]"),
    ("_uuid", "uuid[]"),
    ("_mood", "mood[]"),
    ("_jsonb", "jsonb[]"),
    ("_numeric", "numeric[]"),
    ("char", "\"char\""),
    ("jsonpath", "jsonpath"),
];

/// Types that policies and checks are written of, which come more often.
const COMMON: usize = 15;

const LITERALS: [&str; 22] = [
    "1",
    "0",
    "-7",
    "2.5",
    "3000000000",
    "'me'",
    "''",
    "'1'",
    "'12.5'",
    "'true'",
    "'happy'",
    "'2024-02-03'",
    "'2024-02-03 10:11'",
    "'00000000-0000-0000-0000-000000000001'",
    "'{}'",
    "'{1,2}'",
    "'{\"a\": 1}'",
    "NULL",
    "true",
    "'1 day'",
    "'sad'",
    "'99999999999'",
];

const OWN: [(&str, &[&str]); 12] = [
    ("one", &["int4"]),
    ("one", &["text"]),
    ("two", &["numeric"]),
    ("two", &["numeric", "text"]),
    ("same", &["any", "any"]),
    ("listed", &["_text"]),
    ("alike", &["any", "any"]),
    ("many", &["text", "int4", "int4"]),
    ("felt", &["mood"]),
    ("paired", &["pair"]),
    ("wide", &["int4"]),
    ("wide", &["numeric"]),
];

/// A function or operator with the types of its arguments.
type Signature = (String, Vec<String>);

/// What expressions are made of.
pub(crate) struct Generator {
    pub(crate) random: Random,
    functions: Vec<Signature>,
    operators: Vec<Signature>,
}

fn is_usable(name: &str) -> bool {
    TYPES.iter().any(|(own, _)| *own == name) || name.starts_with("any")
}

impl Generator {
    pub(crate) fn new(seed: u64) -> Self {
        let tables = concat!(env!("CARGO_MANIFEST_DIR"), "/crates/datum/src/pg_catalog/tables/");
        let read =
            |name: &str| std::fs::read_to_string(format!("{tables}{name}")).expect("a table");
        let list = |text: &str| -> Vec<String> {
            text.split(',').filter(|part| !part.is_empty()).map(str::to_owned).collect()
        };
        let rows = |text: String| -> Vec<Vec<String>> {
            text.lines().map(|line| line.split('\t').map(str::to_owned).collect()).collect()
        };
        // A set may not stand everywhere, and an aggregate needs a query of its own.
        let functions = rows(read("functions.tsv"))
            .into_iter()
            .filter(|row| row[7].starts_with('f') && !(row[7].len() > 2 && row[7].ends_with('s')))
            .map(|row| (row[0].clone(), list(&row[1])))
            .filter(|(_, arguments)| arguments.iter().all(|name| is_usable(name)))
            .collect();
        let operators = rows(read("operators.tsv"))
            .into_iter()
            .filter(|row| !row[1].is_empty())
            .map(|row| (row[0].clone(), vec![row[1].clone(), row[2].clone()]))
            .filter(|(_, operands)| operands.iter().all(|name| is_usable(name)))
            .collect();
        Self { random: Random(seed), functions, operators }
    }

    fn any_type(&mut self) -> &'static str {
        let count = if self.random.one_in(2) { COMMON } else { TYPES.len() };
        TYPES[self.random.below(count)].0
    }

    /// A value that most likely has that type.
    fn value(&mut self, wanted: &str, depth: usize) -> String {
        let wanted = match wanted {
            "anyarray" | "anycompatiblearray" => "_int4",
            "anyrange" | "anycompatiblerange" => "int4range",
            "anymultirange" | "anycompatiblemultirange" => "int4multirange",
            "anyenum" => "mood",
            polymorphic if polymorphic.starts_with("any") => self.any_type(),
            wanted => wanted,
        };
        match self.random.below(12) {
            0 => self.expression(depth.saturating_sub(1)),
            1 => (*self.random.pick(&LITERALS)).to_owned(),
            2 => format!("c_{}", self.any_type()),
            3 if depth > 0 => {
                let inner = self.expression(depth - 1);
                let written =
                    TYPES.iter().find(|(name, _)| *name == wanted).map_or("text", |t| t.1);
                format!("({inner})::{written}")
            }
            _ => format!("c_{wanted}"),
        }
    }

    /// An expression of at most so many levels.
    pub(crate) fn expression(&mut self, depth: usize) -> String {
        if depth == 0 {
            return match self.random.below(3) {
                0 => (*self.random.pick(&LITERALS)).to_owned(),
                _ => format!("c_{}", self.any_type()),
            };
        }
        let inner = depth - 1;
        let own = self.any_type();
        match self.random.below(24) {
            0..=4 => {
                let (name, arguments) = self.random.pick(&self.functions).clone();
                self.call(&format!("\"{name}\""), &arguments, inner)
            }
            5 | 6 => {
                let (name, arguments) = *self.random.pick(&OWN);
                let arguments: Vec<String> = arguments.iter().map(|a| (*a).to_owned()).collect();
                self.call(name, &arguments, inner)
            }
            7..=11 => {
                let (name, operands) = self.random.pick(&self.operators).clone();
                let (left, right) =
                    (self.value(&operands[0], inner), self.value(&operands[1], inner));
                format!("({left} {name} {right})")
            }
            12 => {
                let name =
                    *self.random.pick(&["=", "<>", "<", ">=", "||", "+", "-", "*", "/", "%"]);
                let (left, right) = (self.value(own, inner), self.value(own, inner));
                format!("({left} {name} {right})")
            }
            13 => {
                let written = self.random.pick(&TYPES).1;
                format!("({})::{written}", self.value(own, inner))
            }
            14 => {
                let (when, then) = (self.value("bool", inner), self.value(own, inner));
                let other = self.value(own, inner);
                format!("CASE WHEN {when} THEN {then} ELSE {other} END")
            }
            15 => {
                let name = *self.random.pick(&["COALESCE", "GREATEST", "LEAST"]);
                format!("{name}({}, {})", self.value(own, inner), self.value(own, inner))
            }
            16 => format!("NULLIF({}, {})", self.value(own, inner), self.value(own, inner)),
            17 => format!("ARRAY[{}, {}]", self.value(own, inner), self.value(own, inner)),
            18 => {
                let not = *self.random.pick(&["", "NOT "]);
                let items: Vec<String> = (0..3).map(|_| self.value(own, 0)).collect();
                format!("({} {not}IN ({}))", self.value(own, inner), items.join(", "))
            }
            19 => {
                let name = *self.random.pick(&["AND", "OR"]);
                format!("({} {name} {})", self.value("bool", inner), self.value("bool", inner))
            }
            20 => {
                let name = *self.random.pick(&["=", "<>", "<", "~~"]);
                let array = *self.random.pick(&["_int4", "_text", "_uuid", "_mood", "_numeric"]);
                let element = array.trim_start_matches('_');
                format!(
                    "({} {name} ANY ({}))",
                    self.value(element, inner),
                    self.value(array, inner)
                )
            }
            21 => match self.random.below(6) {
                0 => format!("({} IS NULL)", self.value(own, inner)),
                1 => format!("(NOT {})", self.value("bool", inner)),
                2 => format!("({} IS TRUE)", self.value("bool", inner)),
                3 => format!("({} LIKE {})", self.value("text", inner), self.value("text", inner)),
                4 => format!(
                    "({} IS DISTINCT FROM {})",
                    self.value(own, inner),
                    self.value(own, inner)
                ),
                _ => {
                    let (a, b, c) =
                        (self.value(own, inner), self.value(own, 0), self.value(own, 0));
                    format!("({a} BETWEEN {b} AND {c})")
                }
            },
            22 => match self.random.below(4) {
                0 => format!("({} AT TIME ZONE 'UTC')", self.value("timestamptz", inner)),
                1 => format!("extract(year FROM {})", self.value("timestamp", inner)),
                2 => format!("({})[1]", self.value("_int4", inner)),
                _ => format!("upper({})", self.value("text", inner)),
            },
            _ => {
                let inside = self.value(own, inner);
                match self.random.below(3) {
                    0 => format!("(SELECT {inside} FROM t LIMIT 1)"),
                    1 => format!("({} IN (SELECT {inside} FROM t))", self.value(own, 0)),
                    _ => format!("ARRAY(SELECT {inside} FROM t)"),
                }
            }
        }
    }

    fn call(&mut self, name: &str, arguments: &[String], depth: usize) -> String {
        let mut arguments: Vec<String> =
            arguments.iter().map(|wanted| self.value(wanted, depth)).collect();
        if self.random.one_in(20) {
            arguments.pop();
        }
        format!("{name}({})", arguments.join(", "))
    }
}
