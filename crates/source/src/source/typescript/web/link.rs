//! Links what modules add to routers: from the roots along what is mounted to the endpoints.

use std::collections::{BTreeMap, BTreeSet, HashSet};

use super::path::{is_beside, joined, may_begin, route};
use super::resolved::{Mounted, Path, Routers, with_base};
use super::{Added, Base, Library, Made, What, may_lie_below};
use crate::source::typescript::link::Linker;
use crate::source::typescript::value::ImportPath;
use crate::source::{Endpoint, Method, RouteSegment, SourceGap, SourceQuery, lies_below};
use crate::span::{FileId, Span};

/// A router, or the parameter that stands for one: its file, where it is written, which parameter.
pub(super) type Key = (FileId, u32, u32, Option<usize>);

/// Longer chains of what is mounted in each other are not followed.
const DEEPEST: usize = 24;
/// More places that routers are mounted at are not followed.
const MOST_VISITS: usize = 10_000;

#[derive(Default)]
struct Node<'l> {
    made: Option<Made>,
    added: Vec<(FileId, &'l Added, Base)>,
}

/// The routes by call of all modules.
pub(in crate::source::typescript) struct Web<'l> {
    pub(super) linker: &'l Linker,
    query: &'l SourceQuery,
    nodes: BTreeMap<Key, Node<'l>>,
    visited: HashSet<Key>,
    visits: usize,
    endpoints: Vec<Endpoint>,
    gaps: BTreeSet<(Span, &'static str)>,
}

/// The application that is followed.
struct Application<'a> {
    library: Library,
    slash_matters: bool,
    name: &'a str,
}

const UNKNOWN_BASE: &str = "the path that these routes are mounted at is not a constant";
const UNKNOWN_PATH: &str = "the path of this route cannot be told";
const UNKNOWN_ROUTER: &str = "what is mounted here could not be followed to its routes";
const UNMOUNTED: &str =
    "no place was found that this router is mounted at, so that its paths cannot be told";

impl<'l> Web<'l> {
    /// The endpoints among the routes, and what keeps others from being told.
    pub(in crate::source::typescript) fn of(
        linker: &'l Linker,
        query: &'l SourceQuery,
    ) -> (Vec<Endpoint>, Vec<SourceGap>) {
        let mut web = Self {
            linker,
            query,
            nodes: BTreeMap::new(),
            visited: HashSet::new(),
            visits: 0,
            endpoints: Vec::new(),
            gaps: BTreeSet::new(),
        };
        web.collect();
        if web.nodes.is_empty() {
            return (Vec::new(), Vec::new());
        }
        web.follow_roots();
        web.doubt_the_rest();
        let gap = |(span, reason): (Span, &str)| SourceGap {
            span,
            reason: reason.to_owned(),
            endpoints: true,
            callsites: false,
            codes: false,
        };
        (web.endpoints, web.gaps.into_iter().map(gap).collect())
    }

    fn collect(&mut self) {
        let mut modules: Vec<_> = self.linker.modules.iter().collect();
        modules.sort_unstable_by_key(|(id, _)| **id);
        for (file, module) in modules {
            for added in &module.added {
                for (key, made, base) in self.resolved(*file, &added.on, DEEPEST) {
                    let node = self.nodes.entry(key).or_default();
                    node.made = node.made.or(made);
                    node.added.push((*file, added, base));
                }
            }
        }
    }

    fn follow_roots(&mut self) {
        let mut mounted = HashSet::new();
        for node in self.nodes.values() {
            for (file, added, _) in &node.added {
                let Some(Mounted { children, mount, .. }) = self.mounted(*file, added) else {
                    continue;
                };
                for values in children {
                    mounted.extend(
                        self.children(*file, values, mount).0.into_iter().map(|(key, _)| key),
                    );
                }
            }
        }
        let is_root = |(key, node): &(&Key, &Node<'_>)| {
            node.made.is_some_and(|made| !made.is_part) && !mounted.contains(*key)
        };
        let roots: Vec<(Key, Made)> = self
            .nodes
            .iter()
            .filter(is_root)
            .filter_map(|(key, node)| Some((*key, node.made?)))
            .collect();
        for (key, made) in roots {
            let name = format!("{}:{}", self.linker.path(key.0), key.1);
            let application = Application {
                library: made.library,
                slash_matters: made.slash_matters,
                name: &name,
            };
            self.visit(key, "", &application, &mut Vec::new());
        }
    }

    fn visit(&mut self, key: Key, prefix: &str, application: &Application<'_>, way: &mut Vec<Key>) {
        self.visits += 1;
        if way.len() >= DEEPEST || way.contains(&key) || self.visits > MOST_VISITS {
            return;
        }
        self.visited.insert(key);
        way.push(key);
        let added: Vec<_> = self.nodes.get(&key).map_or_else(Vec::new, |node| {
            node.added.iter().map(|(f, a, b)| (*f, *a, b.clone())).collect()
        });
        for (file, added, base) in added {
            let Some(prefix) = with_base(application.library, prefix, &base) else {
                self.gaps.insert((added.span, UNKNOWN_BASE));
                self.mark(file, added);
                continue;
            };
            if let Some(Mounted { paths, children, mount }) = self.mounted(file, added) {
                let found: Vec<_> =
                    children.iter().map(|values| self.children(file, values, mount)).collect();
                // Beside a router stands what is called before it.
                let has_router = found.iter().any(|(routers, _)| !routers.is_empty());
                for (routers, may_hide) in found {
                    let may_hide = may_hide && !has_router;
                    for path in &paths {
                        self.follow(
                            added.span,
                            path,
                            &prefix,
                            &routers,
                            may_hide,
                            application,
                            way,
                        );
                    }
                }
            } else if let What::Route { methods, handlers } = &added.what {
                let methods = self.methods(file, methods);
                for path in self.paths(file, &added.paths) {
                    self.add(file, added.span, &path, &prefix, application, &methods, handlers);
                }
            }
        }
        way.pop();
    }

    #[expect(clippy::too_many_arguments, reason = "one step of the walk")]
    fn follow(
        &mut self,
        span: Span,
        path: &Path,
        prefix: &str,
        routers: &Routers,
        may_hide: bool,
        application: &Application<'_>,
        way: &mut Vec<Key>,
    ) {
        let Path::Certain(path) = path else {
            if routers.iter().any(|(key, _)| self.nodes.contains_key(key)) {
                self.gaps.insert((span, UNKNOWN_BASE));
                self.visited.extend(routers.iter().map(|(key, _)| *key));
            }
            return;
        };
        let prefix = joined(application.library, prefix, path);
        let is_somewhere = !prefix.trim_matches('/').is_empty();
        if may_hide
            && is_somewhere
            && self.query.endpoint_prefixes.iter().any(|p| may_begin(&prefix, false, p))
        {
            self.gaps.insert((span, UNKNOWN_ROUTER));
        }
        for (key, base) in routers {
            match with_base(application.library, &prefix, base) {
                Some(prefix) => self.visit(*key, &prefix, application, way),
                None => drop(self.gaps.insert((span, UNKNOWN_BASE))),
            }
        }
    }

    #[expect(clippy::too_many_arguments, reason = "what a route is made of")]
    fn add(
        &mut self,
        file: FileId,
        span: Span,
        path: &Path,
        prefix: &str,
        application: &Application<'_>,
        methods: &[Method],
        handlers: &[ImportPath],
    ) {
        let prefixes = &self.query.endpoint_prefixes;
        let text = match path {
            Path::Certain(text) => text,
            Path::Maybe(text) => {
                let full = joined(application.library, prefix, text);
                let segments = route(application.library, &full).unwrap_or_default();
                if prefixes.iter().any(|prefix| lies_below(&segments, prefix.split('/'))) {
                    self.gaps.insert((span, UNKNOWN_PATH));
                }
                return;
            }
            Path::Begins(text) => {
                let begun = joined(application.library, prefix, text);
                let is_cut = !text.is_empty();
                if prefixes.iter().any(|prefix| may_begin(&begun, is_cut, prefix)) {
                    self.gaps.insert((span, UNKNOWN_PATH));
                }
                return;
            }
            Path::Regex(pattern) => {
                if prefixes.iter().any(|prefix| is_beside(pattern, prefix)) {
                    self.gaps.insert((span, UNKNOWN_PATH));
                }
                return;
            }
        };
        let full = joined(application.library, prefix, text);
        let Some(segments) = route(application.library, &full) else {
            if prefixes.iter().any(|prefix| is_beside(&full, prefix)) {
                self.gaps.insert((span, UNKNOWN_PATH));
            }
            return;
        };
        if !prefixes.iter().any(|prefix| lies_below(&segments, prefix.split('/'))) {
            return;
        }
        let mut modules = vec![file];
        for path in handlers {
            modules.extend(self.linker.way_to(file, path));
        }
        // Fastify answers `/` of a plugin with a slash and without.
        let is_either =
            application.library == Library::Fastify && text == "/" && !prefix.is_empty();
        for method in methods {
            let endpoint = Endpoint {
                method: method.clone(),
                route: segments.clone(),
                trailing_slash: full.len() > 1 && full.ends_with('/') && !is_either,
                slash_matters: application.slash_matters && !is_either,
                application: application.name.into(),
                framework: application.library.framework(),
                span,
                modules: modules.clone(),
            };
            let is_known = |known: &Endpoint| {
                known.method == endpoint.method
                    && known.route == endpoint.route
                    && known.application == endpoint.application
                    && known.trailing_slash == endpoint.trailing_slash
            };
            if !self.endpoints.iter().any(is_known) {
                self.endpoints.push(endpoint);
            }
        }
    }

    /// Takes what hangs on a router as followed, since there is a gap for it.
    fn mark(&mut self, file: FileId, added: &'l Added) {
        let Some(Mounted { children, mount, .. }) = self.mounted(file, added) else { return };
        for values in children {
            let found = self.children(file, values, mount).0;
            self.visited.extend(found.into_iter().map(|(key, _)| key));
        }
    }

    /// Routes of what is nowhere mounted, where they could be guarded.
    fn doubt_the_rest(&mut self) {
        let mut gaps = Vec::new();
        for (key, node) in self.nodes.iter().filter(|(key, _)| !self.visited.contains(*key)) {
            let prefixes = &self.query.endpoint_prefixes;
            let path = self.linker.path(key.0);
            let is_named = prefixes.iter().any(|prefix| is_beside(path, prefix));
            for (file, added, base) in &node.added {
                let What::Route { .. } = &added.what else { continue };
                let is_router = node.made.is_some() || added.is_certain;
                let library = node.made.map_or(Library::Fastify, |made| made.library);
                let may_be_guarded = |path: &Path| match path {
                    Path::Certain(text) | Path::Maybe(text) => {
                        let own = with_base(library, "", base).unwrap_or_default();
                        let segments: Vec<RouteSegment> =
                            route(library, &joined(library, &own, text)).unwrap_or_default();
                        may_lie_below(&segments, prefixes)
                    }
                    Path::Begins(_) => false,
                    Path::Regex(pattern) => prefixes.iter().any(|p| is_beside(pattern, p)),
                };
                if is_router
                    && (is_named || self.paths(*file, &added.paths).iter().any(may_be_guarded))
                {
                    gaps.push((added.span, UNMOUNTED));
                }
            }
        }
        self.gaps.extend(gaps);
    }
}
