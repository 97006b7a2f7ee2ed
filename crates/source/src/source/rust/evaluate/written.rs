//! What the variants of an enum are written as, in each of the ways in which a program can write them.

use std::rc::Rc;

use super::{Evaluator, Records};
use crate::source::rust::case;
use crate::source::rust::program::{EnumId, FunctionId, Scope, Target};
use crate::source::rust::syntax::{Path, Type, Variant};
use crate::source::rust::value::{Text, Value};
use crate::source::{CodeDeclaration, DeclaredCode};
use crate::span::Span;

/// Methods that spell a value.
const SPELLINGS: [&str; 6] = ["as_str", "as_ref", "to_string", "into", "to_str", "as_code"];

/// Whether a method of this name gives an enum's spelling, not a text about it.
pub(super) fn is_spelling(name: &str) -> bool {
    SPELLINGS.contains(&name)
}

/// The derives that write a variant, each with the crate that it is of and what it writes.
type Written = fn(&Variant) -> Option<&str>;
const DERIVES: [(&str, &str, Written); 9] = [
    ("serde", "Serialize", |variant| Some(&variant.serde)),
    ("strum", "Display", |variant| Some(&variant.strum)),
    ("strum", "ToString", |variant| Some(&variant.strum)),
    ("strum", "AsRefStr", |variant| Some(&variant.strum)),
    ("strum", "AsStaticStr", |variant| Some(&variant.strum)),
    ("strum", "IntoStaticStr", |variant| Some(&variant.strum)),
    ("thiserror", "Error", |variant| variant.error.as_deref()),
    ("derive_more", "Display", |variant| Some(variant.display.as_deref().unwrap_or(&variant.name))),
    ("displaydoc", "Display", |_| None),
];

impl<'p> Evaluator<'p, '_> {
    /// The enums that declare codes.
    pub(in crate::source::rust) fn declarations(&mut self) -> Vec<CodeDeclaration> {
        self.records = Records::Nothing;
        self.calls = 0;
        let program = self.program;
        let all = 0..program.enums.len();
        all.filter(|&id| !program.enums[id].test).filter_map(|id| self.declaration(id)).collect()
    }

    fn declaration(&mut self, id: EnumId) -> Option<CodeDeclaration> {
        let def = &self.program.enums[id];
        let ways = self.ways(id);
        let variants = &def.item.variants;
        let mut codes = Vec::with_capacity(variants.len());
        for (index, variant) in variants.iter().enumerate() {
            let mut values: Vec<String> = Vec::new();
            for way in &ways {
                for value in &way[index] {
                    if !values.contains(value) {
                        values.push(value.clone());
                    }
                }
            }
            let own = case::code(&variant.name);
            let known = self.source_query.codes.iter().find(|code| same_letters(code, &own));
            let is_code = |value: &&String| self.source_query.codes.contains(value);
            let name = known.or_else(|| values.iter().find(is_code)).or(values.first()).cloned();
            let name = name.unwrap_or(own);
            values.sort_by_key(|value| *value != name);
            codes.push(DeclaredCode { name, values, span: variant.span });
        }
        let is_code = |value: &String| self.source_query.codes.contains(value);
        let by_value = codes.iter().any(|code| code.values.iter().any(is_code));
        let named = codes.iter().filter(|code| is_code(&code.name)).count();
        let plain = variants.iter().all(|variant| variant.fields.is_empty());
        let by_name =
            plain && !ways.is_empty() && 2 * named >= self.source_query.codes.len().max(1);
        (by_value || by_name).then(|| CodeDeclaration {
            name: def.name.to_owned(),
            codes,
            span: def.span,
        })
    }

    /// What each way of writing gives for each variant.
    fn ways(&mut self, id: EnumId) -> Vec<Vec<Vec<String>>> {
        let def = &self.program.enums[id];
        let count = def.item.variants.len();
        let mut ways: Vec<Vec<Vec<String>>> = Vec::new();
        for function in self.writers(id) {
            let way: Vec<Vec<String>> =
                (0..count).map(|index| self.run_writer(function, id, index)).collect();
            let standard = self.is_standard(function);
            let is_code = |value: &String| self.source_query.codes.contains(value);
            if way.iter().any(|values| !values.is_empty())
                && (standard || way.iter().flatten().any(is_code))
            {
                ways.push(way);
            }
        }
        let plain = def.item.variants.iter().all(|variant| variant.fields.is_empty());
        for (of, name, written) in DERIVES {
            if !self.derives(id, of, name) || (of == "serde" && def.item.serde_indirect) {
                continue;
            }
            let way: Vec<Vec<String>> = def
                .item
                .variants
                .iter()
                .map(|variant| written(variant).map(str::to_owned).into_iter().collect())
                .collect();
            // The message of an error that carries data is a text about it, not its spelling.
            let is_code = |value: &String| self.source_query.codes.contains(value);
            if plain || of != "thiserror" || way.iter().flatten().any(is_code) {
                ways.push(way);
            }
        }
        ways
    }

    /// Whether an enum derives a trait of a crate.
    fn derives(&self, id: EnumId, of: &str, name: &str) -> bool {
        let def = &self.program.enums[id];
        let scope = Scope { module: def.module, this: None };
        def.item.derives.iter().filter(|path| path.last() == name || path.segments.len() == 1).any(
            |path| match self.program.type_path(path, scope) {
                Target::External(path) => {
                    let first = path.first().map_or("", String::as_str);
                    let family =
                        first.strip_suffix("_macros").or_else(|| first.strip_suffix("_derive"));
                    family.unwrap_or(first) == of && path.last().is_some_and(|last| last == name)
                }
                Target::Unknown(path) => {
                    path.len() == 1 && path[0] == name && (of == "serde" || of == "strum")
                }
                _ => false,
            },
        )
    }

    /// The functions that could write an enum.
    fn writers(&self, id: EnumId) -> Vec<FunctionId> {
        let def = &self.program.enums[id];
        let conversions = self.program.conversions(super::super::program::TypeId::Enum(id));
        let own = def.functions.iter().chain(conversions).copied();
        let mut writers: Vec<FunctionId> =
            own.filter(|&function| self.is_writer(function)).collect();
        writers.sort_unstable();
        writers.dedup();
        writers
    }

    fn is_writer(&self, id: FunctionId) -> bool {
        let def = &self.program.functions[id];
        if def.test {
            return false;
        }
        let one_value = def.function.has_self && def.function.parameters.is_empty();
        match def.within.and_then(|within| within.trait_.as_ref()) {
            Some((path, _)) => match path.last() {
                "Display" | "Serialize" => def.function.parameters.len() == 1,
                "AsRef" | "Into" | "ToString" | "Borrow" | "Deref" => one_value,
                "From" => def.within.is_some_and(|within| is_text(&within.of)),
                _ => one_value && is_text(&def.function.output),
            },
            None => one_value && is_text(&def.function.output),
        }
    }

    /// A way of writing that counts whatever it writes; others count if they write codes.
    fn is_standard(&self, id: FunctionId) -> bool {
        let def = &self.program.functions[id];
        let trait_ =
            def.within.and_then(|within| within.trait_.as_ref()).map(|(path, _)| path.last());
        match trait_ {
            Some(name) => {
                ["Display", "Serialize", "AsRef", "Into", "ToString", "From"].contains(&name)
            }
            None => is_spelling(def.name),
        }
    }

    /// What a function writes for a variant; nothing where that is not a constant.
    fn run_writer(&mut self, function: FunctionId, of: EnumId, index: usize) -> Vec<String> {
        let def = &self.program.functions[function];
        let variant = &self.program.enums[of].item.variants[index];
        let fields: Vec<_> = variant.fields.iter().map(|_| Value::Existing).collect();
        let value = Value::Variant { of, index, fields: fields.into() };
        let records = std::mem::replace(&mut self.records, Records::Nothing);
        let writes = def.function.has_self && def.function.parameters.len() == 1;
        let before = std::mem::replace(&mut self.frame.output, Value::text("", def.span));
        let result = match (def.function.has_self, writes) {
            (true, true) => {
                self.run_function(function, Some(value), vec![Value::Formatter]);
                self.frame.output.clone()
            }
            (true, false) => self.run_function(function, Some(value), Vec::new()),
            (false, _) => self.run_function(function, None, vec![value]),
        };
        self.frame.output = before;
        self.records = records;
        let mut texts = Vec::new();
        for alternative in result.alternatives() {
            match alternative {
                Value::Text(text) => texts.push(text.value.to_string()),
                _ => return Vec::new(),
            }
        }
        texts
    }

    /// The text that a variant is, in a given way, as a value.
    pub(super) fn spelled(
        &mut self,
        of: EnumId,
        index: usize,
        way: &'static str,
        span: Span,
    ) -> Value<'p> {
        let texts = self.spellings(of, index, way);
        let file = self.program.enums[of].span.file;
        let text =
            |text: String| Value::Text(Text { value: Rc::from(text), span, declared: Some(file) });
        if texts.is_empty() {
            Value::Existing
        } else {
            Value::choice(texts.into_iter().map(text).collect::<Vec<_>>())
        }
    }

    fn spellings(&mut self, of: EnumId, index: usize, way: &'static str) -> Vec<String> {
        let key = (of, index, way);
        if let Some(known) = self.written.get(&key) {
            return known.clone();
        }
        self.written.insert(key, Vec::new());
        let traits: &[&str] = if way == "Display" { &["Display", "ToString"] } else { &["AsRef"] };
        let writer = self.writers(of).into_iter().find(|&id| {
            let within = self.program.functions[id].within;
            within
                .and_then(|within| within.trait_.as_ref())
                .is_some_and(|(path, _)| traits.contains(&path.last()))
        });
        let texts = match writer {
            Some(writer) => self.run_writer(writer, of, index),
            None => {
                let variant = &self.program.enums[of].item.variants[index];
                DERIVES
                    .iter()
                    .filter(|(_, name, _)| *name == way || (way == "Display" && *name == "Error"))
                    .find(|(of_crate, name, _)| self.derives(of, of_crate, name))
                    .and_then(|(_, _, written)| written(variant).map(str::to_owned))
                    .into_iter()
                    .collect()
            }
        };
        self.written.insert(key, texts.clone());
        texts
    }

    /// `value.as_ref()` of an enum that derives it, else the value.
    pub(super) fn spelled_or(
        &mut self,
        base: &Value<'p>,
        way: &'static str,
        span: Span,
    ) -> Value<'p> {
        let mut results = Vec::new();
        for alternative in base.alternatives() {
            results.push(match alternative {
                Value::Variant { of, index, .. } => self.spelled(*of, *index, way, span),
                value => value.clone(),
            });
        }
        Value::choice(results)
    }

    /// A variant as a derived `Debug` writes it.
    pub(super) fn debugged(&self, of: EnumId, index: usize, span: Span) -> Value<'p> {
        let def = &self.program.enums[of];
        let value = Rc::from(def.item.variants[index].name.as_str());
        Value::Text(Text { value, span, declared: Some(def.span.file) })
    }

    /// The first way in which a variant is written.
    pub(super) fn spelling(&mut self, of: EnumId, index: usize) -> Option<String> {
        let key = (of, index, "any");
        if let Some(known) = self.written.get(&key) {
            return known.first().cloned();
        }
        let found = self.ways(of).into_iter().find_map(|way| way.get(index)?.first().cloned());
        self.written.insert(key, found.iter().cloned().collect());
        found
    }
}

fn same_letters(one: &str, other: &str) -> bool {
    let letters = |text: &str| text.chars().filter(|c| *c != '_').collect::<String>();
    letters(one).eq_ignore_ascii_case(&letters(other))
}

/// `&str`, `String`, `Cow<str>` and what holds them.
fn is_text(ty: &Type) -> bool {
    match ty {
        Type::Path { path: Path { segments, .. }, arguments } => {
            match segments.last().map(String::as_str) {
                Some("str" | "String") => true,
                Some("Cow" | "Option" | "Box" | "Arc" | "Rc") => arguments.iter().any(is_text),
                _ => false,
            }
        }
        _ => false,
    }
}
