//! What a path names.

use super::{
    ConstantId, EnumId, FunctionId, Import, ModuleId, Name, Program, Scope, StructId, TypeId,
};
use crate::source::rust::syntax::{Path, Type};

/// What a path can name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::source::rust) enum Target {
    Module(ModuleId),
    Function(FunctionId),
    Constant(ConstantId),
    Enum(EnumId),
    Variant(EnumId, usize),
    Struct(StructId),
    Alias(usize),
    /// Something of another crate, by its full path.
    External(Vec<String>),
    /// A name that nothing declares or imports: of the prelude, or of a macro.
    Unknown(Vec<String>),
}

/// How a name is used: types and modules on the way of a path, values at its end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Space {
    Types,
    Values,
}

impl Target {
    fn is_in(&self, space: Space) -> bool {
        match self {
            Self::Function(_) | Self::Constant(_) | Self::Variant(..) => space == Space::Values,
            Self::Module(_) | Self::Enum(_) | Self::Alias(_) => space == Space::Types,
            Self::Struct(_) | Self::External(_) | Self::Unknown(_) => true,
        }
    }
}

/// Imports may lead to imports; a longer chain is a circle.
const DEEPEST: usize = 48;
/// Modules that import each other by globs are not walked for ever.
const MOST_STEPS: usize = 4096;

impl<'p> Program<'p> {
    /// What a path names as a value.
    pub(in crate::source::rust) fn value(&self, path: &Path, scope: Scope<'p>) -> Target {
        self.resolve(path, scope, Space::Values)
    }

    /// What a path names as a type.
    pub(in crate::source::rust) fn type_path(&self, path: &Path, scope: Scope<'p>) -> Target {
        self.resolve(path, scope, Space::Types)
    }

    /// The type that an alias stands for, and the module to read it in.
    pub(in crate::source::rust) fn alias(&self, id: usize) -> Option<(&'p Type, ModuleId)> {
        self.aliases.get(id).copied()
    }

    /// The declared type that a type is.
    pub(in crate::source::rust) fn type_id(&self, ty: &Type, scope: Scope<'p>) -> Option<TypeId> {
        self.type_id_within(ty, scope, 0)
    }

    fn type_id_within(&self, ty: &Type, scope: Scope<'p>, depth: usize) -> Option<TypeId> {
        let Type::Path { path, .. } = ty else { return None };
        match self.type_path(path, scope) {
            Target::Enum(id) => Some(TypeId::Enum(id)),
            Target::Struct(id) => Some(TypeId::Struct(id)),
            Target::Alias(id) if depth < DEEPEST => {
                let (ty, module) = self.alias(id)?;
                self.type_id_within(ty, Scope { module, this: None }, depth + 1)
            }
            _ => None,
        }
    }

    fn resolve(&self, path: &Path, scope: Scope<'p>, space: Space) -> Target {
        self.steps.set(0);
        let segments: Vec<&str> = path.segments.iter().map(String::as_str).collect();
        if let Some(of) = &path.of {
            let rest = &segments[segments.len().saturating_sub(1)..];
            return match self.type_id(of, scope) {
                Some(id) => self.walk(of_type(id), rest, space, 0),
                None => Target::Unknown(owned(&segments)),
            };
        }
        if let (Some(&"Self"), Some(this)) = (segments.first(), scope.this) {
            let target = match (self.type_id(this, scope), this) {
                (Some(id), _) => of_type(id),
                (None, Type::Path { path, .. })
                    if path.segments.first().is_none_or(|s| s != "Self") =>
                {
                    self.type_path(path, scope)
                }
                _ => Target::Unknown(vec!["Self".to_owned()]),
            };
            return self.walk(target, &segments[1..], space, 0);
        }
        self.lookup(scope.module, path.rooted, &segments, space, 0)
    }

    fn lookup(
        &self,
        from: ModuleId,
        rooted: bool,
        segments: &[&str],
        space: Space,
        depth: usize,
    ) -> Target {
        let Some((&first, rest)) = segments.split_first() else {
            return Target::Module(from);
        };
        if depth > DEEPEST {
            return Target::Unknown(owned(segments));
        }
        if rooted {
            return self.walk(self.other_crate(from, first), rest, space, depth);
        }
        match first {
            "crate" | "$crate" => {
                return self.walk(Target::Module(self.root(from)), rest, space, depth);
            }
            "self" => {
                return self.walk(Target::Module(self.module_around(from)), rest, space, depth);
            }
            "super" => {
                let around = self.module_around(from);
                let parent =
                    self.modules[around].parent.map_or(around, |parent| self.module_around(parent));
                if let Some((&"super", _)) = rest.split_first() {
                    return self.lookup(parent, false, rest, space, depth + 1);
                }
                return self.walk(Target::Module(parent), rest, space, depth);
            }
            _ => {}
        }
        let here = if rest.is_empty() { space } else { Space::Types };
        let mut module = from;
        loop {
            if let Some(found) = self.member(module, first, here, depth) {
                return self.walk(found, rest, space, depth);
            }
            match self.modules[module].parent {
                Some(parent) if self.modules[module].is_block => module = parent,
                _ => break,
            }
        }
        if rest.is_empty() {
            return Target::Unknown(vec![first.to_owned()]);
        }
        self.walk(self.other_crate(from, first), rest, space, depth)
    }

    /// Goes from a target along the rest of a path.
    fn walk(&self, mut target: Target, rest: &[&str], space: Space, depth: usize) -> Target {
        for (index, &segment) in rest.iter().enumerate() {
            let here = if index + 1 == rest.len() { space } else { Space::Types };
            target = match target {
                Target::Module(module) => match self.member(module, segment, here, depth + 1) {
                    Some(found) => found,
                    None => return Target::Unknown(owned(rest)),
                },
                Target::Enum(id) => self.of_enum(id, segment),
                Target::Struct(id) => self.of_type(TypeId::Struct(id), segment),
                Target::Alias(id) => match self.alias_target(id, depth) {
                    Target::Enum(id) => self.of_enum(id, segment),
                    Target::Struct(id) => self.of_type(TypeId::Struct(id), segment),
                    other => extended(other, segment),
                },
                other => extended(other, segment),
            };
        }
        target
    }

    fn alias_target(&self, id: usize, depth: usize) -> Target {
        match self.alias(id) {
            Some((Type::Path { path, .. }, module)) if depth < DEEPEST => {
                let segments: Vec<&str> = path.segments.iter().map(String::as_str).collect();
                match self.lookup(module, path.rooted, &segments, Space::Types, depth + 1) {
                    Target::Alias(next) if next != id => self.alias_target(next, depth + 1),
                    target => target,
                }
            }
            _ => Target::Unknown(Vec::new()),
        }
    }

    fn of_enum(&self, id: EnumId, name: &str) -> Target {
        let variants = self.enums.get(id).map_or(&[][..], |def| &def.item.variants);
        match variants.iter().position(|variant| variant.name == name) {
            Some(index) => Target::Variant(id, index),
            None => self.of_type(TypeId::Enum(id), name),
        }
    }

    fn of_type(&self, id: TypeId, name: &str) -> Target {
        let found = self.associated(id, name).first().cloned();
        found.unwrap_or_else(|| Target::Unknown(vec![name.to_owned()]))
    }

    /// A name in a module, by declaration, import or glob.
    fn member(&self, module: ModuleId, name: &str, space: Space, depth: usize) -> Option<Target> {
        self.steps.set(self.steps.get() + 1);
        if depth > DEEPEST || self.steps.get() > MOST_STEPS {
            return None;
        }
        let module_data = self.modules.get(module)?;
        let declared = module_data.names.get(name).into_iter().flatten();
        let mut fallback = None;
        for known in declared {
            let target = match known {
                Name::Item(target) => target.clone(),
                Name::Import(import) => self.import(module, import, space, depth + 1),
            };
            if target.is_in(space) {
                return Some(target);
            }
            fallback = fallback.or(Some(target));
        }
        let mut external = None;
        for glob in &module_data.globs {
            let segments: Vec<&str> = glob.segments.iter().map(String::as_str).collect();
            let found = match self.lookup(module, glob.rooted, &segments, Space::Types, depth + 1) {
                Target::Module(other) if other != module => {
                    self.member(other, name, space, depth + 1)
                }
                Target::Enum(id) => match self.of_enum(id, name) {
                    Target::Unknown(_) => None,
                    target => Some(target),
                },
                Target::External(path) => {
                    let path = path.into_iter().chain([name.to_owned()]).collect::<Vec<_>>();
                    if super::super::vocabulary::is_known(&path) {
                        external = external.or(Some(Target::External(path)));
                    }
                    None
                }
                _ => None,
            };
            if found.is_some() {
                return found;
            }
        }
        external.or(fallback)
    }

    fn import(&self, module: ModuleId, import: &Import, space: Space, depth: usize) -> Target {
        let segments: Vec<&str> = import.segments.iter().map(String::as_str).collect();
        // `use reqwest;` and `use get as get;` name something outside, not themselves.
        if segments.len() == 1
            && import.name.as_deref() == Some(segments[0])
            && segments[0] != "self"
        {
            return self.other_crate(module, segments[0]);
        }
        match self.lookup(module, import.rooted, &segments, space, depth) {
            Target::Unknown(path) if segments.len() == 1 && path.len() == 1 => {
                self.other_crate(module, segments[0])
            }
            target => target,
        }
    }

    /// Another crate: a library of the repository, or an external one under its own name.
    fn other_crate(&self, from: ModuleId, name: &str) -> Target {
        let renamed = self.modules[self.root(from)].renamed.get(name).map_or(name, String::as_str);
        match self.libraries.get(renamed) {
            Some(&root) => Target::Module(root),
            None => Target::External(vec![renamed.to_owned()]),
        }
    }

    fn root(&self, mut module: ModuleId) -> ModuleId {
        while let Some(parent) = self.modules[module].parent {
            module = parent;
        }
        module
    }

    fn module_around(&self, mut module: ModuleId) -> ModuleId {
        while self.modules[module].is_block
            && let Some(parent) = self.modules[module].parent
        {
            module = parent;
        }
        module
    }
}

fn of_type(id: TypeId) -> Target {
    match id {
        TypeId::Enum(id) => Target::Enum(id),
        TypeId::Struct(id) => Target::Struct(id),
    }
}

fn extended(target: Target, segment: &str) -> Target {
    match target {
        Target::External(mut path) => {
            path.push(segment.to_owned());
            Target::External(path)
        }
        Target::Unknown(mut path) => {
            path.push(segment.to_owned());
            Target::Unknown(path)
        }
        _ => Target::Unknown(vec![segment.to_owned()]),
    }
}

fn owned(segments: &[&str]) -> Vec<String> {
    segments.iter().map(|segment| (*segment).to_owned()).collect()
}
