//! How control goes through statements and expressions.

use oxc_ast::AstKind;
use oxc_ast::ast::{
    AccessorProperty, ArrowFunctionExpression, AssignmentExpression, AssignmentPattern,
    AwaitExpression, BreakStatement, CallExpression, ChainExpression, ConditionalExpression,
    ContinueStatement, DoWhileStatement, Expression, ForInStatement, ForOfStatement, ForStatement,
    ForStatementLeft, Function, IdentifierReference, IfStatement, LabeledStatement,
    LogicalExpression, MemberExpression, NewExpression, PropertyDefinition, ReturnStatement,
    SimpleAssignmentTarget, Statement, SwitchStatement, TSType, TaggedTemplateExpression,
    ThrowStatement, TryStatement, UnaryExpression, UpdateExpression, VariableDeclaration,
    VariableDeclarationKind, VariableDeclarator, WhileStatement, YieldExpression,
};
use oxc_ast_visit::{Visit, walk};
use oxc_syntax::operator::UnaryOperator;
use oxc_syntax::scope::ScopeFlags;

use super::{Jump, Version, Walker};
use crate::source::typescript::place::{Use, first_argument};

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
                if let SimpleAssignmentTarget::AssignmentTargetIdentifier(name) = &it.argument {
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
