//! Forms that sqlparser cannot read, spelled in a way that it can, where the catalog does not show
//! the difference.

use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Token, TokenWithSpan, Word};

use super::tokens::is_word;

/// The name of the constraint that NOT NULL of a domain comes as; no name has this character.
pub(crate) const NOT_NULL: &str = "\0NOT NULL";

/// The same of a NULL beside it, which the server refuses.
pub(crate) const NULL: &str = "\0NULL";

/// The tokens of a statement in a spelling that sqlparser reads.
pub(super) fn rewrite(tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    let words = |phrase: &str| starts_with(&tokens, phrase);
    if words("CREATE DOMAIN") {
        domain(tokens)
    } else if ["CREATE INDEX", "CREATE UNIQUE INDEX"].iter().any(|phrase| words(phrase)) {
        index(tokens)
    } else if words("CREATE") && find(&tokens, "VIEW").is_some_and(|at| at <= 5) {
        view(tokens)
    } else if words("CREATE") && find(&tokens, "TABLE").is_some_and(|at| at <= 3) {
        table(tokens)
    } else {
        tokens
    }
}

/// Whether these words stand at a place.
fn stands(tokens: &[TokenWithSpan], at: usize, phrase: &str) -> bool {
    phrase
        .split(' ')
        .enumerate()
        .all(|(i, word)| tokens.get(at + i).is_some_and(|t| is_word(&t.token, word)))
}

fn starts_with(tokens: &[TokenWithSpan], phrase: &str) -> bool {
    stands(tokens, 0, phrase)
}

/// The first place of a word outside of parentheses.
fn find(tokens: &[TokenWithSpan], word: &str) -> Option<usize> {
    outside(tokens).find(|at| stands(tokens, *at, word))
}

/// The places outside of parentheses.
fn outside(tokens: &[TokenWithSpan]) -> impl Iterator<Item = usize> + '_ {
    let mut depth = 0usize;
    tokens.iter().enumerate().filter_map(move |(at, token)| {
        let here = depth;
        match token.token {
            Token::LParen => depth += 1,
            Token::RParen => depth = depth.saturating_sub(1),
            _ => {}
        }
        (here == 0).then_some(at)
    })
}

/// The place after a parenthesis that opens at `at`, and all inside.
fn after_parentheses(tokens: &[TokenWithSpan], at: usize) -> usize {
    let mut depth = 0usize;
    for (i, token) in tokens.iter().enumerate().skip(at) {
        match token.token {
            Token::LParen => depth += 1,
            Token::RParen => depth = depth.saturating_sub(1),
            _ => {}
        }
        if depth == 0 {
            return i + 1;
        }
    }
    tokens.len()
}

/// The place after a qualified name that starts at `at`.
fn after_name(tokens: &[TokenWithSpan], at: usize) -> usize {
    let mut at = at + 1;
    while tokens.get(at).is_some_and(|t| t.token == Token::Period) {
        at += 2;
    }
    at
}

fn word(text: &str) -> TokenWithSpan {
    TokenWithSpan::wrap(Token::make_keyword(text))
}

/// AS may be missing, and NULL says nothing. NOT NULL becomes a constraint of a name that no other can have.
fn domain(mut tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    let nullability: Vec<usize> = outside(&tokens)
        .filter(|at| {
            let default =
                at.checked_sub(1).is_some_and(|before| stands(&tokens, before, "DEFAULT"));
            stands(&tokens, *at, "NULL") && !default
        })
        .collect();
    let negated = |tokens: &[TokenWithSpan], at: usize| {
        at.checked_sub(1).filter(|before| stands(tokens, *before, "NOT"))
    };
    let strict = nullability.iter().filter(|at| negated(&tokens, **at).is_some()).count();
    let both = strict > 0 && strict < nullability.len();
    for at in nullability.into_iter().rev() {
        let mut from = negated(&tokens, at).unwrap_or(at);
        if let Some(before) = from.checked_sub(2)
            && stands(&tokens, before, "CONSTRAINT")
        {
            from = before;
        }
        tokens.drain(from..=at);
    }
    let says = [(NOT_NULL, strict > 0), (NULL, both)];
    for (name, _) in says.into_iter().filter(|(_, said)| *said) {
        let keyword = Keyword::NoKeyword;
        let name = Token::Word(Word { value: name.to_owned(), quote_style: Some('"'), keyword });
        tokens.extend([word("CONSTRAINT"), TokenWithSpan::wrap(name), word("CHECK")]);
        tokens.extend(
            [Token::LParen, Token::make_keyword("TRUE"), Token::RParen].map(TokenWithSpan::wrap),
        );
    }
    let name_end = after_name(&tokens, 2);
    if tokens.len() > name_end && !stands(&tokens, name_end, "AS") {
        tokens.insert(name_end, word("AS"));
    }
    tokens
}

/// Parameters of operator classes and tablespaces are not in the catalog.
fn index(mut tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    if let Some(at) = find(&tokens, "TABLESPACE")
        && tokens.len() > at + 1
    {
        tokens.drain(at..at + 2);
    }
    let keys =
        outside(&tokens).find(|at| tokens.get(*at).is_some_and(|t| t.token == Token::LParen));
    let Some(keys) = keys else { return tokens };
    let mut at = keys + 1;
    while at < tokens.len() {
        let class_parameters = names_class(&tokens, at)
            && tokens.get(at + 1).is_some_and(|t| t.token == Token::LParen);
        match tokens.get(at).map(|t| &t.token) {
            Some(Token::RParen) | None => break,
            _ if class_parameters => {
                let end = after_parentheses(&tokens, at + 1);
                tokens.drain(at + 1..end);
            }
            Some(Token::LParen) => at = after_parentheses(&tokens, at),
            _ => at += 1,
        }
    }
    tokens
}

/// Whether a word inside the keys of an index is an operator class: it follows a key.
fn names_class(tokens: &[TokenWithSpan], at: usize) -> bool {
    let token = |back: usize| at.checked_sub(back).and_then(|at| tokens.get(at)).map(|t| &t.token);
    let ends_key = |token: Option<&Token>| matches!(token, Some(Token::Word(_) | Token::RParen));
    let is_word = |token: Option<&Token>| matches!(token, Some(Token::Word(_)));
    let qualified = token(1) == Some(&Token::Period) && is_word(token(2));
    is_word(token(0)) && if qualified { ends_key(token(3)) } else { ends_key(token(1)) }
}

/// What may follow the query of a view changes nothing in the catalog; RECURSIVE is short for a
/// common table expression.
fn view(mut tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    const ENDINGS: [&str; 5] = [
        "WITH CHECK OPTION",
        "WITH LOCAL CHECK OPTION",
        "WITH CASCADED CHECK OPTION",
        "WITH NO DATA",
        "WITH DATA",
    ];
    for ending in ENDINGS {
        let start = tokens.len().saturating_sub(ending.split(' ').count());
        if stands(&tokens, start, ending) {
            tokens.truncate(start);
        }
    }
    remove_access_method(&mut tokens);
    match find(&tokens, "RECURSIVE").filter(|at| stands(&tokens, at + 1, "VIEW")) {
        Some(at) => recursive_view(tokens, at),
        None => tokens,
    }
}

fn remove_access_method(tokens: &mut Vec<TokenWithSpan>) {
    let Some(as_at) = find(tokens, "AS") else { return };
    if let Some(using) = find(tokens, "USING").filter(|at| *at < as_at) {
        tokens.drain(using..(using + 2).min(as_at));
    }
}

fn recursive_view(mut tokens: Vec<TokenWithSpan>, recursive: usize) -> Vec<TokenWithSpan> {
    tokens.remove(recursive);
    let name = recursive + 1;
    let columns = after_name(&tokens, name);
    let Some(as_at) = find(&tokens, "AS") else { return tokens };
    let own_name = tokens.get(columns.saturating_sub(1)).cloned();
    let list: Vec<_> =
        tokens.get(columns..after_parentheses(&tokens, columns)).unwrap_or_default().to_vec();
    let query = tokens.split_off(as_at + 1);
    let parenthesis = TokenWithSpan::wrap;
    tokens.extend([word("WITH"), word("RECURSIVE")]);
    tokens.extend(own_name.clone());
    tokens.extend(list);
    tokens.extend([word("AS"), parenthesis(Token::LParen)]);
    tokens.extend(query);
    tokens.extend([
        parenthesis(Token::RParen),
        word("SELECT"),
        parenthesis(Token::Mul),
        word("FROM"),
    ]);
    tokens.extend(own_name);
    tokens
}

/// `CREATE TABLE name (a, b) AS query` names the columns of the query.
fn table(mut tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    let Some(table) = find(&tokens, "TABLE") else { return tokens };
    let name = if stands(&tokens, table + 1, "IF NOT EXISTS") { table + 4 } else { table + 1 };
    let list = after_name(&tokens, name);
    let list_end = after_parentheses(&tokens, list);
    let has_list = tokens.get(list).is_some_and(|t| t.token == Token::LParen);
    let after = if has_list { list_end } else { list };
    if !stands(&tokens, after, "AS") && !stands(&tokens, after, "USING") {
        return tokens;
    }
    for ending in ["WITH NO DATA", "WITH DATA"] {
        let start = tokens.len().saturating_sub(ending.split(' ').count());
        if stands(&tokens, start, ending) {
            tokens.truncate(start);
        }
    }
    remove_access_method(&mut tokens);
    if !has_list {
        return tokens;
    }
    let columns: Vec<_> = tokens.drain(list..list_end).collect();
    let query = tokens.split_off(list + 1);
    let wrap = TokenWithSpan::wrap;
    tokens.extend([word("SELECT"), wrap(Token::Mul), word("FROM"), wrap(Token::LParen)]);
    tokens.extend(query);
    tokens.extend([wrap(Token::RParen), word("AS")]);
    tokens.push(wrap(Token::make_word("query", Some('"'))));
    tokens.extend(columns);
    tokens
}
