use std::process::ExitCode;

use clap::Args;

use super::CliError;
use super::output::Output;
use super::packs::{self, PackOrigin};
use crate::checks::{self, CheckKind};
use crate::pack::Rule;
use crate::span::SourceMap;
use crate::suggest::did_you_mean;

#[derive(Debug, Args)]
pub(super) struct Arguments {
    /// A rule such as R-E76-002, or a check such as row-level-security
    #[arg(value_name = "ID|CHECK")]
    subject: String,
    /// Look the rule up in this pack; may be repeated
    #[arg(long, value_name = "PACK|FILE")]
    rules: Vec<String>,
    #[command(flatten)]
    output: Output,
}

impl Arguments {
    pub(super) fn run(self) -> Result<ExitCode, CliError> {
        if let Some(CheckKind { page, .. }) = checks::find(&self.subject) {
            self.output.write(|out| out.write_all(page.as_bytes()))?;
            return Ok(ExitCode::SUCCESS);
        }
        let mut files = SourceMap::default();
        let mut packs = packs::here(&self.rules, &mut files)?;
        let is_meant = |rule: &&Rule| rule.id.eq_ignore_ascii_case(&self.subject);
        if self.rules.is_empty() && !packs.iter().flat_map(|pack| &pack.rules).any(|r| is_meant(&r))
        {
            // A rule of a shipped pack is explained anywhere.
            let named: Vec<String> = packs.iter().map(|pack| pack.name.clone()).collect();
            let shipped = packs::read(&[], PackOrigin::CommandLine, &mut files)?;
            packs.extend(shipped.into_iter().filter(|pack| !named.contains(&pack.name)));
        }
        let rules = || packs.iter().flat_map(|pack| &pack.rules);
        let rule = rules().find(is_meant).ok_or_else(|| {
            let ids = rules().map(|rule| &*rule.id);
            let known = ids.chain(checks::CHECKS.iter().map(|kind| kind.name));
            CliError::Unknown(self.subject.clone(), did_you_mean(&self.subject, known))
        })?;
        let text = explanation(rule, &files);
        self.output.write(|out| out.write_all(text.as_bytes()))?;
        Ok(ExitCode::SUCCESS)
    }
}

fn explanation(rule: &Rule, files: &SourceMap) -> String {
    let Rule { id, title, description, check_name, .. } = rule;
    let place = files.location(rule.span);
    let page = checks::find(check_name).map_or("", |kind| kind.page);
    let description = description.trim();
    let gap = if description.is_empty() { "" } else { "\n\n" };
    format!(
        "{id}: {title}\n\n{description}{gap}Declared at {place}; check `{check_name}`:\n\n{page}"
    )
}
