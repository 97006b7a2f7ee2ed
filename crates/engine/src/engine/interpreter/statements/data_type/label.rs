//! Labels of enums.

use std::sync::Arc;

use crate::catalog::ChangeKind;
use crate::engine::interpreter::model::{Oid, TypeKind, TypeRef};
use crate::engine::interpreter::names;
use crate::engine::interpreter::problem::Problem;
use crate::engine::interpreter::session::Session;

/// Fails where a label is longer than a name can be.
pub(super) fn check_length(label: &str) -> Result<(), Problem> {
    if label.len() <= names::MAX_NAME {
        return Ok(());
    }
    Err(Problem::error("42602", format!("invalid enum label \"{label}\"")))
}

impl Session {
    fn labels_mut(&mut self, oid: Oid) -> Result<&mut Vec<Arc<str>>, Problem> {
        let data_type = self.model.data_type_mut(oid)?;
        match &mut data_type.kind {
            TypeKind::Enum { labels } => Ok(labels),
            _ => Err(Problem::error("42809", format!("{} is not an enum", data_type.name))),
        }
    }

    /// `ADD VALUE`; a neighbour is what it goes before (true) or after.
    pub(super) fn add_label(
        &mut self,
        oid: Oid,
        label: &str,
        if_not_exists: bool,
        neighbour: Option<&(bool, String)>,
    ) -> Result<(), Problem> {
        check_length(label)?;
        let labels = self.labels_mut(oid)?;
        if labels.iter().any(|l| &**l == label) {
            return if if_not_exists {
                Ok(())
            } else {
                Err(Problem::error("42710", format!("enum label \"{label}\" already exists")))
            };
        }
        let at = match neighbour {
            None => labels.len(),
            Some((before, other)) => {
                let found = labels.iter().position(|l| **l == **other).ok_or_else(|| {
                    Problem::error("22023", format!("\"{other}\" is not an existing enum label"))
                })?;
                if *before { found } else { found + 1 }
            }
        };
        labels.insert(at, label.into());
        if self.is_in_transaction() {
            self.model.add_new_label(oid, label);
        }
        self.record(oid, ChangeKind::Changed, format!("value {label} added"));
        Ok(())
    }

    /// `RENAME VALUE`
    pub(super) fn rename_label(&mut self, oid: Oid, old: &str, new: &str) -> Result<(), Problem> {
        check_length(new)?;
        let labels = self.labels_mut(oid)?;
        let taken = labels.iter().any(|l| &**l == new);
        let Some(label) = labels.iter_mut().find(|l| &***l == old) else {
            return Err(Problem::error(
                "22023",
                format!("\"{old}\" is not an existing enum label"),
            ));
        };
        if taken {
            return Err(Problem::error("42710", format!("enum label \"{new}\" already exists")));
        }
        *label = new.into();
        self.model.rename_new_label(oid, old, new);
        self.record(oid, ChangeKind::Changed, format!("value {old} renamed to {new}"));
        Ok(())
    }

    /// Fails where the transaction under way has added a label, which cannot be used before its end.
    pub(crate) fn check_label(&self, oid: Oid, label: &str) -> Result<(), Problem> {
        if !self.model.is_new_label(oid, label) {
            return Ok(());
        }
        let name = self.type_name(&TypeRef::plain(oid));
        if self.is_new_object(oid) {
            return Err(Problem::gap_everywhere(format!(
                "PostgreSQL before 17 does not let a transaction use the label \"{label}\" that it adds to \
                 {name}, PostgreSQL 17 does where it makes the type as well"
            )));
        }
        let message = format!("unsafe use of new value \"{label}\" of enum type {name}");
        Err(Problem::error("55P04", message))
    }
}
