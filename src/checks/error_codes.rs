//! `error-codes`: one module declares exactly these codes, and nothing else is emitted.

use std::collections::BTreeSet;

use schemars::JsonSchema;
use serde::Deserialize;

use super::sources::{Needs, Prefix};
use super::{Asserted, Breach, Check, Judgement, Parameters};
use crate::facts::Facts;
use crate::finding::{Finding, Label};
use crate::source::{CodeDeclaration, DeclaredCode, Emission, EmittedCode, SourceQuery, SourceIndex};
use crate::span::FileId;

/// Parameters of `error-codes`.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "ErrorCodes")]
pub(super) struct Rule {
    /// The codes, each declared with its own name as value.
    codes: Vec<String>,
    /// Fields, keys and properties whose value is an emitted code.
    fields: Vec<String>,
    /// Functions and methods that are handed an emitted code.
    functions: Vec<String>,
    /// Routes at or below this path may emit only these codes, as the module that declares them.
    endpoints: Prefix,
}

impl Parameters for Rule {
    const NAME: &'static str = "error-codes";
    const PAGE: &'static str = include_str!("../../docs/checks/error-codes.md");
}

impl Check for Rule {
    fn is_about_database(&self) -> bool {
        false
    }

    fn source_query(&self, source_query: &mut SourceQuery) {
        source_query.endpoint_prefixes.push(self.endpoints.to_string());
        source_query.code_fields.extend_from_slice(&self.fields);
        source_query.code_functions.extend_from_slice(&self.functions);
        source_query.codes.extend_from_slice(&self.codes);
    }

    fn evaluate(&self, facts: &Facts<'_>) -> Judgement {
        let needs = Needs { endpoints: false, callsites: false, codes: true };
        needs.judge(facts, "error codes", |index, judgement| {
            let declarations = self.declarations(index);
            self.judge_declarations(&declarations, index, judgement);
            self.judge_emissions(&declarations, index, judgement);
        })
    }

    fn asserts(&self, facts: &Facts<'_>) -> Vec<Asserted> {
        let Some(index) = facts.sources else { return Vec::new() };
        let declarations = self.declarations(index);
        let modules = self.modules(&declarations, index).into_iter().collect();
        let declared = declarations.iter().flat_map(|CodeDeclaration { span: declaration, .. }| {
            let declaration = *declaration;
            let code = move |code: &String| Asserted::Code { code: code.clone(), declaration };
            self.codes.iter().map(code).chain([Asserted::NoOtherCode { declaration }])
        });
        declared.chain([Asserted::NoOtherEmission { modules }]).collect()
    }
}

impl Rule {
    fn knows(&self, code: &str) -> bool {
        self.codes.iter().any(|known| known == code)
    }

    fn knows_entry(&self, code: &DeclaredCode) -> bool {
        self.knows(&code.name) || code.values.iter().any(|value| self.knows(value))
    }

    /// The declarations that are meant: those of at least half of the codes and of not many others, each
    /// as its own name. Where there is none, those that share as much with the codes in another way.
    /// So a table of messages by code is none, nor a list of all errors of a program. Beside one
    /// that has every code, a copy is meant that lacks no more than one.
    fn declarations<'a>(&self, index: &'a SourceIndex) -> Vec<&'a CodeDeclaration> {
        let exact =
            |code: &DeclaredCode| self.knows(&code.name) && code.values.contains(&code.name);
        let mut meant = self.declarations_by(index, exact);
        if meant.is_empty() {
            meant = self.declarations_by(index, |code| self.knows_entry(code));
        }
        let all = self.codes.len();
        if meant.iter().any(|(shared, _)| *shared == all) {
            meant.retain(|(shared, _)| shared + 1 >= all);
        }
        meant.into_iter().map(|(_, declaration)| declaration).collect()
    }

    /// The declarations that share enough with the codes, each with how many entries count.
    fn declarations_by<'a>(
        &self,
        index: &'a SourceIndex,
        counts: impl Fn(&DeclaredCode) -> bool,
    ) -> Vec<(usize, &'a CodeDeclaration)> {
        let shared = |declaration: &CodeDeclaration| {
            declaration.codes.iter().filter(|code| counts(code)).count()
        };
        let enough = |(shared, declaration): &(usize, &CodeDeclaration)| {
            *shared > 0 && 2 * shared >= self.codes.len().max(declaration.codes.len())
        };
        index.declarations.iter().map(|d| (shared(d), d)).filter(enough).collect()
    }

    fn judge_declarations(
        &self,
        declarations: &[&CodeDeclaration],
        index: &SourceIndex,
        judgement: &mut Judgement,
    ) {
        if declarations.is_empty() {
            judgement.breaches.push(Breach {
                finding: Finding {
                    message: format!("no module declares the codes {}", self.codes.join(", ")),
                    primary: None,
                    labels: Vec::new(),
                    help: "declare them in one object or enum, each as its own name".to_owned(),
                    object: "declaration of error codes".to_owned(),
                },
                certain: !index.gaps.iter().any(|gap| gap.codes),
            });
        }
        for declaration in declarations {
            let text = "declared here".to_owned();
            judgement.evidence.push(Label { span: declaration.span, text });
            judgement.breaches.extend(self.missing_codes(declaration));
            judgement.breaches.extend(declaration.codes.iter().filter_map(|c| self.wrong_code(c)));
        }
    }

    /// The codes that a declaration lacks.
    fn missing_codes<'a>(
        &'a self,
        declaration: &'a CodeDeclaration,
    ) -> impl Iterator<Item = Breach> + 'a {
        let declares = |code: &String| {
            declaration.codes.iter().any(|entry| entry.name == *code || entry.values.contains(code))
        };
        self.codes.iter().filter(move |code| !declares(code)).map(|code| Breach {
            finding: Finding {
                message: format!("{} does not declare {code}", declaration.name),
                primary: Some(Label { span: declaration.span, text: "declared here".to_owned() }),
                labels: Vec::new(),
                help: format!("declare {code} with the value {code}"),
                object: format!("error code {code}"),
            },
            certain: true,
        })
    }

    /// A declared code that is none of the rule's, or that is written as something else.
    fn wrong_code(&self, code: &DeclaredCode) -> Option<Breach> {
        let name = &code.name;
        let values: Vec<&str> = code.values.iter().map(String::as_str).collect();
        let (message, help) = match &values[..] {
            _ if !self.knows_entry(code) => {
                let of = self.codes.len();
                let message = format!("{name} is declared, which is none of the {of} codes");
                (message, format!("remove {name}"))
            }
            [] => {
                let message = format!("the value of {name} is not a constant");
                (message, format!("declare {name} with the value {name}"))
            }
            [value] if value == name => return None,
            values => {
                let message = format!("{name} is written as {}", quoted(values));
                (message, format!("write {name} as its own name"))
            }
        };
        let object = format!("error code {name}");
        let primary = Some(Label { span: code.span, text: "declared here".to_owned() });
        let finding = Finding { message, primary, labels: Vec::new(), help, object };
        Some(Breach { finding, certain: true })
    }

    /// The files whose emissions count.
    fn modules(
        &self,
        declarations: &[&CodeDeclaration],
        index: &SourceIndex,
    ) -> BTreeSet<FileId> {
        declarations
            .iter()
            .map(|declaration| declaration.span.file)
            .chain(
                index
                    .endpoints
                    .iter()
                    .filter(|endpoint| self.endpoints.holds(&endpoint.route))
                    .flat_map(|endpoint| endpoint.modules.iter().copied()),
            )
            .collect()
    }

    /// What is emitted in the declaring modules and in the guarded routes must be one of the codes.
    fn judge_emissions(
        &self,
        declarations: &[&CodeDeclaration],
        index: &SourceIndex,
        judgement: &mut Judgement,
    ) {
        let modules = self.modules(declarations, index);
        for emission in index.emissions.iter().filter(|e| modules.contains(&e.span.file)) {
            if let EmittedCode::Undeclared { member, objects } = &emission.code {
                let declaration = declarations.iter().find(|d| objects.contains(&d.span));
                judgement.breaches.extend(declaration.map(|d| self.no_member(member, emission, d)));
            } else if let Some(code) = self.unknown(&emission.code) {
                judgement.breaches.push(self.undeclared(&code, emission, declarations));
            }
        }
    }

    /// What is emitted, if it can be none of the codes.
    fn unknown(&self, emitted: &EmittedCode) -> Option<String> {
        let may_be_known = match emitted {
            EmittedCode::Constant(code) => self.knows(code),
            EmittedCode::Partial { before, after } => self.codes.iter().any(|code| {
                code.strip_prefix(&**before).is_some_and(|rest| rest.ends_with(&**after))
            }),
            EmittedCode::Opaque | EmittedCode::Undeclared { .. } => true,
        };
        (!may_be_known).then(|| emitted.to_string())
    }

    /// The finding of a member that the declaration does not have: what is emitted is `undefined`.
    fn no_member(&self, member: &str, emission: &Emission, declared: &CodeDeclaration) -> Breach {
        let name = &declared.name;
        let nearest = nearest(member, self.codes.iter().map(String::as_str));
        let help = match nearest {
            Some(code) => format!("did you mean {code}?"),
            None => format!("emit one of {}", self.codes.join(", ")),
        };
        Breach {
            finding: Finding {
                message: format!("{name} has no member {member}, so that undefined is emitted"),
                primary: Some(Label {
                    span: emission.span,
                    text: format!("handed to {}", emission.sink),
                }),
                labels: vec![Label {
                    span: declared.span,
                    text: "the codes are declared here".to_owned(),
                }],
                help,
                object: format!("error code {member}"),
            },
            certain: true,
        }
    }

    fn undeclared(
        &self,
        code: &str,
        emission: &Emission,
        declarations: &[&CodeDeclaration],
    ) -> Breach {
        let labels = declarations.iter().map(|declaration| Label {
            span: declaration.span,
            text: "the codes are declared here".to_owned(),
        });
        let shown = if code.is_empty() { "an empty code" } else { code };
        Breach {
            finding: Finding {
                message: format!("{shown} is emitted, which is none of the declared codes"),
                primary: Some(Label {
                    span: emission.span,
                    text: format!("handed to {}", emission.sink),
                }),
                labels: labels.collect(),
                help: format!("emit one of {}", self.codes.join(", ")),
                object: format!("error code {code}"),
            },
            certain: true,
        }
    }
}

/// The name that was most likely meant, if one is near enough.
fn nearest<'n>(written: &str, names: impl Iterator<Item = &'n str>) -> Option<&'n str> {
    let (distance, name) = names.map(|name| (strsim::damerau_levenshtein(written, name), name)).min()?;
    (distance * 3 <= name.len()).then_some(name)
}

/// Values in quotes, as alternatives that disagree.
fn quoted(values: &[&str]) -> String {
    values.iter().map(|value| format!("\"{value}\"")).collect::<Vec<_>>().join(" and ")
}
