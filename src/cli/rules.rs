use std::process::ExitCode;

use clap::Args;

use super::CliError;
use super::output::Output;
use super::packs;
use crate::span::SourceMap;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// List this pack instead of those of railcheck.yaml, or of the shipped ones where there is none; may be repeated
    #[arg(long, value_name = "PACK|FILE")]
    rules: Vec<String>,
    #[command(flatten)]
    output: Output,
}

impl Arguments {
    pub(super) fn run(self) -> Result<ExitCode, CliError> {
        let packs = packs::here(&self.rules, &mut SourceMap::default())?;
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
