use std::process::ExitCode;

use clap::{Args, CommandFactory};
use clap_mangen::Man;

use super::output::Output;
use super::{Cli, CliError};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The page of this command instead of that of railcheck
    command: Option<String>,
    #[command(flatten)]
    output: Output,
}

impl Arguments {
    pub(super) fn run(self) -> Result<ExitCode, CliError> {
        let mut program = Cli::command();
        program.build();
        let page = match &self.command {
            None => Man::new(program),
            Some(name) => {
                let found = program.find_subcommand(name).cloned();
                let found = found.ok_or_else(|| CliError::UnknownCommand(name.clone()))?;
                Man::new(found).title(format!("railcheck-{name}"))
            }
        };
        self.output.write(|out| page.render(out))?;
        Ok(ExitCode::SUCCESS)
    }
}
