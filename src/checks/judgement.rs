//! What a check concludes, and how that becomes a verdict.

use crate::finding::{Finding, Label, Verdict};

/// What a check concludes from the facts.
#[derive(Debug, Default)]
pub struct Judgement {
    /// Where the rule is broken, as far as the facts tell.
    pub breaches: Vec<Breach>,
    /// What keeps the rule from being decided.
    pub doubts: Vec<Finding>,
    /// What shows that the rule holds.
    pub evidence: Vec<Label>,
}

/// One place where a rule is broken.
#[derive(Debug)]
pub struct Breach {
    /// What is broken, where and how.
    pub finding: Finding,
    /// None of the doubts could mend it.
    pub certain: bool,
}

impl Judgement {
    /// A judgement that nothing can be told, for one reason.
    #[must_use]
    pub fn undecided(doubt: Finding) -> Self {
        Self { doubts: vec![doubt], ..Self::default() }
    }

    /// Violated if a breach is certain; undecided if there are doubts, also about a breach that a
    /// doubt could mend; otherwise the rule holds.
    #[must_use]
    pub fn into_verdict(self) -> Verdict {
        let (certain, open): (Vec<_>, Vec<_>) = self.breaches.into_iter().partition(|b| b.certain);
        if !certain.is_empty() {
            Verdict::Violated(certain.into_iter().map(|breach| breach.finding).collect())
        } else if self.doubts.is_empty() && open.is_empty() {
            Verdict::Holds { evidence: self.evidence }
        } else {
            Verdict::Undecided(self.doubts)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn finding(message: &str) -> Finding {
        Finding {
            message: message.to_owned(),
            primary: None,
            labels: Vec::new(),
            help: String::new(),
            object: String::new(),
        }
    }

    fn verdict(breaches: &[(&str, bool)], doubts: &[&str]) -> String {
        let judgement = Judgement {
            breaches: breaches
                .iter()
                .map(|(message, certain)| Breach { finding: finding(message), certain: *certain })
                .collect(),
            doubts: doubts.iter().map(|message| finding(message)).collect(),
            evidence: Vec::new(),
        };
        let messages = |findings: Vec<Finding>| {
            findings.into_iter().map(|f| f.message).collect::<Vec<_>>().join(", ")
        };
        match judgement.into_verdict() {
            Verdict::Holds { .. } => "holds".to_owned(),
            Verdict::Violated(findings) => format!("violated: {}", messages(findings)),
            Verdict::Undecided(findings) => format!("undecided: {}", messages(findings)),
            Verdict::Suppressed => "suppressed".to_owned(),
        }
    }

    #[test]
    fn certainty_goes_before_doubt_and_doubt_before_holding() {
        assert_eq!(verdict(&[], &[]), "holds");
        assert_eq!(verdict(&[], &["gap"]), "undecided: gap");
        assert_eq!(verdict(&[("gone", true)], &["gap"]), "violated: gone");
        assert_eq!(verdict(&[("gone", false)], &["gap"]), "undecided: gap");
        assert_eq!(verdict(&[("gone", false), ("open", true)], &["gap"]), "violated: open");
    }
}
