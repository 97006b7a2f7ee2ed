use std::fmt;
use std::sync::Arc;

/// The methods that a caller's own name may say, as in `axios.post`.
const METHODS: [&str; 7] = ["get", "post", "put", "patch", "delete", "head", "options"];

/// A function that calls an endpoint in another way than fetch: `axios.post(url)`, `request(client, url)`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Caller {
    /// Its name by parts: `axios`, `post`.
    pub name: Vec<String>,
    /// The method that it always uses.
    pub method: Option<Arc<str>>,
    /// Which argument is the URL, from 0.
    pub url: usize,
    /// Which argument has the options, where they say the method.
    pub options: usize,
}

impl Caller {
    /// A caller by its dotted name, whose last part says the method where it is one; the URL comes first.
    #[must_use]
    pub fn named(name: &str) -> Self {
        let name: Vec<String> = name.split('.').map(str::to_owned).collect();
        let last = name.last().map(String::as_str).unwrap_or_default();
        let is_method = name.len() > 1 && METHODS.contains(&last);
        let method = is_method.then(|| last.to_ascii_uppercase().into());
        Self { name, method, url: 0, options: 1 }
    }

    /// Its last part, which every call of it writes.
    #[must_use]
    pub fn last(&self) -> &str {
        self.name.last().map_or("", String::as_str)
    }
}

impl fmt::Display for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name.join("."))
    }
}
