//! Which functions are called, so that those which no one calls can be run first.

use std::collections::HashSet;

use super::{FunctionId, ModuleId, Program, Scope, Target};
use crate::source::rust::syntax::{Block, Expr, ExprKind, StatementKind};
use crate::span::FileId;

struct References<'p, 'a> {
    program: &'a Program<'p>,
    functions: HashSet<FunctionId>,
    methods: HashSet<&'p str>,
    /// The function that is being searched: a function that calls itself is not called by that.
    within: Option<FunctionId>,
}

impl<'p> Program<'p> {
    /// The functions that the program calls or hands on, methods by their names.
    pub(in crate::source::rust) fn called(&self) -> HashSet<FunctionId> {
        let all: Vec<_> =
            (0..self.functions.len()).filter(|&id| !self.functions[id].test).collect();
        let mut references = self.references_of(&all);
        for constant in self.constants.iter().filter(|constant| !constant.test) {
            references.expr(constant.value, constant.scope, constant.span.file);
        }
        references.finish()
    }

    /// The functions that some functions call.
    pub(in crate::source::rust) fn called_by(&self, callers: &[FunctionId]) -> HashSet<FunctionId> {
        self.references_of(callers).finish()
    }

    fn references_of(&self, callers: &[FunctionId]) -> References<'p, '_> {
        let mut references = References {
            program: self,
            functions: HashSet::new(),
            methods: HashSet::new(),
            within: None,
        };
        for &id in callers {
            let def = &self.functions[id];
            references.within = Some(id);
            references.block(&def.function.body, def.scope, def.span.file);
        }
        references.within = None;
        references
    }
}

impl<'p> References<'p, '_> {
    fn finish(mut self) -> HashSet<FunctionId> {
        for (id, def) in self.program.functions.iter().enumerate() {
            if def.function.has_self && self.methods.contains(def.name) {
                self.functions.insert(id);
            }
        }
        self.functions
    }

    fn block(&mut self, block: &'p Block, scope: Scope<'p>, file: FileId) {
        let inner = block.scope.and_then(|number| self.program.block(file, number));
        let module: ModuleId = inner.unwrap_or(scope.module);
        let scope = Scope { module, ..scope };
        for statement in block.statements.iter().filter(|statement| !statement.test) {
            match &statement.kind {
                StatementKind::Let(binding) => {
                    binding
                        .value
                        .iter()
                        .chain(&binding.otherwise)
                        .for_each(|value| self.expr(value, scope, file));
                }
                StatementKind::Expr(value) | StatementKind::Tail(value) => {
                    self.expr(value, scope, file)
                }
            }
        }
    }

    fn expr(&mut self, expr: &'p Expr, scope: Scope<'p>, file: FileId) {
        stacker::maybe_grow(128 << 10, 1 << 20, || {
            match &expr.kind {
                ExprKind::Path(path) => {
                    if let Target::Function(id) = self.program.value(path, scope)
                        && self.within != Some(id)
                    {
                        self.functions.insert(id);
                    }
                }
                ExprKind::Method { name, .. } => {
                    self.methods.insert(name);
                }
                _ => {}
            }
            let (mut parts, mut blocks) = (Vec::new(), Vec::new());
            expr.parts(&mut |part| parts.push(part), &mut |block| blocks.push(block));
            parts.into_iter().for_each(|part| self.expr(part, scope, file));
            blocks.into_iter().for_each(|block| self.block(block, scope, file));
        });
    }
}
