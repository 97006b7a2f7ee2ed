//! What a place holds at each of its versions.

mod lookup;

use std::collections::{HashMap, HashSet};
use std::rc::Rc;

use oxc_ast::AstKind;
use oxc_ast::ast::{Argument, AssignmentTarget, Expression};
use oxc_syntax::node::NodeId;
use oxc_syntax::operator::AssignmentOperator;
use oxc_syntax::symbol::SymbolId;

use super::evaluate::{Evaluator, Slot, concatenate};
use super::flow::{Flow, Version, flow};
use super::members::Key;
use super::place::{Place, can_change};
use super::targets::simple_target;
use super::value::{Moment, Value, Values};
use lookup::Lookup;

/// A change of a member.
pub(super) enum Change<'a> {
    /// It is set to this.
    Set(Values<'a>),
    /// It is set to this if it was not there, or if asked for, falsy.
    Default(Values<'a>, bool),
    /// It is gone.
    Deleted,
    /// Something in it changed.
    Within,
}

/// The key of a change, what it does, and the statement that does it.
pub(super) type OwnChange<'a> = (Key, Change<'a>, NodeId);

impl<'a> Evaluator<'a, '_> {
    /// What a symbol may hold where the reference at `node` reads it.
    pub(super) fn values_at(&self, symbol: SymbolId, node: NodeId) -> Values<'a> {
        let place = self.place(symbol);
        if !self.must_follow(&place) {
            return self.symbol_values(symbol);
        }
        let version = self.flow(&place).and_then(|flow| flow.reads.get(&node).copied());
        match version {
            Some(version) => self.moment_values(Moment { symbol: place.symbol, version }),
            None => self.unfollowed(symbol),
        }
    }

    /// What others see of a symbol of the module when its program has run.
    pub(super) fn shared_values(&self, symbol: SymbolId) -> Values<'a> {
        let place = self.place(symbol);
        match self.flow(&place) {
            Some(flow) if self.must_follow(&place) => {
                self.moment_values(Moment { symbol: place.symbol, version: flow.shared })
            }
            _ => self.symbol_values(symbol),
        }
    }

    fn must_follow(&self, place: &Place) -> bool {
        place.changes || place.escapes && self.minds_escapes.get()
    }

    /// Whatever the symbol ever holds; of objects no more is known.
    fn unfollowed(&self, symbol: SymbolId) -> Values<'a> {
        let unknown = if self.minds_escapes.get() { Value::Undecided } else { Value::Forwarded };
        let values = self.symbol_values(symbol);
        values
            .into_iter()
            .map(|value| if can_change(&value) { unknown.clone() } else { value })
            .collect()
    }

    /// How a place changes; none where that would take too long.
    pub(super) fn flow(&self, place: &Place) -> Option<Rc<Flow>> {
        if let Some(flow) = self.flows.borrow().get(&place.symbol) {
            return flow.clone();
        }
        let nodes = self.semantic.nodes();
        let scoping = self.semantic.scoping();
        let is_declared = scoping
            .symbol_declarations(place.symbol)
            .any(|id| !matches!(nodes.kind(id), AstKind::VariableDeclarator(_)));
        let mut budget = self.flow_budget.get();
        let flow = flow(place, nodes.kind(place.function), is_declared, &mut budget).map(Rc::new);
        self.flow_budget.set(budget);
        self.flows.borrow_mut().insert(place.symbol, flow.clone());
        flow
    }

    fn flow_of(&self, symbol: SymbolId) -> Option<Rc<Flow>> {
        self.flows.borrow().get(&symbol).cloned().flatten()
    }

    fn moment_values(&self, moment: Moment) -> Values<'a> {
        let minds_escapes = self.minds_escapes.get();
        self.remembered(Slot::Moment(moment, minds_escapes), || {
            let (values, changed) = self.whole(moment);
            if !changed {
                return values;
            }
            let (objects, mut others): (Vec<_>, Vec<_>) = values.into_iter().partition(can_change);
            if !objects.is_empty() {
                others.push(Value::Changed(moment));
            }
            others.into_iter().collect()
        })
    }

    /// What the variable was last assigned, and whether its object may have changed since.
    pub(super) fn whole(&self, moment: Moment) -> (Values<'a>, bool) {
        let Moment { symbol, version } = moment;
        let mut values = Values::default();
        let mut changed = false;
        let Some(flow) = self.flow_of(symbol) else { return (self.unfollowed(symbol), false) };
        let mut seen = HashSet::new();
        let mut ahead = vec![version];
        while let Some(id) = ahead.pop() {
            if !seen.insert(id) {
                continue;
            }
            match flow.versions.get(id) {
                None | Some(Version::Unset) => {}
                Some(Version::Declared) => values.extend(self.declared_values(symbol)),
                Some(Version::Declarator(id)) => {
                    if let AstKind::VariableDeclarator(declarator) = self.semantic.nodes().kind(*id)
                    {
                        values.extend(self.declarator(symbol, declarator));
                    }
                }
                Some(Version::Assigned { by, target }) => {
                    values.extend(self.assigned_to(*by, *target));
                }
                Some(Version::Combined { before, by }) => {
                    if let AstKind::AssignmentExpression(assignment) =
                        self.semantic.nodes().kind(*by)
                    {
                        let before = self.moment_values(Moment { symbol, version: *before });
                        values.extend(self.combined(
                            assignment.operator,
                            before,
                            &assignment.right,
                        ));
                    }
                }
                Some(
                    Version::Member { before, .. }
                    | Version::Merged { before, .. }
                    | Version::Unfollowed { before },
                ) => {
                    changed = true;
                    ahead.push(*before);
                }
                Some(Version::Escaped { before }) => {
                    changed |= self.minds_escapes.get();
                    ahead.push(*before);
                }
                Some(Version::Interrupted { before }) => {
                    if self.minds_escapes.get() {
                        changed = true;
                        if self.place(symbol).closures_assign {
                            values.add(Value::Undecided);
                        }
                    }
                    ahead.push(*before);
                }
                Some(Version::Any(all)) => ahead.extend(all.iter().rev()),
            }
        }
        (values, changed)
    }

    /// What `before op= right` gives.
    pub(super) fn combined(
        &self,
        operator: AssignmentOperator,
        before: Values<'a>,
        right: &'a Expression<'a>,
    ) -> Values<'a> {
        match operator {
            AssignmentOperator::Addition => concatenate([before, self.written(right)]),
            AssignmentOperator::LogicalNullish => before.or_else(false, || self.values(right)),
            AssignmentOperator::LogicalOr => before.or_else(true, || self.values(right)),
            AssignmentOperator::LogicalAnd if before.are_truthy() => self.values(right),
            AssignmentOperator::LogicalAnd => before.and(self.values(right)),
            AssignmentOperator::Assign => self.values(right),
            _ => Values::one(Value::Nothing),
        }
    }

    /// What the target of an assignment holds before it.
    pub(super) fn target_values(&self, target: &'a AssignmentTarget<'a>) -> Values<'a> {
        match simple_target(target) {
            Some(Ok(name)) => self.identifier(name),
            Some(Err(member)) => self.member_expression(member),
            None => Values::one(Value::Forwarded),
        }
    }

    /// What the property `key` of the object of a variable may be at some time, where it has none `otherwise`.
    pub(super) fn property_at(
        &self,
        moment: Moment,
        key: &Key,
        otherwise: &Values<'a>,
    ) -> Values<'a> {
        let Some(flow) = self.flow_of(moment.symbol) else { return Values::one(Value::Forwarded) };
        // Read by itself, and not as a part of another object, a member is the same each time.
        let is_plain = matches!(otherwise.iter().next(), Some(Value::Missing(missing))
            if missing.objects.is_empty() && otherwise.iter().len() == 1);
        let slot = (moment, self.minds_escapes.get(), key.clone());
        if is_plain && let Some(values) = self.members.borrow().get(&slot) {
            return values.clone();
        }
        let mut lookup = Lookup {
            evaluator: self,
            symbol: moment.symbol,
            flow: &flow,
            key,
            otherwise,
            known: HashMap::new(),
            depth: 0,
        };
        let values = lookup.at(moment.version);
        let is_whole = self.cycle_start.get() == usize::MAX
            && self.provisional.borrow().is_empty()
            && !self.cut_in_function.get();
        if is_plain && is_whole {
            self.members.borrow_mut().insert(slot, values.clone());
        }
        values
    }

    /// Every change of members up to a moment: the key, and what is set.
    pub(super) fn changes(&self, moment: Moment) -> Vec<OwnChange<'a>> {
        let Moment { symbol, version } = moment;
        let Some(flow) = self.flow_of(symbol) else { return Vec::new() };
        let mut seen = HashSet::new();
        let mut ahead = vec![version];
        let mut changed = Vec::new();
        while let Some(version) = ahead.pop() {
            if !seen.insert(version) {
                continue;
            }
            match flow.versions.get(version) {
                Some(
                    Version::Member { before, .. }
                    | Version::Merged { before, .. }
                    | Version::Unfollowed { before },
                ) => {
                    changed.push(version);
                    ahead.push(*before);
                }
                Some(Version::Escaped { before } | Version::Interrupted { before }) => {
                    ahead.push(*before);
                }
                Some(Version::Any(all)) => ahead.extend(all.iter().rev()),
                _ => {}
            }
        }
        let own = |version| self.own_change(Moment { symbol, version });
        changed.into_iter().rev().flat_map(own).collect()
    }

    /// What one version changes of the members.
    pub(super) fn own_change(&self, moment: Moment) -> Vec<OwnChange<'a>> {
        let Some(flow) = self.flow_of(moment.symbol) else { return Vec::new() };
        match flow.versions.get(moment.version) {
            Some(Version::Member { by, target, is_deep, .. }) => self
                .change(*by, *target, *is_deep)
                .map(|(key, change)| (key, change, *by))
                .into_iter()
                .collect(),
            Some(Version::Merged { call, .. }) => {
                let layers = self.layers_of(*call).into_iter();
                layers.map(|layer| (Key::Any, Change::Set(layer), *call)).collect()
            }
            Some(Version::Unfollowed { .. }) => vec![(Key::Any, Change::Within, NodeId::ROOT)],
            _ => Vec::new(),
        }
    }

    /// Which member of a variable the member expression at `target` is, or is in.
    fn changed_key(&self, target: NodeId, is_deep: bool) -> Option<Key> {
        let (mut object, mut key) = match self.semantic.nodes().kind(target) {
            AstKind::StaticMemberExpression(member) => {
                (&member.object, Key::name(member.property.name.as_str()))
            }
            AstKind::ComputedMemberExpression(member) => {
                (&member.object, self.computed_key(&member.expression))
            }
            AstKind::PrivateFieldExpression(member) => {
                (&member.object, Key::name(format!("#{}", member.field.name)))
            }
            _ => return None,
        };
        if !is_deep {
            return Some(key);
        }
        loop {
            let inner = match object.get_inner_expression() {
                Expression::ChainExpression(chain) => chain.expression.as_member_expression(),
                inner => inner.as_member_expression(),
            };
            let Some(member) = inner else { break };
            key = self.member_key(member);
            object = member.object();
        }
        Some(key)
    }

    /// What the statement at `by` does to the member at `target`.
    fn change(&self, by: NodeId, target: NodeId, is_deep: bool) -> Option<(Key, Change<'a>)> {
        let key = self.changed_key(target, is_deep)?;
        if is_deep {
            return Some((key, Change::Within));
        }
        let change = match self.semantic.nodes().kind(by) {
            AstKind::UnaryExpression(_) => Change::Deleted,
            AstKind::AssignmentExpression(assignment) => match assignment.operator {
                AssignmentOperator::LogicalNullish => {
                    Change::Default(self.values(&assignment.right), false)
                }
                AssignmentOperator::LogicalOr => {
                    Change::Default(self.values(&assignment.right), true)
                }
                AssignmentOperator::Assign => Change::Set(self.assigned_to(by, target)),
                AssignmentOperator::LogicalAnd => Change::Set(self.values(&assignment.right)),
                _ => Change::Set(Values::one(Value::Opaque)),
            },
            _ => Change::Set(self.assigned_to(by, target)),
        };
        Some((key, change))
    }

    /// The objects after the first one that `Object.assign` takes.
    fn layers_of(&self, call: NodeId) -> Vec<Values<'a>> {
        let AstKind::CallExpression(call) = self.semantic.nodes().kind(call) else {
            return Vec::new();
        };
        let values = |argument: &'a Argument<'a>| match argument.as_expression() {
            Some(argument) => self.values(argument),
            None => Values::one(Value::Forwarded),
        };
        call.arguments.iter().skip(1).map(values).collect()
    }
}
