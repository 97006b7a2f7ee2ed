//! Settings that the database or a role keeps for later sessions: `ALTER DATABASE … SET`,
//! `ALTER ROLE … [IN DATABASE …] SET`.

use std::sync::Arc;

use crate::engine::interpreter::model::SettingScope;
use crate::engine::interpreter::names;
use crate::engine::interpreter::parse::ast::{Setting, SettingValue, StoredSetting};
use crate::engine::interpreter::problem::Problem;
use crate::engine::interpreter::session::{DATABASE, LOGIN, Session};

impl Session {
    /// Executes ALTER DATABASE or ALTER ROLE with SET or RESET. The session under way goes on as it was.
    pub(crate) fn store_setting(&mut self, statement: &StoredSetting) -> Result<(), Problem> {
        let role = match &statement.role {
            // `ALL` is every role's.
            Some(role) if role.quote_style.is_none() && role.value.eq_ignore_ascii_case("all") => {
                None
            }
            Some(role) => self.role_named(role)?,
            None => None,
        };
        // Other roles do not apply migrations.
        if role.is_some() && role != self.model.find_role(LOGIN) {
            return Ok(());
        }
        if let Some(database) = &statement.database
            && names::stored(database) != DATABASE
        {
            return match &statement.setting {
                Setting::Set { name, .. } if !decides(name) => Ok(()),
                _ => Err(Problem::gap_everywhere(format!(
                    "it sets what later migrations start with if the database is called {database}"
                ))),
            };
        }
        let scope = match (role, &statement.database, &statement.role) {
            (Some(_), Some(_), _) => SettingScope::RoleInDatabase,
            (Some(_), None, _) => SettingScope::Role,
            (None, None, Some(_)) => SettingScope::AllRoles,
            (None, ..) => SettingScope::Database,
        };
        match &statement.setting {
            Setting::ResetAll => self.model.forget_settings(scope),
            Setting::NoEffect => {}
            Setting::Set { name, value, .. } => {
                let name: Arc<str> = name.as_str().into();
                match value {
                    SettingValue::Default => self.model.store_setting(scope, name, None),
                    SettingValue::Current => {
                        let values = self.settings.values(&name);
                        self.model.store_setting(scope, name, values);
                    }
                    SettingValue::List(values) => {
                        let values = values.iter().map(|v| v.as_str().into()).collect();
                        self.model.store_setting(scope, name, Some(values));
                    }
                }
            }
        }
        Ok(())
    }

    /// What a new session starts with.
    pub(crate) fn initial_settings(&mut self) -> Result<(), Problem> {
        for (name, values) in self.model.stored_settings() {
            self.change_setting(&name, &values, false)?;
        }
        self.initial = self.settings.clone();
        Ok(())
    }
}

/// Whether a setting decides what a migration means.
fn decides(name: &str) -> bool {
    matches!(name, "search_path" | "role" | "check_function_bodies" | "session_replication_role")
}
