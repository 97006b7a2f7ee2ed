//! How serde and strum spell a Rust name in another letter case.

use heck::{
    ToKebabCase, ToLowerCamelCase, ToPascalCase, ToShoutyKebabCase, ToShoutySnakeCase, ToSnakeCase,
    ToTitleCase, ToTrainCase,
};

/// A variant's name under serde's `rename_all`. serde splits before each capital, so `LLMError` becomes
/// `L_L_M_ERROR`; an unknown case leaves the name alone.
pub(super) fn serde_variant(name: &str, case: &str) -> String {
    match case {
        "lowercase" => name.to_ascii_lowercase(),
        "UPPERCASE" => name.to_ascii_uppercase(),
        "camelCase" => {
            let mut letters = name.chars();
            letters.next().map_or_else(String::new, |first| {
                first.to_ascii_lowercase().to_string() + letters.as_str()
            })
        }
        "snake_case" => split_before_capitals(name, '_'),
        "kebab-case" => split_before_capitals(name, '-'),
        "SCREAMING_SNAKE_CASE" => split_before_capitals(name, '_').to_ascii_uppercase(),
        "SCREAMING-KEBAB-CASE" => split_before_capitals(name, '-').to_ascii_uppercase(),
        _ => name.to_owned(),
    }
}

fn split_before_capitals(name: &str, separator: char) -> String {
    let mut split = String::with_capacity(name.len() + 4);
    for (index, letter) in name.char_indices() {
        if index > 0 && letter.is_uppercase() {
            split.push(separator);
        }
        split.push(letter.to_ascii_lowercase());
    }
    split
}

/// A field's name under serde's `rename_all`; fields are in snake_case.
pub(super) fn serde_field(name: &str, case: &str) -> String {
    let pascal = || {
        name.split('_')
            .map(|word| {
                let mut letters = word.chars();
                letters.next().map_or_else(String::new, |first| {
                    first.to_ascii_uppercase().to_string() + letters.as_str()
                })
            })
            .collect::<String>()
    };
    match case {
        "UPPERCASE" | "SCREAMING_SNAKE_CASE" => name.to_ascii_uppercase(),
        "PascalCase" => pascal(),
        "camelCase" => serde_variant(&pascal(), "camelCase"),
        "kebab-case" => name.replace('_', "-"),
        "SCREAMING-KEBAB-CASE" => name.to_ascii_uppercase().replace('_', "-"),
        _ => name.to_owned(),
    }
}

/// A variant's name under strum's `serialize_all`, which splits words as heck does.
pub(super) fn strum_variant(name: &str, case: &str) -> String {
    match case {
        "camelCase" | "mixed_case" => name.to_lower_camel_case(),
        "PascalCase" | "camel_case" => name.to_pascal_case(),
        "kebab-case" | "kebab_case" => name.to_kebab_case(),
        "snake_case" | "snek_case" => name.to_snake_case(),
        "SCREAMING_SNAKE_CASE" | "shouty_snake_case" | "shouty_snek_case" => {
            name.to_shouty_snake_case()
        }
        "SCREAMING-KEBAB-CASE" => name.to_shouty_kebab_case(),
        "Train-Case" | "train_case" => name.to_train_case(),
        "title_case" | "Title Case" => name.to_title_case(),
        "lowercase" | "lower_case" => name.to_lowercase(),
        "UPPERCASE" | "upper_case" => name.to_uppercase(),
        _ => name.to_owned(),
    }
}

/// A variant's name as a code is spelled: `RunNotFound` and `RUN_NOT_FOUND` both give `RUN_NOT_FOUND`.
pub(super) fn code(name: &str) -> String {
    name.to_shouty_snake_case()
}

/// The variant that a code is usually written as: `RunNotFound` for `RUN_NOT_FOUND`.
pub(super) fn variant(code: &str) -> String {
    code.to_pascal_case()
}
