//! Keys that an expression takes from JSON, such as the claims of a token.

use std::ops::ControlFlow;

use sqlparser::ast::{
    AccessExpr, BinaryOperator, Expr, Function, FunctionArg, FunctionArgExpr, FunctionArguments,
    Ident, Query, SelectItem, SetExpr, Subscript, Value, Visit, VisitMut, Visitor, VisitorMut,
};
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::tokenizer::{Token, Tokenizer};

use super::{Call, Expression, fold};

impl Expression {
    /// Whether it takes a key from what a call returns, by whatever operator or function: the first step of the way
    /// into it.
    #[must_use]
    pub fn takes_key(&self, key: &str, is_source: impl Fn(&Call) -> bool) -> bool {
        let mut finder = Finder { key, is_source };
        self.0.visit(&mut finder).is_break()
    }

    /// Whether it names a column so, of whatever table.
    #[must_use]
    pub fn names_column(&self, column: &str) -> bool {
        struct Columns<'a>(&'a str);
        impl Visitor for Columns<'_> {
            type Break = ();

            fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
                let name = match expr {
                    Expr::Identifier(name) => Some(name),
                    Expr::CompoundIdentifier(parts) => parts.last(),
                    _ => None,
                };
                match name {
                    Some(name) if fold(name) == self.0 => ControlFlow::Break(()),
                    _ => ControlFlow::Continue(()),
                }
            }
        }
        self.0.visit(&mut Columns(column)).is_break()
    }

    /// The expression with another key and column in the place of these, as SQL.
    #[must_use]
    pub fn with_other_names(&self, names: &[(&str, &str)]) -> String {
        struct Renamer<'a>(&'a [(&'a str, &'a str)]);
        impl VisitorMut for Renamer<'_> {
            type Break = std::convert::Infallible;

            fn pre_visit_ident(&mut self, ident: &mut Ident) -> ControlFlow<Self::Break> {
                if let Some((_, new)) = self.0.iter().find(|(old, _)| fold(ident) == *old) {
                    *ident = Ident::new(*new);
                }
                ControlFlow::Continue(())
            }

            fn pre_visit_value(
                &mut self,
                value: &mut sqlparser::ast::ValueWithSpan,
            ) -> ControlFlow<Self::Break> {
                if let Value::SingleQuotedString(text) = &mut value.value {
                    for (old, new) in self.0 {
                        if text == old || path_begins_with(text, old) {
                            *text = text.replacen(old, new, 1);
                        }
                    }
                }
                ControlFlow::Continue(())
            }
        }
        let mut expression = self.0.clone();
        let ControlFlow::Continue(()) = VisitMut::visit(&mut expression, &mut Renamer(names));
        expression.to_string()
    }
}

struct Finder<'a, F> {
    key: &'a str,
    is_source: F,
}

impl<F: Fn(&Call) -> bool> Visitor for Finder<'_, F> {
    type Break = ();

    fn pre_visit_expr(&mut self, expr: &Expr) -> ControlFlow<()> {
        let takes = match expr {
            Expr::BinaryOp { left, op, right } => match op {
                BinaryOperator::Arrow | BinaryOperator::LongArrow | BinaryOperator::Question => {
                    self.is_key(right) && self.is_token(left)
                }
                BinaryOperator::HashArrow | BinaryOperator::HashLongArrow => {
                    self.is_path(right) && self.is_token(left)
                }
                _ => false,
            },
            Expr::CompoundFieldAccess { root, access_chain } => match access_chain.first() {
                Some(AccessExpr::Subscript(Subscript::Index { index })) => {
                    self.is_key(index) && self.is_token(root)
                }
                _ => false,
            },
            Expr::Function(call) => self.extracts(call),
            _ => false,
        };
        if takes { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
    }
}

impl<F: Fn(&Call) -> bool> Finder<'_, F> {
    fn is_key(&self, expr: &Expr) -> bool {
        constant(expr).is_some_and(|text| text == self.key)
    }

    fn is_path(&self, expr: &Expr) -> bool {
        match expr {
            Expr::Nested(inner) | Expr::Cast { expr: inner, .. } => self.is_path(inner),
            Expr::Array(array) => array.elem.first().is_some_and(|first| self.is_key(first)),
            _ => constant(expr).is_some_and(|text| path_begins_with(text, self.key)),
        }
    }

    /// `jsonb_extract_path(token, key, …)` and its like.
    fn extracts(&self, call: &Function) -> bool {
        const EXTRACTING: [&str; 4] = [
            "json_extract_path",
            "json_extract_path_text",
            "jsonb_extract_path",
            "jsonb_extract_path_text",
        ];
        let name = call.name.0.last().and_then(|part| part.as_ident()).map(fold);
        let arguments = arguments(call);
        name.is_some_and(|name| EXTRACTING.contains(&name.as_str()))
            && matches!(&arguments[..], [token, key, ..] if self.is_token(token) && self.is_key(key))
    }

    /// Whether a value is what a source returns, be it cast or chosen from others.
    fn is_token(&self, mut expr: &Expr) -> bool {
        loop {
            match expr {
                Expr::Nested(inner) | Expr::Cast { expr: inner, .. } => expr = inner,
                Expr::Subquery(query) => match only_value(query) {
                    Some(inner) => expr = inner,
                    None => return false,
                },
                Expr::Function(call) => {
                    if (self.is_source)(&Call::of(call)) {
                        return true;
                    }
                    let name = call.name.0.last().and_then(|part| part.as_ident()).map(fold);
                    let chooses =
                        name.is_some_and(|name| ["coalesce", "nullif"].contains(&name.as_str()));
                    match arguments(call).first() {
                        Some(first) if chooses => expr = first,
                        _ => return false,
                    }
                }
                _ => return false,
            }
        }
    }
}

fn path_begins_with(path: &str, key: &str) -> bool {
    let first = path.strip_prefix('{').and_then(|path| path.split([',', '}']).next());
    first.is_some_and(|first| first.trim().trim_matches('"') == key)
}

fn constant(expr: &Expr) -> Option<&str> {
    match expr {
        Expr::Nested(inner) | Expr::Cast { expr: inner, .. } => constant(inner),
        Expr::Value(value) => match &value.value {
            Value::SingleQuotedString(text) => Some(text),
            _ => None,
        },
        _ => None,
    }
}

fn arguments(call: &Function) -> Vec<&Expr> {
    let FunctionArguments::List(list) = &call.args else { return Vec::new() };
    let values = list.args.iter().filter_map(|argument| match argument {
        FunctionArg::Unnamed(FunctionArgExpr::Expr(expr)) => Some(expr),
        _ => None,
    });
    values.collect()
}

/// The value that a query without FROM returns.
fn only_value(query: &Query) -> Option<&Expr> {
    let SetExpr::Select(select) = &*query.body else { return None };
    match (&select.projection[..], &select.from[..]) {
        ([SelectItem::UnnamedExpr(value) | SelectItem::ExprWithAlias { expr: value, .. }], []) => {
            Some(value)
        }
        _ => None,
    }
}

/// What the body of a function says, as far as its words tell: comments and layout mean nothing.
#[derive(Debug, Default)]
pub struct Body {
    tokens: Vec<Token>,
}

impl Body {
    /// Reads the body of a function in SQL or PL/pgSQL; one that cannot be read says nothing.
    #[must_use]
    pub fn read(text: &str) -> Self {
        let tokens = Tokenizer::new(&PostgreSqlDialect {}, text).tokenize().unwrap_or_default();
        let tokens =
            tokens.into_iter().filter(|token| !matches!(token, Token::Whitespace(_))).collect();
        Self { tokens }
    }

    /// Whether it takes a key from JSON, by an operator or a function.
    #[must_use]
    pub fn takes_key(&self, key: &str) -> bool {
        let takes = [Token::Arrow, Token::LongArrow, Token::HashArrow, Token::HashLongArrow];
        self.tokens.windows(2).any(|pair| match pair {
            [operator, Token::SingleQuotedString(text)] => {
                let by_operator =
                    takes.contains(operator) || matches!(operator, Token::Comma | Token::LBracket);
                by_operator && (text == key || path_begins_with(text, key))
            }
            _ => false,
        })
    }

    /// Whether it has this word.
    #[must_use]
    pub fn names(&self, word: &str) -> bool {
        self.tokens.iter().any(|token| match token {
            Token::Word(found) => {
                found.value == word
                    || found.quote_style.is_none() && found.value.eq_ignore_ascii_case(word)
            }
            Token::SingleQuotedString(text) => text == word,
            _ => false,
        })
    }

    /// The names of what it calls, as they are written.
    #[must_use]
    pub fn calls(&self) -> Vec<Vec<String>> {
        let fold = |word: &sqlparser::tokenizer::Word| match word.quote_style {
            Some(_) => word.value.clone(),
            None => word.value.to_lowercase(),
        };
        let mut calls = Vec::new();
        for (at, token) in self.tokens.iter().enumerate() {
            let (Token::Word(name), Some(Token::LParen)) = (token, self.tokens.get(at + 1)) else {
                continue;
            };
            let qualifier = match at.checked_sub(2).and_then(|at| self.tokens.get(at..at + 2)) {
                Some([Token::Word(schema), Token::Period]) => Some(fold(schema)),
                _ => None,
            };
            calls.push(qualifier.into_iter().chain([fold(name)]).collect());
        }
        calls
    }
}
