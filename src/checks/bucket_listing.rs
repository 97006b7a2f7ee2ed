//! `bucket-listing`: no policy lets strangers list the files of a public bucket.

use std::collections::BTreeMap;

use indexmap::IndexMap;
use schemars::JsonSchema;
use serde::Deserialize;

use super::survey::{
    Clause, Found, Passage, Planted, Range, Scope, Survey, also, identifier, qualified,
};
use super::table::TableName;
use super::{Asserted, Check, Judgement, Parameters};
use crate::catalog::{Command, KnownRows, Policy, Table, TableKind};
use crate::facts::{Bucket, Facts};

/// Parameters of `bucket-listing`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "BucketListing")]
pub(super) struct Rule {
    /// Whose objects are judged.
    #[serde(default)]
    scope: Scope,
    /// The table of buckets.
    buckets: TableName,
    /// Its column that says which bucket a row is.
    bucket_id: String,
    /// Its column that says whether the files of the bucket have public URLs.
    is_public: String,
    /// The table of files.
    files: TableName,
    /// Its column that says which bucket a file is in.
    bucket_of_file: String,
}

impl Parameters for Rule {
    const NAME: &'static str = "bucket-listing";
    const PAGE: &'static str = include_str!("../../docs/checks/bucket-listing.md");
}

impl Check for Rule {
    fn evaluate(&self, facts: &Facts<'_>) -> Judgement {
        Survey::judge(facts, &self.scope, Range::Policies, |survey| {
            let Some(files) = survey.catalog().any_table(&self.files.0) else { return };
            let for_reading = |policy: &&Policy| {
                policy.permissive && policy.is_for(Command::Select) && policy.using.is_some()
            };
            let policies: Vec<&Policy> = files.policies.iter().filter(for_reading).collect();
            if !files.rls_enabled || policies.is_empty() {
                return;
            }
            let mut known = survey.catalog().platform_rows.iter();
            let rows = known.find(|known| known.table == self.buckets.0);
            let mut public: Vec<String> = rows.map(|rows| self.public(rows)).unwrap_or_default();
            let configured = survey.facts.project.into_iter().flat_map(|p| &p.buckets);
            let configured: Vec<&Bucket> = configured.filter(|bucket| bucket.public).collect();
            public.extend(configured.iter().map(|bucket| bucket.id.clone()));
            public.sort();
            public.dedup();
            for bucket in &public {
                self.judge_bucket(survey, files, &policies, bucket);
            }
            // Further buckets may be public where it is not known which there are.
            let is_known = |rows: &KnownRows| {
                let known = |row: &BTreeMap<_, _>| {
                    [&self.is_public, &self.bucket_id]
                        .iter()
                        .all(|column| row.get(*column) != Some(&None))
                };
                rows.complete && rows.rows.iter().all(known)
            };
            if !rows.is_some_and(is_known) {
                for policy in policies {
                    self.doubt_others(survey, files, policy);
                }
            }
        })
    }

    fn asserts(&self, _: &Facts<'_>) -> Vec<Asserted> {
        let (buckets, files) = (self.buckets.0.clone(), self.files.0.clone());
        let (id, public) = (self.bucket_id.clone(), self.is_public.clone());
        let what = format!("a public bucket is made, and a policy of {files} that is true");
        vec![Asserted::NoFault(Planted::new(what, move |catalog| {
            let value = |text: &str| Some(text.to_owned());
            let row = [(id.clone(), value("mutant")), (public.clone(), value("true"))];
            let known = catalog.platform_rows.iter_mut().find(|known| known.table == buckets);
            let row = row.into_iter().collect();
            match known {
                Some(known) => known.rows.push(row),
                None => catalog.platform_rows.push(KnownRows {
                    table: buckets.clone(),
                    rows: vec![row],
                    complete: true,
                }),
            }
            let policy =
                Policy { using: Some("true".to_owned()), ..Policy::new("mutant", Command::Select) };
            let mut tables = catalog.tables.iter_mut().chain(&mut catalog.platform_tables);
            match tables.find(|table| table.name == files) {
                Some(table) => {
                    table.rls_enabled = true;
                    table.policies.push(policy);
                }
                None => catalog.platform_tables.push(Table {
                    rls_enabled: true,
                    policies: vec![policy],
                    ..Table::new(files.clone(), TableKind::Table)
                }),
            }
        }))]
    }
}

impl Rule {
    /// The buckets that are public for certain.
    fn public(&self, known: &KnownRows) -> Vec<String> {
        let public = known.rows.iter().filter(|row| {
            let value = row.get(&self.is_public).and_then(Option::as_deref);
            value.is_some_and(|value| ["true", "t"].contains(&value))
        });
        public.filter_map(|row| row.get(&self.bucket_id).cloned().flatten()).collect()
    }

    fn judge_bucket(
        &self,
        survey: &mut Survey<'_>,
        files: &Table,
        policies: &[&Policy],
        bucket: &str,
    ) {
        let given = IndexMap::from([(self.bucket_of_file.clone(), bucket.to_owned())]);
        let mut of = vec![files.name.clone(), self.buckets.0.clone()];
        for policy in policies {
            let mut passage = Passage::Closed;
            for (role, visitor) in survey.visitors() {
                if !policy.applies_to(&role) || !survey.may(&role, Command::Select, files) {
                    continue;
                }
                let by_policy =
                    survey.passage((files, policy), Clause::Using, visitor, &given, &mut of);
                if by_policy == Passage::Closed {
                    continue;
                }
                let who = (role.as_str(), visitor);
                let restricted = survey.restrictions(
                    files,
                    who,
                    Command::Select,
                    Clause::Using,
                    &given,
                    &mut of,
                );
                passage = passage.max(by_policy.min(restricted));
            }
            match passage {
                Passage::Closed => {}
                Passage::Unknown => survey.doubt_openness(files, policy),
                Passage::Open => {
                    let name = &policy.name;
                    survey.found(Found {
                        object: format!("bucket {bucket}"),
                        of: of.clone(),
                        history: policy.history.clone(),
                        labels: also(&files.history, "the table of files").into_iter().collect(),
                        message: format!(
                            "anyone with the public key lists all files of bucket {bucket}, since policy {name} of {} is true \
                             of each; public URLs need no policy",
                            files.name
                        ),
                        help: format!(
                            "DROP POLICY {} ON {};",
                            identifier(name),
                            qualified(&files.name)
                        ),
                    });
                }
            }
        }
    }

    /// Which buckets there are is not known: a policy may list one that it names, or any.
    fn doubt_others(&self, survey: &mut Survey<'_>, files: &Table, policy: &Policy) {
        let Some(using) = &policy.using else { return };
        let Some(expression) = survey.expression(files, policy, using) else { return };
        let mut buckets = expression.texts();
        buckets.push("another bucket".to_owned());
        let mut of = Vec::new();
        let open = buckets.into_iter().any(|bucket| {
            let given = IndexMap::from([(self.bucket_of_file.clone(), bucket)]);
            survey.visitors().iter().any(|(role, visitor)| {
                policy.applies_to(role)
                    && survey.passage((files, policy), Clause::Using, *visitor, &given, &mut of)
                        != Passage::Closed
            })
        });
        if open {
            let message = format!(
                "policy {} of {} may list the files of a public bucket: which there are is not known",
                policy.name, files.name
            );
            survey.doubt_policy(files, policy, message, "say in the policy whose files it is for");
        }
    }
}
