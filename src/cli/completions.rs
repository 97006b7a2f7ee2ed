use std::process::ExitCode;

use clap::{Args, CommandFactory};
use clap_complete::{Shell, generate};

use super::output::Output;
use super::{Cli, CliError};

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
    #[command(flatten)]
    output: Output,
}

impl Arguments {
    pub(super) fn run(self) -> Result<ExitCode, CliError> {
        let mut script = Vec::new();
        generate(self.shell, &mut Cli::command(), "railcheck", &mut script);
        self.output.write(|out| out.write_all(&script))?;
        Ok(ExitCode::SUCCESS)
    }
}
