//! What the index knows of other crates.

/// axum's functions that make a method router of a handler, and the method of each.
const METHOD_FUNCTIONS: [(&str, &str); 10] = [
    ("get", "GET"),
    ("post", "POST"),
    ("put", "PUT"),
    ("patch", "PATCH"),
    ("delete", "DELETE"),
    ("head", "HEAD"),
    ("options", "OPTIONS"),
    ("trace", "TRACE"),
    ("connect", "CONNECT"),
    ("any", ANY),
];
/// Stands for every method.
pub(super) const ANY: &str = "*";
/// Crates whose routers and method routers are axum's.
const AXUM: [&str; 4] = ["axum", "axum_extra", "aide", "utoipa_axum"];
/// Crates whose clients are reqwest's.
const REQWEST: [&str; 2] = ["reqwest", "reqwest_middleware"];
/// The methods of a client that send a request of their own name.
const REQUEST_METHODS: [(&str, &str); 6] = [
    ("get", "GET"),
    ("post", "POST"),
    ("put", "PUT"),
    ("patch", "PATCH"),
    ("delete", "DELETE"),
    ("head", "HEAD"),
];

/// The HTTP method of `get`, `post`, `get_service`, ….
pub(super) fn method_function(name: &str) -> Option<&'static str> {
    let name = name.strip_suffix("_service").or_else(|| name.strip_suffix("_with")).unwrap_or(name);
    METHOD_FUNCTIONS.iter().find(|(known, _)| *known == name).map(|(_, method)| *method)
}

/// The HTTP method of `client.get`, `client.post`, ….
pub(super) fn request_method(name: &str) -> Option<&'static str> {
    REQUEST_METHODS.iter().find(|(known, _)| *known == name).map(|(_, method)| *method)
}

/// A path of axum, or one that nothing declares and that could be axum's.
pub(super) fn is_axum(path: &[String]) -> bool {
    path.first().is_some_and(|first| AXUM.contains(&first.as_str()))
}

pub(super) fn is_reqwest(path: &[String]) -> bool {
    path.first().is_some_and(|first| REQWEST.contains(&first.as_str()))
}

/// A router of axum by the path of its type.
pub(super) fn is_router(path: &[String]) -> bool {
    is_axum(path) && ["Router", "ApiRouter", "OpenApiRouter"].contains(&last(path))
}

pub(super) fn is_method_router(path: &[String]) -> bool {
    is_axum(path) && ["MethodRouter", "ApiMethodRouter"].contains(&last(path))
}

/// A client of reqwest, or what builds one.
pub(super) fn is_client(path: &[String]) -> bool {
    is_reqwest(path) && ["Client", "ClientBuilder", "ClientWithMiddleware"].contains(&last(path))
}

/// Whether a glob import of a path's beginning would bring in its last name.
pub(super) fn is_known(path: &[String]) -> bool {
    let depth = path.len();
    match path.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["axum" | "aide", .., "routing", name] => {
            method_function(name).is_some()
                || ["on", "on_service", "MethodFilter", "MethodRouter"].contains(name)
        }
        ["axum", name] => {
            ["Router", "routing", "Json", "Extension", "serve", "http"].contains(name)
        }
        ["reqwest", name] => {
            ["Client", "ClientBuilder", "Method", "get", "blocking"].contains(name) && depth == 2
        }
        ["reqwest", "blocking", name] => ["Client", "ClientBuilder", "get"].contains(name),
        ["http", "method", "Method"] | ["http", "Method"] => true,
        ["strum", name] => ["Display", "AsRefStr", "IntoStaticStr", "EnumString"].contains(name),
        ["serde", name] => ["Serialize", "Deserialize"].contains(name),
        _ => false,
    }
}

/// The last segment of a path.
pub(super) fn last(path: &[String]) -> &str {
    path.last().map_or("", String::as_str)
}

/// The method of `typed_get` and its like, by which axum-extra adds a route.
pub(super) fn typed_method(name: &str) -> Option<&'static str> {
    method_function(name.strip_prefix("typed_")?).filter(|method| *method != ANY)
}
