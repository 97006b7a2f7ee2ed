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
    /// The values of a setting, where it has been set.
    pub(crate) fn values(&self, name: &str) -> Option<Arc<[Arc<str>]>> {
        match name {
            "search_path" => Some(self.search_path.clone()),
            "role" => Some([self.role.clone()].into()),
            _ => self.others.get(name).map(|value| [value.clone()].into()),
        }
    }

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
