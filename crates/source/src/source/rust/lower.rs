//! From syn's tree to [`syntax`](super::syntax): what is not the program goes, macros are opened.

mod expression;
mod item;
mod macro_call;
mod pattern;

use std::ops::Range;

use syn::Stmt;

use super::attribute::{Attributes, Presence};
use super::syntax::{
    Binding, Block, Function, Item, ItemKind, Path, Statement, StatementKind, Type, Unread,
};
use crate::span::{FileId, Span};

/// Lowers one file.
pub(super) struct Lowerer {
    file: FileId,
    /// Where the piece that is being read starts in its file.
    pub(super) base: usize,
    scopes: u32,
    unread: Vec<Unread>,
}

impl Lowerer {
    pub(super) fn new(file: FileId) -> Self {
        Self { file, base: 0, scopes: 0, unread: Vec::new() }
    }

    pub(super) fn unread(&mut self, range: Range<usize>, reason: String) {
        self.unread.push(Unread { span: Span::new(self.file, range), reason });
    }

    pub(super) fn unread_tokens(
        &mut self,
        first: proc_macro2::Span,
        last: proc_macro2::Span,
        error: &syn::Error,
    ) {
        let span = self.between(first, last);
        self.unread.push(Unread { span, reason: format!("syntax error: {error}") });
    }

    pub(super) fn unread_count(&self) -> usize {
        self.unread.len()
    }

    pub(super) fn into_unread(self) -> Vec<Unread> {
        self.unread
    }

    fn span(&self, span: proc_macro2::Span) -> Span {
        let range = span.byte_range();
        Span::new(self.file, self.base + range.start..self.base + range.end)
    }

    fn between(&self, first: proc_macro2::Span, last: proc_macro2::Span) -> Span {
        Span { end: self.span(last).end, ..self.span(first) }
    }

    /// A function made of the statements that could be read of one that could not.
    pub(super) fn loose_function(
        &mut self,
        statements: Vec<Stmt>,
        items: Vec<Item>,
        first: proc_macro2::Span,
        last: proc_macro2::Span,
    ) -> Item {
        let mut body = self.statements(statements);
        if !items.is_empty() && body.scope.is_none() {
            body.scope = Some(self.new_scope());
        }
        body.items.extend(items);
        Item {
            name: String::new(),
            test: false,
            kind: ItemKind::Function(Function {
                has_self: false,
                parameters: Vec::new(),
                output: Type::Other,
                body,
                documented_route: None,
            }),
            span: self.between(first, last),
        }
    }

    fn new_scope(&mut self) -> u32 {
        self.scopes += 1;
        self.scopes
    }

    fn block(&mut self, block: syn::Block) -> Block {
        self.statements(block.stmts)
    }

    fn statements(&mut self, statements: Vec<Stmt>) -> Block {
        let mut block = Block::default();
        let count = statements.len();
        for (index, statement) in statements.into_iter().enumerate() {
            let last = index + 1 == count;
            match statement {
                Stmt::Item(item) => self.item(item, &mut block.items),
                Stmt::Local(local) => {
                    let presence = Attributes::new(&local.attrs).presence();
                    let (pattern, ty) = match self.pattern(local.pat) {
                        super::syntax::Pattern::Typed { pattern, ty } => (*pattern, Some(ty)),
                        pattern => (pattern, None),
                    };
                    let (value, otherwise) = match local.init {
                        Some(init) => (
                            Some(self.expr(*init.expr)),
                            init.diverge.map(|(_, otherwise)| self.expr(*otherwise)),
                        ),
                        None => (None, None),
                    };
                    let kind =
                        StatementKind::Let(Box::new(Binding { pattern, ty, value, otherwise }));
                    push(&mut block, presence, kind);
                }
                Stmt::Expr(value, semicolon) => {
                    let presence = expression::presence(&value);
                    let value = self.expr(value);
                    let kind = if last && semicolon.is_none() {
                        StatementKind::Tail(value)
                    } else {
                        StatementKind::Expr(value)
                    };
                    push(&mut block, presence, kind);
                }
                Stmt::Macro(call) => {
                    let presence = Attributes::new(&call.attrs).presence();
                    let value = self.macro_call(&call.mac, &mut block.items);
                    let kind = if last && call.semi_token.is_none() {
                        StatementKind::Tail(value)
                    } else {
                        StatementKind::Expr(value)
                    };
                    push(&mut block, presence, kind);
                }
            }
        }
        if !block.items.is_empty() {
            block.scope = Some(self.new_scope());
        }
        block
    }

    fn path(&self, path: &syn::Path) -> Path {
        let span = match (path.segments.first(), path.segments.last()) {
            (Some(first), Some(last)) => self.between(first.ident.span(), last.ident.span()),
            _ => Span::new(self.file, 0..0),
        };
        Path {
            rooted: path.leading_colon.is_some(),
            of: None,
            segments: path.segments.iter().map(|s| name(&s.ident)).collect(),
            span,
        }
    }
}

fn push(block: &mut Block, presence: Presence, kind: StatementKind) {
    if presence != Presence::Absent {
        block.statements.push(Statement { test: presence == Presence::Test, kind });
    }
}

/// An identifier without `r#`.
fn name(ident: &proc_macro2::Ident) -> String {
    let name = ident.to_string();
    name.strip_prefix("r#").map(str::to_owned).unwrap_or(name)
}
