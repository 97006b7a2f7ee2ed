//! The comments of a source, as the language's own tokenizer tells them from strings and text.

use std::ops::Range;
use std::path::Path;

use memchr::memmem::find;
use oxc_allocator::Allocator;
use oxc_ast::ast::CommentContent;
use oxc_parser::Parser;
use oxc_span::SourceType;
use ra_ap_rustc_lexer::{FrontmatterAllowed, TokenKind, strip_shebang, tokenize};

use super::Language;

/// What a comment to railcheck begins with.
pub const REMARK: &str = "railcheck:";

/// Whether some comment of a file may be one to railcheck, as far as its bytes tell.
#[must_use]
pub fn may_hold_remark(text: &[u8]) -> bool {
    // In any letter case of its first letter, so that what is nearly a remark is found too.
    find(text, &REMARK.as_bytes()[1..REMARK.len() - 1]).is_some()
}

/// The comments of a source by its path, delimiters included and in their order. Comments that document
/// something are none, since they may quote what is said to railcheck.
#[must_use]
pub fn comments(path: &str, text: &str) -> Vec<Range<usize>> {
    match Language::of(Path::new(path)) {
        Some(Language::TypeScript) => of_typescript(path, text),
        Some(Language::Rust) => of_rust(text),
        Some(Language::CargoManifest | Language::ProjectConfig) | None => Vec::new(),
    }
}

fn of_typescript(path: &str, text: &str) -> Vec<Range<usize>> {
    let Ok(source_type) = SourceType::from_path(path) else { return Vec::new() };
    let source_type =
        if source_type.is_javascript() { source_type.with_jsx(true) } else { source_type };
    let allocator = Allocator::default();
    let parsed = Parser::new(&allocator, text, source_type).parse();
    let plain = parsed.program.comments.iter().filter(|comment| {
        !matches!(comment.content, CommentContent::Jsdoc | CommentContent::JsdocLegal)
    });
    plain.map(|comment| comment.span.start as usize..comment.span.end as usize).collect()
}

fn of_rust(text: &str) -> Vec<Range<usize>> {
    let mut at = strip_shebang(text).unwrap_or(0);
    let mut comments = Vec::new();
    for token in tokenize(text.get(at..).unwrap_or(""), FrontmatterAllowed::Yes) {
        let start = at;
        at += token.len as usize;
        let is_plain = matches!(
            token.kind,
            TokenKind::LineComment { doc_style: None }
                | TokenKind::BlockComment { doc_style: None, .. }
        );
        if is_plain {
            comments.push(start..at);
        }
    }
    comments
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_comments_are_comments() {
        for (path, text, expected) in [
            ("a.ts", "const a = '// b' // c\n/* d */ `// ${1 /* e */} f`", "// c|/* d */|/* e */"),
            ("a.ts", "/** a */ const r = /\\/\\/ b/ // c", "// c"),
            ("a.tsx", "const a = <p>// b {/* c */}</p>", "/* c */"),
            ("a.js", "const a = <p>// b</p> // c", "// c"),
            ("a.rs", "//! a\n/// b\nfn f() {} // c\nconst S: &str = r#\"// d\"#;", "// c"),
            (
                "a.rs",
                "/* a /* b */ c */ const C: char = '\"'; // d \"",
                "/* a /* b */ c */|// d \"",
            ),
            ("a.rs", "#!/usr/bin/env run\n// a", "// a"),
            ("Cargo.toml", "# a", ""),
        ] {
            let found: Vec<&str> =
                comments(path, text).into_iter().map(|range| &text[range]).collect();
            assert_eq!(found.join("|"), expected, "{text}");
        }
    }
}
