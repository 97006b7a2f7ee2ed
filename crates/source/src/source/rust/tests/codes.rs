use super::{check, declarations};

const RIGHT: &str = "Code: RUN_NOT_FOUND=RUN_NOT_FOUND LLM_ERROR=LLM_ERROR";

#[test]
fn each_way_of_writing_an_enum_is_read() {
    check(
        [
            ("impl Code { pub fn as_str(&self) -> &'static str { match self { Self::RunNotFound => \"RUN_NOT_FOUND\", Self::LlmError => \"LLM_ERROR\" } } }", RIGHT),
            ("impl Code { pub const fn as_str(self) -> &'static str { use Code::*; match self { RunNotFound => \"RUN_NOT_FOUND\", LlmError => \"LLM_ERROR\" } } }", RIGHT),
            ("impl Code { fn as_str(&self) -> &str { if matches!(self, Code::RunNotFound) { \"RUN_NOT_FOUND\" } else { \"LLM_ERROR\" } } }", RIGHT),
            ("impl Code { fn as_str(&self) -> &str { if *self == Code::RunNotFound { return \"RUN_NOT_FOUND\"; } \"LLM_ERROR\" } }", RIGHT),
            ("const NAMES: [&str; 2] = [\"RUN_NOT_FOUND\", \"LLM_ERROR\"]; impl Code { fn as_str(self) -> &'static str { NAMES[self as usize] } }", RIGHT),
            ("const A: &str = \"RUN_NOT_FOUND\"; const B: &str = concat!(\"LLM\", \"_ERROR\"); impl Code { fn as_str(&self) -> &str { match *self { Code::RunNotFound => A, Code::LlmError => B } } }", RIGHT),
            ("impl fmt::Display for Code { fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result { f.write_str(match self { Self::RunNotFound => \"RUN_NOT_FOUND\", Self::LlmError => \"LLM_ERROR\" }) } }", RIGHT),
            ("impl fmt::Display for Code { fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result { match self { Self::RunNotFound => write!(f, \"RUN_NOT_FOUND\"), Self::LlmError => f.pad(\"LLM_ERROR\") } } }", RIGHT),
            ("impl Display for Code { fn fmt(&self, f: &mut Formatter<'_>) -> Result { let text = match self { Self::RunNotFound => \"RUN_NOT_FOUND\", Self::LlmError => \"LLM_ERROR\" }; write!(f, \"{text}\") } }", RIGHT),
            ("impl From<Code> for &'static str { fn from(code: Code) -> Self { match code { Code::RunNotFound => \"RUN_NOT_FOUND\", Code::LlmError => \"LLM_ERROR\" } } }", RIGHT),
            ("impl From<&Code> for String { fn from(code: &Code) -> String { match code { Code::RunNotFound => \"RUN_NOT_FOUND\".to_owned(), Code::LlmError => \"LLM_ERROR\".into() } } }", RIGHT),
            ("impl AsRef<str> for Code { fn as_ref(&self) -> &str { match self { Code::RunNotFound => \"RUN_NOT_FOUND\", Code::LlmError => \"LLM_ERROR\" } } }", RIGHT),
            ("impl serde::Serialize for Code { fn serialize<S: Serializer>(&self, s: S) -> Result<S::Ok, S::Error> { s.serialize_str(match self { Code::RunNotFound => \"RUN_NOT_FOUND\", Code::LlmError => \"LLM_ERROR\" }) } }", RIGHT),
            ("impl Code { fn code(&self) -> &'static str { match self { Code::RunNotFound => \"RUN_NOT_FOUND\", Code::LlmError => \"LLM_ERROR\" } } }", RIGHT),
            ("impl Code { fn as_str(&self) -> &'static str { match self { Self::RunNotFound => \"RUN_NOT_FOUND\", Self::LlmError => \"LLM_ERROR\" } } }
              impl Display for Code { fn fmt(&self, f: &mut Formatter) -> Result { f.write_str(self.as_str()) } }
              impl From<Code> for String { fn from(code: Code) -> String { code.to_string() } }
              impl Serialize for Code { fn serialize<S: Serializer>(&self, s: S) -> R { self.as_str().serialize(s) } }", RIGHT),
            ("impl Code { fn as_str(&self) -> &'static str { match self { Self::RunNotFound => \"RUN_NOT_FOUND\", Self::LlmError => \"LLM_ERROR\" } } }
              impl Display for Code { fn fmt(&self, f: &mut Formatter) -> Result { fmt::Display::fmt(self.as_str(), f) } }", RIGHT),
            ("impl Code { fn as_str(&self) -> &'static str { match self { Self::RunNotFound => \"RUN_NOT_FOUND\", Self::LlmError => \"LLM_ERROR\" } } }
              impl Display for Code { fn fmt(&self, f: &mut Formatter) -> Result { self.as_str().fmt(f) } }", RIGHT),
            ("impl Code { fn as_str(&self) -> &'static str { match self { Self::RunNotFound => \"RUN_NOT_FOUND\", Self::LlmError => \"LLM_ERROR\" } }
              fn message(&self) -> &'static str { match self { Self::RunNotFound => \"no such run\", Self::LlmError => \"it failed\" } } }", RIGHT),
        ],
        |source| format!("enum Code {{ RunNotFound, LlmError }}\n{source}"),
        declarations,
    );
}

#[test]
fn derived_ways_of_writing_are_read() {
    check(
        [
            (
                "#[derive(Serialize)] #[serde(rename_all = \"SCREAMING_SNAKE_CASE\")] enum Code { RunNotFound, LlmError }",
                RIGHT,
            ),
            (
                "#[derive(serde::Serialize, serde::Deserialize)] #[serde(rename_all = \"SCREAMING_SNAKE_CASE\")] enum Code { RunNotFound, LlmError }",
                RIGHT,
            ),
            (
                "#[derive(Serialize)] enum Code { #[serde(rename = \"RUN_NOT_FOUND\")] RunNotFound, #[serde(rename(serialize = \"LLM_ERROR\"))] LlmError }",
                RIGHT,
            ),
            ("#[derive(Serialize)] enum Code { RUN_NOT_FOUND, LLM_ERROR }", RIGHT),
            (
                "#[derive(Debug, strum::Display)] #[strum(serialize_all = \"SCREAMING_SNAKE_CASE\")] enum Code { RunNotFound, LLMError }",
                RIGHT,
            ),
            (
                "use strum::{Display, EnumString}; #[derive(Display, EnumString)] #[strum(serialize_all = \"SCREAMING_SNAKE_CASE\")] enum Code { RunNotFound, LlmError }",
                RIGHT,
            ),
            (
                "use strum_macros::Display; #[derive(Display)] enum Code { #[strum(serialize = \"RUN_NOT_FOUND\")] RunNotFound, #[strum(to_string = \"LLM_ERROR\", serialize = \"llm\")] LlmError }",
                RIGHT,
            ),
            (
                "use strum::*; #[derive(AsRefStr, IntoStaticStr)] #[strum(serialize_all = \"SCREAMING_SNAKE_CASE\")] enum Code { RunNotFound, LlmError }",
                RIGHT,
            ),
            (
                "#[derive(strum::IntoStaticStr)] #[strum(serialize_all = \"UPPERCASE\", prefix = \"\")] enum Code { Run_Not_Found, LLM_ERROR }",
                RIGHT,
            ),
            (
                "use thiserror::Error; #[derive(Error)] enum Code { #[error(\"RUN_NOT_FOUND\")] RunNotFound, #[error(\"LLM_ERROR\")] LlmError }",
                RIGHT,
            ),
            (
                "#[derive(derive_more::Display)] enum Code { #[display(\"RUN_NOT_FOUND\")] RunNotFound, #[display(fmt = \"LLM_ERROR\")] LlmError }",
                RIGHT,
            ),
            (
                "#[cfg_attr(feature = \"serde\", derive(serde::Serialize), serde(rename_all = \"SCREAMING_SNAKE_CASE\"))] enum Code { RunNotFound, LlmError }",
                RIGHT,
            ),
            (
                "#[derive(Serialize)] #[serde(rename_all = \"SCREAMING_SNAKE_CASE\")] enum Code { RunNotFound, #[cfg(any())] Gone, LlmError }",
                RIGHT,
            ),
            (
                "#[derive(Serialize)] #[serde(into = \"String\")] enum Code { RunNotFound, LlmError } impl From<Code> for String { fn from(c: Code) -> String { match c { Code::RunNotFound => \"RUN_NOT_FOUND\".into(), Code::LlmError => \"LLM_ERROR\".into() } } }",
                RIGHT,
            ),
        ],
        str::to_owned,
        declarations,
    );
}

#[test]
fn ways_that_disagree_are_all_values() {
    const AS_STR: &str = "impl Code { fn as_str(&self) -> &'static str { match self { Self::RunNotFound => \"RUN_NOT_FOUND\", Self::LlmError => \"LLM_ERROR\" } } }";
    check(
        [
            (
                "#[derive(Serialize)] enum Code { RunNotFound, LlmError }",
                "Code: RUN_NOT_FOUND=RUN_NOT_FOUND|RunNotFound LLM_ERROR=LLM_ERROR|LlmError",
            ),
            (
                "#[derive(Serialize)] #[serde(rename_all = \"snake_case\")] enum Code { RunNotFound, LlmError }",
                "Code: RUN_NOT_FOUND=RUN_NOT_FOUND|run_not_found LLM_ERROR=LLM_ERROR|llm_error",
            ),
            (
                "#[derive(Serialize)] #[serde(rename_all = \"SCREAMING_SNAKE_CASE\")] enum Code { RunNotFound, #[serde(rename = \"LLM_FAILED\")] LlmError }",
                "Code: RUN_NOT_FOUND=RUN_NOT_FOUND LLM_ERROR=LLM_ERROR|LLM_FAILED",
            ),
            (
                "enum Code { RunNotFound, LlmError } impl fmt::Display for Code { fn fmt(&self, f: &mut F) -> R { f.write_str(\"failed\") } }",
                "Code: RUN_NOT_FOUND=RUN_NOT_FOUND|failed LLM_ERROR=LLM_ERROR|failed",
            ),
            (
                "enum Code { RunNotFound, LlmError } impl fmt::Display for Code { fn fmt(&self, f: &mut F) -> R { write!(f, \"{self:?}\") } }",
                "Code: RUN_NOT_FOUND=RUN_NOT_FOUND|RunNotFound LLM_ERROR=LLM_ERROR|LlmError",
            ),
            (
                "enum Code { RunNotFound, LlmError } impl fmt::Display for Code { fn fmt(&self, f: &mut F) -> R { write!(f, \"E_{}\", self.as_str()) } }",
                "Code: RUN_NOT_FOUND=RUN_NOT_FOUND|E_RUN_NOT_FOUND LLM_ERROR=LLM_ERROR|E_LLM_ERROR",
            ),
            (
                "enum Code { RunNotFound, LlmError } impl From<Code> for String { fn from(c: Code) -> String { c.as_str().to_lowercase() } }",
                "Code: RUN_NOT_FOUND=RUN_NOT_FOUND|run_not_found LLM_ERROR=LLM_ERROR|llm_error",
            ),
            ("#[derive(Deserialize, EnumIter)] enum Code { RunNotFound, LlmError }", RIGHT),
        ],
        |source| format!("{source}\n{AS_STR}"),
        declarations,
    );
}

#[test]
fn a_code_is_known_by_its_variant() {
    check(
        [
            (
                "enum Code { RunNotFound, LlmError } impl Code { fn as_str(&self) -> &str { match self { Self::RunNotFound => \"LLM_ERROR\", Self::LlmError => \"RUN_NOT_FOUND\" } } }",
                "Code: RUN_NOT_FOUND=LLM_ERROR LLM_ERROR=RUN_NOT_FOUND",
            ),
            (
                "enum Code { Missing, LLMError } impl Code { fn as_str(&self) -> &str { match self { Self::Missing => \"RUN_NOT_FOUND\", Self::LLMError => \"LLM_ERROR\" } } }",
                RIGHT,
            ),
            (
                "#[derive(Serialize)] #[serde(rename_all = \"SCREAMING_SNAKE_CASE\")] enum Code { RunNotFound, LLMError }",
                "Code: RUN_NOT_FOUND=RUN_NOT_FOUND LLM_ERROR=L_L_M_ERROR",
            ),
            (
                "enum Code { RunNotFound, Unexpected } impl Code { fn as_str(&self) -> &str { match self { Self::RunNotFound => \"RUN_NOT_FOUND\", _ => \"UNEXPECTED_ERROR\" } } }",
                "Code: RUN_NOT_FOUND=RUN_NOT_FOUND UNEXPECTED_ERROR=UNEXPECTED_ERROR",
            ),
            (
                "enum Code { RunNotFound, LlmError } impl Code { fn as_str(&self) -> String { match self { Self::RunNotFound => \"RUN_NOT_FOUND\".into(), Self::LlmError => std::env::var(\"X\").unwrap() } } }",
                "Code: RUN_NOT_FOUND=RUN_NOT_FOUND LLM_ERROR=",
            ),
        ],
        str::to_owned,
        declarations,
    );
}

#[test]
fn what_declares_no_codes_is_no_declaration() {
    check(
        [
            ("enum Colour { Red } impl Colour { fn as_str(&self) -> &str { \"RED\" } }", ""),
            (
                "#[cfg(test)] mod tests { enum Code { RunNotFound } impl Code { fn as_str(&self) -> &str { \"RUN_NOT_FOUND\" } } }",
                "",
            ),
            (
                "#[derive(thiserror::Error)] enum Failure { #[error(\"run {0} not found\")] RunNotFound(u8), #[error(\"llm error\")] LlmError, #[error(\"v\")] ValidationError, #[error(\"p\")] PersistenceError, #[error(\"i\")] InvalidStatus }",
                "",
            ),
            ("// enum Code { RunNotFound }\nconst X: &str = \"enum Code { RUN_NOT_FOUND }\";", ""),
            ("#[derive(Debug, Clone)] enum Code { RunNotFound, LlmError }", ""),
        ],
        str::to_owned,
        declarations,
    );
}
