//! Which refusals are certain.
//!
//! A statement is refused for what is there and what is not. Where an earlier statement could not be
//! interpreted, the objects that it may have made or changed are not known; a refusal that may hinge on one of
//! them is no certain one, whichever way the statement refers to it: as its target, as the table of a foreign
//! key, inside a function body or in the text of a dynamic statement, or through a view that reads it. The
//! same holds for what an extension may have made of which not all members are known.

use std::collections::HashSet;

use super::model::{Extension, Model, Object, Oid};
use super::names;
use super::parse::ast::{self, AlterAction, ObjectKind};
use super::parse::{ParsedStatement, StatementKind};
use super::problem::{Problem, SqlError};
use super::session::Session;
use crate::catalog::ObjectName;
use crate::engine::{Gap, Reach};

/// Classes of SQLSTATE that do not depend on any object: the state of the transaction, limits.
const CERTAIN: [&str; 3] = ["25", "3B", "54"];

/// Codes of refusals for what depends on the object of the statement, not for what it depends on.
const FOR_DEPENDENTS: [&str; 3] = ["2BP01", "0A000", "42P16"];

/// Codes of refusals for want of an object.
const FOR_WANT: [&str; 5] = ["42P01", "42704", "42883", "3F000", "42703"];

impl Session {
    /// A refusal that may follow from what an earlier statement did, or did not do, is a gap.
    pub(super) fn doubted(
        &self,
        statement: &ParsedStatement,
        error: SqlError,
    ) -> Result<Problem, SqlError> {
        let independent = matches!(*statement.kind, StatementKind::Refused { .. })
            || CERTAIN.iter().any(|class| error.sqlstate.starts_with(class));
        if independent {
            return Err(error);
        }
        let why = if self.may_hinge_on_gap(statement, &error) {
            "a statement that was not interpreted helps it"
        } else if FOR_WANT.contains(&error.sqlstate) && self.may_want_member(statement) {
            "an extension brings what it needs"
        } else {
            return Err(error);
        };
        let reason = format!("it fails unless {why}: {}", error.message);
        Ok(Problem::Gap { reason: reason.into(), reach: self.reach_of(statement) })
    }

    /// Whether a refusal may hinge on an object that a gap touches.
    fn may_hinge_on_gap(&self, statement: &ParsedStatement, error: &SqlError) -> bool {
        let touching: Vec<&Gap> =
            self.gaps.iter().filter(|gap| gap.reach != Reach::Objects(Vec::new())).collect();
        if touching.is_empty() {
            return false;
        }
        if touching.iter().any(|gap| gap.reach == Reach::Everything) {
            return true;
        }
        // Operators and casts are used without a word that names them.
        if is_of_types(error) && touching.iter().any(|gap| !self.touches_relations(gap)) {
            return true;
        }
        let words = Words::of(&statement.text);
        // What is asked of the catalog may be about anything.
        if words.ask_the_catalog() {
            return true;
        }
        let names = self.objects_mentioned(&words, error.sqlstate);
        touching.iter().any(|gap| names.iter().any(|name| gap.reach.touches(name)))
    }

    /// Whether a gap touches relations alone.
    fn touches_relations(&self, gap: &Gap) -> bool {
        let is_relation = |name: &ObjectName| {
            let schema = self.model.find_schema(&name.schema);
            schema.is_some_and(|schema| self.model.find_relation(schema, &name.name).is_some())
        };
        match &gap.reach {
            Reach::Everything => false,
            Reach::Objects(objects) => objects.iter().all(is_relation),
        }
    }

    /// The objects that a text may name, with those that they depend on.
    fn objects_mentioned(&self, words: &Words, sqlstate: &str) -> HashSet<ObjectName> {
        let mut names: HashSet<ObjectName> = self.candidates(words).collect();
        let mut found = Vec::new();
        for name in &names {
            found.extend(self.model.named(name));
        }
        let reached = self.model.needed_by(&found);
        names.extend(reached.iter().filter_map(|oid| self.model.owner_name(*oid)));
        if FOR_DEPENDENTS.contains(&sqlstate) {
            let reached = self.model.needing(&found);
            names.extend(reached.iter().filter_map(|oid| self.model.owner_name(*oid)));
        }
        names
    }

    /// What the names in a text may stand for.
    fn candidates<'s>(&'s self, words: &'s Words) -> impl Iterator<Item = ObjectName> + 's {
        let path = self.lookup_path();
        let mut schemas: Vec<&str> = path
            .iter()
            .filter_map(|oid| self.model.schema(*oid).ok())
            .map(|schema| &*schema.name)
            .collect();
        // Dynamic statements are put together of names that stand apart.
        schemas.extend(words.single().filter(|word| self.model.find_schema(word).is_some()));
        schemas.push("");
        schemas.sort_unstable();
        schemas.dedup();
        words.chains.iter().flat_map(move |chain| {
            // What a schema qualifies is in no other one; `%I.name` may be in any.
            let is_qualified = chain.len() > 1
                && chain.first().is_some_and(|s| self.model.find_schema(s).is_some());
            let bare = chain.iter().take(if is_qualified { 1 } else { chain.len() });
            let bare = bare.filter(|word| !is_command_word(word)).flat_map({
                let schemas = schemas.clone();
                move |word| {
                    let named: Vec<_> =
                        schemas.iter().map(|schema| ObjectName::new(*schema, &**word)).collect();
                    named
                }
            });
            let qualified = chain.windows(2).filter_map(|pair| match pair {
                [schema, name] => Some(ObjectName::new(&**schema, &**name)),
                _ => None,
            });
            bare.chain(qualified).collect::<Vec<_>>()
        })
    }

    /// Whether a text names something that is not there, and that an extension may have made of which not all
    /// members are known.
    fn may_want_member(&self, statement: &ParsedStatement) -> bool {
        let is_unknown = match names_members(&statement.kind) {
            true => Self::has_unknown_members,
            false => Self::is_unknown_extension,
        };
        let unknown: Vec<&Extension> = self
            .model
            .all::<Extension>()
            .map(|(_, extension)| extension)
            .filter(|extension| is_unknown(&extension.name))
            .collect();
        if unknown.is_empty() {
            return false;
        }
        let words = Words::of(&statement.text);
        let path = self.lookup_path();
        let in_reach = |schema: Oid| {
            let name = self.model.schema(schema).map_or("", |schema| &schema.name);
            path.contains(&schema) || words.single().any(|word| word == name)
        };
        unknown.iter().any(|extension| {
            in_reach(extension.schema)
                || Self::makes_schemas(&extension.name)
                    && words.chains.iter().any(|chain| {
                        chain.len() > 1
                            && chain
                                .first()
                                .is_some_and(|schema| self.model.find_schema(schema).is_none())
                    })
        })
    }

    /// What a statement may change, as far as its words tell.
    pub(crate) fn reach_of(&self, statement: &ParsedStatement) -> Reach {
        match statement.kind.read() {
            Some(
                ast::Statement::Comment(_) | ast::Statement::Grant(_) | ast::Statement::NoEffect,
            ) => return Reach::Objects(Vec::new()),
            Some(ast::Statement::AlterObject(alter)) if alter.kind == ObjectKind::Schema => {
                return Reach::Everything;
            }
            Some(ast::Statement::Query(_)) if self.calls_of_text(&statement.text) => {
                return Reach::Everything;
            }
            Some(ast::Statement::Query(_)) => return Reach::Objects(Vec::new()),
            _ => {}
        }
        let mut names = self.targets(statement);
        if names.is_empty() {
            return Reach::Everything;
        }
        if cascades(&statement.text) {
            let found: Vec<Oid> = names.iter().flat_map(|name| self.model.named(name)).collect();
            let gone = self.model.needing(&found);
            names.extend(gone.iter().filter_map(|oid| self.model.owner_name(*oid)));
        }
        Reach::Objects(names)
    }

    /// Whether a text may call a function of the migrations, or one that is not known.
    fn calls_of_text(&self, text: &str) -> bool {
        let words = Words::of(text);
        let called = |name: &ObjectName| {
            self.model.named(name).iter().any(|oid| self.model.function(*oid).is_ok())
        };
        let is_user = self.candidates(&words).any(|name| called(&name));
        is_user || text.contains('(') && self.gaps.iter().any(|g| g.reach == Reach::Everything)
    }
}

/// Whether a refusal is for want of an operator or a cast.
fn is_of_types(error: &SqlError) -> bool {
    match error.sqlstate {
        "42725" | "42804" | "42846" => true,
        "42883" => error.message.starts_with("operator"),
        _ => false,
    }
}

/// Whether a statement drops with CASCADE; the actions of a foreign key are no such thing.
fn cascades(text: &str) -> bool {
    let words = Words::of(text);
    let words: Vec<&str> = words.single().collect();
    words
        .windows(2)
        .any(|pair| matches!(pair, [before, "cascade"] if !matches!(*before, "delete" | "update")))
}

/// Whether a statement may name members of an extension that nothing else names: those that a dump has of an
/// extension are of this sort.
fn names_members(kind: &StatementKind) -> bool {
    match kind.read() {
        Some(ast::Statement::Comment(_) | ast::Statement::Grant(_)) => true,
        Some(
            ast::Statement::AlterObject(ast::AlterObject { change, .. })
            | ast::Statement::AlterFunction(ast::AlterFunction { change, .. }),
        ) => matches!(change, ast::ObjectChange::NoEffect),
        _ => false,
    }
}

/// The further names that an action of ALTER TABLE gives or takes.
pub(super) fn further_targets(action: &AlterAction) -> Vec<sqlparser::ast::ObjectName> {
    use sqlparser::ast::{AlterTableOperation as Operation, RenameTableNameKind};
    match action {
        AlterAction::AttachIndex(name) => vec![name.clone()],
        AlterAction::Sql(operation) => match &**operation {
            Operation::RenameTable { table_name: RenameTableNameKind::To(name) } => {
                vec![name.clone()]
            }
            Operation::AttachPartitionOf { partition: name, .. }
            | Operation::DetachPartitionOf { partition: name, .. }
            | Operation::Inherit { parent: name }
            | Operation::NoInherit { parent: name } => vec![name.clone()],
            _ => Vec::new(),
        },
        _ => Vec::new(),
    }
}

/// Words of commands that are unreserved, so that something could be called so, which is not thought of.
const COMMAND_WORDS: [&str; 44] = [
    "add",
    "alter",
    "always",
    "begin",
    "by",
    "cascade",
    "commit",
    "data",
    "delete",
    "disable",
    "drop",
    "each",
    "enable",
    "execute",
    "exists",
    "extension",
    "force",
    "function",
    "generated",
    "identity",
    "if",
    "include",
    "index",
    "insert",
    "key",
    "language",
    "level",
    "materialized",
    "no",
    "of",
    "owner",
    "policy",
    "procedure",
    "replace",
    "returns",
    "rows",
    "rule",
    "schema",
    "security",
    "sequence",
    "set",
    "trigger",
    "type",
    "view",
];

fn is_command_word(word: &str) -> bool {
    names::is_keyword(word) || COMMAND_WORDS.contains(&word)
}

/// The names in a text, literals and comments included: what stands in them may be a statement.
#[derive(Debug, Default)]
struct Words {
    /// Names joined by periods, folded unless quoted.
    chains: Vec<Vec<String>>,
}

impl Words {
    fn of(text: &str) -> Self {
        let mut words = Self::default();
        let mut chain: Vec<String> = Vec::new();
        let mut rest = text;
        // Whether a period has just been read.
        let mut joined = false;
        while let Some(first) = rest.chars().next() {
            let (word, after) = if first == '"' {
                quoted(rest)
            } else if is_start(first) {
                let end = rest.find(|c| !is_part(c)).unwrap_or(rest.len());
                let (word, after) = rest.split_at(end);
                (Some(word.to_lowercase()), after)
            } else {
                (None, rest.get(first.len_utf8()..).unwrap_or(""))
            };
            match word {
                Some(word) => {
                    if !joined && !chain.is_empty() {
                        words.chains.push(std::mem::take(&mut chain));
                    }
                    chain.push(word);
                    joined = false;
                }
                None if first == '.' => joined = !chain.is_empty(),
                None if first.is_whitespace() && joined => {}
                None => joined = false,
            }
            rest = after;
        }
        if !chain.is_empty() {
            words.chains.push(chain);
        }
        words
    }

    /// Every name by itself.
    fn single(&self) -> impl Iterator<Item = &str> {
        self.chains.iter().flatten().map(String::as_str)
    }

    /// Whether the text reads a catalog of the server.
    fn ask_the_catalog(&self) -> bool {
        self.single().any(|word| {
            word == "information_schema" || CATALOGS.contains(&word) || word.starts_with("to_reg")
        })
    }
}

/// Catalogs that tell of tables and what belongs to them; `pg_catalog` itself qualifies types, too.
const CATALOGS: [&str; 14] = [
    "pg_attribute",
    "pg_class",
    "pg_constraint",
    "pg_enum",
    "pg_extension",
    "pg_index",
    "pg_indexes",
    "pg_namespace",
    "pg_policies",
    "pg_policy",
    "pg_proc",
    "pg_tables",
    "pg_trigger",
    "pg_type",
];

/// A quoted name and what comes after it; a quote that nothing ends is none.
fn quoted(text: &str) -> (Option<String>, &str) {
    let mut name = String::new();
    let mut letters = text.char_indices().skip(1).peekable();
    while let Some((at, letter)) = letters.next() {
        if letter != '"' {
            name.push(letter);
        } else if letters.next_if(|(_, next)| *next == '"').is_some() {
            name.push('"');
        } else {
            return (Some(name), text.get(at + 1..).unwrap_or(""));
        }
    }
    (None, text.get(1..).unwrap_or(""))
}

fn is_start(letter: char) -> bool {
    letter.is_alphabetic() || letter == '_'
}

fn is_part(letter: char) -> bool {
    letter.is_alphanumeric() || letter == '_' || letter == '$'
}

impl Model {
    /// The relations, types and functions of a name, or the schema.
    fn named(&self, name: &ObjectName) -> Vec<Oid> {
        let Some(schema) = self.find_schema(&name.schema) else {
            return Vec::new();
        };
        let mut found: Vec<Oid> = self.find_relation(schema, &name.name).into_iter().collect();
        found.extend(self.find_type(schema, &name.name));
        found.extend(self.find_functions(schema, &name.name).map(|(oid, _)| oid));
        found
    }

    /// What these objects and their parts depend on, and so on.
    fn needed_by(&self, objects: &[Oid]) -> HashSet<Oid> {
        self.closure(objects, |oid, next| {
            next.extend(self.part_oids(oid));
            next.extend(self.links_of(oid).map(|link| link.referenced.object));
        })
    }

    /// What depends on these objects, and so on.
    fn needing(&self, objects: &[Oid]) -> HashSet<Oid> {
        self.closure(objects, |oid, next| {
            next.extend(self.part_oids(oid));
            next.extend(self.links_to(oid).map(|link| link.dependent.object));
        })
    }

    fn closure(&self, objects: &[Oid], mut step: impl FnMut(Oid, &mut Vec<Oid>)) -> HashSet<Oid> {
        let mut seen: HashSet<Oid> = HashSet::new();
        let mut pending = objects.to_vec();
        while let Some(oid) = pending.pop() {
            // Through a schema everything would be tied to everything.
            let passes = !matches!(
                self.object(oid),
                None | Some(Object::Schema(_) | Object::Role(_) | Object::Extension(_))
            );
            if passes && seen.insert(oid) {
                step(oid, &mut pending);
            }
        }
        seen
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_in_quotes_literals_and_comments() {
        for (text, chains) in [
            ("ALTER TABLE a.b", vec!["alter", "table", "a.b"]),
            (r#"x "S"."x y""#, vec!["x", "S.x y"]),
            ("nextval('s.x_seq'::regclass)", vec!["nextval", "s.x_seq", "regclass"]),
            ("$$ EXECUTE 'DROP TABLE ' || t $$", vec!["execute", "drop", "table", "t"]),
            ("1.5 a . b", vec!["a.b"]),
            (r#"an "open quote"#, vec!["an", "open", "quote"]),
        ] {
            let found = Words::of(text).chains;
            let found: Vec<String> = found.iter().map(|chain| chain.join(".")).collect();
            assert_eq!(found, chains, "{text}");
        }
    }
}
