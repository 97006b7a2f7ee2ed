//! `SET`, `RESET` and `set_config`.

use std::sync::Arc;

use crate::engine::interpreter::parse::ast::{Setting, SettingValue};
use crate::engine::interpreter::problem::Problem;
use crate::engine::interpreter::session::Session;
use crate::engine::interpreter::settings::Settings;

impl Session {
    /// Executes SET, RESET or DISCARD.
    pub(crate) fn execute_setting(&mut self, setting: &Setting) -> Result<(), Problem> {
        match setting {
            Setting::NoEffect => Ok(()),
            Setting::ResetAll => {
                let defaults = self.initial.clone();
                // RESET ALL leaves the role as it is.
                self.settings = Settings { role: self.settings.role.clone(), ..defaults.clone() };
                self.transaction.lasting =
                    Settings { role: self.transaction.lasting.role.clone(), ..defaults };
                Ok(())
            }
            Setting::Set { local, name, value } => match value {
                SettingValue::Current => Ok(()),
                SettingValue::Default => self.reset_setting(name, *local),
                SettingValue::List(values) => {
                    let values: Vec<Arc<str>> = values.iter().map(|v| v.as_str().into()).collect();
                    self.change_setting(name, &values, *local)
                }
            },
        }
    }

    /// `set_config(name, value, is_local)`: a list comes as one text.
    pub(crate) fn set_config(
        &mut self,
        name: &str,
        value: &str,
        local: bool,
    ) -> Result<(), Problem> {
        let name = name.to_ascii_lowercase();
        if name == "search_path" {
            self.change_setting(&name, &identifiers(value), local)
        } else {
            self.change_setting(&name, &[value.into()], local)
        }
    }

    pub(super) fn change_setting(
        &mut self,
        name: &str,
        values: &[Arc<str>],
        local: bool,
    ) -> Result<(), Problem> {
        if matches!(name, "role" | "session_authorization") {
            let role = values.first().map_or("none", |v| &**v);
            if role == "none" {
                return self.reset_setting(name, local);
            }
            if self.model.find_role(role).is_none() {
                let message = format!("role \"{role}\" does not exist");
                return Err(Problem::error("22023", message));
            }
        }
        self.apply_setting(local, |settings| match name {
            // An empty string is a path of no schema.
            "search_path" => {
                settings.search_path = values.iter().filter(|v| !v.is_empty()).cloned().collect();
            }
            "role" | "session_authorization" => {
                if let Some(role) = values.first() {
                    settings.role = role.clone();
                }
            }
            _ => {
                settings.others.insert(name.into(), values.join(", ").into());
            }
        });
        Ok(())
    }

    fn reset_setting(&mut self, name: &str, local: bool) -> Result<(), Problem> {
        let defaults = self.initial.clone();
        self.apply_setting(local, |settings| match name {
            "search_path" => settings.search_path = defaults.search_path.clone(),
            "role" | "session_authorization" => settings.role = defaults.role.clone(),
            _ => match defaults.others.get(name) {
                Some(value) => drop(settings.others.insert(name.into(), value.clone())),
                None => drop(settings.others.remove(name)),
            },
        });
        Ok(())
    }

    /// SET LOCAL lasts until the end of the transaction.
    fn apply_setting(&mut self, local: bool, change: impl Fn(&mut Settings)) {
        change(&mut self.settings);
        if !local {
            change(&mut self.transaction.lasting);
        }
    }
}

/// The identifiers of a list as text: `"$user", public` – quoted ones as they are, others folded.
fn identifiers(list: &str) -> Vec<Arc<str>> {
    let mut found = Vec::new();
    let mut rest = list.trim();
    while !rest.is_empty() {
        let (name, after) = match rest.strip_prefix('"') {
            Some(quoted) => {
                let end = quoted.find('"').unwrap_or(quoted.len());
                let after = quoted.get(end + 1..).unwrap_or("");
                (quoted.get(..end).unwrap_or("").to_owned(), after)
            }
            None => {
                let end = rest.find(',').unwrap_or(rest.len());
                (rest[..end].trim().to_ascii_lowercase(), &rest[end..])
            }
        };
        found.push(name.into());
        rest = after.trim_start().trim_start_matches(',').trim_start();
    }
    found
}
