use std::process::ExitCode;

use clap::Args;

use super::CliError;
use super::output::Output;
use super::packs::{self, PackOrigin};
use crate::pack::SHIPPED;
use crate::span::SourceMap;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// List this pack instead of the shipped ones; may be repeated
    #[arg(long, value_name = "PACK|FILE")]
    rules: Vec<String>,
    #[command(flatten)]
    output: Output,
}

impl Arguments {
    pub(super) fn run(mut self) -> Result<ExitCode, CliError> {
        if self.rules.is_empty() {
            self.rules = SHIPPED.iter().map(|pack| pack.name.to_owned()).collect();
        }
        let packs = packs::read(&self.rules, PackOrigin::CommandLine, &mut SourceMap::default())?;
        self.output.write(|out| {
            for pack in &packs {
                writeln!(out, "{}: {}", pack.name, pack.title)?;
                for rule in &pack.rules {
                    writeln!(out, "  {}  {} ({})", rule.id, rule.title, rule.check_name)?;
                }
            }
            Ok(())
        })?;
        Ok(ExitCode::SUCCESS)
    }
}
