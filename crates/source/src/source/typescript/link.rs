//! Links modules: follows imports and re-exports to what they stand for.

mod absent;

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap, HashSet};
use std::sync::Arc;

use super::members::OF_EVERY_OBJECT;
use super::module::{Constant, Emitted, Entry, Export, Module, Object, Star, Target};
use super::project::Projects;
use super::resolve::Resolver;
use super::value::{ImportPath, Step};
use crate::source::{CodeDeclaration, DeclaredCode, Emission};
use crate::span::{FileId, Span};
use absent::{both_missing, emit_imported, emit_own, or_else};

/// All modules that were read, and those that turn out to be needed.
pub(super) struct Linker {
    pub(super) modules: HashMap<FileId, Module>,
    paths: HashMap<FileId, Arc<str>>,
    resolver: Resolver,
    pub(super) missing: RefCell<BTreeSet<FileId>>,
}

/// Through more modules than this an import is not followed to a package.
const LONGEST_WAY_TO_PACKAGE: usize = 3;

/// Longer chains of imports and re-exports are not followed.
const LONGEST_CHAIN: usize = 32;

impl Linker {
    pub(super) fn new(paths: HashMap<FileId, Arc<str>>, projects: Projects) -> Self {
        Self {
            modules: HashMap::new(),
            resolver: Resolver::new(&paths, projects),
            paths,
            missing: RefCell::default(),
        }
    }

    /// The files that were needed but not read, each named once.
    pub(super) fn take_missing(&self) -> BTreeSet<FileId> {
        std::mem::take(&mut self.missing.borrow_mut())
    }

    fn resolve(&self, from: FileId, specifier: &str) -> Option<FileId> {
        self.resolver.resolve(self.paths.get(&from)?, specifier)
    }

    /// The path of a file.
    pub(super) fn path(&self, file: FileId) -> &str {
        self.paths.get(&file).map_or("", |path| path)
    }

    /// Whether an import is of a package that is not among the sources, at once or through others.
    pub(super) fn is_of_package(&self, from: FileId, path: &ImportPath) -> bool {
        self.is_of_package_within(from, path, LONGEST_WAY_TO_PACKAGE)
    }

    fn is_of_package_within(&self, from: FileId, path: &ImportPath, fuel: usize) -> bool {
        let Some(file) = self.resolve(from, &path.specifier) else {
            let own = [".", "/", "@/", "~/", "#/", "$/"];
            return !own.iter().any(|own| path.specifier.starts_with(own));
        };
        let (Some(Step::Member(name)), Some(fuel)) = (path.steps.first(), fuel.checked_sub(1))
        else {
            return false;
        };
        let Some(found) = self.export(file, name) else { return false };
        let is_one = |value: &Constant| matches!(value, Constant::Import(path) if self.is_of_package_within(found.file, path, fuel));
        !found.values.is_empty() && found.values.iter().all(is_one)
    }

    /// The module of a file; if it was not read, it is noted as missing.
    fn module(&self, file: FileId) -> Option<&Module> {
        let module = self.modules.get(&file);
        if module.is_none() {
            self.missing.borrow_mut().insert(file);
        }
        module
    }

    /// The `export * from` of a module whose exports are not known.
    pub(super) fn unresolved_stars(&self, file: FileId) -> impl Iterator<Item = &Star> {
        let stars = self.modules.get(&file).map_or(&[][..], |module| &module.stars);
        stars.iter().filter(move |star| self.resolve(file, &star.specifier).is_none())
    }

    /// What `name` of a module stands for, and the files that lead there.
    pub(super) fn export(&self, file: FileId, name: &str) -> Option<Found<'_>> {
        self.export_along(file, name, &mut Vec::new(), &mut HashSet::new())
    }

    /// What is `seen` is on the way already, or was found not to have the name.
    fn export_along(
        &self,
        file: FileId,
        name: &str,
        way: &mut Vec<FileId>,
        seen: &mut HashSet<(FileId, String)>,
    ) -> Option<Found<'_>> {
        if way.len() >= LONGEST_CHAIN || !seen.insert((file, name.to_owned())) {
            return None;
        }
        way.push(file);
        let module = self.module(file)?;
        if let Some(export) = module.export(name) {
            return self.follow(file, export, way, seen);
        }
        if name == "default" {
            return None;
        }
        for star in &module.stars {
            let Some(next) = self.resolve(file, &star.specifier) else { continue };
            let mut way = way.clone();
            if let Some(found) = self.export_along(next, name, &mut way, seen) {
                return Some(found);
            }
        }
        None
    }

    fn follow<'l>(
        &'l self,
        file: FileId,
        export: &'l Export,
        way: &mut Vec<FileId>,
        seen: &mut HashSet<(FileId, String)>,
    ) -> Option<Found<'l>> {
        match &export.target {
            Target::Type => None,
            Target::Value(values) => Some(Found { file, values, way: way.clone() }),
            Target::From { specifier, name } => match self.resolve(file, specifier) {
                Some(next) => self.export_along(next, name, way, seen),
                None => Some(Found { file, values: &[Constant::Forwarded], way: way.clone() }),
            },
        }
    }

    /// The files that lead from an import to its definition.
    pub(super) fn way_to(&self, from: FileId, path: &ImportPath) -> Vec<FileId> {
        let file = self.resolve(from, &path.specifier);
        match (file, path.steps.as_slice()) {
            (Some(file), [Step::Member(name)]) => {
                self.export(file, name).map_or_else(Vec::new, |found| found.way)
            }
            _ => Vec::new(),
        }
    }

    /// Everything that an import may be, free of further imports.
    pub(super) fn imported(&self, from: FileId, path: &ImportPath) -> Vec<Constant> {
        let mut found = Vec::new();
        self.imported_into(from, path, LONGEST_CHAIN, &mut found);
        found
    }

    fn imported_into(
        &self,
        from: FileId,
        path: &ImportPath,
        fuel: usize,
        found: &mut Vec<Constant>,
    ) {
        let file = self.resolve(from, &path.specifier);
        let (Some(file), Some((Step::Member(name), rest)), Some(fuel)) =
            (file, path.steps.split_first(), fuel.checked_sub(1))
        else {
            found.push(Constant::Forwarded);
            return;
        };
        match self.export(file, name) {
            Some(export) => {
                for value in export.values {
                    self.walk(export.file, value, rest, fuel, found);
                }
            }
            None => found.push(Constant::Forwarded),
        }
    }

    fn walk(
        &self,
        file: FileId,
        value: &Constant,
        steps: &[Step],
        fuel: usize,
        found: &mut Vec<Constant>,
    ) {
        if let Constant::Import(path) = value {
            let mut path = path.clone();
            path.steps.extend_from_slice(steps);
            return self.imported_into(file, &path, fuel, found);
        }
        if let Constant::ImportOr { path, otherwise } = value {
            let mut path = path.clone();
            path.steps.extend_from_slice(steps);
            let mut others = Vec::new();
            for value in otherwise {
                self.walk(file, value, steps, fuel, &mut others);
            }
            found.extend(or_else(self.imported_with(file, &path, fuel), others));
            return;
        }
        let Some((step, rest)) = steps.split_first() else {
            found.push(value.clone());
            return;
        };
        match (value, step) {
            (Constant::Object(object), Step::Member(name)) => {
                for value in self.member(file, object, name, fuel) {
                    self.walk(file, &of_object(value), rest, fuel, found);
                }
            }
            (Constant::Object(object), Step::AnyMember) => {
                for entry in &object.entries {
                    let Entry::Property { values, .. } = entry else { continue };
                    for value in values {
                        self.walk(file, &of_object(value.clone()), rest, fuel, found);
                    }
                }
            }
            // A field of a result is forwarded.
            (Constant::Function { returns, .. }, Step::Call) if rest.is_empty() => {
                for value in returns {
                    self.walk(file, value, rest, fuel, found);
                }
            }
            _ => found.push(Constant::Forwarded),
        }
    }

    fn imported_with(&self, from: FileId, path: &ImportPath, fuel: usize) -> Vec<Constant> {
        let mut found = Vec::new();
        self.imported_into(from, path, fuel, &mut found);
        found
    }

    /// What the member `name` of an object may be; the last entry of a name wins.
    fn member(&self, file: FileId, object: &Object, name: &str, fuel: usize) -> Vec<Constant> {
        let mut values = vec![if object.is_open || OF_EVERY_OBJECT.contains(&name) {
            Constant::Forwarded
        } else {
            Constant::Missing { member: name.to_owned(), objects: vec![object.span] }
        }];
        for entry in &object.entries {
            match entry {
                Entry::Property { name: own, values: set, .. } if own == name => {
                    values.clone_from(set);
                }
                Entry::Property { .. } => {}
                Entry::Spread { path, .. } => {
                    let path = path.then(Step::Member(name.to_owned()));
                    let spread = path.zip(fuel.checked_sub(1));
                    let spread = spread.map_or_else(
                        || vec![Constant::Forwarded],
                        |(path, fuel)| self.imported_with(file, &path, fuel),
                    );
                    values = or_else(spread, values);
                }
            }
        }
        values
    }

    /// The emissions of a module.
    pub(super) fn emissions(&self, file: FileId, module: &Module) -> Vec<Emission> {
        let mut emissions = Vec::new();
        for emitted in &module.emissions {
            self.emit(file, emitted, &mut emissions);
        }
        for call in &module.calls {
            let position = self.imported(file, &call.callee).into_iter().find_map(|f| match f {
                Constant::Function { code, .. } => code,
                _ => None,
            });
            let known = position.and_then(|position| {
                call.arguments.iter().find(|(at, _)| *at == position).map(|(_, emitted)| emitted)
            });
            for emitted in known.unwrap_or(&call.otherwise) {
                self.emit(file, emitted, &mut emissions);
            }
        }
        emissions.sort_by_key(|emission| emission.span);
        emissions.dedup_by(|a, b| a.span == b.span && a.code == b.code);
        emissions
    }

    fn emit(&self, file: FileId, emitted: &Emitted, emissions: &mut Vec<Emission>) {
        match &emitted.value {
            Constant::Import(path) => {
                for value in self.imported(file, path) {
                    emit_imported(value, emitted, emissions);
                }
            }
            Constant::ImportOr { path, otherwise } => {
                let values = self.imported(file, path);
                let is_default = |value: &Constant| {
                    matches!(value, Constant::Missing { .. } | Constant::Nothing)
                };
                let has_default = values.iter().any(is_default);
                for value in values.iter().filter(|value| !is_default(value)) {
                    emit_imported(value.clone(), emitted, emissions);
                }
                for value in otherwise.iter().filter(|_| has_default) {
                    let value = match (value, values.iter().find(|value| is_default(value))) {
                        (Constant::Missing { .. }, Some(missing)) => {
                            both_missing(value.clone(), missing)
                        }
                        _ => value.clone(),
                    };
                    self.emit(file, &Emitted { value, ..emitted.clone() }, emissions);
                }
            }
            value => emit_own(value, emitted, emissions),
        }
    }

    /// The declarations of a module that declare any of `codes`.
    pub(super) fn declarations(
        &self,
        file: FileId,
        module: &Module,
        codes: &[String],
    ) -> Vec<CodeDeclaration> {
        module
            .declarations
            .iter()
            .filter(|declaration| declaration.may_declare(codes))
            .map(|declaration| CodeDeclaration {
                name: declaration.name.clone(),
                codes: self.declared(file, &declaration.entries, LONGEST_CHAIN),
                span: declaration.span,
            })
            .filter(|declaration| declares(declaration, codes))
            .collect()
    }

    /// The codes that entries declare; the last of one name wins.
    fn declared(&self, file: FileId, entries: &[Entry], fuel: usize) -> Vec<DeclaredCode> {
        let mut codes: Vec<DeclaredCode> = Vec::new();
        let mut set = |code: DeclaredCode| match codes.iter_mut().find(|c| c.name == code.name) {
            Some(earlier) => *earlier = code,
            None => codes.push(code),
        };
        for entry in entries {
            match entry {
                Entry::Property { name, values, span, .. } => {
                    let values = self.texts(file, values);
                    set(DeclaredCode { name: name.clone(), values, span: *span });
                }
                Entry::Spread { path, span } => {
                    let Some(fuel) = fuel.checked_sub(1) else { continue };
                    for value in self.imported(file, path) {
                        if let Constant::Object(object) = value {
                            self.declared(file, &object.entries, fuel)
                                .into_iter()
                                .for_each(|code| set(DeclaredCode { span: *span, ..code }));
                        }
                    }
                }
            }
        }
        codes
    }

    fn texts(&self, file: FileId, values: &[Constant]) -> Vec<String> {
        let mut texts = Vec::new();
        for value in values {
            let followed = match value {
                Constant::Import(path) => self.imported(file, path),
                Constant::ImportOr { path, otherwise } => {
                    or_else(self.imported(file, path), otherwise.clone())
                }
                other => vec![other.clone()],
            };
            texts.extend(followed.into_iter().filter_map(|value| match value {
                Constant::Text { text, .. } => Some(text),
                _ => None,
            }));
        }
        texts
    }
}

/// An export, and the files from where it was asked for to where it is defined.
pub(super) struct Found<'l> {
    pub(super) file: FileId,
    pub(super) values: &'l [Constant],
    pub(super) way: Vec<FileId>,
}

impl Module {
    pub(super) fn export(&self, name: &str) -> Option<&Export> {
        // A name may be exported as a value and as a type, and a script may set it again.
        let mut named = self.exports.iter().rev().filter(|export| export.name == name);
        let last = named.clone().next();
        named.find(|export| !matches!(export.target, Target::Type)).or(last)
    }

    /// Where a name leaves the module: its export, else the star that may export it.
    pub(super) fn export_span(&self, name: &str) -> Option<Span> {
        let star = || self.stars.first().map(|star| star.span);
        self.export(name).map(|export| export.span).or_else(star)
    }
}

fn of_object(value: Constant) -> Constant {
    match value {
        Constant::Text { text, .. } => Constant::Text { text, of_object: true },
        other => other,
    }
}

/// An object declares codes if it names one, and most of its texts are written like codes: a table
/// of messages or of numbers by code declares none.
fn declares(declaration: &CodeDeclaration, codes: &[String]) -> bool {
    let names_one = declaration
        .codes
        .iter()
        .any(|code| codes.contains(&code.name) || code.values.iter().any(|v| codes.contains(v)));
    let (mut texts, mut like_codes) = (0, 0);
    for value in declaration.codes.iter().flat_map(|code| &code.values) {
        texts += 1;
        like_codes += usize::from(is_like_a_code(value));
    }
    names_one && texts > 0 && like_codes * 2 > texts
}

fn is_like_a_code(text: &str) -> bool {
    !text.is_empty()
        && text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '-' | '.' | ':'))
}
