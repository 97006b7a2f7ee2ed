//! All files of a repository as one program: modules, the items in them, and what a path names.

mod build;
mod references;
mod resolve;

use std::cell::Cell;
use std::collections::HashMap;

use super::manifest::Packages;
use super::syntax::{Enum, Expr, Function, Impl, Import, Struct, Type};
use crate::span::{FileId, Span};

pub(super) use resolve::Target;

pub(super) type ModuleId = usize;
pub(super) type FunctionId = usize;
pub(super) type ConstantId = usize;
pub(super) type EnumId = usize;
pub(super) type StructId = usize;

/// The program that the files make.
#[derive(Default)]
pub(super) struct Program<'p> {
    modules: Vec<Module<'p>>,
    pub(super) functions: Vec<FunctionDef<'p>>,
    pub(super) constants: Vec<ConstantDef<'p>>,
    pub(super) enums: Vec<EnumDef<'p>>,
    pub(super) structs: Vec<StructDef<'p>>,
    aliases: Vec<(&'p Type, ModuleId)>,
    /// The scopes of blocks that declare items.
    blocks: HashMap<(FileId, u32), ModuleId>,
    /// Functions and constants of types, by type and name.
    associated: HashMap<TypeId, HashMap<&'p str, Vec<Target>>>,
    /// `impl From<Source> for Target`: the function, by its source.
    conversions: HashMap<TypeId, Vec<FunctionId>>,
    /// The root module of each library, by the name that other packages use.
    libraries: HashMap<String, ModuleId>,
    /// How many modules the path that is being resolved has been looked for in.
    steps: Cell<usize>,
}

/// A module, or the scope of a block.
#[derive(Default)]
struct Module<'p> {
    parent: Option<ModuleId>,
    /// A block: what it does not have is looked up around it.
    is_block: bool,
    names: HashMap<&'p str, Vec<Name<'p>>>,
    globs: Vec<&'p Import>,
    /// Names that the package's manifest gives to dependencies.
    renamed: HashMap<String, String>,
}

/// What a name in a module stands for.
#[derive(Clone)]
enum Name<'p> {
    Item(Target),
    Import(&'p Import),
}

/// A type that the program declares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) enum TypeId {
    Enum(EnumId),
    Struct(StructId),
}

/// Where a path is written: its module, and the type that `Self` is.
#[derive(Debug, Clone, Copy)]
pub(super) struct Scope<'p> {
    pub(super) module: ModuleId,
    pub(super) this: Option<&'p Type>,
}

pub(super) struct FunctionDef<'p> {
    pub(super) name: &'p str,
    pub(super) function: &'p Function,
    pub(super) scope: Scope<'p>,
    /// The implementation that it is in.
    pub(super) within: Option<&'p Impl>,
    pub(super) test: bool,
    pub(super) span: Span,
}

pub(super) struct ConstantDef<'p> {
    pub(super) ty: &'p Type,
    pub(super) value: &'p Expr,
    pub(super) scope: Scope<'p>,
    pub(super) test: bool,
    pub(super) span: Span,
}

pub(super) struct EnumDef<'p> {
    pub(super) name: &'p str,
    pub(super) item: &'p Enum,
    pub(super) module: ModuleId,
    pub(super) test: bool,
    pub(super) span: Span,
    /// Its functions, and those that write it for a trait.
    pub(super) functions: Vec<FunctionId>,
}

pub(super) struct StructDef<'p> {
    pub(super) item: &'p Struct,
    pub(super) module: ModuleId,
}

impl<'p> Program<'p> {
    /// Makes a program of the files, each with its path and items.
    pub(super) fn new(
        files: &'p [(FileId, &'p str, &'p super::syntax::Ast)],
        packages: &Packages,
    ) -> Self {
        build::Builder::new(files, packages).build()
    }

    /// The scope inside a block that declares items.
    pub(super) fn block(&self, file: FileId, scope: u32) -> Option<ModuleId> {
        self.blocks.get(&(file, scope)).copied()
    }

    /// The functions and constants of a type by name.
    pub(super) fn associated(&self, of: TypeId, name: &str) -> &[Target] {
        self.associated.get(&of).and_then(|names| names.get(name)).map_or(&[], Vec::as_slice)
    }

    /// The functions that make something else of a value of a type.
    pub(super) fn conversions(&self, from: TypeId) -> &[FunctionId] {
        self.conversions.get(&from).map_or(&[], Vec::as_slice)
    }

    /// The type of a struct's field, and the module to read it in.
    pub(super) fn field(&self, of: StructId, name: &str) -> Option<(&'p Type, ModuleId)> {
        let def = self.structs.get(of)?;
        let field = def.item.fields.iter().find(|field| field.name == name)?;
        Some((&field.ty, def.module))
    }
}
