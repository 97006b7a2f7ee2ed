//! Macro calls. The standard macros mean what they mean; of all others the arguments that parse as
//! expressions are read. What a macro quotes is not the program.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::{Block, Expr as Syn, Lit, Macro, Pat, Token, token};

use super::Lowerer;
use super::expression::join;
use crate::source::rust::format_string::{self, Argument, Piece};
use crate::source::rust::syntax::{Arm, Expr, ExprKind, FormatPiece, Item, ItemKind, Pattern};
use crate::span::Span;

/// Macros whose tokens are data, not code that runs here.
const QUOTING: [&str; 14] = [
    "quote",
    "quote_spanned",
    "parse_quote",
    "parse_quote_spanned",
    "macro_rules",
    "include",
    "include_str",
    "include_bytes",
    "compile_error",
    "env",
    "option_env",
    "cfg",
    "line",
    "module_path",
];
/// Macros that end the path of control.
const DIVERGING: [&str; 5] = ["panic", "unreachable", "todo", "unimplemented", "bail"];
/// Macros that hold JSON.
const JSON: [&str; 4] = ["json", "doc", "bson", "rawdoc"];

impl Lowerer {
    /// Lowers a call; items that it declares (`thread_local!`, `lazy_static!`) are added to `items`.
    pub(super) fn macro_call(&mut self, call: &Macro, items: &mut Vec<Item>) -> Expr {
        let close = match &call.delimiter {
            syn::MacroDelimiter::Paren(token) => token.span.close(),
            syn::MacroDelimiter::Brace(token) => token.span.close(),
            syn::MacroDelimiter::Bracket(token) => token.span.close(),
        };
        let span = join(self.path(&call.path).span, self.span(close));
        let name = call.path.segments.last().map(|s| super::name(&s.ident)).unwrap_or_default();
        let tokens = call.tokens.clone();
        let kind = match name.as_str() {
            name if QUOTING.contains(&name) => ExprKind::Inert,
            "stringify" => ExprKind::Text(tokens.to_string()),
            "format" | "format_args" => self.format(tokens, span),
            "write" | "writeln" => self.write(tokens, span),
            "concat" => self.arguments(tokens).map_or(ExprKind::Inert, ExprKind::Concat),
            "concatcp" => self.arguments(tokens).map_or(ExprKind::Inert, ExprKind::Concat),
            "vec" | "routes" => self.vec(tokens),
            "join" | "try_join" => self.several(tokens, ExprKind::Tuple),
            "dbg" | "black_box" | "pin" => match self.arguments(tokens.clone()) {
                Some(mut arguments) if arguments.len() == 1 => return arguments.remove(0),
                _ => self.several(tokens, ExprKind::Several),
            },
            "matches" => self.matches(tokens, span),
            "lazy_static" | "thread_local" => {
                self.statics(tokens, items);
                ExprKind::Inert
            }
            name if JSON.contains(&name) => self.json(tokens),
            name if DIVERGING.contains(&name) => self.several(tokens, ExprKind::Never),
            _ => self.several(tokens, ExprKind::Several),
        };
        Expr { kind, span }
    }

    /// Arguments separated by commas; a named one (`id = x`) is its value.
    fn arguments(&mut self, tokens: TokenStream) -> Option<Vec<Expr>> {
        let parsed = Punctuated::<Syn, Token![,]>::parse_terminated.parse2(tokens).ok()?;
        Some(self.exprs(parsed.into_iter().map(|argument| match argument {
            Syn::Assign(named) if matches!(*named.left, Syn::Path(_)) => *named.right,
            argument => argument,
        })))
    }

    fn several(&mut self, tokens: TokenStream, kind: fn(Vec<Expr>) -> ExprKind) -> ExprKind {
        if let Some(arguments) = self.arguments(tokens.clone()) {
            return kind(arguments);
        }
        if let Ok(statements) = Block::parse_within.parse2(tokens.clone()) {
            let span = Span::new(self.file, 0..0);
            let block = self.statements(statements);
            return kind(vec![Expr { kind: ExprKind::Block(block), span }]);
        }
        kind(self.parts(tokens))
    }

    /// Whatever parses as an expression between `,`, `;`, `:` and `=>`; `"key": value` and `"key" => value`
    /// are entries.
    fn parts(&mut self, tokens: TokenStream) -> Vec<Expr> {
        let mut parts = vec![Vec::new()];
        let mut keys = Vec::new();
        let mut tokens = tokens.into_iter().peekable();
        while let Some(token) = tokens.next() {
            let TokenTree::Punct(mark) = &token else {
                if let Some(part) = parts.last_mut() {
                    part.push(token);
                }
                continue;
            };
            let next = match tokens.peek() {
                Some(TokenTree::Punct(next)) => Some(next.as_char()),
                _ => None,
            };
            let (arrow, path) = (next == Some('>'), next == Some(':'));
            match mark.as_char() {
                ',' | ';' => parts.push(Vec::new()),
                '=' if arrow => {
                    let _ = tokens.next();
                    keys.push(parts.len() - 1);
                    parts.push(Vec::new());
                }
                ':' if path => {
                    let second = tokens.next();
                    if let Some(part) = parts.last_mut() {
                        part.push(token);
                        part.extend(second);
                    }
                }
                ':' => {
                    keys.push(parts.len() - 1);
                    parts.push(Vec::new());
                }
                _ => {
                    if let Some(part) = parts.last_mut() {
                        part.push(token);
                    }
                }
            }
        }
        let mut lowered: Vec<Option<Expr>> =
            parts.into_iter().map(|part| self.part(part)).collect();
        let mut result = Vec::new();
        for index in 0..lowered.len() {
            let Some(part) = lowered[index].take() else { continue };
            let entry = keys.contains(&index) && matches!(part.kind, ExprKind::Text(_));
            match lowered.get_mut(index + 1).filter(|_| entry).and_then(Option::take) {
                Some(value) => {
                    let span = join(part.span, value.span);
                    result.push(Expr { span, kind: ExprKind::Map(vec![(part, value)]) });
                }
                None => result.push(part),
            }
        }
        result
    }

    fn part(&mut self, tokens: Vec<TokenTree>) -> Option<Expr> {
        let stream: TokenStream = tokens.iter().cloned().collect();
        if stream.is_empty() {
            return None;
        }
        if let Ok(expr) = syn::parse2::<Syn>(stream) {
            return Some(match expr {
                Syn::Assign(named) if matches!(*named.left, Syn::Path(_)) => {
                    self.expr(*named.right)
                }
                expr => self.expr(expr),
            });
        }
        let inside: Vec<_> = tokens
            .into_iter()
            .filter_map(|token| match token {
                TokenTree::Group(group) => Some(group),
                _ => None,
            })
            .flat_map(|group| {
                stacker::maybe_grow(128 << 10, 1 << 20, || {
                    match self.several(group.stream(), ExprKind::Several) {
                        ExprKind::Several(parts) => parts,
                        _ => Vec::new(),
                    }
                })
            })
            .collect();
        let span = inside.first()?.span;
        Some(Expr { kind: ExprKind::Several(inside), span })
    }

    fn vec(&mut self, tokens: TokenStream) -> ExprKind {
        if let Some(elements) = self.arguments(tokens.clone()) {
            return ExprKind::Array(elements);
        }
        self.several(tokens, ExprKind::Several)
    }

    fn format(&mut self, tokens: TokenStream, span: Span) -> ExprKind {
        let Ok(arguments) = Punctuated::<Syn, Token![,]>::parse_terminated.parse2(tokens) else {
            return ExprKind::Several(Vec::new());
        };
        let mut arguments = arguments.into_iter();
        let Some(Syn::Lit(syn::ExprLit { lit: Lit::Str(format), .. })) = arguments.next() else {
            return ExprKind::Several(self.exprs(arguments));
        };
        self.format_with(&format.value(), arguments.collect(), span)
    }

    fn format_with(&mut self, format: &str, arguments: Vec<Syn>, span: Span) -> ExprKind {
        let mut named = Vec::new();
        let mut positional = Vec::new();
        for argument in arguments {
            match argument {
                Syn::Assign(assign) => match *assign.left {
                    Syn::Path(path) if path.path.get_ident().is_some() => {
                        let name = path.path.get_ident().map(super::name).unwrap_or_default();
                        named.push((name, Some(self.expr(*assign.right))));
                    }
                    _ => positional.push(Some(self.expr(*assign.right))),
                },
                argument => positional.push(Some(self.expr(argument))),
            }
        }
        let mut next = 0;
        let mut pieces = Vec::new();
        for piece in format_string::pieces(format) {
            let (argument, plain) = match piece {
                Piece::Text(text) => {
                    pieces.push(FormatPiece::Text(text));
                    continue;
                }
                Piece::Hole { argument, plain } => (argument, plain),
            };
            let value = match argument {
                Argument::Next => {
                    next += 1;
                    positional.get_mut(next - 1).and_then(Option::take)
                }
                Argument::Position(at) => positional.get_mut(at).and_then(Option::take),
                Argument::Name(name) => match named.iter_mut().find(|(given, _)| *given == name) {
                    Some((_, value)) => value.take(),
                    None => Some(variable(name, span)),
                },
            };
            let value = value.unwrap_or(Expr { kind: ExprKind::Inert, span });
            pieces.push(if plain {
                FormatPiece::Display(value)
            } else {
                FormatPiece::Other(value)
            });
        }
        ExprKind::Format(pieces)
    }

    fn write(&mut self, tokens: TokenStream, span: Span) -> ExprKind {
        let Ok(arguments) = Punctuated::<Syn, Token![,]>::parse_terminated.parse2(tokens) else {
            return ExprKind::Several(Vec::new());
        };
        let mut arguments = arguments.into_iter();
        let Some(target) = arguments.next() else { return ExprKind::Several(Vec::new()) };
        let target = Box::new(self.expr(target));
        let kind = match arguments.next() {
            Some(Syn::Lit(syn::ExprLit { lit: Lit::Str(format), .. })) => {
                self.format_with(&format.value(), arguments.collect(), span)
            }
            _ => ExprKind::Several(self.exprs(arguments)),
        };
        ExprKind::Write { target, text: Box::new(Expr { kind, span }) }
    }

    fn matches(&mut self, tokens: TokenStream, span: Span) -> ExprKind {
        let parse = |input: ParseStream<'_>| {
            let value: Syn = input.parse()?;
            let _: Token![,] = input.parse()?;
            let pattern = Pat::parse_multi_with_leading_vert(input)?;
            let guard = match input.parse::<Option<Token![if]>>()? {
                Some(_) => Some(input.parse::<Syn>()?),
                None => None,
            };
            let _: Option<Token![,]> = input.parse()?;
            Ok((value, pattern, guard))
        };
        let Ok((value, pattern, guard)) = parse.parse2(tokens.clone()) else {
            return self.several(tokens, ExprKind::Several);
        };
        let boolean = |value| Expr { kind: ExprKind::Bool(value), span };
        let scrutinee = Box::new(self.expr(value));
        let matching = Arm {
            pattern: self.pattern(pattern),
            guard: guard.map(|guard| self.expr(guard)),
            body: boolean(true),
        };
        let other = Arm { pattern: Pattern::Wild, guard: None, body: boolean(false) };
        ExprKind::Match { scrutinee, arms: vec![matching, other] }
    }

    fn statics(&mut self, tokens: TokenStream, items: &mut Vec<Item>) {
        let parse = |input: ParseStream<'_>| {
            while !input.is_empty() {
                let attrs = input.call(syn::Attribute::parse_outer)?;
                let _: syn::Visibility = input.parse()?;
                let _: Token![static] = input.parse()?;
                let _: Option<Token![ref]> = input.parse()?;
                let name: syn::Ident = input.parse()?;
                let _: Token![:] = input.parse()?;
                let ty: syn::Type = input.parse()?;
                let _: Token![=] = input.parse()?;
                let value: Syn = input.parse()?;
                let _: Option<Token![;]> = input.parse()?;
                use crate::source::rust::attribute::{Attributes, Presence};
                let presence = Attributes::new(&attrs).presence();
                if presence != Presence::Absent {
                    items.push(Item {
                        name: super::name(&name),
                        test: presence == Presence::Test,
                        span: self.span(name.span()),
                        kind: ItemKind::Constant { ty: self.ty(&ty), value: self.expr(value) },
                    });
                }
            }
            Ok(())
        };
        let _ = parse.parse2(tokens);
    }

    fn json(&mut self, tokens: TokenStream) -> ExprKind {
        let entries = tokens.clone();
        let parse = |input: ParseStream<'_>| self.json_value(input);
        match parse.parse2(tokens) {
            Ok(value) => value.kind,
            // `doc! { "a": 1 }` has its entries without braces of their own.
            Err(_) => (|input: ParseStream<'_>| self.json_entries(input))
                .parse2(entries.clone())
                .map(ExprKind::Map)
                .unwrap_or_else(|_| ExprKind::Several(self.parts(entries))),
        }
    }

    fn json_value(&mut self, input: ParseStream<'_>) -> syn::Result<Expr> {
        let fork = input.fork();
        if let Ok(TokenTree::Group(group)) = fork.parse::<TokenTree>()
            && (fork.is_empty() || fork.peek(Token![,]))
        {
            let span = self.between(group.span_open(), group.span_close());
            let content = group.stream();
            let kind = match group.delimiter() {
                Delimiter::Brace => (|input: ParseStream<'_>| self.json_entries(input))
                    .parse2(content)
                    .map(ExprKind::Map),
                Delimiter::Bracket => (|input: ParseStream<'_>| {
                    let mut elements = Vec::new();
                    while !input.is_empty() {
                        elements.push(self.json_value(input)?);
                        let _: Option<Token![,]> = input.parse()?;
                    }
                    Ok(ExprKind::Array(elements))
                })
                .parse2(content),
                _ => Err(input.error("an expression in parentheses")),
            };
            if let Ok(kind) = kind {
                let _: TokenTree = input.parse()?;
                return Ok(Expr { kind, span });
            }
        }
        if input.peek(syn::Ident) && !input.peek2(token::Paren) {
            let fork = input.fork();
            if fork.parse::<syn::Ident>().is_ok_and(|word| word == "null")
                && (fork.is_empty() || fork.peek(Token![,]))
            {
                let word: syn::Ident = input.parse()?;
                return Ok(Expr { kind: ExprKind::Inert, span: self.span(word.span()) });
            }
        }
        let value: Syn = input.parse()?;
        Ok(self.expr(value))
    }

    fn json_entries(&mut self, input: ParseStream<'_>) -> syn::Result<Vec<(Expr, Expr)>> {
        let mut entries = Vec::new();
        while !input.is_empty() {
            let mut key = Vec::new();
            while !input.peek(Token![:]) || input.peek(Token![::]) {
                key.push(input.parse::<TokenTree>()?);
                if input.peek(Token![::]) {
                    key.push(input.parse()?);
                    key.push(input.parse()?);
                }
            }
            let _: Token![:] = input.parse()?;
            let key = self.expr(syn::parse2(key.into_iter().collect())?);
            entries.push((key, self.json_value(input)?));
            if !input.is_empty() {
                let _: Token![,] = input.parse()?;
            }
        }
        Ok(entries)
    }
}

fn variable(name: String, span: Span) -> Expr {
    use crate::source::rust::syntax::Path;
    let path = Path { rooted: false, of: None, segments: vec![name], span };
    Expr { kind: ExprKind::Path(path), span }
}
