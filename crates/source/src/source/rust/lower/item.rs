//! Items: functions, constants, types, implementations, modules and imports.

use proc_macro2::TokenTree;
use syn::parse::{ParseStream, Parser};
use syn::punctuated::Punctuated;
use syn::spanned::Spanned;
use syn::{FnArg, ImplItem, Meta, Signature, Token, TraitItem, UseTree};

use super::{Lowerer, name};
use crate::source::rust::attribute::{Attributes, Presence, Settings};
use crate::source::rust::case;
use crate::source::rust::syntax::{
    Block, Enum, Field, Function, Impl, Import, Item, ItemKind, Parameter, Struct, Type, Variant,
};
use crate::span::Span;

impl Lowerer {
    /// Lowers an item and adds it, or what it is made of.
    pub(in crate::source::rust) fn item(&mut self, item: syn::Item, into: &mut Vec<Item>) {
        stacker::maybe_grow(128 << 10, 1 << 20, || self.item_here(item, into));
    }

    fn item_here(&mut self, item: syn::Item, into: &mut Vec<Item>) {
        let Some(attrs) = attributes_of(&item) else { return };
        let attributes = Attributes::new(attrs);
        let presence = attributes.presence();
        if presence == Presence::Absent {
            return;
        }
        let test = presence == Presence::Test;
        let mut push =
            |name: String, span: Span, kind: ItemKind| into.push(Item { name, test, kind, span });
        match item {
            syn::Item::Fn(function) => {
                let span = self.span(function.sig.ident.span());
                let name = name(&function.sig.ident);
                let function = self.function(function.sig, *function.block, &attributes);
                push(name, span, ItemKind::Function(function));
            }
            syn::Item::Const(constant) => {
                let kind = ItemKind::Constant {
                    ty: self.ty(&constant.ty),
                    value: self.expr(*constant.expr),
                };
                push(name(&constant.ident), self.span(constant.ident.span()), kind);
            }
            syn::Item::Static(constant) => {
                let kind = ItemKind::Constant {
                    ty: self.ty(&constant.ty),
                    value: self.expr(*constant.expr),
                };
                push(name(&constant.ident), self.span(constant.ident.span()), kind);
            }
            syn::Item::Enum(item) => {
                let span = self.between(item.enum_token.span, item.brace_token.span.close());
                let kind = ItemKind::Enum(self.enumeration(&item, &attributes));
                push(name(&item.ident), span, kind);
            }
            syn::Item::Struct(item) => {
                let kind = ItemKind::Struct(Struct {
                    fields: self.fields(&item.fields, &attributes),
                    typed_path: attributes.first_text("typed_path"),
                });
                push(name(&item.ident), self.span(item.ident.span()), kind);
            }
            syn::Item::Type(alias) => {
                let kind = ItemKind::Alias(self.ty(&alias.ty));
                push(name(&alias.ident), self.span(alias.ident.span()), kind);
            }
            syn::Item::Mod(module) => {
                let path = attributes.text("path");
                let items = module.content.map(|(_, items)| {
                    let mut inside = Vec::new();
                    items.into_iter().for_each(|item| self.item(item, &mut inside));
                    inside
                });
                let span = self.span(module.ident.span());
                push(name(&module.ident), span, ItemKind::Module { path, items });
            }
            syn::Item::Impl(implementation) => {
                let span = self.span(implementation.impl_token.span);
                let kind = ItemKind::Impl(self.implementation(implementation));
                push(String::new(), span, kind);
            }
            syn::Item::Trait(item) => {
                let span = self.span(item.ident.span());
                let items =
                    item.items.into_iter().filter_map(|item| self.trait_item(item)).collect();
                push(
                    String::new(),
                    span,
                    ItemKind::Impl(Impl { of: Type::Other, trait_: None, items }),
                );
            }
            syn::Item::Use(item) => {
                let span = self.span(item.use_token.span);
                let mut imports = Vec::new();
                flatten(item.tree, item.leading_colon.is_some(), &mut Vec::new(), &mut imports);
                push(String::new(), span, ItemKind::Use(imports));
            }
            syn::Item::ExternCrate(item) => {
                let here =
                    item.rename.map_or_else(|| name(&item.ident), |(_, rename)| name(&rename));
                let span = self.span(item.ident.span());
                let import =
                    Import { rooted: true, segments: vec![name(&item.ident)], name: Some(here) };
                push(String::new(), span, ItemKind::Use(vec![import]));
            }
            syn::Item::Macro(call) if call.ident.is_none() => {
                let before = into.len();
                let value = self.macro_call(&call.mac, into);
                let span = value.span;
                into.push(loose(value, span));
                if test {
                    into.iter_mut().skip(before).for_each(|item| item.test = true);
                }
            }
            _ => {}
        }
    }

    fn function(
        &mut self,
        signature: Signature,
        body: syn::Block,
        attributes: &Attributes,
    ) -> Function {
        let has_self = matches!(signature.inputs.first(), Some(FnArg::Receiver(_)));
        let parameters = signature
            .inputs
            .into_iter()
            .filter_map(|input| match input {
                FnArg::Typed(typed) if is_program(&typed.attrs) => {
                    let ty = Some(self.ty(&typed.ty));
                    Some(Parameter { pattern: self.pattern(*typed.pat), ty })
                }
                _ => None,
            })
            .collect();
        Function {
            has_self,
            parameters,
            output: self.output(&signature.output),
            body: self.block(body),
            documented_route: attributes
                .qualified_list("utoipa", "path")
                .and_then(documented_route),
        }
    }

    fn implementation(&mut self, implementation: syn::ItemImpl) -> Impl {
        let trait_ = implementation.trait_.map(|(path, _)| {
            let arguments = self.type_arguments(&path);
            (self.path(&path), arguments)
        });
        let of = self.ty(&implementation.self_ty);
        let items =
            implementation.items.into_iter().filter_map(|item| self.impl_item(item)).collect();
        Impl { of, trait_, items }
    }

    fn impl_item(&mut self, item: ImplItem) -> Option<Item> {
        match item {
            ImplItem::Fn(method) => self.method(method.sig, method.block, &method.attrs),
            ImplItem::Const(constant) => {
                self.associated(&constant.attrs, &constant.ident, |lowerer| ItemKind::Constant {
                    ty: lowerer.ty(&constant.ty),
                    value: lowerer.expr(constant.expr),
                })
            }
            ImplItem::Type(alias) => self.associated(&alias.attrs, &alias.ident, |lowerer| {
                ItemKind::Alias(lowerer.ty(&alias.ty))
            }),
            _ => None,
        }
    }

    fn trait_item(&mut self, item: TraitItem) -> Option<Item> {
        match item {
            TraitItem::Fn(method) => {
                let body = method.default?;
                self.method(method.sig, body, &method.attrs)
            }
            _ => None,
        }
    }

    fn method(
        &mut self,
        signature: Signature,
        body: syn::Block,
        attrs: &[syn::Attribute],
    ) -> Option<Item> {
        let attributes = Attributes::new(attrs);
        let ident = signature.ident.clone();
        self.associated(attrs, &ident, |lowerer| {
            ItemKind::Function(lowerer.function(signature, body, &attributes))
        })
    }

    fn associated(
        &mut self,
        attrs: &[syn::Attribute],
        ident: &proc_macro2::Ident,
        kind: impl FnOnce(&mut Self) -> ItemKind,
    ) -> Option<Item> {
        let presence = Attributes::new(attrs).presence();
        (presence != Presence::Absent).then(|| Item {
            name: name(ident),
            test: presence == Presence::Test,
            kind: kind(self),
            span: self.span(ident.span()),
        })
    }

    fn fields(&mut self, fields: &syn::Fields, container: &Attributes) -> Vec<Field> {
        let case = container.settings("serde").text("rename_all").unwrap_or_default();
        fields
            .iter()
            .enumerate()
            .filter(|(_, field)| is_program(&field.attrs))
            .map(|(index, field)| {
                let name = field.ident.as_ref().map_or_else(|| index.to_string(), name);
                let renamed = Attributes::new(&field.attrs).settings("serde").text("rename");
                let written = renamed.unwrap_or_else(|| case::serde_field(&name, &case));
                Field { written, name, ty: self.ty(&field.ty) }
            })
            .collect()
    }

    fn enumeration(&mut self, item: &syn::ItemEnum, attributes: &Attributes) -> Enum {
        let serde = attributes.settings("serde");
        let strum = attributes.settings("strum");
        let variants = item
            .variants
            .iter()
            .filter(|variant| is_program(&variant.attrs))
            .map(|variant| self.variant(variant, &serde, &strum))
            .collect();
        Enum {
            variants,
            derives: attributes.derives().iter().map(|path| self.path(path)).collect(),
            serde_indirect: ["into", "untagged", "remote"].iter().any(|key| serde.has(key)),
        }
    }

    fn variant(&mut self, variant: &syn::Variant, serde: &Settings, strum: &Settings) -> Variant {
        let attributes = Attributes::new(&variant.attrs);
        let name = name(&variant.ident);
        let renamed = attributes.settings("serde").text("rename");
        let case = serde.text("rename_all").unwrap_or_default();
        Variant {
            serde: renamed.unwrap_or_else(|| case::serde_variant(&name, &case)),
            strum: strum_name(&name, strum, &attributes.settings("strum")),
            error: attributes.message("error"),
            display: attributes.message("display"),
            fields: self.fields(&variant.fields, &attributes),
            span: self.span(variant.span()),
            name,
        }
    }
}

/// strum takes `to_string`, else the longest `serialize`, else the name in the enum's case.
fn strum_name(name: &str, container: &Settings, variant: &Settings) -> String {
    let written = variant
        .text("to_string")
        .or_else(|| variant.texts("serialize").into_iter().rev().max_by_key(String::len));
    let written = written.unwrap_or_else(|| {
        case::strum_variant(name, &container.text("serialize_all").unwrap_or_default())
    });
    let part = |key| container.text(key).unwrap_or_default();
    format!("{}{written}{}", part("prefix"), part("suffix"))
}

/// An item for a macro call between items, whose arguments are evaluated like a function's body.
fn loose(value: super::super::syntax::Expr, span: Span) -> Item {
    use super::super::syntax::{Statement, StatementKind};
    let statements = vec![Statement { test: false, kind: StatementKind::Expr(value) }];
    Item {
        name: String::new(),
        test: false,
        kind: ItemKind::Function(Function {
            has_self: false,
            parameters: Vec::new(),
            output: Type::Other,
            body: Block { statements, ..Block::default() },
            documented_route: None,
        }),
        span,
    }
}

fn is_program(attrs: &[syn::Attribute]) -> bool {
    attrs.is_empty() || Attributes::new(attrs).presence() == Presence::Program
}

fn attributes_of(item: &syn::Item) -> Option<&[syn::Attribute]> {
    Some(match item {
        syn::Item::Const(item) => &item.attrs,
        syn::Item::Enum(item) => &item.attrs,
        syn::Item::ExternCrate(item) => &item.attrs,
        syn::Item::Fn(item) => &item.attrs,
        syn::Item::Impl(item) => &item.attrs,
        syn::Item::Macro(item) => &item.attrs,
        syn::Item::Mod(item) => &item.attrs,
        syn::Item::Static(item) => &item.attrs,
        syn::Item::Struct(item) => &item.attrs,
        syn::Item::Trait(item) => &item.attrs,
        syn::Item::Type(item) => &item.attrs,
        syn::Item::Use(item) => &item.attrs,
        _ => return None,
    })
}

fn flatten(tree: UseTree, rooted: bool, before: &mut Vec<String>, into: &mut Vec<Import>) {
    match tree {
        UseTree::Path(path) => {
            before.push(name(&path.ident));
            flatten(*path.tree, rooted, before, into);
            before.pop();
        }
        UseTree::Name(item) => into.push(import(rooted, before, name(&item.ident), None)),
        UseTree::Rename(item) => {
            into.push(import(rooted, before, name(&item.ident), Some(name(&item.rename))));
        }
        UseTree::Glob(_) => {
            into.push(Import { rooted, segments: before.clone(), name: None });
        }
        UseTree::Group(group) => {
            for tree in group.items {
                flatten(tree, rooted, before, into);
            }
        }
    }
}

fn import(rooted: bool, before: &[String], last: String, rename: Option<String>) -> Import {
    let mut segments = before.to_vec();
    if last != "self" || segments.is_empty() {
        segments.push(last);
    }
    let name = rename.or_else(|| segments.last().cloned());
    Import { rooted, segments, name }
}

/// The methods and the path in `#[utoipa::path(get, path = "/x")]`.
fn documented_route(tokens: proc_macro2::TokenStream) -> Option<(Vec<String>, String)> {
    const METHODS: [&str; 8] =
        ["get", "post", "put", "patch", "delete", "head", "options", "trace"];
    let parse = |input: ParseStream<'_>| {
        let (mut methods, mut path) = (Vec::new(), None);
        while !input.is_empty() {
            if let Ok(meta) = input.fork().parse::<Meta>() {
                let _: Meta = input.parse()?;
                match meta {
                    Meta::NameValue(pair) if pair.path.is_ident("path") => {
                        if let syn::Expr::Lit(syn::ExprLit { lit: syn::Lit::Str(text), .. }) =
                            pair.value
                        {
                            path = Some(text.value());
                        }
                    }
                    Meta::Path(word) => methods.extend(word.get_ident().map(name)),
                    Meta::List(list) if list.path.is_ident("method") => {
                        let words = Punctuated::<syn::Ident, Token![,]>::parse_terminated;
                        methods.extend(words.parse2(list.tokens)?.iter().map(name));
                    }
                    _ => {}
                }
            }
            while !input.is_empty() && !input.peek(Token![,]) {
                let _: TokenTree = input.parse()?;
            }
            let _: Option<Token![,]> = input.parse()?;
        }
        methods.retain(|method| METHODS.contains(&method.as_str()));
        Ok(path.map(|path| (methods, path)))
    };
    parse.parse2(tokens).ok().flatten()
}
