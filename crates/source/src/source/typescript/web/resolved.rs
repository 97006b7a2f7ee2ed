//! What the values of modules stand for: routers, what is mounted, paths and methods.

use super::facts::REGEX;
use super::link::{Key, Web};
use super::path::joined;
use super::{Added, Base, Library, Made, Mount, Origin, Router, What};
use crate::source::Method;
use crate::source::typescript::module::Constant;
use crate::source::typescript::value::{ImportPath, Step};
use crate::span::FileId;

/// Longer chains of imports are not followed.
const DEEPEST: usize = 24;

/// Routers with what stands before the paths of each.
pub(super) type Routers = Vec<(Key, Base)>;

/// What is mounted, and where.
pub(super) struct Mounted<'l> {
    pub(super) paths: Vec<Path>,
    /// What each argument may be.
    pub(super) children: &'l [Vec<Constant>],
    pub(super) mount: Mount,
}

/// A path as far as it is known.
pub(super) enum Path {
    Certain(String),
    /// It may be this one, and may be another.
    Maybe(String),
    /// It begins like this.
    Begins(String),
    Regex(String),
}

impl<'l> Web<'l> {
    /// The routers that a value of a module stands for.
    pub(super) fn resolved(
        &self,
        file: FileId,
        router: &Router,
        fuel: usize,
    ) -> Vec<(Key, Option<Made>, Base)> {
        match &router.origin {
            Origin::Made { start, end, made } => {
                vec![((file, *start, *end, None), Some(*made), router.base.clone())]
            }
            Origin::Parameter { start, end, index } => {
                vec![((file, *start, *end, Some(*index)), None, router.base.clone())]
            }
            Origin::Import(path) => {
                let mut found = Vec::new();
                let Some(fuel) = fuel.checked_sub(1) else { return found };
                for constant in self.imported(file, path) {
                    let Constant::Router { file, router: own } = constant else { continue };
                    for (key, made, mut base) in self.resolved(file, &own, fuel) {
                        base.extend(router.base.iter().cloned());
                        found.push((key, made, base));
                    }
                }
                found
            }
        }
    }

    /// What an import stands for; of a whole module what it exports as its default.
    fn imported(&self, file: FileId, path: &ImportPath) -> Vec<Constant> {
        if !path.steps.is_empty() {
            return self.linker.imported(file, path);
        }
        let path = path.then(Step::Member("default".to_owned()));
        path.map_or_else(Vec::new, |path| self.linker.imported(file, &path))
    }

    /// Values with imports followed.
    fn followed(&self, file: FileId, constants: &[Constant]) -> Vec<Constant> {
        let follow = |constant: &Constant| match constant {
            Constant::Import(path) => self.imported(file, path),
            other => vec![other.clone()],
        };
        constants.iter().flat_map(follow).collect()
    }

    /// The routers among what is mounted, and whether there may be one that could not be followed.
    pub(super) fn children(
        &self,
        file: FileId,
        values: &[Constant],
        mount: Mount,
    ) -> (Routers, bool) {
        let mut found = Vec::new();
        let mut may_hide = false;
        for value in values {
            if let Constant::Import(path) = value
                && self.linker.is_of_package(file, path)
            {
                continue;
            }
            for value in self.followed(file, std::slice::from_ref(value)) {
                match (value, mount) {
                    (Constant::Router { file, router }, Mount::Routers | Mount::Middleware) => {
                        let routers = self.resolved(file, &router, DEEPEST);
                        found.extend(routers.into_iter().map(|(key, _, base)| (key, base)));
                    }
                    (Constant::Function { at, .. }, Mount::Functions(index)) => {
                        found.push(((at.file, at.start, at.end, Some(index)), Vec::new()));
                    }
                    (Constant::Forwarded | Constant::Opaque | Constant::ImportOr { .. }, _) => {
                        may_hide = true
                    }
                    _ => {}
                }
            }
        }
        (found, may_hide)
    }

    /// What is mounted, each argument by itself, and the paths, which middleware has before it.
    pub(super) fn mounted(&self, file: FileId, added: &'l Added) -> Option<Mounted<'l>> {
        let What::Mount { children, mount } = &added.what else { return None };
        if *mount == Mount::Middleware
            && let [first, rest @ ..] = &children[..]
        {
            let values = self.followed(file, first);
            let is_text = |value: &Constant| matches!(value, Constant::Text { .. });
            if !rest.is_empty() && !values.is_empty() && values.iter().all(is_text) {
                let paths = self.paths(file, first);
                return Some(Mounted { paths, children: rest, mount: *mount });
            }
        }
        let paths = self.paths(file, &added.paths);
        Some(Mounted { paths, children, mount: *mount })
    }

    pub(super) fn paths(&self, file: FileId, constants: &[Constant]) -> Vec<Path> {
        let is_sure = !constants.contains(&Constant::Nothing);
        let mut paths = Vec::new();
        for constant in constants {
            let values = self.followed(file, std::slice::from_ref(constant));
            let is_sure = is_sure && values.len() == 1;
            for value in values {
                paths.push(match value {
                    Constant::Text { text, .. } if is_sure => Path::Certain(text),
                    Constant::Text { text, .. } => Path::Maybe(text),
                    Constant::Nothing => continue,
                    Constant::Partial { before, after } if before == REGEX => Path::Regex(after),
                    Constant::Partial { before, .. } => Path::Begins(before),
                    _ => Path::Begins(String::new()),
                });
            }
        }
        paths
    }

    pub(super) fn methods(&self, file: FileId, constants: &[Constant]) -> Vec<Method> {
        let mut methods = Vec::new();
        for value in self.followed(file, constants) {
            let method = match value {
                Constant::Text { text, .. } if text == "ANY" => Method::Any,
                Constant::Text { text, .. } => Method::Named(text.to_ascii_uppercase().into()),
                _ => Method::Unknown,
            };
            if !methods.contains(&method) {
                methods.push(method);
            }
        }
        methods
    }
}

/// A prefix with what stands before the paths of a router; none where that is no constant.
pub(super) fn with_base(library: Library, prefix: &str, base: &[Option<String>]) -> Option<String> {
    base.iter().try_fold(prefix.to_owned(), |prefix, part| {
        Some(joined(library, &prefix, part.as_deref()?))
    })
}
