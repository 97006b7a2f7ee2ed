//! Patterns and types.

use syn::{
    Expr, ExprLit, GenericArgument, Lit, Member, Pat, PathArguments, ReturnType, TypeParamBound,
};

use super::{Lowerer, name};
use crate::source::rust::attribute::{Attributes, Presence};
use crate::source::rust::syntax::{Path, Pattern, Type};

impl Lowerer {
    /// A pattern without its guard.
    pub(super) fn pattern(&mut self, pattern: Pat) -> Pattern {
        stacker::maybe_grow(128 << 10, 1 << 20, || self.pattern_here(pattern))
    }

    fn pattern_here(&mut self, pattern: Pat) -> Pattern {
        match pattern {
            Pat::Ident(ident) => Pattern::Name {
                name: name(&ident.ident),
                inner: ident.subpat.map(|(_, inner)| Box::new(self.pattern(*inner))),
            },
            Pat::Guard(guarded) => self.pattern(*guarded.pat),
            Pat::Paren(paren) => self.pattern(*paren.pat),
            Pat::Reference(reference) => self.pattern(*reference.pat),
            Pat::Or(or) => {
                Pattern::Or(or.cases.into_iter().map(|case| self.pattern(case)).collect())
            }
            Pat::Tuple(tuple) => Pattern::Tuple(
                tuple.elems.into_iter().map(|element| self.pattern(element)).collect(),
            ),
            Pat::Slice(slice) => Pattern::Tuple(
                slice.elems.into_iter().map(|element| self.pattern(element)).collect(),
            ),
            Pat::TupleStruct(tuple) => Pattern::TupleStruct {
                path: self.path(&tuple.path),
                elements: tuple.elems.into_iter().map(|element| self.pattern(element)).collect(),
            },
            Pat::Struct(structure) => Pattern::Struct {
                path: self.path(&structure.path),
                fields: structure
                    .fields
                    .into_iter()
                    .filter(|field| Attributes::new(&field.attrs).presence() == Presence::Program)
                    .map(|field| (member(&field.member), self.pattern(*field.pat)))
                    .collect(),
            },
            Pat::Type(typed) => Pattern::Typed {
                ty: self.ty(&typed.ty),
                pattern: Box::new(self.pattern(*typed.pat)),
            },
            Pat::Path(path) => Pattern::Path(self.qualified(path.qself.as_ref(), &path.path)),
            Pat::Lit(ExprLit { lit: Lit::Str(text), .. }) => Pattern::Text(text.value()),
            Pat::Lit(ExprLit { lit: Lit::Bool(value), .. }) => Pattern::Bool(value.value),
            Pat::Wild(_) | Pat::Rest(_) => Pattern::Wild,
            _ => Pattern::Other,
        }
    }

    /// A path with the type in `<T>::` and `<T as Trait>::`.
    pub(super) fn qualified(&mut self, of: Option<&syn::QSelf>, path: &syn::Path) -> Path {
        let of = of.map(|of| Box::new(self.ty(&of.ty)));
        Path { of, ..self.path(path) }
    }

    pub(super) fn ty(&mut self, ty: &syn::Type) -> Type {
        stacker::maybe_grow(128 << 10, 1 << 20, || self.type_here(ty))
    }

    fn type_here(&mut self, ty: &syn::Type) -> Type {
        match ty {
            syn::Type::Path(path) => self.path_type(path.qself.as_ref(), &path.path),
            syn::Type::Reference(reference) => self.ty(&reference.elem),
            syn::Type::Paren(paren) => self.ty(&paren.elem),
            syn::Type::Group(group) => self.ty(&group.elem),
            syn::Type::Array(array) => Type::List(Box::new(self.ty(&array.elem))),
            syn::Type::Slice(slice) => Type::List(Box::new(self.ty(&slice.elem))),
            syn::Type::Tuple(tuple) => {
                Type::Tuple(tuple.elems.iter().map(|e| self.ty(e)).collect())
            }
            syn::Type::FnPtr(function) => Type::Function(Box::new(self.output(&function.output))),
            syn::Type::ImplTrait(bounds) => self.bound(bounds.bounds.iter()),
            syn::Type::TraitObject(bounds) => self.bound(bounds.bounds.iter()),
            _ => Type::Other,
        }
    }

    /// `impl Fn() -> T`, `dyn Future<Output = T>`, or nothing known.
    fn bound<'a>(&mut self, mut bounds: impl Iterator<Item = &'a TypeParamBound>) -> Type {
        let Some(TypeParamBound::Trait(bound)) = bounds.next() else { return Type::Other };
        let Some(last) = bound.path.segments.last() else { return Type::Other };
        match &last.arguments {
            PathArguments::Parenthesized(function) => {
                Type::Function(Box::new(self.output(&function.output)))
            }
            PathArguments::AngleBracketed(arguments) if last.ident == "Future" => arguments
                .args
                .iter()
                .find_map(|argument| match argument {
                    GenericArgument::AssocType(output) => Some(self.ty(&output.ty)),
                    _ => None,
                })
                .unwrap_or(Type::Other),
            _ => Type::Other,
        }
    }

    pub(super) fn output(&mut self, output: &ReturnType) -> Type {
        match output {
            ReturnType::Type(_, ty) => self.ty(ty),
            _ => Type::Tuple(Vec::new()),
        }
    }

    fn path_type(&mut self, of: Option<&syn::QSelf>, path: &syn::Path) -> Type {
        Type::Path { path: self.qualified(of, path), arguments: self.type_arguments(path) }
    }

    /// The type arguments of a path's last segment.
    pub(super) fn type_arguments(&mut self, path: &syn::Path) -> Vec<Type> {
        let Some(last) = path.segments.last() else { return Vec::new() };
        let PathArguments::AngleBracketed(arguments) = &last.arguments else { return Vec::new() };
        arguments
            .args
            .iter()
            .filter_map(|argument| match argument {
                GenericArgument::Type(ty) => Some(self.ty(ty)),
                _ => None,
            })
            .collect()
    }
}

/// The guard of a match arm's pattern.
pub(super) fn take_guard(pattern: &mut Pat) -> Option<Expr> {
    let Pat::Guard(guarded) = pattern else { return None };
    let inner =
        std::mem::replace(&mut *guarded.pat, Pat::Verbatim(proc_macro2::TokenStream::new()));
    let guard = std::mem::replace(&mut *guarded.guard, Expr::PLACEHOLDER);
    *pattern = inner;
    Some(guard)
}

/// The name of a field, or its number.
pub(super) fn member(member: &Member) -> String {
    match member {
        Member::Named(ident) => name(ident),
        Member::Unnamed(index) => index.index.to_string(),
    }
}
