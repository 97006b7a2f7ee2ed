//! By which rules a repository is judged: packs, single rules, what the configuration says of them, the baseline.

use std::time::SystemTime;

use chrono::{DateTime, NaiveDate, Utc};
use clap::Args;

use super::CliError;
use super::packs::{self, PackOrigin};
use super::place::Place;
use super::repository::judge_tree;
use crate::config::{FILE_NAME, RuleSettings};
use crate::engine::{Engine, Platform};
use crate::input::Folder;
use crate::judge::Judged;
use crate::load::Tree;
use crate::pack::{Pack, Rule};
use crate::span::{SourceFile, SourceMap};
use crate::suggest::did_you_mean;
use crate::suppress::{Baseline, Terms, baseline_file};
use crate::yaml::YamlError;

/// By which rules a repository is judged.
#[derive(Debug, Clone, Args)]
pub(super) struct RulesArguments {
    /// Verify this pack, by the name of a shipped one or by its file; may be repeated
    #[arg(long, value_name = "PACK|FILE")]
    pub(super) rules: Vec<String>,
    /// Only this rule; may be repeated
    #[arg(long = "rule", value_name = "ID")]
    pub(super) only: Vec<String>,
    /// The day on which suppressions must still hold, instead of today's in UTC
    #[arg(long, value_name = "YYYY-MM-DD", hide = true)]
    pub(super) today: Option<NaiveDate>,
}

/// The rules that a repository is judged by, and what of them it may break.
pub(super) struct Rules {
    /// The packs.
    pub(super) packs: Vec<Pack>,
    /// The files of the packs and of the baseline.
    pub(super) files: SourceMap,
    /// What was broken when it began to be verified.
    pub(super) baseline: Option<Baseline>,
    /// The day on which suppressions must still hold.
    pub(super) today: NaiveDate,
    /// It is judged by every pack that it names.
    pub(super) is_whole: bool,
    /// The packs were named; otherwise those count that apply.
    pub(super) are_named: bool,
}

impl RulesArguments {
    /// Reads the packs that are named here, or by the configuration, and the baseline.
    pub(super) fn read(&self, place: &Place) -> Result<Rules, CliError> {
        let mut files = SourceMap::default();
        let mut packs = if self.rules.is_empty() {
            let origin = PackOrigin::Configuration(&place.root);
            packs::read(&place.config.packs, origin, &mut files)?
        } else {
            packs::read(&self.rules, PackOrigin::CommandLine, &mut files)?
        };
        let baseline = read_baseline(&place.root, place.database.as_deref(), &mut files)?;
        let today = || DateTime::<Utc>::from(SystemTime::now()).date_naive();
        let today = self.today.unwrap_or_else(today);
        let is_named = self.rules.is_empty();
        let are_named = !is_named || !self.only.is_empty() || !place.config.packs.is_empty();
        let has_all = apply_settings(&mut packs, place, is_named)?;
        for id in &self.only {
            let _known = rule_of(&packs, id)?;
        }
        if !self.only.is_empty() {
            let is_wanted =
                |rule: &Rule| self.only.iter().any(|id| rule.id.eq_ignore_ascii_case(id));
            packs.iter_mut().for_each(|pack| pack.rules.retain(is_wanted));
            packs.retain(|pack| !pack.rules.is_empty());
        }
        let is_whole = is_named && has_all && self.only.is_empty();
        Ok(Rules { packs, files, baseline, today, is_whole, are_named })
    }
}

impl Rules {
    /// Judges a tree by the packs that were named, or by the shipped ones that apply to it.
    pub(super) fn judge(
        &self,
        tree: Tree<'_>,
        platform: Platform,
        engine: &(dyn Engine + Sync),
    ) -> Result<Judged<'_>, CliError> {
        judge_tree(tree, &self.packs, self.are_named, platform, engine, &self.files)
    }

    /// What suppressions are judged by.
    pub(super) fn terms<'a>(&'a self, settings: Option<&'a RuleSettings>) -> Terms<'a> {
        Terms {
            baseline: self.baseline.as_ref(),
            today: self.today,
            settings,
            is_whole: self.is_whole,
        }
    }
}

/// The rule of that id.
pub(super) fn rule_of<'p>(packs: &'p [Pack], id: &str) -> Result<&'p Rule, CliError> {
    let rules = || packs.iter().flat_map(|pack| &pack.rules);
    rules().find(|rule| rule.id.eq_ignore_ascii_case(id)).ok_or_else(|| {
        let meant = did_you_mean(id, rules().map(|rule| &*rule.id));
        CliError::UnknownRule(id.to_owned(), meant)
    })
}

/// Gives single rules the weight that the configuration says, and takes out those that it switches off. Tells
/// whether all are left.
fn apply_settings(packs: &mut Vec<Pack>, place: &Place, is_named: bool) -> Result<bool, CliError> {
    let settings = &place.config.rules;
    let ids = || packs.iter().flat_map(|pack| &pack.rules).map(|rule| &*rule.id);
    // A rule may be of another database, or of a pack that this run does not verify.
    if is_named && place.database.is_none() {
        for (id, setting) in settings {
            if !ids().any(|known| known == id) {
                let meant = did_you_mean(id, ids());
                let message = format!("no pack that is verified here has a rule `{id}`{meant}");
                return Err(YamlError::at(FILE_NAME, setting.place, message).into());
            }
        }
    }
    let is_off = |rule: &Rule| settings.get(&rule.id).is_some_and(|setting| setting.is_off);
    let before = ids().count();
    for pack in &mut *packs {
        pack.rules.retain(|rule| !is_off(rule));
        for rule in &mut pack.rules {
            let severity = settings.get(&rule.id).and_then(|setting| setting.severity);
            rule.severity = severity.unwrap_or(rule.severity);
        }
    }
    packs.retain(|pack| !pack.rules.is_empty());
    let left = packs.iter().map(|pack| pack.rules.len()).sum::<usize>();
    Ok(left == before)
}

fn read_baseline(
    root: &Folder,
    database: Option<&str>,
    files: &mut SourceMap,
) -> Result<Option<Baseline>, CliError> {
    let path = baseline_file(database);
    if !root.has(&path) {
        return Ok(None);
    }
    let file = files.add(SourceFile::new(&*path, root.read_text(&path)?));
    Ok(Some(Baseline::read(files, file)?))
}
