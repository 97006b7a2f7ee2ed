//! Which assignments to a place reach each reference to it.
//!
//! One walk over the function whose variable it is makes a version of the place for each assignment or
//! change, and notes the version that each reference sees. Where ways meet, a version stands for any of
//! several. A function within sees any version that is current when something is called, or at the end.

use std::collections::HashMap;

use oxc_ast::AstKind;
use oxc_ast::ast::{
    AccessorProperty, ArrowFunctionExpression, AssignmentExpression, AssignmentPattern,
    AssignmentTarget, AssignmentTargetMaybeDefault, AssignmentTargetProperty, AwaitExpression,
    BreakStatement, CallExpression, ChainExpression, ConditionalExpression, ContinueStatement,
    DoWhileStatement, Expression, ForInStatement, ForOfStatement, ForStatement, ForStatementLeft,
    Function, IdentifierReference, IfStatement, LabeledStatement, LogicalExpression,
    MemberExpression, NewExpression, PropertyDefinition, ReturnStatement, Statement,
    SwitchStatement, TSType, TaggedTemplateExpression, ThrowStatement, TryStatement,
    UnaryExpression, UpdateExpression, VariableDeclaration, VariableDeclarationKind,
    VariableDeclarator, WhileStatement, YieldExpression,
};
use oxc_ast_visit::{Visit, walk};
use oxc_syntax::node::NodeId;
use oxc_syntax::operator::UnaryOperator;
use oxc_syntax::scope::ScopeFlags;

use super::place::{Place, Use, first_argument, root};
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
        let state = self.state;
        self.add_to(SHARED, state);
        if self.place.closures_change {
            self.state = self.join(state, state.map(|_| SHARED));
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

/// Whether a condition is always true or always false.
fn constant(test: &Expression<'_>) -> Option<bool> {
    match test.get_inner_expression() {
        Expression::BooleanLiteral(literal) => Some(literal.value),
        Expression::NumericLiteral(literal) => Some(literal.value != 0.0),
        _ => None,
    }
}

impl<'a> Visit<'a> for Walker<'_> {
    fn enter_node(&mut self, _: AstKind<'a>) {
        *self.budget = self.budget.saturating_sub(1);
    }

    fn visit_statement(&mut self, it: &Statement<'a>) {
        if *self.budget > 0 {
            walk::walk_statement(self, it);
        }
    }

    fn visit_ts_type(&mut self, _: &TSType<'a>) {}

    fn visit_identifier_reference(&mut self, it: &IdentifierReference<'a>) {
        let id = it.node_id.get();
        let (Some(used), Some(state)) = (self.place.uses.get(&id), self.state) else { return };
        let earlier = self.reads.get(&id).copied();
        if let Some(version) = self.join(earlier, Some(state)) {
            self.reads.insert(id, version);
        }
        if *used == Use::Escaped {
            self.set(|before| Version::Escaped { before });
        }
    }

    fn visit_assignment_expression(&mut self, it: &AssignmentExpression<'a>) {
        self.visit_assignment_target(&it.left);
        if it.operator.is_logical() {
            self.maybe(|walker| walker.visit_expression(&it.right));
        } else {
            self.visit_expression(&it.right);
        }
        self.write(&it.left, it.node_id.get(), !it.operator.is_assign());
    }

    fn visit_update_expression(&mut self, it: &UpdateExpression<'a>) {
        walk::walk_update_expression(self, it);
        let by = it.node_id.get();
        match it.argument.as_member_expression() {
            Some(member) => self.write_member(member, by),
            None => {
                if let oxc_ast::ast::SimpleAssignmentTarget::AssignmentTargetIdentifier(name) =
                    &it.argument
                {
                    self.write_variable(name, by, false);
                }
            }
        }
    }

    fn visit_unary_expression(&mut self, it: &UnaryExpression<'a>) {
        walk::walk_unary_expression(self, it);
        if it.operator == UnaryOperator::Delete {
            let inner = it.argument.get_inner_expression();
            let member = match inner {
                Expression::ChainExpression(chain) => chain.expression.as_member_expression(),
                inner => inner.as_member_expression(),
            };
            if let Some(member) = member {
                self.write_member(member, it.node_id.get());
            }
        }
    }

    fn visit_call_expression(&mut self, it: &CallExpression<'a>) {
        walk::walk_call_expression(self, it);
        if let Some(Expression::Identifier(name)) =
            first_argument(it).map(Expression::get_inner_expression)
            && self.place.uses.get(&name.node_id.get()) == Some(&Use::Changed)
        {
            let method = it.callee.get_inner_expression().as_member_expression();
            let call = it.node_id.get();
            let assigns = method.and_then(MemberExpression::static_property_name) == Some("assign");
            self.set(|before| match assigns {
                true => Version::Merged { before, call },
                false => Version::Unfollowed { before },
            });
        }
        self.call(it.span.end);
    }

    fn visit_new_expression(&mut self, it: &NewExpression<'a>) {
        walk::walk_new_expression(self, it);
        self.call(it.span.end);
    }

    fn visit_await_expression(&mut self, it: &AwaitExpression<'a>) {
        walk::walk_await_expression(self, it);
        self.call(it.span.end);
    }

    fn visit_yield_expression(&mut self, it: &YieldExpression<'a>) {
        walk::walk_yield_expression(self, it);
        self.call(it.span.end);
    }

    fn visit_tagged_template_expression(&mut self, it: &TaggedTemplateExpression<'a>) {
        walk::walk_tagged_template_expression(self, it);
        self.call(it.span.end);
    }

    fn visit_variable_declaration(&mut self, it: &VariableDeclaration<'a>) {
        self.is_var = it.kind == VariableDeclarationKind::Var;
        walk::walk_variable_declaration(self, it);
    }

    fn visit_variable_declarator(&mut self, it: &VariableDeclarator<'a>) {
        let is_var = self.is_var;
        walk::walk_variable_declarator(self, it);
        let declares = it
            .id
            .get_binding_identifiers()
            .iter()
            .any(|name| name.symbol_id.get() == Some(self.place.symbol));
        // `var x` alone leaves what `x` holds; in the head of a loop it is given a value.
        let is_bare = it.init.is_none() && is_var;
        if declares && (!is_bare || self.is_head) {
            self.set(|_| Version::Declarator(it.node_id.get()));
        }
    }

    fn visit_for_statement_left(&mut self, it: &ForStatementLeft<'a>) {
        self.is_head = true;
        walk::walk_for_statement_left(self, it);
        self.is_head = false;
    }

    fn visit_assignment_pattern(&mut self, it: &AssignmentPattern<'a>) {
        self.maybe(|walker| walker.visit_expression(&it.right));
        self.visit_binding_pattern(&it.left);
    }

    fn visit_function(&mut self, it: &Function<'a>, flags: ScopeFlags) {
        self.nested(it.node_id.get(), |walker| walk::walk_function(walker, it, flags));
    }

    fn visit_arrow_function_expression(&mut self, it: &ArrowFunctionExpression<'a>) {
        self.nested(it.node_id.get(), |walker| {
            walk::walk_arrow_function_expression(walker, it);
        });
    }

    fn visit_property_definition(&mut self, it: &PropertyDefinition<'a>) {
        if it.r#static {
            return walk::walk_property_definition(self, it);
        }
        self.nested(it.node_id.get(), |walker| walk::walk_property_definition(walker, it));
    }

    fn visit_accessor_property(&mut self, it: &AccessorProperty<'a>) {
        if it.r#static {
            return walk::walk_accessor_property(self, it);
        }
        self.nested(it.node_id.get(), |walker| walk::walk_accessor_property(walker, it));
    }

    fn visit_chain_expression(&mut self, it: &ChainExpression<'a>) {
        self.maybe(|walker| walk::walk_chain_expression(walker, it));
    }

    fn visit_logical_expression(&mut self, it: &LogicalExpression<'a>) {
        self.visit_expression(&it.left);
        self.maybe(|walker| walker.visit_expression(&it.right));
    }

    fn visit_conditional_expression(&mut self, it: &ConditionalExpression<'a>) {
        self.visit_expression(&it.test);
        let before = self.state;
        self.visit_expression(&it.consequent);
        let consequent = std::mem::replace(&mut self.state, before);
        self.visit_expression(&it.alternate);
        self.state = self.join(consequent, self.state);
    }

    fn visit_if_statement(&mut self, it: &IfStatement<'a>) {
        self.visit_expression(&it.test);
        let before = self.state;
        let test = constant(&it.test);
        self.state = before.filter(|_| test != Some(false));
        self.visit_statement(&it.consequent);
        let consequent = std::mem::replace(&mut self.state, before.filter(|_| test != Some(true)));
        if let Some(alternate) = &it.alternate {
            self.visit_statement(alternate);
        }
        self.state = self.join(consequent, self.state);
    }

    fn visit_while_statement(&mut self, it: &WhileStatement<'a>) {
        let head = self.begin_loop();
        self.visit_expression(&it.test);
        let exit = self.state.filter(|_| constant(&it.test) != Some(true));
        self.visit_statement(&it.body);
        self.end_round();
        self.back_to(head);
        self.end_loop(exit);
    }

    fn visit_do_while_statement(&mut self, it: &DoWhileStatement<'a>) {
        let head = self.begin_loop();
        self.visit_statement(&it.body);
        self.end_round();
        self.visit_expression(&it.test);
        self.back_to(head);
        let exit = self.state.filter(|_| constant(&it.test) != Some(true));
        self.end_loop(exit);
    }

    fn visit_for_statement(&mut self, it: &ForStatement<'a>) {
        if let Some(init) = &it.init {
            self.visit_for_statement_init(init);
        }
        let head = self.begin_loop();
        let mut exit = None;
        if let Some(test) = &it.test {
            self.visit_expression(test);
            exit = self.state.filter(|_| constant(test) != Some(true));
        }
        self.visit_statement(&it.body);
        self.end_round();
        if let Some(update) = &it.update {
            self.visit_expression(update);
        }
        self.back_to(head);
        self.end_loop(exit);
    }

    fn visit_for_in_statement(&mut self, it: &ForInStatement<'a>) {
        self.visit_expression(&it.right);
        let head = self.begin_loop();
        self.visit_for_statement_left(&it.left);
        self.write_head(&it.left, it.node_id.get());
        self.visit_statement(&it.body);
        self.end_round();
        self.back_to(head);
        self.end_loop(head);
    }

    fn visit_for_of_statement(&mut self, it: &ForOfStatement<'a>) {
        self.visit_expression(&it.right);
        let head = self.begin_loop();
        if it.r#await {
            self.call(it.span.end);
        }
        self.visit_for_statement_left(&it.left);
        self.write_head(&it.left, it.node_id.get());
        self.visit_statement(&it.body);
        self.end_round();
        self.back_to(head);
        self.end_loop(head);
    }

    fn visit_switch_statement(&mut self, it: &SwitchStatement<'a>) {
        self.visit_expression(&it.discriminant);
        let mut tested = self.state;
        let mut fallen = None;
        let mut has_default = false;
        let labels = std::mem::take(&mut self.labels);
        self.jumps.push(Jump { labels, is_switch: true, ..Jump::default() });
        for case in &it.cases {
            self.state = tested;
            match &case.test {
                Some(test) => self.visit_expression(test),
                None => has_default = true,
            }
            tested = self.state;
            self.state = self.join(tested, fallen);
            for statement in &case.consequent {
                self.visit_statement(statement);
            }
            fallen = self.state;
        }
        let breaks = self.jumps.pop().map(|jump| jump.breaks).unwrap_or_default();
        let unmatched = tested.filter(|_| !has_default);
        self.state = self.any(fallen.into_iter().chain(breaks).chain(unmatched));
    }

    fn visit_labeled_statement(&mut self, it: &LabeledStatement<'a>) {
        let label = it.label.name.to_string();
        let is_taken = matches!(
            it.body,
            Statement::WhileStatement(_)
                | Statement::DoWhileStatement(_)
                | Statement::ForStatement(_)
                | Statement::ForInStatement(_)
                | Statement::ForOfStatement(_)
                | Statement::SwitchStatement(_)
                | Statement::LabeledStatement(_)
        );
        if is_taken {
            self.labels.push(label);
            return self.visit_statement(&it.body);
        }
        let mut labels = std::mem::take(&mut self.labels);
        labels.push(label);
        self.jumps.push(Jump { labels, ..Jump::default() });
        self.visit_statement(&it.body);
        let exit = self.state;
        self.end_loop(exit);
    }

    fn visit_break_statement(&mut self, it: &BreakStatement<'a>) {
        self.jump(it.label.as_ref().map(|label| label.name.as_str()), false);
    }

    fn visit_continue_statement(&mut self, it: &ContinueStatement<'a>) {
        self.jump(it.label.as_ref().map(|label| label.name.as_str()), true);
    }

    fn visit_return_statement(&mut self, it: &ReturnStatement<'a>) {
        walk::walk_return_statement(self, it);
        self.leave();
    }

    fn visit_throw_statement(&mut self, it: &ThrowStatement<'a>) {
        walk::walk_throw_statement(self, it);
        self.leave();
    }

    fn visit_try_statement(&mut self, it: &TryStatement<'a>) {
        self.catchers.push(self.state.into_iter().collect());
        self.visit_block_statement(&it.block);
        let mut seen = self.catchers.pop().unwrap_or_default();
        let mut exit = self.state;
        if let Some(handler) = &it.handler {
            self.state = self.any(seen.iter().copied());
            self.catchers.push(self.state.into_iter().collect());
            self.visit_catch_clause(handler);
            seen.extend(self.catchers.pop().unwrap_or_default());
            exit = self.join(exit, self.state);
        }
        self.state = exit;
        let Some(finalizer) = &it.finalizer else { return };
        if self.place.touched.contains(&finalizer.node_id.get()) {
            // After an error or a jump the finalizer runs, and then the way goes on elsewhere.
            self.state = self.any(seen);
            self.visit_block_statement(finalizer);
            if let Some(state) = self.state {
                for jump in &mut self.jumps {
                    jump.breaks.push(state);
                    jump.continues.push(state);
                }
                for catcher in &mut self.catchers {
                    catcher.push(state);
                }
            }
            self.leave();
            self.state = exit;
        }
        self.visit_block_statement(finalizer);
    }
}
