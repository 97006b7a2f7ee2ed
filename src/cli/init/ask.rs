use std::io::{IsTerminal, stderr, stdin};

use clap::ValueEnum;
use dialoguer::theme::ColorfulTheme;
use dialoguer::{Confirm, Select};

use super::hook::Hook;
use crate::cli::CliError;

/// Asks at a terminal, or takes the usual answers.
#[derive(Debug)]
pub(super) struct Asker {
    takes_usual: bool,
}

impl Asker {
    /// One that asks, unless `yes` was said. Where nobody can be asked, nothing is done.
    pub(super) fn new(yes: bool) -> Result<Self, CliError> {
        if yes || stdin().is_terminal() && stderr().is_terminal() {
            Ok(Self { takes_usual: yes })
        } else {
            Err(CliError::NobodyToAsk)
        }
    }

    /// Yes or no, unless an option told it.
    pub(super) fn yes_or_no(
        &self,
        told: Option<bool>,
        question: &str,
        usual: bool,
    ) -> Result<bool, CliError> {
        match told {
            Some(told) => Ok(told),
            None if self.takes_usual => Ok(usual),
            None => Confirm::with_theme(&ColorfulTheme::default())
                .with_prompt(question)
                .default(usual)
                .interact()
                .map_err(CliError::Asking),
        }
    }

    /// One of the hooks, unless an option told it.
    pub(super) fn which_hook(&self, told: Option<Hook>, usual: Hook) -> Result<Hook, CliError> {
        if let Some(hook) = told {
            return Ok(hook);
        }
        if self.takes_usual {
            return Ok(usual);
        }
        let hooks = Hook::value_variants();
        let names: Vec<String> = hooks
            .iter()
            .filter_map(ValueEnum::to_possible_value)
            .map(|value| match value.get_help() {
                Some(help) => format!("{}: {help}", value.get_name()),
                None => value.get_name().to_owned(),
            })
            .collect();
        let default = hooks.iter().position(|hook| *hook == usual).unwrap_or(0);
        let chosen = Select::with_theme(&ColorfulTheme::default())
            .with_prompt("Which hook verifies before a commit?")
            .items(&names)
            .default(default)
            .interact()
            .map_err(CliError::Asking)?;
        Ok(hooks.get(chosen).copied().unwrap_or(usual))
    }
}
