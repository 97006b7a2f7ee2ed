//! From files to modules: the roots of packages first, then what they declare with `mod`, then what no
//! one declares, which is taken to be where its folder puts it.

use std::collections::HashMap;

use super::{
    ConstantDef, EnumDef, FunctionDef, ModuleId, Name, Program, Scope, StructDef, Target, TypeId,
};
use crate::source::rust::manifest::Packages;
use crate::source::rust::syntax::{Ast, Block, Expr, Impl, Item, ItemKind, StatementKind};
use crate::span::FileId;

type Files<'p> = [(FileId, &'p str, &'p Ast)];

pub(super) struct Builder<'p, 'a> {
    files: &'p Files<'p>,
    packages: &'a Packages,
    program: Program<'p>,
    by_path: HashMap<&'p str, usize>,
    claimed: HashMap<usize, ModuleId>,
    /// The module of each folder that has one.
    folders: HashMap<String, ModuleId>,
    impls: Vec<(&'p Impl, ModuleId, bool)>,
}

/// What a module's items are declared in.
#[derive(Clone)]
struct Place {
    module: ModuleId,
    file: FileId,
    /// Where the files of its submodules are.
    folder: String,
    /// Where `#[path]` counts from.
    beside: String,
    test: bool,
}

impl<'p, 'a> Builder<'p, 'a> {
    pub(super) fn new(files: &'p Files<'p>, packages: &'a Packages) -> Self {
        Self {
            files,
            packages,
            program: Program::default(),
            by_path: files.iter().enumerate().map(|(index, (_, path, _))| (*path, index)).collect(),
            claimed: HashMap::new(),
            folders: HashMap::new(),
            impls: Vec::new(),
        }
    }

    pub(super) fn build(mut self) -> Program<'p> {
        let mut order: Vec<usize> = (0..self.files.len()).collect();
        order.sort_by_key(|&index| (!self.files[index].1.ends_with("lib.rs"), self.files[index].1));
        for &index in &order {
            if is_root(self.inside(index)) {
                self.claim(index, None);
            }
        }
        for &index in &order {
            self.attach(index);
        }
        for (implementation, module, test) in std::mem::take(&mut self.impls) {
            self.implementation(implementation, module, test);
        }
        self.program
    }

    /// A file's path inside its package.
    fn inside(&self, index: usize) -> &'p str {
        let path = self.files[index].1;
        let folder = self.package_folder(path);
        path.strip_prefix(folder.as_str()).map_or(path, |rest| rest.trim_start_matches('/'))
    }

    /// The folder of a file's package; without a manifest, the one that holds `src`, `tests` and so on.
    fn package_folder(&self, path: &str) -> String {
        if let Some(package) = self.packages.of(path) {
            return package.folder.clone();
        }
        let parts: Vec<&str> = path.split('/').collect();
        let at = parts.iter().position(|part| TARGET_FOLDERS.contains(part)).unwrap_or(0);
        parts[..at].join("/")
    }

    fn new_module(&mut self, parent: Option<ModuleId>, is_block: bool) -> ModuleId {
        self.program.modules.push(super::Module { parent, is_block, ..super::Module::default() });
        self.program.modules.len() - 1
    }

    fn declare(&mut self, module: ModuleId, name: &'p str, target: Target) {
        self.program.modules[module].names.entry(name).or_default().push(Name::Item(target));
    }

    /// Makes a module of a file, a root if it has no parent.
    fn claim(&mut self, index: usize, parent: Option<(ModuleId, bool)>) -> ModuleId {
        let (file, path, ast) = self.files[index];
        let module = self.new_module(parent.map(|(module, _)| module), false);
        self.claimed.insert(index, module);
        let (folder, stem) = split(path);
        let owns_folder = parent.is_none() || matches!(stem, "mod" | "lib" | "main");
        let submodules = if owns_folder { folder.to_owned() } else { within(folder, stem) };
        self.folders.entry(submodules.clone()).or_insert(module);
        if parent.is_none() {
            self.describe_root(index, module);
        }
        let test = is_test_target(self.inside(index)) || parent.is_some_and(|(_, test)| test);
        let place = Place { module, file, folder: submodules, beside: folder.to_owned(), test };
        self.items(&ast.items, &place);
        module
    }

    fn describe_root(&mut self, index: usize, module: ModuleId) {
        let Some(package) = self.packages.of(self.files[index].1) else { return };
        self.program.modules[module].renamed.clone_from(&package.renamed);
        if self.inside(index) == "src/lib.rs" {
            self.program.libraries.insert(package.library.clone(), module);
        }
    }

    /// Puts a file that no module declares where its folder says.
    fn attach(&mut self, index: usize) -> ModuleId {
        if let Some(&module) = self.claimed.get(&index) {
            return module;
        }
        let path = self.files[index].1;
        let (folder, stem) = split(path);
        let (parent_folder, name) = if stem == "mod" { split(folder) } else { (folder, stem) };
        let source = self.source_folder(path);
        let parent = self.folder_module(parent_folder, &source, 0);
        let module = self.claim(index, Some((parent, false)));
        self.declare(parent, name, Target::Module(module));
        module
    }

    /// The folder that a file's crate starts in.
    fn source_folder(&self, path: &str) -> String {
        let package = self.package_folder(path);
        let inside = path.strip_prefix(package.as_str()).unwrap_or(path).trim_start_matches('/');
        match inside.split('/').next().filter(|first| TARGET_FOLDERS.contains(first)) {
            Some(first) => within(&package, first),
            None => package,
        }
    }

    fn folder_module(&mut self, folder: &'p str, source: &str, depth: usize) -> ModuleId {
        const DEEPEST: usize = 64;
        if let Some(&module) = self.folders.get(folder) {
            return module;
        }
        let owners = [within(folder, "mod.rs"), format!("{folder}.rs")];
        let owner = owners.iter().find_map(|path| self.by_path.get(path.as_str()).copied());
        if let Some(owner) =
            owner.filter(|owner| !self.claimed.contains_key(owner) && depth < DEEPEST)
        {
            return self.attach(owner);
        }
        let module = if folder == source || folder.is_empty() || depth >= DEEPEST {
            self.new_module(None, false)
        } else {
            let (parent, name) = folder.rsplit_once('/').unwrap_or(("", folder));
            let parent = self.folder_module(parent, source, depth + 1);
            let module = self.new_module(Some(parent), false);
            self.declare(parent, name, Target::Module(module));
            module
        };
        self.folders.insert(folder.to_owned(), module);
        module
    }

    fn items(&mut self, items: &'p [Item], place: &Place) {
        for item in items {
            self.item(item, place);
        }
    }

    fn item(&mut self, item: &'p Item, place: &Place) {
        let module = place.module;
        let test = item.test || place.test;
        let scope = Scope { module, this: None };
        match &item.kind {
            ItemKind::Function(function) => {
                let id = self.program.functions.len();
                let span = item.span;
                self.program.functions.push(FunctionDef {
                    name: &item.name,
                    function,
                    scope,
                    within: None,
                    test,
                    span,
                });
                self.declare(module, &item.name, Target::Function(id));
                self.blocks(&function.body, place, test);
            }
            ItemKind::Constant { ty, value } => {
                let id = self.program.constants.len();
                let span = item.span;
                self.program.constants.push(ConstantDef { ty, value, scope, test, span });
                self.declare(module, &item.name, Target::Constant(id));
                self.blocks_of(value, place, test);
            }
            ItemKind::Enum(declared) => {
                let id = self.program.enums.len();
                let (name, span) = (item.name.as_str(), item.span);
                self.program.enums.push(EnumDef {
                    name,
                    item: declared,
                    module,
                    test,
                    span,
                    functions: Vec::new(),
                });
                self.declare(module, name, Target::Enum(id));
            }
            ItemKind::Struct(declared) => {
                self.program.structs.push(StructDef { item: declared, module });
                self.declare(module, &item.name, Target::Struct(self.program.structs.len() - 1));
            }
            ItemKind::Alias(ty) => {
                self.program.aliases.push((ty, module));
                self.declare(module, &item.name, Target::Alias(self.program.aliases.len() - 1));
            }
            ItemKind::Module { path, items } => {
                self.submodule(item, path.as_deref(), items.as_deref(), place, test)
            }
            ItemKind::Impl(implementation) => {
                self.impls.push((implementation, module, test));
                for item in &implementation.items {
                    match &item.kind {
                        ItemKind::Function(function) => {
                            self.blocks(&function.body, place, test || item.test)
                        }
                        ItemKind::Constant { value, .. } => {
                            self.blocks_of(value, place, test || item.test)
                        }
                        _ => {}
                    }
                }
            }
            ItemKind::Use(imports) => {
                let data = &mut self.program.modules[module];
                for import in imports {
                    match &import.name {
                        Some(name) => {
                            data.names.entry(name).or_default().push(Name::Import(import))
                        }
                        None => data.globs.push(import),
                    }
                }
            }
        }
    }

    fn submodule(
        &mut self,
        item: &'p Item,
        path: Option<&str>,
        items: Option<&'p [Item]>,
        place: &Place,
        test: bool,
    ) {
        let module = match items {
            Some(items) => {
                let module = self.new_module(Some(place.module), false);
                let folder = within(&place.folder, &item.name);
                let place =
                    Place { module, file: place.file, beside: folder.clone(), folder, test };
                self.items(items, &place);
                module
            }
            None => {
                let candidates = match path {
                    Some(path) => vec![normalize(&within(&place.beside, path))],
                    None => {
                        let base = within(&place.folder, &item.name);
                        vec![format!("{base}.rs"), within(&base, "mod.rs")]
                    }
                };
                let Some(&index) =
                    candidates.iter().find_map(|path| self.by_path.get(path.as_str()))
                else {
                    return;
                };
                match self.claimed.get(&index) {
                    Some(&module) => module,
                    None => self.claim(index, Some((place.module, test))),
                }
            }
        };
        self.declare(place.module, &item.name, Target::Module(module));
    }

    /// The functions and constants of an implementation, once all types are known.
    fn implementation(&mut self, implementation: &'p Impl, module: ModuleId, test: bool) {
        let scope = Scope { module, this: Some(&implementation.of) };
        let of = self.program.type_id(&implementation.of, Scope { module, this: None });
        let source = match &implementation.trait_ {
            Some((path, arguments)) if path.last() == "From" => {
                arguments.first().and_then(|ty| self.program.type_id(ty, scope))
            }
            Some((path, _)) if path.last() == "Into" => of,
            _ => None,
        };
        for item in &implementation.items {
            let name = item.name.as_str();
            let (test, span) = (test || item.test, item.span);
            let target = match &item.kind {
                ItemKind::Function(function) => {
                    let id = self.program.functions.len();
                    self.program.functions.push(FunctionDef {
                        name,
                        function,
                        scope,
                        within: Some(implementation),
                        test,
                        span,
                    });
                    if let Some(TypeId::Enum(id_of)) = of
                        && let Some(def) = self.program.enums.get_mut(id_of)
                    {
                        def.functions.push(id);
                    }
                    if let Some(source) = source {
                        self.program.conversions.entry(source).or_default().push(id);
                    }
                    Target::Function(id)
                }
                ItemKind::Constant { ty, value } => {
                    self.program.constants.push(ConstantDef { ty, value, scope, test, span });
                    Target::Constant(self.program.constants.len() - 1)
                }
                ItemKind::Alias(ty) => {
                    self.program.aliases.push((ty, module));
                    Target::Alias(self.program.aliases.len() - 1)
                }
                _ => continue,
            };
            if let Some(of) = of {
                self.program
                    .associated
                    .entry(of)
                    .or_default()
                    .entry(name)
                    .or_default()
                    .push(target);
            }
        }
    }

    /// Declares the items of the blocks in a function.
    fn blocks(&mut self, block: &'p Block, place: &Place, test: bool) {
        let mut inner = Place { test, ..place.clone() };
        if let Some(scope) = block.scope {
            inner.module = self.new_module(Some(place.module), true);
            self.program.blocks.insert((place.file, scope), inner.module);
            self.items(&block.items, &inner);
        }
        for statement in &block.statements {
            let test = test || statement.test;
            match &statement.kind {
                StatementKind::Let(binding) => {
                    for value in binding.value.iter().chain(&binding.otherwise) {
                        self.blocks_of(value, &inner, test);
                    }
                }
                StatementKind::Expr(value) | StatementKind::Tail(value) => {
                    self.blocks_of(value, &inner, test)
                }
            }
        }
    }

    fn blocks_of(&mut self, expr: &'p Expr, place: &Place, test: bool) {
        stacker::maybe_grow(128 << 10, 1 << 20, || {
            let mut blocks = Vec::new();
            let mut nested = Vec::new();
            expr.parts(&mut |part| nested.push(part), &mut |block| blocks.push(block));
            nested.into_iter().for_each(|part| self.blocks_of(part, place, test));
            blocks.into_iter().for_each(|block| self.blocks(block, place, test));
        });
    }
}

/// Folders that Cargo looks for targets in.
const TARGET_FOLDERS: [&str; 4] = ["src", "tests", "examples", "benches"];

/// Whether a path inside a package is the root of a crate.
fn is_root(inside: &str) -> bool {
    let parts: Vec<&str> = inside.split('/').collect();
    match parts.as_slice() {
        ["build.rs"] | ["src", "lib.rs" | "main.rs"] => true,
        ["src", "bin", file] | ["tests" | "examples" | "benches", file] => file.ends_with(".rs"),
        ["src", "bin", _, "main.rs"] | ["tests" | "examples" | "benches", _, "main.rs"] => true,
        _ => false,
    }
}

/// Cargo compiles these with `cfg(test)`.
fn is_test_target(inside: &str) -> bool {
    inside.starts_with("tests/") || inside.starts_with("benches/")
}

/// The folder and the name without ending of a path.
fn split(path: &str) -> (&str, &str) {
    let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
    (folder, file.strip_suffix(".rs").unwrap_or(file))
}

fn within(folder: &str, name: &str) -> String {
    if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") }
}

/// Takes `.` and `..` out of a path.
fn normalize(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "." | "" => {}
            ".." => drop(parts.pop()),
            part => parts.push(part),
        }
    }
    parts.join("/")
}
