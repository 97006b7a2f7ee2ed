//! Attributes: `cfg`, `cfg_attr`, and the serde and strum attributes that name things.

use proc_macro2::{TokenStream, TokenTree};
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Attribute, Expr, ExprLit, Lit, Meta, Token};

/// Whether something belongs to the program.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Presence {
    Program,
    /// Only with `cfg(test)`.
    Test,
    /// Never: `cfg(any())`.
    Absent,
}

/// The attributes of one thing, `cfg_attr` opened.
pub(super) struct Attributes {
    metas: Vec<Meta>,
}

impl Attributes {
    pub(super) fn new(attributes: &[Attribute]) -> Self {
        let mut metas = Vec::new();
        for attribute in attributes {
            open(attribute.meta.clone(), &mut metas, 0);
        }
        Self { metas }
    }

    /// Whether the thing belongs to the program, or to its tests alone.
    pub(super) fn presence(&self) -> Presence {
        self.metas.iter().map(presence).max().unwrap_or(Presence::Program)
    }

    /// The string of `name = "…"`.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        self.metas.iter().find_map(|meta| match meta {
            Meta::NameValue(pair) if pair.path.is_ident(name) => literal(&pair.value),
            _ => None,
        })
    }

    /// The paths of every `derive`.
    pub(super) fn derives(&self) -> Vec<syn::Path> {
        let paths = Punctuated::<syn::Path, Token![,]>::parse_terminated;
        self.lists("derive").filter_map(|tokens| paths.parse2(tokens).ok()).flatten().collect()
    }

    /// The tokens in `name(…)`, for each time it is written.
    pub(super) fn lists(&self, name: &str) -> impl Iterator<Item = TokenStream> {
        self.metas.iter().filter_map(move |meta| match meta {
            Meta::List(list) if list.path.is_ident(name) => Some(list.tokens.clone()),
            _ => None,
        })
    }

    /// The tokens of `#[first::…::last(…)]`.
    pub(super) fn qualified_list(&self, first: &str, last: &str) -> Option<TokenStream> {
        self.metas.iter().find_map(|meta| match meta {
            Meta::List(list) => {
                let segments = &list.path.segments;
                let matches = segments.len() > 1
                    && segments.first().is_some_and(|s| s.ident == first)
                    && segments.last().is_some_and(|s| s.ident == last);
                matches.then(|| list.tokens.clone())
            }
            _ => None,
        })
    }

    /// The settings in `name(key = "…", key(serialize = "…"), flag)` of every such attribute.
    pub(super) fn settings(&self, name: &str) -> Settings {
        let metas = Punctuated::<Meta, Token![,]>::parse_terminated;
        Settings(
            self.lists(name).filter_map(|tokens| metas.parse2(tokens).ok()).flatten().collect(),
        )
    }

    /// The string literal that `name("…", …)` begins with.
    pub(super) fn first_text(&self, name: &str) -> Option<String> {
        self.lists(name).find_map(|tokens| {
            match syn::parse2::<Lit>(tokens.into_iter().next()?.into()).ok()? {
                Lit::Str(text) => Some(text.value()),
                _ => None,
            }
        })
    }

    /// The first string literal in `name("…")`; none where it has placeholders.
    pub(super) fn message(&self, name: &str) -> Option<String> {
        self.lists(name).find_map(|tokens| {
            let mut tokens = tokens.into_iter().peekable();
            if matches!(tokens.peek(), Some(TokenTree::Ident(word)) if word == "fmt") {
                tokens.by_ref().take(2).for_each(drop);
            }
            let text: Lit = syn::parse2(tokens.next()?.into()).ok()?;
            match text {
                Lit::Str(text) if !text.value().contains('{') => Some(text.value()),
                _ => None,
            }
        })
    }
}

/// The settings of a serde or strum attribute.
pub(super) struct Settings(Vec<Meta>);

impl Settings {
    /// Every string that `key` is set to; `key(serialize = "…")` counts, `key(deserialize = "…")` does not.
    pub(super) fn texts(&self, key: &str) -> Vec<String> {
        self.0
            .iter()
            .filter(|meta| meta.path().is_ident(key))
            .filter_map(|meta| match meta {
                Meta::NameValue(pair) => literal(&pair.value),
                Meta::List(list) => {
                    let inner = Punctuated::<Meta, Token![,]>::parse_terminated;
                    let metas = inner.parse2(list.tokens.clone()).ok()?;
                    Settings(metas.into_iter().collect()).text("serialize")
                }
                Meta::Path(_) => None,
            })
            .collect()
    }

    pub(super) fn text(&self, key: &str) -> Option<String> {
        self.texts(key).into_iter().next()
    }

    pub(super) fn has(&self, key: &str) -> bool {
        self.0.iter().any(|meta| meta.path().is_ident(key))
    }
}

fn literal(value: &Expr) -> Option<String> {
    match value {
        Expr::Lit(ExprLit { lit: Lit::Str(text), .. }) => Some(text.value()),
        _ => None,
    }
}

/// Opens `cfg_attr(predicate, a, b)` into `a` and `b` unless the predicate never holds outside tests.
fn open(meta: Meta, into: &mut Vec<Meta>, depth: usize) {
    const DEEPEST: usize = 16;
    let Meta::List(list) = &meta else { return into.push(meta) };
    if !list.path.is_ident("cfg_attr") || depth > DEEPEST {
        return into.push(meta);
    }
    let metas = Punctuated::<Meta, Token![,]>::parse_terminated;
    let Ok(parts) = metas.parse2(list.tokens.clone()) else { return };
    let mut parts = parts.into_iter();
    if parts.next().is_some_and(|predicate| holds(&predicate, false) != Some(false)) {
        parts.for_each(|part| open(part, into, depth + 1));
    }
}

fn presence(meta: &Meta) -> Presence {
    let path = meta.path();
    if path.is_ident("cfg") {
        let Meta::List(list) = meta else { return Presence::Program };
        let Ok(predicate) = syn::parse2::<Meta>(list.tokens.clone()) else {
            return boolean(&list.tokens);
        };
        return if holds(&predicate, false) != Some(false) {
            Presence::Program
        } else if holds(&predicate, true) != Some(false) {
            Presence::Test
        } else {
            Presence::Absent
        };
    }
    let is_test = path
        .segments
        .last()
        .is_some_and(|s| ["test", "rstest", "bench"].iter().any(|t| s.ident == t));
    if is_test { Presence::Test } else { Presence::Program }
}

/// `cfg(false)` has a literal where other predicates have a path.
fn boolean(tokens: &TokenStream) -> Presence {
    let is_false = |input: ParseStream<'_>| input.parse::<syn::LitBool>().map(|b| !b.value);
    if is_false.parse2(tokens.clone()).unwrap_or(false) {
        Presence::Absent
    } else {
        Presence::Program
    }
}

/// Whether a predicate holds with `test` set so; none where it depends on something else.
fn holds(predicate: &Meta, test: bool) -> Option<bool> {
    let path = predicate.path();
    if path.is_ident("test") {
        return Some(test);
    }
    let Meta::List(list) = predicate else { return None };
    let metas = Punctuated::<Meta, Token![,]>::parse_terminated;
    let parts = metas.parse2(list.tokens.clone()).ok()?;
    let mut values = parts.iter().map(|part| holds(part, test));
    if path.is_ident("not") {
        values.next()?.map(|value| !value)
    } else if path.is_ident("all") {
        all(values, true)
    } else if path.is_ident("any") {
        all(values, false)
    } else {
        None
    }
}

/// `all` (`neutral` true) and `any` (`neutral` false) of three-valued parts.
fn all(values: impl Iterator<Item = Option<bool>>, neutral: bool) -> Option<bool> {
    let mut result = Some(neutral);
    for value in values {
        match value {
            Some(value) if value != neutral => return Some(value),
            None => result = None,
            Some(_) => {}
        }
    }
    result
}
