//! What assignments set: variables, members, and each place of a pattern such as `({ a: x, b: [y = 1] } = v)`.

use oxc_ast::AstKind;
use oxc_ast::ast::{
    AssignmentTarget, AssignmentTargetMaybeDefault, AssignmentTargetProperty, Expression,
    ForStatementLeft, IdentifierReference, MemberExpression,
};
use oxc_syntax::node::NodeId;

use super::evaluate::Evaluator;
use super::members::Key;
use super::value::{Value, Values};

/// One step of a pattern from the whole to a part.
#[derive(Clone)]
pub(super) enum PatternStep<'a> {
    Key(Key),
    /// What an array holds from this element on.
    From(usize),
    Default(&'a Expression<'a>),
}

/// One place that an assignment sets, and the steps to what it gets, the outermost first.
pub(super) struct Target<'a> {
    pub(super) place: TargetPlace<'a>,
    pub(super) steps: Vec<PatternStep<'a>>,
}

/// What is set.
#[derive(Clone, Copy)]
pub(super) enum TargetPlace<'a> {
    Variable(&'a IdentifierReference<'a>),
    Member(&'a MemberExpression<'a>),
}

impl TargetPlace<'_> {
    pub(super) fn id(&self) -> NodeId {
        match self {
            Self::Variable(name) => name.node_id.get(),
            Self::Member(member) => member_id(member),
        }
    }
}

/// The node of a member expression.
pub(super) fn member_id(member: &MemberExpression<'_>) -> NodeId {
    match member {
        MemberExpression::StaticMemberExpression(member) => member.node_id.get(),
        MemberExpression::ComputedMemberExpression(member) => member.node_id.get(),
        MemberExpression::PrivateFieldExpression(member) => member.node_id.get(),
    }
}

/// The variable or member that a target is, past type assertions; none if it is a pattern.
pub(super) fn simple_target<'t, 'a>(
    target: &'t AssignmentTarget<'a>,
) -> Option<Result<&'t IdentifierReference<'a>, &'t MemberExpression<'a>>> {
    let inner = match target {
        AssignmentTarget::AssignmentTargetIdentifier(name) => return Some(Ok(name)),
        AssignmentTarget::TSAsExpression(e) => &e.expression,
        AssignmentTarget::TSSatisfiesExpression(e) => &e.expression,
        AssignmentTarget::TSNonNullExpression(e) => &e.expression,
        AssignmentTarget::TSTypeAssertion(e) => &e.expression,
        target => return target.as_member_expression().map(Err),
    };
    match inner.get_inner_expression() {
        Expression::Identifier(name) => Some(Ok(name)),
        inner => inner.as_member_expression().map(Err),
    }
}

/// Deeper patterns are not followed.
const DEEPEST: usize = 32;

impl<'a> Evaluator<'a, '_> {
    /// Every place that `target` sets.
    pub(super) fn targets(&self, target: &'a AssignmentTarget<'a>) -> Vec<Target<'a>> {
        let mut targets = Vec::new();
        self.targets_within(target, &mut Vec::new(), &mut targets);
        targets
    }

    fn targets_within(
        &self,
        target: &'a AssignmentTarget<'a>,
        steps: &mut Vec<PatternStep<'a>>,
        found: &mut Vec<Target<'a>>,
    ) {
        if steps.len() >= DEEPEST {
            return;
        }
        match target {
            AssignmentTarget::ArrayAssignmentTarget(array) => {
                for (index, element) in array.elements.iter().enumerate() {
                    let Some(element) = element else { continue };
                    let key = Key::name(index.to_string());
                    self.below(PatternStep::Key(key), element, steps, found);
                }
                if let Some(rest) = &array.rest {
                    steps.push(PatternStep::From(array.elements.len()));
                    self.targets_within(&rest.target, steps, found);
                    steps.pop();
                }
            }
            AssignmentTarget::ObjectAssignmentTarget(object) => {
                for property in &object.properties {
                    match property {
                        AssignmentTargetProperty::AssignmentTargetPropertyIdentifier(property) => {
                            let key = Key::name(property.binding.name.as_str());
                            let default = property.init.as_ref().map(PatternStep::Default);
                            let own = std::iter::once(PatternStep::Key(key)).chain(default);
                            let steps = steps.iter().cloned().chain(own).collect();
                            let place = TargetPlace::Variable(&property.binding);
                            found.push(Target { place, steps });
                        }
                        AssignmentTargetProperty::AssignmentTargetPropertyProperty(property) => {
                            let key = self.key(&property.name, property.computed);
                            self.below(PatternStep::Key(key), &property.binding, steps, found);
                        }
                    }
                }
                // What is left over still has every property that can be asked of it.
                if let Some(rest) = &object.rest {
                    self.targets_within(&rest.target, steps, found);
                }
            }
            target => {
                let place = match simple_target(target) {
                    Some(Ok(name)) => TargetPlace::Variable(name),
                    Some(Err(member)) => TargetPlace::Member(member),
                    None => return,
                };
                found.push(Target { place, steps: steps.clone() });
            }
        }
    }

    fn below(
        &self,
        step: PatternStep<'a>,
        target: &'a AssignmentTargetMaybeDefault<'a>,
        steps: &mut Vec<PatternStep<'a>>,
        found: &mut Vec<Target<'a>>,
    ) {
        let before = steps.len();
        steps.push(step);
        match target {
            AssignmentTargetMaybeDefault::AssignmentTargetWithDefault(target) => {
                steps.push(PatternStep::Default(&target.init));
                self.targets_within(&target.binding, steps, found);
            }
            target => {
                if let Some(target) = target.as_assignment_target() {
                    self.targets_within(target, steps, found);
                }
            }
        }
        steps.truncate(before);
    }

    /// What `steps` lead to in `whole`.
    pub(super) fn stepped<'p>(
        &self,
        whole: Values<'a>,
        steps: impl IntoIterator<Item = &'p PatternStep<'a>>,
    ) -> Values<'a>
    where
        'a: 'p,
    {
        steps.into_iter().fold(whole, |values, step| match step {
            PatternStep::Key(key) => self.field(&values, key),
            PatternStep::From(start) => values
                .into_iter()
                .map(|value| match value {
                    Value::Array(array, from) => Value::Array(array, from + start),
                    _ => Value::Forwarded,
                })
                .collect(),
            PatternStep::Default(default) => values.or_else(false, || self.values(default)),
        })
    }

    /// The pattern or place that a `for` head assigns to, and what it gets; or that an assignment does.
    pub(super) fn assignment(
        &self,
        by: AstKind<'a>,
    ) -> Option<(&'a AssignmentTarget<'a>, Values<'a>)> {
        match by {
            AstKind::AssignmentExpression(assignment) => {
                Some((&assignment.left, self.values(&assignment.right)))
            }
            AstKind::ForOfStatement(statement) => {
                let target = for_target(&statement.left)?;
                Some((target, self.member(&self.values(&statement.right), &Key::Any)))
            }
            AstKind::ForInStatement(statement) => {
                Some((for_target(&statement.left)?, Values::one(Value::Forwarded)))
            }
            _ => None,
        }
    }

    /// What the assignment at `by` gives the place at `target`.
    pub(super) fn assigned_to(&self, by: NodeId, target: NodeId) -> Values<'a> {
        let kind = self.semantic.nodes().kind(by);
        let Some((pattern, whole)) = self.assignment(kind) else {
            return Values::one(Value::Nothing);
        };
        let targets = self.targets(pattern);
        match targets.iter().find(|candidate| candidate.place.id() == target) {
            Some(target) => self.stepped(whole, &target.steps),
            None => Values::one(Value::Forwarded),
        }
    }
}

fn for_target<'a>(left: &'a ForStatementLeft<'a>) -> Option<&'a AssignmentTarget<'a>> {
    left.as_assignment_target()
}
