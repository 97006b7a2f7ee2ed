//! The configuration of a Supabase project, `config.toml` beside its migrations.

use std::collections::BTreeMap;

use serde::Deserialize;
use toml::Spanned;

use super::Folder;
use crate::facts::{Bucket, Project};
use crate::span::{SourceFile, SourceMap, Span};

/// What of it says something of the database.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Config {
    api: Api,
    storage: Storage,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Api {
    schemas: Option<Vec<String>>,
    auto_expose_new_tables: Option<bool>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Storage {
    buckets: BTreeMap<Spanned<String>, ConfiguredBucket>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ConfiguredBucket {
    public: bool,
}

/// The path and the text of the configuration beside a folder of migrations.
pub fn project_text(root: &Folder, migrations: &Folder) -> Option<(String, String)> {
    if !migrations.is_within(root) {
        return None;
    }
    let folder = migrations.shown().rsplit_once('/').map_or("", |(folder, _)| folder);
    let path =
        if folder.is_empty() { "config.toml".to_owned() } else { format!("{folder}/config.toml") };
    let text = root.read_text(&path).ok()?;
    Some((path, text))
}

/// Reads the configuration beside a folder of migrations. One that is not there, or cannot be read, says
/// nothing.
pub fn read_project(root: &Folder, migrations: &Folder, files: &mut SourceMap) -> Option<Project> {
    let (path, text) = project_text(root, migrations)?;
    let config: Config = toml::from_str(&text).ok()?;
    let file = files.add(SourceFile::new(root.shown_path(&path), text));
    let bucket = |(name, bucket): (Spanned<String>, ConfiguredBucket)| Bucket {
        span: Span::new(file, name.span()),
        id: name.into_inner(),
        public: bucket.public,
    };
    Some(Project {
        served_schemas: config.api.schemas,
        exposes_new_objects: config.api.auto_expose_new_tables,
        buckets: config.storage.buckets.into_iter().map(bucket).collect(),
    })
}
