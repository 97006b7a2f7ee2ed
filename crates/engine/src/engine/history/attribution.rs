//! What the files changed that the interpreter does not understand: the catalog before and after tells.

use std::collections::HashMap;

use crate::catalog::{
    Catalog, ChangeKind, Detail, Difference, DifferenceKind, Dropped, History, ObjectKind,
    ObjectRef, differences,
};
use crate::engine::interpreter::split::split;
use crate::engine::{Gap, Outcome};
use crate::span::{FileId, SourceMap, Span};

/// The changes that were seen, in the order of the files.
pub(in crate::engine) struct Attribution<'a> {
    files: &'a SourceMap,
    /// The gaps of each file that has any.
    gaps: HashMap<FileId, Vec<&'a Gap>>,
    /// From the file on that the interpreter thinks is refused, it knows nothing.
    refused: Option<FileId>,
    entries: Vec<(Difference, Span)>,
}

impl<'a> Attribution<'a> {
    /// A attribution about the files that the interpreter does not understand.
    pub(in crate::engine) fn new(files: &'a SourceMap, interpreted: &'a Outcome) -> Self {
        let mut gaps: HashMap<FileId, Vec<&Gap>> = HashMap::new();
        for gap in &interpreted.gaps {
            gaps.entry(gap.span.file).or_default().push(gap);
        }
        let refused = interpreted.failure.as_ref().map(|failure| failure.span.file);
        Self { files, gaps, refused, entries: Vec::new() }
    }

    /// Whether the interpreter does not know what a file does.
    pub(in crate::engine) fn is_unclear(&self, file: FileId) -> bool {
        // The files of a run are numbered in the order in which they are applied.
        self.gaps.contains_key(&file) || self.refused.is_some_and(|refused| refused <= file)
    }

    /// Writes down what a file changed.
    pub(in crate::engine) fn write(&mut self, file: FileId, before: &Catalog, after: &Catalog) {
        for difference in differences(before, after, Detail::Expressions) {
            let span = self.place(file, &difference.object);
            self.entries.push((difference, span));
        }
    }

    /// The statement that may have changed an object: a gap that touches it, else the first one.
    fn place(&self, file: FileId, object: &ObjectRef) -> Span {
        let gaps = self.gaps.get(&file).map_or(&[][..], Vec::as_slice);
        let touching = gaps.iter().find(|gap| gap.reach.touches(&object.of));
        touching.map_or_else(
            || {
                let pieces = split(&self.files.file(file).text);
                let first = pieces.into_iter().next().map(|piece| piece.range);
                Span::new(file, first.unwrap_or_default())
            },
            |gap| gap.span,
        )
    }

    /// Adds to the histories of a catalog what the interpreter's lack.
    pub(in crate::engine) fn tell(self, catalog: &mut Catalog, interpreted: &Catalog) {
        for (Difference { object, kind }, span) in self.entries {
            let (verb, fact) = match kind {
                DifferenceKind::OnlyLeft => (ChangeKind::Dropped, ""),
                DifferenceKind::OnlyRight => (ChangeKind::Created, ""),
                DifferenceKind::Fact { name, .. } => (ChangeKind::Changed, name),
            };
            if let Some(history) = history_of(catalog, &object, fact) {
                // A later file may have taken away what this one made, and made it again.
                if verb != ChangeKind::Dropped && !has_event_in(history, span.file) {
                    history.push(verb, Some(span), "");
                }
            } else if verb == ChangeKind::Dropped && !already_told(catalog, &object, span.file) {
                let mut known = interpreted.clone();
                let mut history = history_of(&mut known, &object, "")
                    .map(|known| known.clone())
                    .unwrap_or_default();
                history.push(ChangeKind::Dropped, Some(span), "");
                catalog.dropped.push(Dropped { object, history });
            }
        }
    }
}

fn has_event_in(history: &History, file: FileId) -> bool {
    history.iter().any(|event| event.span.is_some_and(|span| span.file == file))
}

fn already_told(catalog: &Catalog, object: &ObjectRef, file: FileId) -> bool {
    catalog.last_drop(object).is_some_and(|dropped| has_event_in(&dropped.history, file))
}

/// The history of an object, or of a fact of it that has its own.
fn history_of<'c>(
    catalog: &'c mut Catalog,
    object: &ObjectRef,
    fact: &str,
) -> Option<&'c mut History> {
    let Some(part) = object.part.as_deref() else {
        let name = &object.of;
        return match object.kind {
            ObjectKind::Table => {
                let table = catalog.tables.iter_mut().find(|table| table.name == *name)?;
                let security = fact == "row-level security";
                Some(if security { &mut table.rls_history } else { &mut table.history })
            }
            ObjectKind::Type => {
                catalog.enums.iter_mut().find(|e| e.name == *name).map(|e| &mut e.history)
            }
            ObjectKind::View => {
                catalog.views.iter_mut().find(|v| v.name == *name).map(|v| &mut v.history)
            }
            ObjectKind::Function => {
                catalog.functions.iter_mut().find(|f| f.name == *name).map(|f| &mut f.history)
            }
            _ => None,
        };
    };
    let table = catalog.tables.iter_mut().find(|table| table.name == object.of)?;
    match object.kind {
        ObjectKind::Column => {
            table.columns.iter_mut().find(|c| c.name == part).map(|c| &mut c.history)
        }
        ObjectKind::Index => {
            table.indexes.iter_mut().find(|i| i.name == part).map(|i| &mut i.history)
        }
        ObjectKind::Policy => {
            table.policies.iter_mut().find(|p| p.name == part).map(|p| &mut p.history)
        }
        ObjectKind::Trigger => {
            table.triggers.iter_mut().find(|t| t.name == part).map(|t| &mut t.history)
        }
        _ => {
            let keys = table.primary_key.iter_mut().chain(&mut table.unique);
            let keys = keys.map(|key| (&key.name, &mut key.history));
            let foreign = table.foreign_keys.iter_mut().map(|key| (&key.name, &mut key.history));
            let checks = table.checks.iter_mut().map(|check| (&check.name, &mut check.history));
            keys.chain(foreign).chain(checks).find(|(name, _)| *name == part).map(|(_, h)| h)
        }
    }
}
