//! PostgreSQL's grammars: the tables that bison makes of `gram.y`, and what tokens are called in them.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::action::{self, Action};
use super::keywords::Keywords;
use super::token::Kind;

/// A grammar, as `examples/parse_tables.rs` writes it. The names are bison's.
pub(super) struct Grammar {
    /// The version of PostgreSQL.
    pub(super) version: u8,
    pub(super) final_state: i32,
    pub(super) pact_none: i32,
    pub(super) table_none: i32,
    pub(super) pact: Vec<i32>,
    pub(super) defact: Vec<i16>,
    pub(super) pgoto: Vec<i16>,
    pub(super) defgoto: Vec<i16>,
    pub(super) table: Vec<i16>,
    pub(super) check: Vec<i16>,
    /// For each rule, the nonterminal on its left, counted from 0.
    pub(super) lefts: Vec<usize>,
    /// For each rule, how many symbols are on its right.
    pub(super) lengths: Vec<u8>,
    /// For each rule, what PostgreSQL checks when it has read it.
    pub(super) actions: Vec<Option<Action>>,
    keywords: Vec<i16>,
    characters: Vec<i16>,
    others: Others,
    /// Keywords that are another token before some others.
    pub(super) ahead: Vec<(Kind, Vec<Kind>, i16)>,
}

/// The numbers of tokens that are neither keywords nor characters.
struct Others {
    identifier: i16,
    integer: i16,
    number: i16,
    string: i16,
    bits: i16,
    bytes: i16,
    operator: i16,
    parameter: i16,
    cast: i16,
    dot_dot: i16,
    colon_equals: i16,
    equals_greater: i16,
    less_equals: i16,
    greater_equals: i16,
    not_equals: i16,
    plpgsql_expression: i16,
    type_name: i16,
}

/// Since which version numbers may be written in other bases and with underscores.
const NEW_NUMBERS: u8 = 16;

/// The token that no rule has.
const UNDEFINED: i16 = 2;

/// Keywords that become another token before some others (`base_yylex` in `parser.c`).
const AHEAD: [(&str, &[&str], &str); 5] = [
    ("not", &["between", "in", "like", "ilike", "similar"], "NOT_LA"),
    ("nulls", &["first", "last"], "NULLS_LA"),
    ("with", &["time", "ordinality"], "WITH_LA"),
    ("without", &["time"], "WITHOUT_LA"),
    ("format", &["json"], "FORMAT_LA"),
];

/// The oldest version that migrations are judged by.
static OLDEST: LazyLock<Grammar> =
    LazyLock::new(|| Grammar::read(15, include_bytes!("tables/postgresql-15.bin")));

/// The newest version that migrations are judged by.
static NEWEST: LazyLock<Grammar> =
    LazyLock::new(|| Grammar::read(18, include_bytes!("tables/postgresql-18.bin")));

/// The keywords of both.
pub(super) static KEYWORDS: LazyLock<Keywords> = LazyLock::new(|| {
    let words = |bytes| Reader(bytes).parts().keywords.into_iter().map(|(word, _)| word);
    let newest = words(include_bytes!("tables/postgresql-18.bin").as_slice());
    let oldest = words(include_bytes!("tables/postgresql-15.bin").as_slice());
    Keywords::new(newest.chain(oldest))
});

/// The grammars between which every supported version is.
pub(super) fn grammars() -> [&'static Grammar; 2] {
    [&OLDEST, &NEWEST]
}

impl Grammar {
    fn read(version: u8, bytes: &'static [u8]) -> Self {
        let parts = Reader(bytes).parts();
        let numbers: HashMap<&str, i16> = parts.symbols.iter().copied().zip(0..).collect();
        let symbol = |name: &str| numbers.get(name).copied().unwrap_or(UNDEFINED);
        let spellings: HashMap<&str, &str> = parts.keywords.iter().copied().collect();
        let keywords = KEYWORDS
            .words()
            .map(|word| symbol(spellings.get(word).copied().unwrap_or("IDENT")))
            .collect();
        let characters =
            (0..=u8::MAX).map(|byte| symbol(&format!("'{}'", char::from(byte)))).collect();
        let kind = |word: &str| KEYWORDS.find(word).map_or(Kind::End, Kind::Keyword);
        let ahead = AHEAD
            .iter()
            .map(|(word, next, token)| {
                (kind(word), next.iter().map(|word| kind(word)).collect(), symbol(token))
            })
            .filter(|(_, _, token)| *token != UNDEFINED)
            .collect();
        let lengths: Vec<u8> =
            parts.lengths.iter().map(|length| u8::try_from(*length).unwrap_or(0)).collect();
        let tokens = usize::try_from(parts.tokens).unwrap_or(0);
        let lefts: Vec<usize> =
            parts.lefts.iter().map(|left| usize::try_from(*left).unwrap_or(0)).collect();
        let checked: Vec<bool> =
            parts.symbols.iter().map(|left| action::has_rules(version, left)).collect();
        let mut rest = parts.rights.as_slice();
        let mut actions = Vec::with_capacity(lefts.len());
        for (left, length) in lefts.iter().zip(&lengths) {
            let (right, others) = rest.split_at_checked(usize::from(*length)).unwrap_or_default();
            rest = others;
            let name = |number: usize| parts.symbols.get(number).copied().unwrap_or("");
            actions.push(checked.get(*left).filter(|checked| **checked).and_then(|_| {
                let right = right.iter().map(|symbol| name(usize::try_from(*symbol).unwrap_or(0)));
                action::of_rule(version, name(*left), &right.collect::<Vec<_>>().join(" "))
            }));
        }
        Self {
            version,
            final_state: parts.final_state,
            pact_none: parts.pact_none,
            table_none: parts.table_none,
            lefts: lefts.into_iter().map(|left| left.saturating_sub(tokens)).collect(),
            lengths,
            actions,
            keywords,
            characters,
            ahead,
            others: Others {
                identifier: symbol("IDENT"),
                integer: symbol("ICONST"),
                number: symbol("FCONST"),
                string: symbol("SCONST"),
                bits: symbol("BCONST"),
                bytes: symbol("XCONST"),
                operator: symbol("Op"),
                parameter: symbol("PARAM"),
                cast: symbol("TYPECAST"),
                dot_dot: symbol("DOT_DOT"),
                colon_equals: symbol("COLON_EQUALS"),
                equals_greater: symbol("EQUALS_GREATER"),
                less_equals: symbol("LESS_EQUALS"),
                greater_equals: symbol("GREATER_EQUALS"),
                not_equals: symbol("NOT_EQUALS"),
                plpgsql_expression: symbol("MODE_PLPGSQL_EXPR"),
                type_name: symbol("MODE_TYPE_NAME"),
            },
            pact: parts.pact,
            defact: parts.defact,
            pgoto: parts.pgoto,
            defgoto: parts.defgoto,
            table: parts.table,
            check: parts.check,
        }
    }

    /// The token by which a text is read as an expression of PL/pgSQL, with what may follow it in a query.
    pub(super) fn plpgsql_expression(&self) -> i16 {
        self.others.plpgsql_expression
    }

    /// The token by which a text is read as a type.
    pub(super) fn type_name(&self) -> i16 {
        self.others.type_name
    }

    /// What a token is called; none where this version cannot read it.
    pub(super) fn token(&self, kind: Kind) -> Option<i16> {
        let others = &self.others;
        let new = self.version >= NEW_NUMBERS;
        Some(match kind {
            Kind::Identifier => others.identifier,
            Kind::Keyword(place) => {
                self.keywords.get(usize::from(place)).copied().unwrap_or(UNDEFINED)
            }
            Kind::Integer => others.integer,
            Kind::Number => others.number,
            Kind::NewInteger if new => others.integer,
            Kind::NewNumber if new => others.number,
            Kind::NewInteger | Kind::NewNumber | Kind::Error(_) => return None,
            Kind::String => others.string,
            Kind::Bits => others.bits,
            Kind::Bytes => others.bytes,
            Kind::Operator => others.operator,
            Kind::Parameter => others.parameter,
            Kind::Cast => others.cast,
            Kind::DotDot => others.dot_dot,
            Kind::ColonEquals => others.colon_equals,
            Kind::EqualsGreater => others.equals_greater,
            Kind::LessEquals => others.less_equals,
            Kind::GreaterEquals => others.greater_equals,
            Kind::NotEquals => others.not_equals,
            Kind::Character(byte) => {
                self.characters.get(usize::from(byte)).copied().unwrap_or(UNDEFINED)
            }
            Kind::End => 0,
        })
    }
}

/// What a file of tables holds.
struct Parts {
    final_state: i32,
    tokens: i32,
    pact_none: i32,
    table_none: i32,
    pact: Vec<i32>,
    defact: Vec<i16>,
    pgoto: Vec<i16>,
    defgoto: Vec<i16>,
    table: Vec<i16>,
    check: Vec<i16>,
    lefts: Vec<i16>,
    lengths: Vec<i16>,
    rights: Vec<i16>,
    symbols: Vec<&'static str>,
    keywords: Vec<(&'static str, &'static str)>,
}

/// Reads a file of tables from its start.
struct Reader(&'static [u8]);

impl Reader {
    fn parts(mut self) -> Parts {
        let (final_state, tokens) = (self.number(), self.number());
        let (pact_none, table_none) = (self.number(), self.number());
        let pact = self.wide();
        let (defact, pgoto, defgoto) = (self.narrow(), self.narrow(), self.narrow());
        let (table, check) = (self.narrow(), self.narrow());
        let (lefts, lengths, rights) = (self.narrow(), self.narrow(), self.narrow());
        let symbols = self.text().split('\n').collect();
        let keywords = self.text().lines().filter_map(|line| line.split_once(' ')).collect();
        Parts {
            final_state,
            tokens,
            pact_none,
            table_none,
            pact,
            defact,
            pgoto,
            defgoto,
            table,
            check,
            lefts,
            lengths,
            rights,
            symbols,
            keywords,
        }
    }

    fn take(&mut self, length: usize) -> &'static [u8] {
        let (taken, rest) = self.0.split_at_checked(length).unwrap_or_default();
        self.0 = rest;
        taken
    }

    fn number(&mut self) -> i32 {
        self.take(4).try_into().map_or(0, i32::from_le_bytes)
    }

    fn length(&mut self) -> usize {
        usize::try_from(self.number()).unwrap_or(0)
    }

    fn wide(&mut self) -> Vec<i32> {
        let length = self.length();
        let (numbers, _) = self.take(4 * length).as_chunks();
        numbers.iter().map(|number| i32::from_le_bytes(*number)).collect()
    }

    fn narrow(&mut self) -> Vec<i16> {
        let length = self.length();
        let (numbers, _) = self.take(2 * length).as_chunks();
        numbers.iter().map(|number| i16::from_le_bytes(*number)).collect()
    }

    fn text(&mut self) -> &'static str {
        let length = self.length();
        str::from_utf8(self.take(length)).unwrap_or("")
    }
}
