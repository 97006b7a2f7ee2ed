//! The word that somebody most likely meant.

/// The candidate that is nearest to a word, if it is near enough that the word may be a slip of it.
pub fn nearest<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let folded = word.to_lowercase();
    let distance =
        |candidate: &str| strsim::damerau_levenshtein(&folded, &candidate.to_lowercase());
    let near = candidates.into_iter().map(|candidate| (distance(candidate), candidate)).min()?;
    let limit = word.chars().count() / 3;
    (near.0 <= limit).then_some(near.1)
}

/// `; did you mean …?`, or nothing.
pub fn did_you_mean<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> String {
    nearest(word, candidates).map_or(String::new(), |meant| format!("; did you mean `{meant}`?"))
}

#[cfg(test)]
mod tests {
    use super::nearest;

    #[test]
    fn a_slip_is_told_from_another_word() {
        let names = ["columns", "table", "tables", "except", "R-E76-001", "unique-constraint"];
        for (word, expected) in [
            ("kolumns", Some("columns")),
            ("colums", Some("columns")),
            ("tabel", Some("table")),
            ("r-e76-001", Some("R-E76-001")),
            ("unique-constrain", Some("unique-constraint")),
            ("policies", None),
            ("x", None),
            ("", None),
        ] {
            assert_eq!(nearest(word, names), expected, "{word}");
        }
    }
}
