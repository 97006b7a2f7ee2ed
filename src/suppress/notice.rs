use crate::finding::{Finding, Severity};

/// What can be wrong with a suppression.
#[derive(Debug, PartialEq, Eq)]
pub struct NoticeKind {
    /// Its id, in the place of a rule's.
    pub id: &'static str,
    /// What it is in one sentence.
    pub title: &'static str,
    /// How much it weighs.
    pub severity: Severity,
}

/// Something wrong with a suppression.
#[derive(Debug, Clone)]
pub struct Notice {
    /// What is wrong.
    pub kind: &'static NoticeKind,
    /// Where and how.
    pub finding: Finding,
}
