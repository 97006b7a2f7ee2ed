//! The routes of Remix and React Router: flat names, where dots part segments, and folders.

use super::Convention;
use crate::source::RouteSegment;

/// The routes of a file below `app/routes` by the folders and its name; several where a literal segment
/// may be left out.
pub(super) fn routes(folders: &[&str], stem: &str) -> (Convention, Vec<Vec<RouteSegment>>) {
    let is_module_of_folder = folders.len() == 1 && matches!(stem, "route" | "index");
    let (convention, names) = match folders {
        [] => (Convention::Remix, parts(stem)),
        [folder] if is_module_of_folder => (Convention::Remix, parts(folder)),
        folders => {
            // `api+/orders.ts` has the same routes as `api/orders.ts`.
            let folders = folders.iter().flat_map(|folder| parts(folder.trim_end_matches('+')));
            let names = folders.chain(parts(stem));
            (Convention::RemixNested, names.collect())
        }
    };
    let is_nested = convention == Convention::RemixNested;
    let last = names.len().saturating_sub(1);
    let names = names.iter().enumerate().filter(|(at, name)| {
        let is_index = *at == last && (is_nested || last == 0) && name.text == "index";
        let is_own = *at == last && is_nested && name.text == "route";
        !is_index && !is_own && !name.is_pathless()
    });
    (convention, names.fold(vec![Vec::new()], |routes, (_, name)| with(routes, name)))
}

/// A name between dots; what brackets escape is marked.
#[derive(Default)]
struct Name {
    text: String,
    /// The first or the last letter is escaped, so that it means nothing.
    starts_escaped: bool,
    ends_escaped: bool,
}

impl Name {
    fn is_pathless(&self) -> bool {
        self.text.starts_with('_') && !self.starts_escaped
    }
}

/// The names of `api.orders.$id`, of which `[sitemap.xml]` is one.
fn parts(stem: &str) -> Vec<Name> {
    let mut names = vec![Name::default()];
    let mut is_escaped = false;
    for letter in stem.chars() {
        match letter {
            '[' if !is_escaped => is_escaped = true,
            ']' if is_escaped => is_escaped = false,
            '.' if !is_escaped => names.push(Name::default()),
            letter => {
                if let Some(name) = names.last_mut() {
                    name.starts_escaped |= is_escaped && name.text.is_empty();
                    name.ends_escaped = is_escaped;
                    name.text.push(letter);
                }
            }
        }
    }
    names
}

/// More routes of one file are not told apart.
const MOST: usize = 16;

fn with(routes: Vec<Vec<RouteSegment>>, name: &Name) -> Vec<Vec<RouteSegment>> {
    let text = name.text.as_str();
    let (inner, is_optional) = match text.strip_prefix('(').and_then(|text| text.strip_suffix(')'))
    {
        Some(inner) if !name.starts_escaped && !name.ends_escaped => (inner, true),
        _ => (text, false),
    };
    let is_dynamic = inner.starts_with('$') && !name.starts_escaped;
    let segment = match (is_dynamic, is_optional) {
        (true, _) if inner == "$" => RouteSegment::OptionalCatchAll,
        (true, true) => RouteSegment::Optional,
        (true, false) => RouteSegment::Dynamic,
        (false, _) => {
            // `orders_` leaves the layout of `orders`.
            let left = inner.strip_suffix('_').filter(|_| !name.ends_escaped);
            RouteSegment::Literal(left.unwrap_or(inner).to_owned())
        }
    };
    let without =
        if is_optional && !is_dynamic && routes.len() < MOST { routes.clone() } else { Vec::new() };
    let mut all = routes;
    all.iter_mut().for_each(|route| route.push(segment.clone()));
    all.extend(without);
    all
}
