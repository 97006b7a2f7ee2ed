//! Which function or operator a name and types mean: <https://www.postgresql.org/docs/current/typeconv-func.html>.

use std::collections::HashMap;
use std::sync::LazyLock;

use super::cast::{Context, cast, context};
use super::signature::{Call, Entry, Parameter};
use super::types::{Category, Type};
use super::value::{Datum, Typed};
use super::{Computed, Refusal, functions, operators};

/// Functions that PostgreSQL also has for types that are not modelled, which a literal without a type might be.
const UNMODELLED: [&str; 2] = ["to_char", "trunc"];

struct Table {
    entries: Vec<Entry>,
    /// The places of the entries of each name, functions and operators apart.
    by_name: HashMap<(&'static str, bool), Vec<usize>>,
}

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let pages = functions::PAGES.iter().chain(operators::PAGES);
    let entries: Vec<Entry> =
        pages.flat_map(|(page, lines)| lines.iter().filter_map(|line| line.entry(page))).collect();
    let mut by_name: HashMap<_, Vec<usize>> = HashMap::new();
    for (at, entry) in entries.iter().enumerate() {
        by_name.entry((entry.name, entry.is_operator)).or_default().push(at);
    }
    Table { entries, by_name }
});

/// Every function and operator that is computed here.
#[must_use]
pub fn entries() -> &'static [Entry] {
    &TABLE.entries
}

/// An entry that was chosen for types of arguments.
#[derive(Debug, Clone)]
pub struct Chosen {
    /// The entry.
    pub entry: &'static Entry,
    /// The types that the arguments are brought to.
    pub arguments: Vec<Type>,
    /// The type of the result.
    pub result: Type,
}

/// The functions of a name.
pub fn functions_named(name: &str) -> impl Iterator<Item = &'static Entry> {
    let places = TABLE.by_name.get(&(name, false));
    places.into_iter().flatten().filter_map(|at| TABLE.entries.get(*at))
}

/// The function that a name means for arguments of these types.
///
/// # Errors
/// Where there is none here, or it is not certain which one.
pub fn function_entry(name: &str, arguments: &[Type]) -> Computed<Chosen> {
    choose(name, false, arguments)
}

/// The operator that a name means for operands of these types, of which there is one or two.
///
/// # Errors
/// Where there is none here, or it is not certain which one.
pub fn operator_entry(name: &str, operands: &[Type]) -> Computed<Chosen> {
    let name = if name == "!=" { "<>" } else { name };
    choose(name, true, operands)
}

/// Calls a function.
///
/// # Errors
/// Where PostgreSQL raises an error, or the result is not known here.
pub fn function(name: &str, arguments: &[Typed]) -> Computed<Typed> {
    let types: Vec<Type> = arguments.iter().map(|a| a.data_type.clone()).collect();
    call(&function_entry(name, &types)?, arguments)
}

/// Applies an operator; one before its operand has no left one.
///
/// # Errors
/// Where PostgreSQL raises an error, or the result is not known here.
pub fn operator(name: &str, left: Option<&Typed>, right: &Typed) -> Computed<Typed> {
    let operands: Vec<Typed> = left.into_iter().chain([right]).cloned().collect();
    let types: Vec<Type> = operands.iter().map(|a| a.data_type.clone()).collect();
    call(&operator_entry(name, &types)?, &operands)
}

/// Calls a function with arguments of which a text may as well be a literal without a type.
///
/// # Errors
/// Where PostgreSQL raises an error, or the result is not known here.
pub fn function_of_texts(name: &str, arguments: &[Typed]) -> Computed<Typed> {
    match function(name, arguments) {
        Err(Refusal::Unknown(_)) if arguments.iter().any(is_plain_text) => {
            function(name, &arguments.iter().map(literal).collect::<Vec<_>>())
        }
        result => result,
    }
}

/// Applies an operator to operands of which a text may as well be a literal without a type.
///
/// # Errors
/// Where PostgreSQL raises an error, or the result is not known here or hangs on which of both a text is.
pub fn operator_of_texts(name: &str, operands: &[Typed]) -> Computed<Typed> {
    let apply = |operands: &[Typed]| match operands {
        [right] => operator(name, None, right),
        [left, right] => operator(name, Some(left), right),
        _ => Err(Refusal::unknown(format!("the operator {name}"))),
    };
    let texts = operands.iter().filter(|operand| is_plain_text(operand)).count();
    let typed = apply(operands);
    if texts == 0 || (texts == operands.len() && typed.is_ok()) {
        return typed;
    }
    let literals = apply(&operands.iter().map(literal).collect::<Vec<_>>());
    match (typed, literals) {
        (Err(Refusal::Unknown(_)), result) | (result, Err(Refusal::Unknown(_))) => result,
        (typed, literals) if typed == literals => typed,
        _ => Err(Refusal::unknown(format!("the operator {name} of a literal"))),
    }
}

fn is_plain_text(value: &Typed) -> bool {
    value.data_type == Type::Text && !value.datum.is_null()
}

fn literal(value: &Typed) -> Typed {
    if is_plain_text(value) {
        Typed::new(Type::Unknown, value.datum.clone())
    } else {
        value.clone()
    }
}

fn call(chosen: &Chosen, arguments: &[Typed]) -> Computed<Typed> {
    let brought = arguments.iter().zip(&chosen.arguments).map(|(argument, wanted)| {
        // A literal without a type is read as any type's; of other types a modifier stays.
        if argument.data_type.base() == *wanted {
            Ok(argument.clone())
        } else {
            cast(argument, wanted, Context::Implicit)
        }
    });
    let brought = brought.collect::<Computed<Vec<_>>>()?;
    if chosen.entry.is_strict && brought.iter().any(|a| a.datum.is_null()) {
        return Ok(Typed::null(chosen.result.clone()));
    }
    let datum = (chosen.entry.run)(&Call { arguments: &brought, result: &chosen.result })?;
    let too_long = match &datum {
        Datum::Text(text) => text.len() > 1 << 20,
        Datum::Array(array) => array.items.len() > 1 << 15,
        _ => false,
    };
    if too_long {
        return Err(Refusal::unknown("a very long value"));
    }
    Ok(Typed { data_type: chosen.result.clone(), datum })
}

fn choose(name: &str, is_operator: bool, arguments: &[Type]) -> Computed<Chosen> {
    let unknown = || {
        let types: Vec<String> = arguments.iter().map(ToString::to_string).collect();
        let types = types.join(", ");
        let what = if is_operator { "the operator " } else { "" };
        Refusal::unknown(format!("{what}{name}({types})"))
    };
    let table = &*TABLE;
    // The keys are static, which a name that is asked for need not be.
    let places = table.by_name.get(&(name, is_operator)).ok_or_else(unknown)?;
    let arguments: Vec<Type> = arguments.iter().map(Type::base).collect();
    if !is_operator && UNMODELLED.contains(&name) && arguments.contains(&Type::Unknown) {
        return Err(unknown());
    }
    let mut candidates: Vec<Chosen> = Vec::new();
    for entry in places.iter().filter_map(|at| table.entries.get(*at)) {
        if let Some(chosen) = applied(entry, &arguments) {
            if chosen.arguments == arguments {
                return Ok(chosen);
            }
            candidates.push(chosen);
        }
    }
    // A literal beside one operand is of that operand's type if there is such an operator.
    if is_operator && let [a, b] = &arguments[..] {
        let both = match (a, b) {
            (Type::Unknown, known) | (known, Type::Unknown) => Some(known),
            _ => None,
        };
        if let Some(known) = both.filter(|known| **known != Type::Unknown)
            && let Some(same) = candidates.iter().find(|c| c.arguments.iter().all(|t| t == known))
        {
            return Ok(same.clone());
        }
    }
    best(candidates, &arguments).ok_or_else(unknown)
}

/// The candidate that PostgreSQL takes (`func_select_candidate`).
fn best(mut candidates: Vec<Chosen>, arguments: &[Type]) -> Option<Chosen> {
    let keep_most = |candidates: &mut Vec<Chosen>, score: &dyn Fn(&Type, &Type) -> bool| {
        let scored = |chosen: &Chosen| {
            let pairs = chosen.arguments.iter().zip(arguments);
            pairs.filter(|(wanted, given)| **given != Type::Unknown && score(wanted, given)).count()
        };
        let most = candidates.iter().map(scored).max().unwrap_or(0);
        candidates.retain(|chosen| scored(chosen) == most);
    };
    if candidates.len() > 1 {
        keep_most(&mut candidates, &|wanted, given| wanted == given);
    }
    if candidates.len() > 1 {
        keep_most(&mut candidates, &|wanted, given| {
            wanted == given || (wanted.is_preferred() && wanted.category() == given.category())
        });
    }
    for at in 0..arguments.len() {
        if candidates.len() < 2 || arguments.get(at) != Some(&Type::Unknown) {
            continue;
        }
        let of = |chosen: &Chosen| chosen.arguments.get(at).cloned();
        let categories: Vec<Category> =
            candidates.iter().filter_map(of).map(|t| t.category()).collect();
        let first = *categories.first()?;
        let category = if categories.contains(&Category::Text) {
            Category::Text
        } else if categories.iter().all(|c| *c == first) {
            first
        } else {
            break;
        };
        candidates.retain(|c| of(c).is_some_and(|t| t.category() == category));
        if candidates.iter().filter_map(of).any(|t| t.is_preferred()) {
            candidates.retain(|c| of(c).is_some_and(|t| t.is_preferred()));
        }
    }
    if candidates.len() > 1 {
        // All known arguments of one type: the literals are of it, too.
        let mut known = arguments.iter().filter(|t| **t != Type::Unknown);
        let first = known.next()?.clone();
        if known.all(|t| *t == first) {
            candidates.retain(|c| {
                c.arguments.iter().zip(arguments).all(|(wanted, given)| {
                    *given != Type::Unknown || context(&first, wanted) == Some(Context::Implicit)
                })
            });
        }
    }
    match &candidates[..] {
        [one] => Some(one.clone()),
        _ => None,
    }
}

/// The entry for arguments of these types, where it takes them.
fn applied(entry: &'static Entry, arguments: &[Type]) -> Option<Chosen> {
    let fixed = entry.parameters.len() - usize::from(entry.is_variadic);
    let fits = if entry.is_variadic { arguments.len() > fixed } else { arguments.len() == fixed };
    if !fits {
        return None;
    }
    let parameter = |at: usize| entry.parameters.get(at).or(entry.parameters.last());
    let element = element(entry, arguments)?;
    let of = |parameter: &Parameter, given: Option<&Type>| -> Option<Type> {
        Some(match parameter {
            Parameter::Type(data_type) => data_type.clone(),
            Parameter::Any => given?.clone(),
            Parameter::AnyNonArray => match given? {
                Type::Array(_) => return None,
                given => given.clone(),
            },
            Parameter::AnyElement | Parameter::AnyCompatible | Parameter::AnyEnum => {
                element.clone()?
            }
            Parameter::AnyArray | Parameter::AnyCompatibleArray => element.clone()?.array(),
        })
    };
    let mut wanted = Vec::new();
    for (at, given) in arguments.iter().enumerate() {
        let data_type = of(parameter(at)?, Some(given))?;
        if context(given, &data_type) != Some(Context::Implicit) {
            return None;
        }
        wanted.push(data_type);
    }
    let result = of(&entry.result, None)?;
    Some(Chosen { entry, arguments: wanted, result })
}

/// The type that the places of any type have in common: nothing where there are none, `None` where there is no such type.
fn element(entry: &Entry, arguments: &[Type]) -> Option<Option<Type>> {
    let mut found: Vec<Type> = Vec::new();
    let (mut exact, mut places) = (false, false);
    for (at, given) in arguments.iter().enumerate() {
        let parameter = entry.parameters.get(at).or(entry.parameters.last())?;
        exact |=
            matches!(parameter, Parameter::AnyElement | Parameter::AnyArray | Parameter::AnyEnum);
        match parameter {
            Parameter::AnyArray | Parameter::AnyCompatibleArray => {
                places = true;
                match given {
                    Type::Array(element) => found.push((**element).clone()),
                    Type::Unknown => {}
                    _ => return None,
                }
            }
            Parameter::AnyElement | Parameter::AnyCompatible => {
                places = true;
                if *given != Type::Unknown {
                    found.push(given.clone());
                }
            }
            Parameter::AnyEnum => {
                places = true;
                match given {
                    Type::Enum(_) => found.push(given.clone()),
                    Type::Unknown => {}
                    _ => return None,
                }
            }
            Parameter::Type(_) | Parameter::Any | Parameter::AnyNonArray => {}
        }
    }
    if !places {
        return Some(None);
    }
    if exact {
        let first = found.first()?.clone();
        return found.iter().all(|t| *t == first).then_some(Some(first));
    }
    common(&found).map(Some)
}

/// The type that values of several types have in common (`select_common_type`), where there is one.
pub(super) fn common(types: &[Type]) -> Option<Type> {
    let implicit = |from: &Type, to: &Type| context(from, to) == Some(Context::Implicit);
    let Some((first, rest)) = types.split_first() else { return Some(Type::Text) };
    let mut chosen = first.clone();
    for next in rest {
        if *next == chosen {
            continue;
        }
        if next.category() != chosen.category() {
            return None;
        }
        if !chosen.is_preferred() && implicit(&chosen, next) && !implicit(next, &chosen) {
            chosen = next.clone();
        }
    }
    types.iter().all(|t| implicit(t, &chosen)).then_some(chosen)
}
