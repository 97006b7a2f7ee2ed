//! Mutants of what the sources mean.

use super::Mutant;
use crate::checks::Asserted;
use crate::source::{
    CodeDeclaration, DeclaredCode, Emission, EmittedCode, Endpoint, Framework, Method,
    RouteSegment, SourceIndex, UrlPath,
};
use crate::span::{FileId, SourceMap, Span};

/// A segment that no callsite spells.
const ORPHAN: &str = "railcheck mutant";

/// A code that nothing declares.
const OTHER_CODE: &str = "RAILCHECK_MUTANT";

/// The mutants of a source index in which a fact is weaker; none if it is no fact of the sources or is not
/// so. What a mutant adds stands at `place`.
pub(super) fn mutants(
    fact: &Asserted,
    index: &SourceIndex,
    files: &SourceMap,
    place: Span,
) -> Vec<Mutant> {
    match fact {
        Asserted::Handler { endpoint, method, route } => handler(endpoint, method, route, index),
        Asserted::Called { endpoint, method, callsites } if !callsites.is_empty() => {
            called(endpoint, method, callsites)
        }
        Asserted::NoOrphan { prefix } => vec![orphan(prefix, place)],
        Asserted::Code { code, declaration } => declared_code(code, *declaration, index),
        Asserted::NoOtherCode { declaration } => vec![further_code(*declaration)],
        Asserted::NoOtherEmission { modules } => {
            modules.iter().map(|module| further_emission(*module, files)).collect()
        }
        _ => Vec::new(),
    }
}

fn handler(
    endpoint: &str,
    method: &Method,
    route: &[RouteSegment],
    index: &SourceIndex,
) -> Vec<Mutant> {
    let serves = |endpoint: &Endpoint, method: &Method, route: &[RouteSegment]| {
        endpoint.route == route && (endpoint.method == *method || endpoint.method == Method::Any)
    };
    if !index.endpoints.iter().any(|known| serves(known, method, route)) {
        return Vec::new();
    }
    let what = format!("every handler of {endpoint} is removed");
    let (method, route) = (method.clone(), route.to_vec());
    vec![Mutant::of_sources(what, move |index| {
        index.endpoints.retain(|known| !serves(known, &method, &route));
    })]
}

fn called(endpoint: &str, method: &Method, callsites: &[Span]) -> Vec<Mutant> {
    let (deleted, moved, changed) = (callsites.to_vec(), callsites.to_vec(), callsites.to_vec());
    let mut mutants = vec![
        Mutant::of_sources(format!("every callsite of {endpoint} is deleted"), move |index| {
            index.callsites.retain(|call| !deleted.contains(&call.span));
        }),
        Mutant::of_sources(
            format!("every callsite of {endpoint} calls another path"),
            move |index| {
                for call in index.callsites.iter_mut().filter(|call| moved.contains(&call.span)) {
                    call.path = UrlPath::of_segment(ORPHAN);
                }
            },
        ),
    ];
    if let Method::Named(_) = method {
        let what = format!("every callsite of {endpoint} calls it by another method");
        mutants.push(Mutant::of_sources(what, move |index| {
            for call in index.callsites.iter_mut().filter(|call| changed.contains(&call.span)) {
                call.method = Method::Named("TRACE".into());
            }
        }));
    }
    mutants
}

fn orphan(prefix: &[RouteSegment], span: Span) -> Mutant {
    let mut route = prefix.to_vec();
    route.push(RouteSegment::Literal(ORPHAN.to_owned()));
    let endpoint = Endpoint {
        method: Method::Named("DELETE".into()),
        route,
        trailing_slash: false,
        slash_matters: false,
        application: "railcheck".into(),
        framework: Framework::NextJs,
        span,
        modules: vec![span.file],
    };
    Mutant::of_sources("a handler is added that nothing calls".to_owned(), move |index| {
        index.endpoints.push(endpoint.clone());
    })
}

/// A mutant that changes the codes of one declaration.
fn of_declaration(
    span: Span,
    what: String,
    change: impl Fn(&mut Vec<DeclaredCode>) + 'static,
) -> Mutant {
    Mutant::of_sources(what, move |index| {
        let meant = index.declarations.iter_mut().filter(|declaration| declaration.span == span);
        meant.for_each(|declaration: &mut CodeDeclaration| change(&mut declaration.codes));
    })
}

fn declared_code(code: &str, span: Span, index: &SourceIndex) -> Vec<Mutant> {
    let declarations = index.declarations.iter().filter(|declaration| declaration.span == span);
    if !declarations.flat_map(|declaration| &declaration.codes).any(|known| known.name == code) {
        return Vec::new();
    }
    let of_code = |what: &str, change: fn(&mut DeclaredCode)| {
        let code = code.to_owned();
        of_declaration(span, format!("error code {code} {what}"), move |codes| {
            codes.iter_mut().filter(|known| known.name == code).for_each(change);
        })
    };
    let gone = code.to_owned();
    vec![
        of_declaration(span, format!("error code {code} is not declared"), move |codes| {
            codes.retain(|known| known.name != gone);
        }),
        of_code("is renamed", |code| {
            code.name = OTHER_CODE.to_owned();
            code.values = vec![OTHER_CODE.to_owned()];
        }),
        of_code("is written as something else", |code| code.values = vec![OTHER_CODE.to_owned()]),
    ]
}

fn further_code(span: Span) -> Mutant {
    of_declaration(span, "a further error code is declared".to_owned(), move |codes| {
        let (name, values) = (OTHER_CODE.to_owned(), vec![OTHER_CODE.to_owned()]);
        codes.push(DeclaredCode { name, values, span });
    })
}

fn further_emission(module: FileId, files: &SourceMap) -> Mutant {
    let emission = Emission {
        code: EmittedCode::Constant(OTHER_CODE.to_owned()),
        sink: "the caller".to_owned(),
        span: Span::new(module, 0..0),
    };
    let what = format!("another error code is emitted in {}", files.file(module).path);
    Mutant::of_sources(what, move |index| index.emissions.push(emission.clone()))
}
