//! What `tsconfig.json`, `jsconfig.json` and `package.json` say about where modules are.

use std::collections::HashMap;

use oxc_allocator::Allocator;
use oxc_ast::ast::{ArrayExpressionElement, Expression, ObjectExpression};
use oxc_parser::Parser;
use oxc_span::SourceType;

use super::resolve::{ancestors, joined};
use super::stack;

/// The projects of a repository.
#[derive(Default)]
pub(super) struct Projects {
    /// Each configuration by its path.
    configs: HashMap<String, Config>,
    /// The packages of the repository by their names.
    packages: HashMap<String, Package>,
}

/// A configuration as it is written.
#[derive(Default)]
struct Config {
    extends: Vec<String>,
    references: Vec<String>,
    base_url: Option<String>,
    paths: Option<Vec<(String, Vec<String>)>>,
}

/// A package of the repository.
struct Package {
    folder: String,
    /// The modules that it names as its own, the most telling first.
    entries: Vec<String>,
}

/// Patterns of `paths` with their targets.
type Patterns = Vec<(String, Vec<String>)>;

/// What a configuration says together with those that it extends.
#[derive(Default, Clone)]
struct Settings {
    base_url: Option<String>,
    /// The folder that `paths` are relative to without a `baseUrl`, and the patterns with their targets.
    paths: Option<(String, Patterns)>,
}

/// Where a module may be.
pub(super) struct Candidates {
    /// Paths without ending, the first one that exists is meant.
    pub(super) paths: Vec<String>,
    /// A pattern says where the module is, so that it is nowhere else.
    pub(super) is_final: bool,
}

/// Longer chains of `extends` are not followed.
const LONGEST_CHAIN: usize = 16;

impl Projects {
    /// Reads the files that configure projects, by path and text.
    pub(super) fn new<'t>(files: impl Iterator<Item = (&'t str, &'t str)>) -> Self {
        let mut projects = Self::default();
        for (path, text) in files {
            let (folder, name) = path.rsplit_once('/').unwrap_or(("", path));
            let read = || {
                let allocator = Allocator::default();
                // Configurations may hold comments and commas at the end, as programs do.
                let parsed = Parser::new(&allocator, text, SourceType::mjs()).parse_expression();
                match parsed {
                    Ok(Expression::ObjectExpression(object)) if name == "package.json" => {
                        text_of(&object, "name")
                            .map(|name| (Some(name), package(folder, &object), Config::default()))
                    }
                    Ok(Expression::ObjectExpression(object)) => {
                        Some((None, package(folder, &object), config(&object)))
                    }
                    _ => None,
                }
            };
            match stack::with_room_for(text, read).flatten() {
                Some((Some(name), package, _)) => drop(projects.packages.insert(name, package)),
                Some((None, _, config)) => drop(projects.configs.insert(path.to_owned(), config)),
                None => {}
            }
        }
        projects
    }

    /// Where the module of a specifier that is not relative may be, as seen from a folder.
    pub(super) fn candidates(&self, folder: &str, specifier: &str) -> Vec<Candidates> {
        let mut found = Vec::new();
        for settings in self.settings_of(folder) {
            let base = settings.base_url.as_deref();
            if let Some((own, patterns)) = &settings.paths
                && let Some((star, pattern, targets)) = matching(patterns, specifier)
            {
                let target = |target: &String| {
                    let target = target.replacen('*', star, 1);
                    match target.strip_prefix('/') {
                        Some(absolute) => joined("", absolute),
                        None => joined(base.unwrap_or(own), &target),
                    }
                };
                found.push(Candidates {
                    paths: targets.iter().filter_map(target).collect(),
                    is_final: pattern != "*",
                });
            }
            let below_base = base.and_then(|base| joined(base, specifier));
            found.push(Candidates { paths: below_base.into_iter().collect(), is_final: false });
        }
        found.push(Candidates { paths: self.of_package(specifier), is_final: false });
        found
    }

    /// What the nearest configuration says; where it only refers to others, what those say.
    fn settings_of(&self, folder: &str) -> Vec<Settings> {
        let nearest = ancestors(folder).find_map(|folder| {
            ["tsconfig.json", "jsconfig.json"]
                .iter()
                .filter_map(|name| joined(folder, name))
                .find(|path| self.configs.contains_key(path))
        });
        let Some(path) = nearest else { return Vec::new() };
        let own = self.settings(&path, folder_of(&path), LONGEST_CHAIN);
        if own.paths.is_some() || own.base_url.is_some() {
            return vec![own];
        }
        let references = self.configs.get(&path).map_or(&[][..], |config| &config.references);
        references
            .iter()
            .filter_map(|reference| self.locate(folder_of(&path), reference))
            .map(|path| self.settings(&path, folder_of(&path), LONGEST_CHAIN))
            .collect()
    }

    fn settings(&self, path: &str, leaf: &str, fuel: usize) -> Settings {
        let mut settings = Settings::default();
        let (Some(config), Some(fuel)) = (self.configs.get(path), fuel.checked_sub(1)) else {
            return settings;
        };
        let folder = folder_of(path);
        let here = |target: &str| match target.strip_prefix("${configDir}") {
            Some(rest) => format!("/{leaf}{rest}"),
            None => target.to_owned(),
        };
        for extended in &config.extends {
            let Some(path) = self.locate(folder, extended) else { continue };
            let extended = self.settings(&path, leaf, fuel);
            settings.base_url = extended.base_url.or(settings.base_url);
            settings.paths = extended.paths.or(settings.paths);
        }
        if let Some(base) = &config.base_url {
            let base = here(base);
            settings.base_url = match base.strip_prefix('/') {
                Some(absolute) => joined("", absolute),
                None => joined(folder, &base),
            };
        }
        if let Some(paths) = &config.paths {
            let resolved = paths.iter().map(|(pattern, targets)| {
                (pattern.clone(), targets.iter().map(|target| here(target)).collect())
            });
            settings.paths = Some((folder.to_owned(), resolved.collect()));
        }
        settings
    }

    /// The configuration that `extends` or a reference of one in a folder names.
    fn locate(&self, folder: &str, name: &str) -> Option<String> {
        let path =
            if name.starts_with("./") || name.starts_with("../") || matches!(name, "." | "..") {
                joined(folder, name)?
            } else {
                let (package, rest) = self.package_of(name)?;
                joined(&package.folder, rest)?
            };
        [path.clone(), format!("{path}.json"), joined(&path, "tsconfig.json")?]
            .into_iter()
            .find(|path| self.configs.contains_key(path))
    }

    /// The package that a specifier begins with, and the rest of it.
    fn package_of<'n>(&self, specifier: &'n str) -> Option<(&Package, &'n str)> {
        let parts = if specifier.starts_with('@') { 2 } else { 1 };
        let end = specifier.match_indices('/').nth(parts - 1).map(|(at, _)| at);
        let (name, rest) = specifier.split_at(end.unwrap_or(specifier.len()));
        Some((self.packages.get(name)?, rest.trim_start_matches('/')))
    }

    fn of_package(&self, specifier: &str) -> Vec<String> {
        let Some((package, rest)) = self.package_of(specifier) else { return Vec::new() };
        let written = if rest.is_empty() { package.entries.clone() } else { vec![rest.to_owned()] };
        let mut paths = Vec::new();
        for entry in written {
            let entry = entry.trim_start_matches("./");
            // What is built from the sources is not there.
            let source = ["dist/", "build/", "lib/", "out/"]
                .iter()
                .find_map(|built| entry.strip_prefix(built))
                .map(|entry| format!("src/{entry}").replace(".d.ts", ".js"));
            let below_source = format!("src/{entry}");
            paths.extend(
                [Some(entry.to_owned()), source, Some(below_source)]
                    .into_iter()
                    .flatten()
                    .filter_map(|entry| joined(&package.folder, &entry)),
            );
        }
        paths
    }
}

/// The pattern that a specifier matches as TypeScript matches it: exactly, else with the longest text before `*`.
fn matching<'p, 's>(
    patterns: &'p [(String, Vec<String>)],
    specifier: &'s str,
) -> Option<(&'s str, &'p str, &'p [String])> {
    if let Some((pattern, targets)) = patterns.iter().find(|(pattern, _)| pattern == specifier) {
        return Some(("", pattern, targets));
    }
    let starred = patterns.iter().filter_map(|(pattern, targets)| {
        let (before, after) = pattern.split_once('*')?;
        let star = specifier.strip_prefix(before)?.strip_suffix(after)?;
        Some((before.len(), (star, pattern.as_str(), targets.as_slice())))
    });
    starred.max_by_key(|(length, _)| *length).map(|(_, found)| found)
}

fn folder_of(path: &str) -> &str {
    path.rsplit_once('/').map_or("", |(folder, _)| folder)
}

fn config(object: &ObjectExpression<'_>) -> Config {
    let options = object_of(object, "compilerOptions");
    let paths = options.and_then(|options| object_of(options, "paths"));
    let references = match value_of(object, "references") {
        Some(Expression::ArrayExpression(references)) => references
            .elements
            .iter()
            .filter_map(ArrayExpressionElement::as_expression)
            .filter_map(|reference| match reference {
                Expression::ObjectExpression(reference) => text_of(reference, "path"),
                _ => None,
            })
            .map(|path| if path.starts_with('.') { path } else { format!("./{path}") })
            .collect(),
        _ => Vec::new(),
    };
    Config {
        extends: value_of(object, "extends").map_or_else(Vec::new, texts),
        references,
        base_url: options.and_then(|options| text_of(options, "baseUrl")),
        paths: paths.map(|paths| {
            let entries = paths.properties.iter().filter_map(|property| property.as_property());
            entries
                .filter_map(|entry| {
                    Some((entry.key.static_name()?.to_string(), texts(&entry.value)))
                })
                .collect()
        }),
    }
}

fn package(folder: &str, object: &ObjectExpression<'_>) -> Package {
    let mut entries = Vec::new();
    if let Some(exports) = value_of(object, "exports") {
        let own = match exports {
            Expression::ObjectExpression(by_path) => value_of(by_path, ".").unwrap_or(exports),
            exports => exports,
        };
        nested_texts(own, 0, &mut entries);
    }
    let named = ["source", "types", "typings", "module", "main"];
    entries.extend(named.iter().filter_map(|name| text_of(object, name)));
    entries.extend(["src/index", "index"].map(str::to_owned));
    Package { folder: folder.to_owned(), entries }
}

/// Every text in a value.
fn nested_texts(value: &Expression<'_>, depth: usize, texts: &mut Vec<String>) {
    const DEEPEST: usize = 8;
    match value {
        Expression::StringLiteral(text) => texts.push(text.value.to_string()),
        Expression::ObjectExpression(object) if depth < DEEPEST => {
            for property in object.properties.iter().filter_map(|property| property.as_property()) {
                nested_texts(&property.value, depth + 1, texts);
            }
        }
        _ => {}
    }
}

fn value_of<'o, 'a>(object: &'o ObjectExpression<'a>, name: &str) -> Option<&'o Expression<'a>> {
    object
        .properties
        .iter()
        .rev()
        .filter_map(|property| property.as_property())
        .find(|property| property.key.is_specific_static_name(name))
        .map(|property| &property.value)
}

fn object_of<'o, 'a>(
    object: &'o ObjectExpression<'a>,
    name: &str,
) -> Option<&'o ObjectExpression<'a>> {
    match value_of(object, name)? {
        Expression::ObjectExpression(object) => Some(object),
        _ => None,
    }
}

fn text_of(object: &ObjectExpression<'_>, name: &str) -> Option<String> {
    match value_of(object, name)? {
        Expression::StringLiteral(text) => Some(text.value.to_string()),
        _ => None,
    }
}

/// A text, or every text of a list.
fn texts(value: &Expression<'_>) -> Vec<String> {
    match value {
        Expression::StringLiteral(text) => vec![text.value.to_string()],
        Expression::ArrayExpression(array) => array
            .elements
            .iter()
            .filter_map(|element| match element {
                ArrayExpressionElement::StringLiteral(text) => Some(text.value.to_string()),
                _ => None,
            })
            .collect(),
        _ => Vec::new(),
    }
}
