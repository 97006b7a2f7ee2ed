use super::History;

/// An installed extension.
#[derive(Debug, Clone)]
pub struct Extension {
    /// Its name.
    pub name: String,
    /// The schema of its objects.
    pub schema: String,
    /// It was there before the first migration.
    pub preinstalled: bool,
    /// The statements that made and changed it.
    pub history: History,
}
