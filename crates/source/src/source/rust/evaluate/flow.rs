//! Blocks, branches, loops and the ways out of them.

use super::{Evaluator, Records};
use crate::source::rust::syntax::{
    Arm, Binding, Block, Expr, ExprKind, Pattern, Statement, StatementKind,
};
use crate::source::rust::value::{Fit, Value, Variables};

impl<'p> Evaluator<'p, '_> {
    pub(super) fn flow(&mut self, expr: &'p Expr) -> Value<'p> {
        match &expr.kind {
            ExprKind::If { condition, then, otherwise } => {
                self.branch(condition, then, otherwise.as_deref())
            }
            ExprKind::Let { pattern, value } => {
                let value = self.expr(value);
                match self.bind_pattern(pattern, &value) {
                    Fit::No => Value::Bool(false),
                    Fit::Maybe => Value::Inert,
                    Fit::Yes => Value::Bool(true),
                }
            }
            ExprKind::Match { scrutinee, arms } => {
                let scrutinee = self.expr(scrutinee);
                self.choose(&scrutinee, arms)
            }
            ExprKind::Block(block) => self.block(block),
            ExprKind::Loop { each, condition, body } => {
                self.repeat(each.as_ref(), condition.as_deref(), body)
            }
            ExprKind::Return(value) => {
                let value = value.as_ref().map_or(Value::Inert, |value| self.expr(value));
                self.frame.returns.push(value);
                Value::Never
            }
            ExprKind::Break(value) => {
                if let Some(value) = value {
                    let value = self.expr(value);
                    self.frame.breaks.push(value);
                }
                Value::Never
            }
            ExprKind::Never(parts) => {
                for value in self.exprs(parts) {
                    self.hand_over(&value);
                }
                Value::Never
            }
            _ => Value::Unknown,
        }
    }

    /// Runs something and takes the variables that it declares away again.
    fn scoped(&mut self, run: impl FnOnce(&mut Self) -> Value<'p>) -> Value<'p> {
        let mark = self.frame.shadowed.len();
        let scope = self.frame.scope;
        let value = run(self);
        while self.frame.shadowed.len() > mark
            && let Some((name, before)) = self.frame.shadowed.pop()
        {
            match before {
                Some(before) => self.frame.variables.insert(name, before),
                None => self.frame.variables.remove(name),
            };
        }
        self.frame.scope = scope;
        value
    }

    pub(super) fn block(&mut self, block: &'p Block) -> Value<'p> {
        self.scoped(|this| {
            if let Some(number) = block.scope
                && let Some(module) = this.program.block(this.frame.file, number)
            {
                this.frame.scope.module = module;
            }
            let mut value = Value::Inert;
            let mut ended = false;
            for statement in &block.statements {
                let test = this.frame.test;
                this.frame.test |= statement.test;
                let result = this.statement(statement);
                this.frame.test = test;
                ended |= matches!(result, Value::Never);
                if matches!(statement.kind, StatementKind::Tail(_)) {
                    value = result;
                }
            }
            if ended { Value::Never } else { value }
        })
    }

    fn statement(&mut self, statement: &'p Statement) -> Value<'p> {
        match &statement.kind {
            StatementKind::Let(binding) => {
                let Binding { pattern, ty, value, otherwise } = &**binding;
                let mut bound = value.as_ref().map_or(Value::Inert, |value| self.expr(value));
                let ends = matches!(bound, Value::Never);
                if let Some(ty) = ty {
                    bound = self.by_type(bound, ty, self.frame.scope);
                }
                if let Some(otherwise) = otherwise {
                    self.scoped(|this| this.expr(otherwise));
                }
                self.bind_pattern(pattern, &bound);
                if ends { Value::Never } else { Value::Inert }
            }
            StatementKind::Expr(value) | StatementKind::Tail(value) => self.expr(value),
        }
    }

    fn branch(
        &mut self,
        condition: &'p Expr,
        then: &'p Block,
        otherwise: Option<&'p Expr>,
    ) -> Value<'p> {
        let mark = self.frame.shadowed.len();
        let decided = match self.expr(condition) {
            Value::Bool(value) => Some(value),
            _ => None,
        };
        let before = self.state();
        let mut ways = Ways::default();
        ways.take(self, decided != Some(false), mark, |this| this.block(then));
        self.reset(before);
        self.restore(mark);
        ways.take(self, decided != Some(true), mark, |this| {
            otherwise.map_or(Value::Inert, |otherwise| this.expr(otherwise))
        });
        self.frame.shadowed.truncate(mark);
        ways.join(self)
    }

    fn choose(&mut self, scrutinee: &Value<'p>, arms: &'p [Arm]) -> Value<'p> {
        let before = self.state();
        let mut ways = Ways::default();
        let mut decided = false;
        for arm in arms {
            let mark = self.frame.shadowed.len();
            self.reset(before.clone());
            let fit = self.bind_pattern(&arm.pattern, scrutinee);
            let guard = arm.guard.as_ref().map(|guard| self.expr(guard));
            let possible = fit != Fit::No && !matches!(guard, Some(Value::Bool(false))) && !decided;
            ways.take(self, possible, mark, |this| this.expr(&arm.body));
            self.frame.shadowed.truncate(mark);
            decided |=
                possible && fit == Fit::Yes && matches!(guard, None | Some(Value::Bool(true)));
        }
        self.reset(before);
        ways.join(self)
    }

    fn state(&self) -> State<'p> {
        (self.frame.variables.clone(), self.frame.output.clone())
    }

    fn reset(&mut self, state: State<'p>) {
        (self.frame.variables, self.frame.output) = state;
    }

    fn repeat(
        &mut self,
        each: Option<&'p (Pattern, Box<Expr>)>,
        condition: Option<&'p Expr>,
        body: &'p Block,
    ) -> Value<'p> {
        let breaks = std::mem::take(&mut self.frame.breaks);
        let before = self.frame.variables.clone();
        self.scoped(|this| {
            if let Some(condition) = condition {
                this.expr(condition);
            }
            match each {
                Some((pattern, list)) => {
                    let list = this.expr(list);
                    for element in elements(&list) {
                        this.scoped(|this| {
                            this.bind_pattern(pattern, &element);
                            this.block(body)
                        });
                    }
                }
                None => {
                    this.block(body);
                }
            }
            Value::Inert
        });
        let after = std::mem::take(&mut self.frame.variables);
        self.frame.variables = join(before, &after);
        let own = std::mem::replace(&mut self.frame.breaks, breaks);
        if own.is_empty() { Value::Inert } else { Value::choice(own) }
    }

    /// Restores the variables that have been declared since a mark, which stay declared there.
    fn restore(&mut self, mark: usize) {
        for (name, before) in self.frame.shadowed[mark..].iter().rev() {
            match before {
                Some(before) => self.frame.variables.insert(name, before.clone()),
                None => self.frame.variables.remove(name),
            };
        }
    }
}

/// The variables and what has been written.
type State<'p> = (Variables<'p>, Value<'p>);

/// The ways through a branch: their values, and the state at the end of those that go on.
#[derive(Default)]
struct Ways<'p> {
    values: Vec<Value<'p>>,
    ends: Vec<State<'p>>,
}

impl<'p> Ways<'p> {
    /// Goes a way. One that is not possible counts for what is written in it, not for its value.
    fn take<'i>(
        &mut self,
        evaluator: &mut Evaluator<'p, 'i>,
        possible: bool,
        mark: usize,
        way: impl FnOnce(&mut Evaluator<'p, 'i>) -> Value<'p>,
    ) {
        if !possible && evaluator.records == Records::Nothing {
            return evaluator.restore(mark);
        }
        let (returns, breaks) = (evaluator.frame.returns.len(), evaluator.frame.breaks.len());
        let value = way(evaluator);
        evaluator.restore(mark);
        if !possible {
            evaluator.frame.returns.truncate(returns);
            evaluator.frame.breaks.truncate(breaks);
            return;
        }
        if !matches!(value, Value::Never) {
            self.ends.push(evaluator.state());
        }
        self.values.push(value);
    }

    fn join(self, evaluator: &mut Evaluator<'p, '_>) -> Value<'p> {
        let mut ends = self.ends.into_iter();
        if let Some((mut variables, mut output)) = ends.next() {
            for (other, written) in ends {
                variables = join(variables, &other);
                output = output.or(written);
            }
            (evaluator.frame.variables, evaluator.frame.output) = (variables, output);
        }
        Value::choice(self.values)
    }
}

/// The variables after two ways that meet.
fn join<'p>(one: Variables<'p>, other: &Variables<'p>) -> Variables<'p> {
    if one.ptr_eq(other) {
        return one;
    }
    let mut joined = one.clone();
    for difference in one.diff(other) {
        if let imbl::ordmap::DiffItem::Update { old: (name, old), new: (_, new) } = difference {
            joined.insert(name, old.clone().or(new.clone()));
        }
    }
    joined
}

/// What a loop goes over: each element of a list, or something.
fn elements<'p>(list: &Value<'p>) -> Vec<Value<'p>> {
    match list {
        Value::List(values) => values.to_vec(),
        Value::Choice(values) => values.iter().flat_map(elements).collect(),
        _ => vec![Value::Existing],
    }
}
