use crate::finding::{Finding, Fingerprint, Severity};

/// What can be wrong with a suppression.
#[derive(Debug, PartialEq, Eq)]
pub struct NoticeKind {
    /// Its id, in the place of a rule's.
    pub id: &'static str,
    /// What should hold, in one sentence.
    pub title: &'static str,
    /// How much it weighs.
    pub severity: Severity,
}

/// A comment that means to suppress something and cannot: somebody relies on what is not there.
pub(super) static INVALID: NoticeKind = NoticeKind {
    id: "invalid-suppression",
    title: "A suppression names a rule and a reason",
    severity: Severity::Error,
};

/// A comment that looks as if it was to suppress something, and is not read.
pub(super) static NEARLY: NoticeKind = NoticeKind {
    id: "unread-suppression",
    title: "A suppression begins with railcheck: allow",
    severity: Severity::Warning,
};

/// A comment whose day has passed; the violation itself is reported again.
pub(super) static EXPIRED: NoticeKind = NoticeKind {
    id: "expired-suppression",
    title: "A suppression goes, or is renewed, when its day has passed",
    severity: Severity::Warning,
};

/// A comment without a violation.
pub(super) static UNUSED: NoticeKind = NoticeKind {
    id: "unused-suppression",
    title: "A suppression suppresses something",
    severity: Severity::Warning,
};

/// An entry of the baseline without a violation.
pub(super) static STALE: NoticeKind = NoticeKind {
    id: "stale-baseline",
    title: "The baseline holds what is still broken",
    severity: Severity::Warning,
};

/// Something wrong with a suppression.
#[derive(Debug, Clone)]
pub struct Notice {
    /// What is wrong.
    pub kind: &'static NoticeKind,
    /// Where and how.
    pub finding: Finding,
}

impl Notice {
    /// What tells it from others, however the files around it change.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        self.finding.fingerprint(self.kind.id)
    }
}
