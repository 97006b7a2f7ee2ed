//! Makes the tables of `crates/engine/src/engine/interpreter/syntax/tables/` from PostgreSQL's own grammar.
//!
//!     cargo run --example parse_tables -- postgresql-15.18 crates/engine/src/engine/interpreter/syntax/tables/postgresql-15.bin
//!
//! The first argument is the folder of PostgreSQL's sources (on Debian: `apt-get source postgresql-15`).
//! It needs GNU bison, which computes the tables, as it does when PostgreSQL is built.

use std::path::Path;
use std::process::Command;
use std::{env, fs};

use anyhow::{Context, Result, bail, ensure};
use regex::Regex;

/// Tables of integers, by the names that bison gives them, in the order in which they are written.
/// The numbers of the first do not fit into 16 bits.
const TABLES: [&str; 8] =
    ["yypact", "yydefact", "yypgoto", "yydefgoto", "yytable", "yycheck", "yyr1", "yyr2"];

/// Constants, in the order in which they are written.
const CONSTANTS: [&str; 4] = ["YYFINAL", "YYNTOKENS", "YYPACT_NINF", "YYTABLE_NINF"];

fn main() -> Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    let [sources, output] = arguments.as_slice() else { bail!("expected: SOURCES OUTPUT") };
    let sources = Path::new(sources);
    let folder = tempfile::tempdir()?;
    let parser = folder.path().join("gram.c");
    let status = Command::new("bison")
        .args(["-Wno-deprecated", "--report=states", "--output"])
        .arg(&parser)
        .arg(sources.join("src/backend/parser/gram.y"))
        .status()
        .context("bison cannot be run")?;
    ensure!(status.success(), "bison refused the grammar");
    let code = fs::read_to_string(&parser)?;
    let report = fs::read_to_string(parser.with_extension("output"))?;
    let keywords = fs::read_to_string(sources.join("src/include/parser/kwlist.h"))?;

    let mut bytes = Vec::new();
    for name in CONSTANTS {
        let value = Regex::new(&format!(r"#define {name}\s+\(?(-?\d+)"))?;
        let value = value.captures(&code).with_context(|| format!("no {name}"))?;
        bytes.extend(value[1].parse::<i32>()?.to_le_bytes());
    }
    for name in TABLES {
        write_table(&mut bytes, &integers(&code, name)?, name == "yypact")?;
    }
    let symbols = symbols(&code)?;
    let rules = rules(&report, &symbols)?;
    write_table(&mut bytes, &rules, false)?;
    write_text(&mut bytes, &symbols.join("\n"))?;
    write_text(&mut bytes, &keyword_lines(&keywords)?)?;
    fs::write(output, bytes)?;
    Ok(())
}

fn write_table(bytes: &mut Vec<u8>, table: &[i64], wide: bool) -> Result<()> {
    bytes.extend(u32::try_from(table.len())?.to_le_bytes());
    for value in table {
        if wide {
            bytes.extend(i32::try_from(*value)?.to_le_bytes());
        } else {
            bytes.extend(i16::try_from(*value)?.to_le_bytes());
        }
    }
    Ok(())
}

fn write_text(bytes: &mut Vec<u8>, text: &str) -> Result<()> {
    bytes.extend(u32::try_from(text.len())?.to_le_bytes());
    bytes.extend(text.as_bytes());
    Ok(())
}

/// The numbers of an array.
fn integers(code: &str, name: &str) -> Result<Vec<i64>> {
    let array = Regex::new(&format!(r"(?s)static const \w+ {name}\[\] =\s*\{{(.*?)\}};"))?;
    let array = array.captures(code).with_context(|| format!("no {name}"))?;
    array[1].split(',').map(|number| Ok(number.trim().parse()?)).collect()
}

/// The names of all symbols, tokens first, by their numbers.
fn symbols(code: &str) -> Result<Vec<String>> {
    let array = Regex::new(r"(?s)static const char \*const yytname\[\] =\s*\{(.*?)YY_NULLPTR")?;
    let array = array.captures(code).context("no yytname")?;
    let name = Regex::new(r#""((?:[^"\\]|\\.)*)""#)?;
    let names = name.captures_iter(&array[1]);
    Ok(names.map(|name| name[1].replace("\\\"", "\"").replace("\\\\", "\\")).collect())
}

/// The symbols on the right of each rule, one rule after the other; the length of each is in `yyr2`.
fn rules(report: &str, symbols: &[String]) -> Result<Vec<i64>> {
    let grammar = report.split("\nGrammar\n").nth(1).context("no grammar")?;
    let grammar = grammar.split("\nTerminals, with rules").next().unwrap_or_default();
    let rule = Regex::new(r"^ *\d+ +(?:\S+:|\|)(.*)$")?;
    let number = |name: &str| {
        let found = symbols.iter().position(|symbol| symbol == name);
        found.with_context(|| format!("no symbol {name}"))
    };
    let mut numbers = Vec::new();
    for line in grammar.lines() {
        let Some(rule) = rule.captures(line) else { continue };
        for name in rule[1].split_whitespace().filter(|name| !matches!(*name, "%empty" | "ε")) {
            let symbol = if name == "$end" { 0 } else { number(name)? };
            numbers.push(i64::try_from(symbol)?);
        }
    }
    Ok(numbers)
}

/// A line for each keyword: its spelling and its token.
fn keyword_lines(header: &str) -> Result<String> {
    let keyword = Regex::new(r#"(?m)^PG_KEYWORD\("(\w+)", (\w+), "#)?;
    let lines = keyword.captures_iter(header).map(|k| format!("{} {}", &k[1], &k[2]));
    Ok(lines.collect::<Vec<_>>().join("\n"))
}
