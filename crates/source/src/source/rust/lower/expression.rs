//! Expressions.

use syn::{BinOp, Expr as Syn, Lit, UnOp};

use super::Lowerer;
use super::pattern::{member, take_guard};
use crate::source::rust::attribute::{Attributes, Presence};
use crate::source::rust::syntax::{Arm, Expr, ExprKind, Operator, Parameter, Pattern};
use crate::span::Span;

impl Lowerer {
    pub(super) fn expr(&mut self, expr: Syn) -> Expr {
        stacker::maybe_grow(128 << 10, 1 << 20, || self.expr_here(expr))
    }

    pub(super) fn exprs(&mut self, exprs: impl IntoIterator<Item = Syn>) -> Vec<Expr> {
        exprs
            .into_iter()
            .filter(|expr| presence(expr) == Presence::Program)
            .map(|expr| self.expr(expr))
            .collect()
    }

    fn boxed(&mut self, expr: Syn) -> Box<Expr> {
        Box::new(self.expr(expr))
    }

    fn expr_here(&mut self, expr: Syn) -> Expr {
        match expr {
            Syn::Lit(literal) => {
                Expr { span: self.span(literal.lit.span()), kind: self::literal(&literal.lit) }
            }
            Syn::Path(path) => {
                let path = self.qualified(path.qself.as_ref(), &path.path);
                Expr { span: path.span, kind: ExprKind::Path(path) }
            }
            Syn::Paren(inner) => self.expr(*inner.expr),
            Syn::Group(inner) => self.expr(*inner.expr),
            Syn::Cast(cast) => self.expr(*cast.expr),
            Syn::Reference(reference) => {
                let start = self.span(reference.and_token.span);
                let inner = self.expr(*reference.expr);
                Expr { span: join(start, inner.span), ..inner }
            }
            Syn::RawAddr(address) => self.expr(*address.expr),
            Syn::Unary(unary) => {
                let inner = self.boxed(*unary.expr);
                match unary.op {
                    UnOp::Deref(_) => *inner,
                    _ => Expr { span: inner.span, kind: ExprKind::Negate(inner) },
                }
            }
            Syn::Try(inner) => {
                let inner = self.boxed(*inner.expr);
                Expr { span: inner.span, kind: ExprKind::Try(inner) }
            }
            Syn::Await(inner) => {
                let inner = self.boxed(*inner.base);
                Expr { span: inner.span, kind: ExprKind::Await(inner) }
            }
            Syn::Call(call) => {
                let callee = self.boxed(*call.func);
                let arguments = self.exprs(call.args);
                let span = join(callee.span, self.span(call.paren_token.span.close()));
                Expr { span, kind: ExprKind::Call { callee, arguments } }
            }
            Syn::MethodCall(call) => self.method_call(call),
            Syn::Field(field) => {
                let base = self.boxed(*field.base);
                let end = match &field.member {
                    syn::Member::Named(ident) => self.span(ident.span()),
                    syn::Member::Unnamed(index) => self.span(index.span),
                };
                let span = join(base.span, end);
                Expr { span, kind: ExprKind::Field { base, name: member(&field.member) } }
            }
            Syn::Index(index) => {
                let base = self.boxed(*index.expr);
                let span = join(base.span, self.span(index.bracket_token.span.close()));
                Expr { span, kind: ExprKind::Index { base, index: self.boxed(*index.index) } }
            }
            Syn::Struct(structure) => {
                let path = self.qualified(structure.qself.as_ref(), &structure.path);
                let span = join(path.span, self.span(structure.brace_token.span.close()));
                let fields = structure
                    .fields
                    .into_iter()
                    .filter(|field| Attributes::new(&field.attrs).presence() == Presence::Program)
                    .map(|field| (member(&field.member), self.expr(field.expr)))
                    .collect();
                let rest = structure.rest.map(|rest| self.boxed(*rest));
                Expr { span, kind: ExprKind::Struct { path, fields, rest } }
            }
            Syn::Assign(assign) => {
                let target = self.boxed(*assign.left);
                let value = self.boxed(*assign.right);
                Expr {
                    span: join(target.span, value.span),
                    kind: ExprKind::Assign { target, value },
                }
            }
            Syn::Binary(binary) => {
                let operator = operator(&binary.op);
                let left = self.boxed(*binary.left);
                let right = self.boxed(*binary.right);
                Expr {
                    span: join(left.span, right.span),
                    kind: ExprKind::Binary { operator, left, right },
                }
            }
            Syn::Tuple(tuple) => {
                let span =
                    self.between(tuple.paren_token.span.open(), tuple.paren_token.span.close());
                Expr { span, kind: ExprKind::Tuple(self.exprs(tuple.elems)) }
            }
            Syn::Array(array) => {
                let span =
                    self.between(array.bracket_token.span.open(), array.bracket_token.span.close());
                Expr { span, kind: ExprKind::Array(self.exprs(array.elems)) }
            }
            Syn::Repeat(repeat) => {
                let span = self
                    .between(repeat.bracket_token.span.open(), repeat.bracket_token.span.close());
                Expr { span, kind: ExprKind::Array(vec![self.expr(*repeat.expr)]) }
            }
            Syn::Range(range) => {
                let span = Span::new(self.file, 0..0);
                let ends = range.start.into_iter().chain(range.end).map(|end| *end);
                Expr { span, kind: ExprKind::Several(self.exprs(ends)) }
            }
            Syn::Macro(call) => {
                let mut items = Vec::new();
                let value = self.macro_call(&call.mac, &mut items);
                if items.is_empty() {
                    return value;
                }
                let span = value.span;
                let mut block = self.statements(Vec::new());
                block.scope = Some(self.new_scope());
                block.items = items;
                Expr {
                    span,
                    kind: ExprKind::Several(vec![
                        value,
                        Expr { span, kind: ExprKind::Block(block) },
                    ]),
                }
            }
            Syn::If(_)
            | Syn::Let(_)
            | Syn::Match(_)
            | Syn::While(_)
            | Syn::ForLoop(_)
            | Syn::Loop(_) => self.control_flow(expr),
            Syn::Block(block) => self.block_expr(block.block),
            Syn::Unsafe(block) => self.block_expr(block.block),
            Syn::Const(block) => self.block_expr(block.block),
            Syn::Async(block) => self.block_expr(block.block),
            Syn::TryBlock(block) => self.block_expr(block.block),
            Syn::Closure(closure) => {
                let parameters = closure
                    .inputs
                    .into_iter()
                    .map(|input| match self.pattern(input) {
                        Pattern::Typed { pattern, ty } => {
                            Parameter { pattern: *pattern, ty: Some(ty) }
                        }
                        pattern => Parameter { pattern, ty: None },
                    })
                    .collect();
                let start = self.span(closure.inputs_begin.span);
                let body = self.boxed(*closure.body);
                Expr { span: join(start, body.span), kind: ExprKind::Closure { parameters, body } }
            }
            Syn::Return(ret) => {
                let span = self.span(ret.return_token.span);
                Expr { span, kind: ExprKind::Return(ret.expr.map(|value| self.boxed(*value))) }
            }
            Syn::Break(exit) => {
                let span = self.span(exit.break_token.span);
                Expr { span, kind: ExprKind::Break(exit.expr.map(|value| self.boxed(*value))) }
            }
            Syn::Continue(exit) => {
                Expr { span: self.span(exit.continue_token.span), kind: ExprKind::Break(None) }
            }
            Syn::Yield(value) => {
                let span = self.span(value.yield_token.span);
                Expr { span, kind: ExprKind::Several(self.exprs(value.expr.map(|value| *value))) }
            }
            _ => Expr { span: Span::new(self.file, 0..0), kind: ExprKind::Inert },
        }
    }

    fn block_expr(&mut self, block: syn::Block) -> Expr {
        let span = self.between(block.brace_token.span.open(), block.brace_token.span.close());
        Expr { span, kind: ExprKind::Block(self.block(block)) }
    }

    fn method_call(&mut self, call: syn::ExprMethodCall) -> Expr {
        let receiver = self.boxed(*call.receiver);
        let close = self.span(call.paren_token.span.close());
        Expr {
            span: join(receiver.span, close),
            kind: ExprKind::Method {
                receiver,
                name: super::name(&call.method),
                call: join(self.span(call.method.span()), close),
                arguments: self.exprs(call.args),
            },
        }
    }

    fn control_flow(&mut self, expr: Syn) -> Expr {
        match expr {
            Syn::If(branch) => {
                let span =
                    self.between(branch.if_token.span, branch.then_branch.brace_token.span.close());
                let condition = self.boxed(*branch.cond);
                let then = self.block(branch.then_branch);
                let otherwise = branch.else_branch.map(|(_, otherwise)| self.boxed(*otherwise));
                Expr { span, kind: ExprKind::If { condition, then, otherwise } }
            }
            Syn::Let(binding) => {
                let span = self.span(binding.let_token.span);
                let pattern = self.pattern(*binding.pat);
                Expr { span, kind: ExprKind::Let { pattern, value: self.boxed(*binding.expr) } }
            }
            Syn::Match(choice) => {
                let span = self.between(choice.match_token.span, choice.brace_token.span.close());
                let scrutinee = self.boxed(*choice.expr);
                let arms = choice
                    .arms
                    .into_iter()
                    .filter(|arm| Attributes::new(&arm.attrs).presence() == Presence::Program)
                    .map(|mut arm| Arm {
                        guard: take_guard(&mut arm.pat).map(|guard| self.expr(guard)),
                        pattern: self.pattern(arm.pat),
                        body: self.expr(*arm.body),
                    })
                    .collect();
                Expr { span, kind: ExprKind::Match { scrutinee, arms } }
            }
            Syn::While(turn) => {
                let span = self.span(turn.while_token.span);
                let condition = Some(self.boxed(*turn.cond));
                Expr {
                    span,
                    kind: ExprKind::Loop { each: None, condition, body: self.block(turn.body) },
                }
            }
            Syn::ForLoop(turn) => {
                let span = self.span(turn.for_token.span);
                let each = Some((self.pattern(*turn.pat), self.boxed(*turn.expr)));
                Expr {
                    span,
                    kind: ExprKind::Loop { each, condition: None, body: self.block(turn.body) },
                }
            }
            Syn::Loop(turn) => {
                let span = self.span(turn.loop_token.span);
                Expr {
                    span,
                    kind: ExprKind::Loop {
                        each: None,
                        condition: None,
                        body: self.block(turn.body),
                    },
                }
            }
            _ => Expr { span: Span::new(self.file, 0..0), kind: ExprKind::Inert },
        }
    }
}

/// From the start of one span to the end of another.
pub(super) fn join(first: Span, last: Span) -> Span {
    Span { end: last.end.max(first.end), ..first }
}

fn literal(literal: &Lit) -> ExprKind {
    match literal {
        Lit::Str(text) => ExprKind::Text(text.value()),
        Lit::Bool(value) => ExprKind::Bool(value.value),
        Lit::Int(number) => number.base10_parse().map_or(ExprKind::Inert, ExprKind::Number),
        _ => ExprKind::Inert,
    }
}

fn operator(operator: &BinOp) -> Operator {
    match operator {
        BinOp::Add(_) => Operator::Add,
        BinOp::AddAssign(_) => Operator::AddAssign,
        BinOp::Eq(_) => Operator::Equal,
        BinOp::Ne(_) => Operator::Unequal,
        BinOp::BitOr(_) => Operator::BitOr,
        _ => Operator::Other,
    }
}

/// Whether an expression belongs to the program. syn hangs the attributes of a statement on the leftmost
/// part of an assignment.
pub(super) fn presence(expr: &Syn) -> Presence {
    let attrs = match expr {
        Syn::Assign(e) => return presence(&e.left),
        Syn::Array(e) => &e.attrs,
        Syn::Async(e) => &e.attrs,
        Syn::Await(e) => &e.attrs,
        Syn::Block(e) => &e.attrs,
        Syn::Call(e) => &e.attrs,
        Syn::Closure(e) => &e.attrs,
        Syn::Field(e) => &e.attrs,
        Syn::ForLoop(e) => &e.attrs,
        Syn::If(e) => &e.attrs,
        Syn::Lit(e) => &e.attrs,
        Syn::Loop(e) => &e.attrs,
        Syn::Macro(e) => &e.attrs,
        Syn::Match(e) => &e.attrs,
        Syn::MethodCall(e) => &e.attrs,
        Syn::Path(e) => &e.attrs,
        Syn::Reference(e) => &e.attrs,
        Syn::Return(e) => &e.attrs,
        Syn::Struct(e) => &e.attrs,
        Syn::Try(e) => &e.attrs,
        Syn::Tuple(e) => &e.attrs,
        Syn::Unsafe(e) => &e.attrs,
        Syn::While(e) => &e.attrs,
        _ => return Presence::Program,
    };
    if attrs.is_empty() { Presence::Program } else { Attributes::new(attrs).presence() }
}
