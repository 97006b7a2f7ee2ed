//! Settings that later sessions start with (`pg_db_role_setting`).

use std::sync::Arc;

use imbl::OrdMap;

use super::Model;

/// Whose sessions start with a setting. Of two for one name the later one here holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum SettingScope {
    /// Those of every role.
    AllRoles,
    /// Those with the database.
    Database,
    /// Those of the role that applies migrations.
    Role,
    /// Those of this role with this database.
    RoleInDatabase,
}

/// The values of a setting; more than one where it is a list.
type Values = Arc<[Arc<str>]>;

/// Settings by whose they are and by name.
pub(super) type StoredSettings = OrdMap<(SettingScope, Arc<str>), Values>;

impl Model {
    /// Keeps a setting for later sessions, or forgets it.
    pub(crate) fn store_setting(
        &mut self,
        scope: SettingScope,
        name: Arc<str>,
        values: Option<Values>,
    ) {
        match values {
            Some(values) => drop(self.settings.insert((scope, name), values)),
            None => drop(self.settings.remove(&(scope, name))),
        }
    }

    /// Forgets every setting of that scope.
    pub(crate) fn forget_settings(&mut self, scope: SettingScope) {
        self.settings = self
            .settings
            .iter()
            .filter(|((kept, _), _)| *kept != scope)
            .map(|(key, values)| (key.clone(), values.clone()))
            .collect();
    }

    /// What a new session sets, in order.
    pub(crate) fn stored_settings(&self) -> Vec<(Arc<str>, Values)> {
        self.settings.iter().map(|((_, name), values)| (name.clone(), values.clone())).collect()
    }
}
