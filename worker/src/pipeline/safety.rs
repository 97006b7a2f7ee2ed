//! Safety checks on a validated diagnosis. None of them fails a run; each marks it for review.

use std::collections::HashSet;

use serde_json::Value;

use crate::pipeline::artifact::{ContextPack, Diagnosis, Review, ReviewReason};

/// Below this confidence a person must look at the artifact.
const CONFIDENCE_THRESHOLD: f64 = 0.6;

/// A rule: whether it matches a diagnosis made from a context pack.
type Rule = fn(&Diagnosis, &ContextPack) -> bool;

const RULES: [(ReviewReason, Rule); 4] = [
    (ReviewReason::LowConfidence, |diagnosis, _| diagnosis.confidence < CONFIDENCE_THRESHOLD),
    (ReviewReason::MissingEvidence, |diagnosis, _| evidence(diagnosis).next().is_none()),
    (ReviewReason::UnknownEvidence, cites_unknown_answers),
    (ReviewReason::Refusal, |diagnosis, _| {
        diagnosis.diagnosis.get("refused").and_then(Value::as_bool) == Some(true)
    }),
];

/// The outcome of all rules.
pub fn review(diagnosis: &Diagnosis, context: &ContextPack) -> Review {
    let reasons: Vec<_> = RULES
        .iter()
        .filter(|(_, matches)| matches(diagnosis, context))
        .map(|(reason, _)| *reason)
        .collect();
    Review { required: !reasons.is_empty(), reasons }
}

fn evidence(diagnosis: &Diagnosis) -> impl Iterator<Item = &str> {
    let ids = diagnosis.diagnosis.get("evidence_ids").and_then(Value::as_array);
    ids.into_iter().flatten().filter_map(Value::as_str)
}

fn cites_unknown_answers(diagnosis: &Diagnosis, context: &ContextPack) -> bool {
    let known: HashSet<_> =
        context.assessment_data.answers.iter().map(|answer| answer.question_id.as_str()).collect();
    evidence(diagnosis).any(|id| !known.contains(id))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::pipeline::context::example;

    #[test]
    fn each_rule_marks_what_it_is_about_and_nothing_else() {
        let known = example().assessment_data.answers[0].question_id.clone();
        let cases = [
            (json!({"evidence_ids": [known]}), 0.9, vec![]),
            (json!({"evidence_ids": [known]}), 0.59, vec![ReviewReason::LowConfidence]),
            (json!({"evidence_ids": []}), 0.9, vec![ReviewReason::MissingEvidence]),
            (json!({}), 0.9, vec![ReviewReason::MissingEvidence]),
            (json!({"evidence_ids": ["no such"]}), 0.9, vec![ReviewReason::UnknownEvidence]),
            (json!({"evidence_ids": [known], "refused": true}), 0.9, vec![ReviewReason::Refusal]),
        ];
        for (fields, confidence, reasons) in cases {
            let diagnosis = Diagnosis {
                diagnosis: fields.as_object().cloned().unwrap_or_default(),
                confidence,
                metadata: Default::default(),
            };
            let review = review(&diagnosis, &example());
            assert_eq!(review.required, !reasons.is_empty(), "{fields}");
            assert_eq!(review.reasons, reasons, "{fields}");
        }
    }
}
