//! Parses a file, and of a file with syntax errors whatever can be read.

use std::borrow::Cow;
use std::ops::Range;

use oxc_allocator::Allocator;
use oxc_ast::ast::Program;
use oxc_parser::{ParseOptions, Parser};
use oxc_semantic::{Semantic, SemanticBuilder};
use oxc_span::SourceType;
use oxc_syntax::module_record::ModuleRecord;

/// A parsed module with its scopes.
pub(super) struct Parsed<'a> {
    pub(super) semantic: Semantic<'a>,
    pub(super) record: ModuleRecord<'a>,
}

/// A part of a file that is no program.
#[derive(Debug, Clone, Default)]
pub(super) struct Unread {
    pub(super) range: Range<usize>,
    /// What was left out.
    pub(super) text: String,
    pub(super) error: usize,
    pub(super) reason: String,
}

impl Unread {
    fn around(text: &str, at: usize, message: &str) -> Self {
        let range = statement_around(text, at);
        let message = message.to_lowercase();
        Self {
            text: text.get(range.clone()).unwrap_or("").to_owned(),
            range,
            error: at,
            reason: format!("syntax error: {}", message.trim_end_matches('.')),
        }
    }
}

/// A file with more broken statements than this is not read.
const MOST_BROKEN: usize = 8;

/// Reads `text` and hands its program to `then`; returns what that said and what was left out.
/// Statements with syntax errors are blanked, one after the other, until the rest parses.
pub(super) fn read<R>(
    path: &str,
    text: &str,
    then: impl FnOnce(&Parsed<'_>) -> R,
) -> (Option<R>, Vec<Unread>) {
    let Some(source_type) = source_type(path) else { return (None, Vec::new()) };
    let whole = text;
    let mut text = Cow::Borrowed(text);
    let mut unread: Vec<Unread> = Vec::new();
    for _ in 0..=MOST_BROKEN {
        let allocator = Allocator::default();
        let parsed = Parser::new(&allocator, &text, source_type)
            .with_options(ParseOptions {
                allow_return_outside_function: true,
                ..ParseOptions::default()
            })
            .parse();
        let mut errors = parsed.diagnostics.iter().map(|error| {
            let at = error.labels.iter().next().map_or(0, |label| label.offset() as usize);
            Unread::around(&text, at, &error.message)
        });
        if !parsed.panicked {
            // The parser went on after these, but may have taken them for something else.
            unread.extend(errors.by_ref().take(MOST_BROKEN));
            let program: &Program<'_> = allocator.alloc(parsed.program);
            let semantic = SemanticBuilder::new().with_build_nodes(true).build(program).semantic;
            return (Some(then(&Parsed { semantic, record: parsed.module_record })), unread);
        }
        let Some(broken) = errors.next_back() else { break };
        if broken.text.trim().is_empty() {
            break;
        }
        text = Cow::Owned(blanked(&text, broken.range.clone()));
        unread.push(broken);
    }
    let first = unread.into_iter().next();
    (
        None,
        vec![Unread { text: whole.to_owned(), range: 0..whole.len(), ..first.unwrap_or_default() }],
    )
}

/// JavaScript may hold JSX under any of its endings; declaration files hold no program.
fn source_type(path: &str) -> Option<SourceType> {
    let source_type = SourceType::from_path(path).ok()?;
    if source_type.is_typescript_definition() {
        return None;
    }
    Some(if source_type.is_javascript() { source_type.with_jsx(true) } else { source_type })
}

/// The lines around an error from where one statement begins at the margin to where the next does.
fn statement_around(text: &str, error: usize) -> Range<usize> {
    let starts = || {
        let line_starts = memchr::memchr_iter(b'\n', text.as_bytes()).map(|at| at + 1);
        std::iter::once(0).chain(line_starts).filter(|at| {
            text.as_bytes().get(*at).is_some_and(|first| {
                !first.is_ascii_whitespace() && !matches!(first, b'}' | b')' | b']' | b'/' | b'*')
            })
        })
    };
    let start = starts().take_while(|at| *at <= error).last().unwrap_or(0);
    let end = starts().find(|at| *at > error).unwrap_or(text.len());
    start..end
}

/// The text with a range of it as spaces, so that all other offsets stay.
fn blanked(text: &str, range: Range<usize>) -> String {
    let mut blanked = String::with_capacity(text.len());
    blanked.push_str(text.get(..range.start).unwrap_or(""));
    let lines = text.get(range.clone()).unwrap_or("");
    blanked.extend(lines.bytes().map(|byte| if byte == b'\n' { '\n' } else { ' ' }));
    blanked.push_str(text.get(range.end..).unwrap_or(""));
    blanked
}
