use std::sync::Arc;

use super::{Model, Oid};

/// Labels of enums that the transaction under way has added.
impl Model {
    /// Remembers a label that the transaction adds.
    pub(crate) fn add_new_label(&mut self, data_type: Oid, label: &str) {
        self.new_labels.insert((data_type, Arc::from(label)));
    }

    /// Whether the transaction has added a label.
    pub(crate) fn is_new_label(&self, data_type: Oid, label: &str) -> bool {
        self.new_labels.contains(&(data_type, Arc::from(label)))
    }

    /// Whether the transaction has added any label.
    pub(crate) fn has_new_labels(&self) -> bool {
        !self.new_labels.is_empty()
    }

    /// A label that the transaction has added gets another name.
    pub(crate) fn rename_new_label(&mut self, data_type: Oid, old: &str, new: &str) {
        if self.new_labels.remove(&(data_type, Arc::from(old))).is_some() {
            self.add_new_label(data_type, new);
        }
    }

    /// The transaction is over.
    pub(crate) fn forget_new_labels(&mut self) {
        self.new_labels.clear();
    }

    /// The oid that the next object gets; all that is there has a lower one.
    pub(crate) fn next_oid(&self) -> Oid {
        Oid(self.next_oid)
    }
}
