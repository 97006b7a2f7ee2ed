//! Which assignments to a place reach each reference to it.
//!
//! One walk over the function whose variable it is makes a version of the place for each assignment or
//! change, and notes the version that each reference sees. Where ways meet, a version stands for any of
//! several. A function within sees any version that is current when something is called, or at the end.

mod visit;

use std::collections::HashMap;

use oxc_ast::AstKind;
use oxc_ast::ast::{
    AssignmentTarget, AssignmentTargetMaybeDefault, AssignmentTargetProperty, Expression,
    ForStatementLeft, IdentifierReference, MemberExpression,
};
use oxc_ast_visit::walk;
use oxc_syntax::node::NodeId;
use oxc_syntax::scope::ScopeFlags;

use super::place::{Place, root};
use super::targets::{member_id, simple_target};

/// The index of a version.
pub(super) type VersionId = usize;

/// A place at some time.
#[derive(Debug)]
pub(super) enum Version {
    /// Nothing was assigned yet.
    Unset,
    /// What it is declared as: a parameter, a function, an import.
    Declared,
    /// A variable's declaration.
    Declarator(NodeId),
    /// An assignment, or the head of a loop, gave it a value.
    Assigned { by: NodeId, target: NodeId },
    /// An assignment such as `+=` or `??=` made its value of the one before.
    Combined { before: VersionId, by: NodeId },
    /// A member was set or deleted; `is_deep` if a member of that member was.
    Member { before: VersionId, by: NodeId, target: NodeId, is_deep: bool },
    /// `Object.assign(place, …)`.
    Merged { before: VersionId, call: NodeId },
    /// Members that cannot be told were set.
    Unfollowed { before: VersionId },
    /// It was handed to something that may change its object.
    Escaped { before: VersionId },
    /// A function within may have changed it.
    Interrupted { before: VersionId },
    /// Any of these.
    Any(Vec<VersionId>),
}

/// What reaches each reference to a place.
pub(super) struct Flow {
    pub(super) versions: Vec<Version>,
    pub(super) reads: HashMap<NodeId, VersionId>,
    /// What may be seen from outside of the function, and by functions within.
    pub(super) shared: VersionId,
}

/// Follows a place through its function; none if that takes more than `budget` nodes.
pub(super) fn flow(
    place: &Place,
    function: AstKind<'_>,
    is_declared: bool,
    budget: &mut u32,
) -> Option<Flow> {
    let first = if is_declared { Version::Declared } else { Version::Unset };
    let mut walker = Walker {
        place,
        versions: vec![Version::Any(Vec::new()), first],
        reads: HashMap::new(),
        state: Some(FIRST),
        jumps: Vec::new(),
        labels: Vec::new(),
        catchers: Vec::new(),
        is_nested: false,
        is_head: false,
        is_var: false,
        budget,
    };
    match function {
        AstKind::Function(f) => walk::walk_function(&mut walker, f, ScopeFlags::Function),
        AstKind::ArrowFunctionExpression(f) => walk::walk_arrow_function_expression(&mut walker, f),
        AstKind::Program(program) => walk::walk_program(&mut walker, program),
        _ => return None,
    }
    walker.leave();
    let Walker { versions, reads, budget, .. } = walker;
    (*budget > 0).then_some(Flow { versions, reads, shared: SHARED })
}

const SHARED: VersionId = 0;
const FIRST: VersionId = 1;

/// Where a `break` or `continue` leads.
#[derive(Default)]
struct Jump {
    labels: Vec<String>,
    is_loop: bool,
    is_switch: bool,
    breaks: Vec<VersionId>,
    continues: Vec<VersionId>,
}

struct Walker<'w> {
    place: &'w Place,
    versions: Vec<Version>,
    reads: HashMap<NodeId, VersionId>,
    /// The version that is current; none where control does not come.
    state: Option<VersionId>,
    jumps: Vec<Jump>,
    /// Labels of the statement that comes next.
    labels: Vec<String>,
    /// For each `try` around, the versions that its handler may see.
    catchers: Vec<Vec<VersionId>>,
    is_nested: bool,
    /// The head of a `for … of` or `for … in` is being visited.
    is_head: bool,
    /// The declaration being visited is one by `var`.
    is_var: bool,
    budget: &'w mut u32,
}

impl Walker<'_> {
    fn add(&mut self, version: Version) -> VersionId {
        self.versions.push(version);
        self.versions.len() - 1
    }

    /// Makes a version of the current one, unless control does not come here.
    fn set(&mut self, make: impl FnOnce(VersionId) -> Version) {
        let Some(before) = self.state else { return };
        let version = self.add(make(before));
        for catcher in &mut self.catchers {
            catcher.push(version);
        }
        self.state = Some(version);
    }

    fn any(&mut self, states: impl IntoIterator<Item = VersionId>) -> Option<VersionId> {
        let mut all: Vec<VersionId> = Vec::new();
        for state in states {
            if !all.contains(&state) {
                all.push(state);
            }
        }
        match all.as_slice() {
            [] => None,
            [only] => Some(*only),
            _ => Some(self.add(Version::Any(all))),
        }
    }

    fn join(&mut self, a: Option<VersionId>, b: Option<VersionId>) -> Option<VersionId> {
        self.any(a.into_iter().chain(b))
    }

    /// Adds to a version that stands for any of several.
    fn add_to(&mut self, any: VersionId, state: Option<VersionId>) {
        if let (Some(state), Some(Version::Any(all))) = (state, self.versions.get_mut(any))
            && state != any
            && all.last() != Some(&state)
        {
            all.push(state);
        }
    }

    /// The function is left here: what is current can be seen from outside.
    fn leave(&mut self) {
        let state = self.state.take();
        self.add_to(SHARED, state);
    }

    /// Something is called that may run the functions within.
    fn call(&mut self, end: u32) {
        let Some(from) = self.place.callable_from else { return };
        if !self.is_nested && end <= from {
            return;
        }
        let Some(current) = self.state else { return };
        if matches!(self.versions.get(current), Some(Version::Interrupted { .. })) {
            // Nothing has changed since the last call.
            return;
        }
        let state = Some(current);
        self.add_to(SHARED, state);
        if self.place.closures_change {
            self.state = self.join(state, Some(SHARED));
            self.set(|before| Version::Interrupted { before });
        }
    }

    /// Code that runs at another time than what is around it.
    fn nested(&mut self, id: NodeId, walk: impl FnOnce(&mut Self)) {
        if !self.place.touched.contains(&id) {
            return;
        }
        let state = self.state;
        let jumps = std::mem::take(&mut self.jumps);
        let labels = std::mem::take(&mut self.labels);
        let catchers = std::mem::take(&mut self.catchers);
        let was_nested = std::mem::replace(&mut self.is_nested, true);
        self.state = Some(SHARED);
        if self.place.closures_change {
            self.set(|before| Version::Interrupted { before });
        }
        walk(self);
        self.leave();
        self.state = state;
        self.jumps = jumps;
        self.labels = labels;
        self.catchers = catchers;
        self.is_nested = was_nested;
    }

    /// Code that may run or not.
    fn maybe(&mut self, walk: impl FnOnce(&mut Self)) {
        let before = self.state;
        walk(self);
        self.state = self.join(before, self.state);
    }

    /// Begins a loop: what is current at its head is what came in, or what a round ends with.
    fn begin_loop(&mut self) -> Option<VersionId> {
        let labels = std::mem::take(&mut self.labels);
        self.jumps.push(Jump { labels, is_loop: true, ..Jump::default() });
        self.state = self.state.map(|state| self.add(Version::Any(vec![state])));
        self.state
    }

    /// After the body of a loop: `continue` leads here.
    fn end_round(&mut self) {
        let continues =
            self.jumps.last_mut().map(|j| std::mem::take(&mut j.continues)).unwrap_or_default();
        self.state = self.any(self.state.into_iter().chain(continues));
    }

    fn end_loop(&mut self, exit: Option<VersionId>) {
        let breaks = self.jumps.pop().map(|jump| jump.breaks).unwrap_or_default();
        self.state = self.any(exit.into_iter().chain(breaks));
    }

    fn back_to(&mut self, head: Option<VersionId>) {
        let state = self.state;
        if let Some(head) = head {
            self.add_to(head, state);
        }
    }

    fn jump(&mut self, label: Option<&str>, to_next_round: bool) {
        let Some(state) = self.state.take() else { return };
        let target = self.jumps.iter_mut().rev().find(|jump| match label {
            Some(label) => jump.labels.iter().any(|own| own == label),
            None => jump.is_loop || jump.is_switch && !to_next_round,
        });
        if let Some(target) = target {
            let states = if to_next_round { &mut target.continues } else { &mut target.breaks };
            states.push(state);
        }
    }

    fn is_place(&self, name: &IdentifierReference<'_>) -> bool {
        self.place.uses.contains_key(&name.node_id.get())
    }

    /// What `target` gets from the assignment, or the head of a loop, at `by`.
    fn write(&mut self, target: &AssignmentTarget<'_>, by: NodeId, is_combined: bool) {
        match target {
            AssignmentTarget::ArrayAssignmentTarget(array) => {
                for element in array.elements.iter().flatten() {
                    self.write_part(element, by);
                }
                if let Some(rest) = &array.rest {
                    self.write(&rest.target, by, false);
                }
            }
            AssignmentTarget::ObjectAssignmentTarget(object) => {
                for property in &object.properties {
                    match property {
                        AssignmentTargetProperty::AssignmentTargetPropertyIdentifier(property) => {
                            self.write_variable(&property.binding, by, false);
                        }
                        AssignmentTargetProperty::AssignmentTargetPropertyProperty(property) => {
                            self.write_part(&property.binding, by);
                        }
                    }
                }
                if let Some(rest) = &object.rest {
                    self.write(&rest.target, by, false);
                }
            }
            target => match simple_target(target) {
                Some(Ok(name)) => self.write_variable(name, by, is_combined),
                Some(Err(member)) => self.write_member(member, by),
                None => {}
            },
        }
    }

    fn write_part(&mut self, target: &AssignmentTargetMaybeDefault<'_>, by: NodeId) {
        match target {
            AssignmentTargetMaybeDefault::AssignmentTargetWithDefault(target) => {
                self.write(&target.binding, by, false);
            }
            target => {
                if let Some(target) = target.as_assignment_target() {
                    self.write(target, by, false);
                }
            }
        }
    }

    fn write_variable(&mut self, name: &IdentifierReference<'_>, by: NodeId, is_combined: bool) {
        if self.is_place(name) {
            let target = name.node_id.get();
            self.set(|before| match is_combined {
                true => Version::Combined { before, by },
                false => Version::Assigned { by, target },
            });
        }
    }

    fn write_member(&mut self, member: &MemberExpression<'_>, by: NodeId) {
        if let Some((Expression::Identifier(name), is_deep)) = root(member)
            && self.is_place(name)
        {
            let target = member_id(member);
            self.set(|before| Version::Member { before, by, target, is_deep });
        }
    }

    fn write_head(&mut self, left: &ForStatementLeft<'_>, by: NodeId) {
        if let Some(target) = left.as_assignment_target() {
            self.write(target, by, false);
        }
    }
}
