//! The names that a module exports, and what they stand for.

use oxc_ast::AstKind;
use oxc_ast::ast::{ExportDefaultDeclarationKind, Expression, MemberExpression};
use oxc_syntax::module_record::{
    ExportEntry, ExportExportName, ExportImportName, ExportLocalName, ModuleRecord, NameSpan,
};
use oxc_syntax::symbol::{SymbolFlags, SymbolId};

use super::evaluate::Evaluator;
use super::members::Key;
use super::module::{Constant, Export, Star, Target};
use super::value::{Callable, ImportPath, Value, Values};
use crate::span::{FileId, Span};

/// Reads the exports of one module.
pub(super) struct ExportReader<'a, 's> {
    pub(super) evaluator: &'s Evaluator<'a, 's>,
    pub(super) record: &'s ModuleRecord<'a>,
    pub(super) file: FileId,
}

impl<'a> ExportReader<'a, '_> {
    /// Every name that the module exports by itself.
    pub(super) fn exports(&self) -> Vec<Export> {
        let record = self.record;
        let mut exports: Vec<_> = record
            .local_export_entries
            .iter()
            .map(|entry| (entry, self.local(entry)))
            .chain(record.indirect_export_entries.iter().map(|entry| (entry, self.indirect(entry))))
            .filter_map(|(entry, target)| {
                let name = exported_name(entry)?;
                Some(Export { name, target, span: self.span(entry.span) })
            })
            .collect();
        exports.extend(self.common_js_exports());
        exports
    }

    /// Every `export * from`, types left out.
    pub(super) fn stars(&self) -> Vec<Star> {
        self.record
            .star_export_entries
            .iter()
            .filter(|entry| !entry.is_type)
            .filter_map(|entry| {
                let specifier = entry.module_request.as_ref()?.name.to_string();
                Some(Star { specifier, span: self.span(entry.span) })
            })
            .collect()
    }

    fn span(&self, span: oxc_span::Span) -> Span {
        Span { file: self.file, start: span.start, end: span.end }
    }

    fn local(&self, entry: &ExportEntry<'a>) -> Target {
        if entry.is_type {
            return Target::Type;
        }
        let name = match &entry.local_name {
            ExportLocalName::Name(name) | ExportLocalName::Default(name) => name.name,
            // `export default` of an expression.
            ExportLocalName::Null => return Target::Value(self.default_export()),
        };
        let scoping = self.evaluator.semantic.scoping();
        let bindings = scoping.get_bindings(scoping.root_scope_id());
        let binding = bindings.iter().find(|(own, _)| own.as_str() == name.as_str());
        match binding.map(|(_, symbol)| *symbol) {
            Some(symbol) if self.exists_at_run_time(symbol) => {
                let values = self.evaluator.shared_values(symbol);
                Target::Value(self.evaluator.constants(&values, self.file))
            }
            _ => Target::Type,
        }
    }

    fn indirect(&self, entry: &ExportEntry<'a>) -> Target {
        let Some(request) = entry.module_request.as_ref().filter(|_| !entry.is_type) else {
            return Target::Type;
        };
        let is_all =
            matches!(entry.import_name, ExportImportName::All | ExportImportName::AllButDefault);
        if is_all {
            // `export * as name`: the whole of another module.
            let specifier = request.name.to_string();
            return Target::Value(vec![Constant::Import(ImportPath {
                specifier,
                steps: Vec::new(),
            })]);
        }
        let name = match &entry.import_name {
            ExportImportName::Name(name) if self.is_default_import(entry, name) => {
                "default".to_owned()
            }
            ExportImportName::Name(name) => name.name.to_string(),
            _ => return Target::Type,
        };
        Target::From { specifier: request.name.to_string(), name }
    }

    /// `import h from 'm'; export { h }`: the record gives the local name for the imported one.
    fn is_default_import(&self, entry: &ExportEntry<'a>, name: &NameSpan<'a>) -> bool {
        self.record.import_entries.iter().any(|import| {
            import.statement_span == entry.statement_span
                && import.import_name.is_default()
                && import.local_name.span == name.span
        })
    }

    fn default_export(&self) -> Vec<Constant> {
        let nodes = self.evaluator.semantic.nodes();
        let values = nodes.iter().find_map(|node| match node.kind() {
            AstKind::ExportDefaultDeclaration(export) => Some(match &export.declaration {
                ExportDefaultDeclarationKind::FunctionDeclaration(f) if f.body.is_some() => {
                    Values::one(Value::Function(Callable::Function(f)))
                }
                declaration => declaration.as_expression().map_or_else(
                    || Values::one(Value::Forwarded),
                    |expression| self.evaluator.values(expression),
                ),
            }),
            _ => None,
        });
        self.evaluator.constants(&values.unwrap_or_default(), self.file)
    }

    /// Types, `declare`d names and overloads without an implementation do not.
    fn exists_at_run_time(&self, symbol: SymbolId) -> bool {
        let scoping = self.evaluator.semantic.scoping();
        let flags = scoping.symbol_flags(symbol);
        if flags.is_ambient() || flags.contains(SymbolFlags::TypeImport) {
            return false;
        }
        let has_body = scoping.symbol_declarations(symbol).any(|declaration| {
            match self.evaluator.semantic.nodes().kind(declaration) {
                AstKind::Function(function) => function.body.is_some(),
                AstKind::TSTypeAliasDeclaration(_) | AstKind::TSInterfaceDeclaration(_) => false,
                _ => true,
            }
        });
        flags.is_value() && has_body || flags.is_import()
    }

    /// `exports.X = …`, `module.exports.X = …`, `module.exports = { X }` and `export = { X }`.
    fn common_js_exports(&self) -> Vec<Export> {
        let mut exports = Vec::new();
        let is_script = !self.record.has_module_syntax;
        for node in self.evaluator.semantic.nodes().iter() {
            match node.kind() {
                AstKind::AssignmentExpression(assignment) if is_script => {
                    let Some(target) = assignment.left.as_member_expression() else { continue };
                    if self.is_module_exports(target) {
                        exports.extend(self.properties(&assignment.right));
                        // An `import` of the script takes all of it as the default.
                        let values = self.evaluator.values(&assignment.right);
                        let target = Target::Value(self.evaluator.constants(&values, self.file));
                        let (name, span) = ("default".to_owned(), self.span(assignment.span));
                        exports.push(Export { name, target, span });
                    } else if self.are_exports(target.object())
                        && let Key::Name(name) = self.evaluator.member_key(target)
                    {
                        let values = self.evaluator.values(&assignment.right);
                        let target = Target::Value(self.evaluator.constants(&values, self.file));
                        let span = self.span(assignment.span);
                        exports.push(Export { name: name.to_string(), target, span });
                    }
                }
                AstKind::TSExportAssignment(assignment) => {
                    exports.extend(self.properties(&assignment.expression));
                }
                _ => {}
            }
        }
        exports
    }

    fn is_module_exports(&self, member: &MemberExpression<'a>) -> bool {
        member.static_property_name() == Some("exports")
            && self.evaluator.is_global(member.object(), "module")
    }

    fn are_exports(&self, object: &Expression<'a>) -> bool {
        self.evaluator.is_global(object, "exports")
            || object
                .get_inner_expression()
                .as_member_expression()
                .is_some_and(|member| self.is_module_exports(member))
    }

    fn properties(&self, object: &'a Expression<'a>) -> Vec<Export> {
        let mut exports = Vec::new();
        for value in self.evaluator.values(object) {
            let Value::Object(object) = value else { continue };
            for property in object.properties.iter().filter_map(|property| property.as_property()) {
                let Key::Name(name) = self.evaluator.key(&property.key, property.computed) else {
                    continue;
                };
                let values = self.evaluator.values(&property.value);
                exports.push(Export {
                    name: name.to_string(),
                    target: Target::Value(self.evaluator.constants(&values, self.file)),
                    span: self.span(property.span),
                });
            }
        }
        exports
    }
}

fn exported_name(entry: &ExportEntry<'_>) -> Option<String> {
    match &entry.export_name {
        ExportExportName::Name(name) => Some(name.name.to_string()),
        ExportExportName::Default(_) => Some("default".to_owned()),
        ExportExportName::Null => None,
    }
}
