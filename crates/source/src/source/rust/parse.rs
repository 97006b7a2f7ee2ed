//! From text to [`Ast`]. A syntax error costs the item or the statement that it is in; a file whose
//! brackets or quotes do not pair is cut at the lines that begin an item, and read piece by piece.

use proc_macro2::{Delimiter, TokenStream, TokenTree, token_stream};
use syn::parse::{ParseStream, Parser};
use syn::{Attribute, Expr, Stmt};

use super::attribute::{Attributes, Presence};
use super::lower::Lowerer;
use super::syntax::{Ast, Item};
use crate::span::FileId;

/// Larger files are not read: their tokens take several hundred times as much memory.
const MAX_TEXT: usize = 2 << 20;

/// Reads the text of one file.
pub(super) fn read(file: FileId, text: &str) -> Ast {
    let start = text.len() - text.trim_start_matches('\u{feff}').len();
    let start = start + shebang(&text[start..]);
    let body = &text[start..];
    let mut lowerer = Lowerer::new(file);
    if text.len() > MAX_TEXT {
        lowerer.unread(0..text.len(), format!("it is larger than {} MiB", MAX_TEXT >> 20));
        return Ast { items: Vec::new(), unread: lowerer.into_unread() };
    }
    let items = match read_piece(&mut lowerer, start, body) {
        Ok(items) => items,
        Err(_) => pieces(body)
            .flat_map(|(offset, piece)| {
                read_piece(&mut lowerer, start + offset, piece).unwrap_or_else(|reason| {
                    lowerer.unread(start + offset..start + offset + piece.len(), reason);
                    Vec::new()
                })
            })
            .collect(),
    };
    Ast { items, unread: lowerer.into_unread() }
}

/// The length of a `#!` line; `#![` begins an attribute.
fn shebang(text: &str) -> usize {
    if !text.starts_with("#!") || text[2..].trim_start().starts_with('[') {
        return 0;
    }
    text.find('\n').unwrap_or(text.len())
}

/// Reads a piece of a file that starts at `start`. An error is one of the tokens; errors of syntax are
/// recovered from.
fn read_piece(lowerer: &mut Lowerer, start: usize, text: &str) -> Result<Vec<Item>, String> {
    proc_macro2::extra::invalidate_current_thread_spans();
    lowerer.base = start;
    let tokens: TokenStream = text.parse().map_err(|error: proc_macro2::LexError| {
        let at = start + error.span().byte_range().start;
        format!("{error} at byte {at}")
    })?;
    let depth = Depth::of(tokens.clone());
    if depth.too_deep() {
        lowerer.unread(start..start + text.len(), "it is nested too deeply".to_owned());
        return Ok(Vec::new());
    }
    Ok(stacker::grow(depth.stack(), || parse_items(lowerer, tokens)))
}

/// How deep the recursion over a stream of tokens can go.
#[derive(Debug, Clone, Copy, Default)]
struct Depth {
    /// Brackets within brackets, those of type arguments included.
    brackets: usize,
    /// An upper bound of the nesting of expressions and types: tokens without a separator, summed over
    /// the brackets around them.
    tokens: usize,
}

impl Depth {
    fn of(tokens: TokenStream) -> Self {
        struct Level {
            tokens: std::iter::Peekable<token_stream::IntoIter>,
            /// The depth around this level.
            outside: Depth,
            run: usize,
            angles: usize,
        }
        let level = |tokens: TokenStream, outside| Level {
            tokens: tokens.into_iter().peekable(),
            outside,
            run: 0,
            angles: 0,
        };
        let mut deepest = Self::default();
        let mut levels = vec![level(tokens, Self::default())];
        while let Some(top) = levels.last_mut() {
            let Some(token) = top.tokens.next() else {
                levels.pop();
                continue;
            };
            top.run += 1;
            let here = Self {
                brackets: top.outside.brackets + top.angles + 1,
                tokens: top.outside.tokens + top.run,
            };
            deepest.brackets = deepest.brackets.max(here.brackets);
            deepest.tokens = deepest.tokens.max(here.tokens);
            match token {
                TokenTree::Punct(mark) => match mark.as_char() {
                    ';' => (top.run, top.angles) = (0, 0),
                    ',' => top.run = 0,
                    '<' => top.angles += 1,
                    '>' => top.angles = top.angles.saturating_sub(1),
                    _ => {}
                },
                TokenTree::Group(group) => {
                    if group.delimiter() == Delimiter::Brace && !continues(top.tokens.peek()) {
                        (top.run, top.angles) = (0, 0);
                    }
                    levels.push(level(group.stream(), here));
                }
                _ => {}
            }
        }
        deepest
    }

    fn too_deep(self) -> bool {
        const BRACKETS: usize = 400;
        const TOKENS: usize = 60_000;
        self.brackets > BRACKETS || self.tokens > TOKENS
    }

    /// Bytes of stack that parsing, lowering and dropping take at most.
    fn stack(self) -> usize {
        const BASE: usize = 4 << 20;
        const EACH_BRACKET: usize = 128 << 10;
        const EACH_TOKEN: usize = 8 << 10;
        BASE + self.brackets * EACH_BRACKET + self.tokens * EACH_TOKEN
    }
}

/// The expression goes on after its closing brace.
fn continues(next: Option<&TokenTree>) -> bool {
    match next {
        Some(TokenTree::Punct(mark)) => !matches!(mark.as_char(), '#' | ';' | ','),
        Some(TokenTree::Ident(word)) => word == "else" || word == "as",
        _ => false,
    }
}

/// Parses items one by one, so that an error costs one of them.
pub(super) fn parse_items(lowerer: &mut Lowerer, tokens: TokenStream) -> Vec<Item> {
    let parse = |input: ParseStream<'_>| {
        let inner = Attribute::parse_inner(input).unwrap_or_default();
        let presence = Attributes::new(&inner).presence();
        let mut items = Vec::new();
        while !input.is_empty() {
            let fork = input.fork();
            match fork.parse::<syn::Item>() {
                Ok(item) => {
                    syn::parse::discouraged::Speculative::advance_to(input, &fork);
                    lowerer.item(item, &mut items);
                }
                Err(error) => items.extend(skip_item(lowerer, input, &error)),
            }
        }
        match presence {
            Presence::Program => {}
            Presence::Test => items.iter_mut().for_each(|item| item.test = true),
            Presence::Absent => items.clear(),
        }
        Ok(items)
    };
    parse.parse2(tokens).unwrap_or_default()
}

/// Skips the tokens of an item that does not parse, and reads what its braces hold.
fn skip_item(lowerer: &mut Lowerer, input: ParseStream<'_>, error: &syn::Error) -> Vec<Item> {
    let skipped = skip(input);
    let header = |word: &str| skipped.iter().any(|t| matches!(t, TokenTree::Ident(i) if i == word));
    let (first, last) = match skipped.as_slice() {
        [first, .., last] => (first.span(), last.span()),
        [only] => (only.span(), only.span()),
        [] => return Vec::new(),
    };
    let body = match skipped.last() {
        Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace => {
            Some(group.stream())
        }
        _ => None,
    };
    let before = lowerer.unread_count();
    let items = match body {
        Some(body) if header("mod") || header("impl") || header("trait") => {
            parse_items(lowerer, body)
        }
        Some(body) if header("fn") => {
            let (statements, items) = parse_statements(lowerer, body);
            vec![lowerer.loose_function(statements, items, first, last)]
        }
        _ => Vec::new(),
    };
    if lowerer.unread_count() == before {
        lowerer.unread_tokens(first, last, error);
    }
    items
}

/// The tokens up to the end of an item or a statement: a `;` or a closing brace.
fn skip(input: ParseStream<'_>) -> Vec<TokenTree> {
    let mut skipped = Vec::new();
    while let Ok(token) = input.parse::<TokenTree>() {
        let ends = match &token {
            TokenTree::Punct(mark) => mark.as_char() == ';',
            TokenTree::Group(group) => group.delimiter() == Delimiter::Brace,
            _ => false,
        };
        skipped.push(token);
        if ends {
            break;
        }
    }
    skipped
}

fn parse_statements(lowerer: &mut Lowerer, tokens: TokenStream) -> (Vec<Stmt>, Vec<Item>) {
    let parse = |input: ParseStream<'_>| {
        let (mut statements, mut items) = (Vec::new(), Vec::new());
        while !input.is_empty() {
            let fork = input.fork();
            let statement = fork.parse::<Stmt>().or_else(|error| {
                let tail = input.fork();
                let value = tail.parse::<Expr>()?;
                if !tail.is_empty() {
                    return Err(error);
                }
                syn::parse::discouraged::Speculative::advance_to(&fork, &tail);
                Ok(Stmt::Expr(value, None))
            });
            match statement {
                Ok(statement) => {
                    syn::parse::discouraged::Speculative::advance_to(input, &fork);
                    statements.push(statement);
                }
                Err(error) => items.extend(skip_item(lowerer, input, &error)),
            }
        }
        Ok((statements, items))
    };
    parse.parse2(tokens).unwrap_or_default()
}

/// Cuts a text before each line that begins an item at the margin.
fn pieces(text: &str) -> impl Iterator<Item = (usize, &str)> {
    const BEGINNINGS: [&str; 17] = [
        "pub ",
        "pub(",
        "fn ",
        "async ",
        "unsafe ",
        "const ",
        "static ",
        "struct ",
        "enum ",
        "impl ",
        "impl<",
        "trait ",
        "mod ",
        "use ",
        "type ",
        "extern ",
        "macro_rules!",
    ];
    let mut cuts = vec![0];
    let mut offset = 0;
    let mut after_attribute = false;
    for line in text.split_inclusive('\n') {
        let attribute = line.starts_with("#[");
        let begins = attribute || BEGINNINGS.iter().any(|b| line.starts_with(b));
        if begins && !after_attribute && offset > 0 {
            cuts.push(offset);
        }
        after_attribute = attribute || (after_attribute && line.starts_with("//"));
        offset += line.len();
    }
    cuts.push(text.len());
    let pairs: Vec<_> = cuts.windows(2).map(|pair| (pair[0], &text[pair[0]..pair[1]])).collect();
    pairs.into_iter()
}
