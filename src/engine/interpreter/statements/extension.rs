//! Extensions, and what the common ones bring.

use crate::engine::interpreter::model::Extension;
use crate::engine::interpreter::session::Session;

/// Extensions whose functions and types are known.
const KNOWN: &[&str] = &["plpgsql"];

impl Session {
    /// Whether there is an extension of which it is not known what it brings.
    pub(crate) fn has_unknown_extension(&self) -> bool {
        self.model.all::<Extension>().any(|(_, extension)| !KNOWN.contains(&&*extension.name))
    }
}
