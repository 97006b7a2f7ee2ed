//! LIKE and SIMILAR TO: <https://www.postgresql.org/docs/current/functions-matching.html>.

use super::{Computed, Refusal};

/// Whether a text matches a pattern of LIKE, whose escape character is the backslash.
///
/// # Errors
/// Where the pattern ends with its escape character, or has very many wildcards, or the case of a letter hangs on the locale.
pub fn like(text: &str, pattern: &str, ignore_case: bool) -> Computed<bool> {
    if pattern.matches('%').count() > 500 {
        return Err(Refusal::unknown("a pattern of very many wildcards"));
    }
    let matched = if ignore_case {
        let (text, pattern) = (folded(text)?, folded(pattern)?);
        matches(&text, &pattern)?
    } else {
        let (text, pattern): (Vec<char>, Vec<char>) =
            (text.chars().collect(), pattern.chars().collect());
        matches(&text, &pattern)?
    };
    Ok(matched == Matched::Yes)
}

fn folded(text: &str) -> Computed<Vec<char>> {
    super::functions::has_certain_case(text)?;
    Ok(text.chars().map(|c| c.to_ascii_lowercase()).collect())
}

#[derive(PartialEq, Eq)]
enum Matched {
    Yes,
    No,
    /// It does not match, nor would more of the text before it.
    Abort,
}

/// `MatchText` of `like_match.c`, whose errors come only where matching gets to them.
fn matches(text: &[char], pattern: &[char]) -> Computed<Matched> {
    let (mut text, mut pattern) = (text, pattern);
    let dangling = || Refusal::error("22025", "LIKE pattern must not end with escape character");
    while let ([first, rest @ ..], [wanted, after @ ..]) = (text, pattern) {
        match wanted {
            '\\' => {
                let [wanted, after @ ..] = after else { return Err(dangling()) };
                if first != wanted {
                    return Ok(Matched::No);
                }
                (text, pattern) = (rest, after);
            }
            '%' => {
                pattern = after;
                loop {
                    match (pattern, text) {
                        (['%', after @ ..], _) => pattern = after,
                        (['_', after @ ..], [_, rest @ ..]) => (text, pattern) = (rest, after),
                        (['_', ..], []) => return Ok(Matched::Abort),
                        _ => break,
                    }
                }
                let wanted = match pattern {
                    [] => return Ok(Matched::Yes),
                    ['\\', wanted, ..] => wanted,
                    ['\\'] => return Err(dangling()),
                    [wanted, ..] => wanted,
                };
                while let [first, rest @ ..] = text {
                    if first == wanted {
                        let matched = matches(text, pattern)?;
                        if matched != Matched::No {
                            return Ok(matched);
                        }
                    }
                    text = rest;
                }
                return Ok(Matched::Abort);
            }
            '_' => (text, pattern) = (rest, after),
            wanted if wanted == first => (text, pattern) = (rest, after),
            _ => return Ok(Matched::No),
        }
    }
    if !text.is_empty() {
        return Ok(Matched::No);
    }
    Ok(if pattern.iter().all(|c| *c == '%') { Matched::Yes } else { Matched::Abort })
}

fn escape_of(escape: &str) -> Computed<Option<char>> {
    let mut chars = escape.chars();
    let first = chars.next();
    if chars.next().is_some() {
        return Err(Refusal::error("22025", "invalid escape string"));
    }
    Ok(first)
}

/// A pattern of LIKE with an escape character of its own, as one with the backslash (`like_escape`).
///
/// # Errors
/// Where the escape is longer than one character.
pub fn like_escape(pattern: &str, escape: &str) -> Computed<String> {
    let escape = escape_of(escape)?;
    if escape == Some('\\') {
        return Ok(pattern.to_owned());
    }
    let mut result = String::new();
    let mut after_escape = false;
    for c in pattern.chars() {
        if Some(c) == escape && !after_escape {
            result.push('\\');
            after_escape = true;
            continue;
        }
        // A backslash that does not follow the escape stands for itself.
        if c == '\\' && !after_escape {
            result.push('\\');
        }
        result.push(c);
        after_escape = false;
    }
    Ok(result)
}

/// A pattern of SIMILAR TO as a regular expression (`similar_to_escape`).
///
/// # Errors
/// Where the escape is longer than one character, or the pattern has parts of its own for `substring`.
pub fn similar_pattern(pattern: &str, escape: &str) -> Computed<String> {
    let escape = escape_of(escape)?;
    let mut result = String::from("^(?:");
    let (mut after_escape, mut inside) = (false, false);
    for c in pattern.chars() {
        if after_escape {
            if c == '"' && !inside {
                return Err(Refusal::unknown("a pattern with parts for substring"));
            }
            result.push('\\');
            result.push(c);
            after_escape = false;
        } else if Some(c) == escape {
            after_escape = true;
        } else if inside {
            if c == '\\' {
                result.push('\\');
            }
            result.push(c);
            inside = c != ']';
        } else {
            match c {
                '[' => {
                    result.push(c);
                    inside = true;
                }
                '%' => result.push_str(".*"),
                '_' => result.push('.'),
                '(' => result.push_str("(?:"),
                '\\' | '.' | '^' | '$' => {
                    result.push('\\');
                    result.push(c);
                }
                c => result.push(c),
            }
        }
    }
    if pattern.contains("[]") || pattern.contains("[^]") || pattern.contains("[[") {
        return Err(Refusal::unknown("a bracket expression of SIMILAR TO"));
    }
    result.push_str(")$");
    Ok(result)
}
