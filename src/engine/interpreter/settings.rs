//! The settings of a session that decide what a statement means.

use std::sync::Arc;

use imbl::OrdMap;

use crate::engine::Platform;

/// Settings and the current role.
#[derive(Debug, Clone)]
pub(crate) struct Settings {
    /// `search_path`, entry by entry, unquoted; `$user` stands for the role.
    pub(crate) search_path: Arc<[Arc<str>]>,
    /// The current role.
    pub(crate) role: Arc<str>,
    /// Every other setting by its lower-case name.
    pub(crate) others: OrdMap<Arc<str>, Arc<str>>,
}

impl Settings {
    /// What a new connection starts with.
    pub(crate) fn defaults(platform: Platform) -> Self {
        let path: &[&str] = match platform {
            Platform::Supabase => &["$user", "public", "extensions"],
            Platform::Postgres => &["$user", "public"],
        };
        Self {
            search_path: path.iter().map(|s| Arc::from(*s)).collect(),
            role: "postgres".into(),
            others: OrdMap::new(),
        }
    }
}
