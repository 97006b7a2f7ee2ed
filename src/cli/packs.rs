use std::collections::HashMap;
use std::path::Path;

use super::CliError;
use crate::config::{Config, FILE_NAME};
use crate::input::{Folder, InputError, read_named_text};
use crate::pack::{Pack, SHIPPED, ShippedPack};
use crate::span::{SourceFile, SourceMap};

/// Where the text of a pack comes from.
#[derive(Debug, Clone, Copy)]
pub(super) enum PackOrigin<'a> {
    /// Named on the command line: a file of the current folder.
    CommandLine,
    /// Named by the configuration of this root: a file inside it.
    Configuration(&'a Folder),
}

/// Reads packs by name or file; every shipped one if none is named. A rule id is unique among them.
pub(super) fn read(
    names: &[String],
    origin: PackOrigin<'_>,
    files: &mut SourceMap,
) -> Result<Vec<Pack>, CliError> {
    let shipped: Vec<String> = SHIPPED.iter().map(|pack| pack.name.to_owned()).collect();
    let names = if names.is_empty() { &shipped[..] } else { names };
    let mut packs = Vec::with_capacity(names.len());
    let mut declared: HashMap<String, String> = HashMap::new();
    for name in names {
        let file = files.add(text(name, origin)?);
        let pack = Pack::read(files, file)?;
        for rule in &pack.rules {
            if let Some(first) = declared.insert(rule.id.clone(), pack.name.clone()) {
                let (place, id) = (files.location(rule.span), rule.id.clone());
                return Err(CliError::DuplicateRule { place, id, first });
            }
        }
        packs.push(pack);
    }
    Ok(packs)
}

/// The packs that were named, or those of the configuration of the current folder, or the shipped ones.
pub(super) fn here(named: &[String], files: &mut SourceMap) -> Result<Vec<Pack>, CliError> {
    if !named.is_empty() {
        return read(named, PackOrigin::CommandLine, files);
    }
    let root = Folder::root(Path::new("."))?;
    let configured = if root.has(FILE_NAME) {
        Config::parse(&root, FILE_NAME, &root.read_text(FILE_NAME)?)?.every_pack()
    } else {
        Vec::new()
    };
    read(&configured, PackOrigin::Configuration(&root), files)
}

fn text(name: &str, origin: PackOrigin<'_>) -> Result<SourceFile, InputError> {
    if let Some(ShippedPack { path, text, .. }) = SHIPPED.iter().find(|pack| pack.name == name) {
        return Ok(SourceFile::new(*path, *text));
    }
    let text = match origin {
        PackOrigin::CommandLine => read_named_text(Path::new(name)),
        PackOrigin::Configuration(root) => root.read_text(name),
    };
    text.map(|text| SourceFile::new(name, text)).map_err(|error| match error {
        InputError::File { path, reason } => {
            let shipped: Vec<_> = SHIPPED.iter().map(|pack| pack.name).collect();
            let shipped = shipped.join(", ");
            InputError::File { path, reason: format!("{reason} (shipped packs: {shipped})") }
        }
        other => other,
    })
}
