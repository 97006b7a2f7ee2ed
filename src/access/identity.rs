use serde_json::{Value, json};

use super::schema::Column;

/// Somebody whom rows belong to. All that somebody has is marked by the same few values, whatever column
/// they stand in: so a policy finds its way from a row to its owner along foreign keys and along columns
/// that no constraint ties together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Identity {
    /// The owner who attacks.
    Owner,
    /// The owner who is attacked.
    Victim,
    /// Somebody with an account and no rows.
    Stranger,
}

impl Identity {
    /// The owners of rows.
    pub(super) const OWNERS: [Self; 2] = [Self::Owner, Self::Victim];

    /// How rows and reports call it.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Owner => "owner",
            Self::Victim => "another owner",
            Self::Stranger => "stranger",
        }
    }

    fn number(self) -> u32 {
        match self {
            Self::Owner => 1,
            Self::Victim => 2,
            Self::Stranger => 3,
        }
    }

    /// The id of the account.
    pub(super) fn uuid(self) -> String {
        let n = self.number();
        format!("{n}{n}{n}{n}{n}{n}{n}{n}-0000-4000-8000-00000000000{n}")
    }

    fn email(self) -> String {
        format!("somebody-{}@example.test", self.number())
    }

    /// The claims of a token as Supabase issues it.
    pub(super) fn claims(self) -> Value {
        json!({
            "sub": self.uuid(),
            "role": "authenticated",
            "aud": "authenticated",
            "email": self.email(),
            "is_anonymous": false,
            "app_metadata": {},
            "user_metadata": {},
        })
    }

    /// A value for a column by its type, as text that PostgreSQL reads; `None` for a type of which none
    /// is known. `variation` tells values of one owner apart.
    pub(super) fn value(self, column: &Column, variation: usize) -> Option<String> {
        let marked = |text: String| {
            if variation == 0 { text } else { format!("{variation}-{text}") }
        };
        let number = self.number() as usize;
        let text = match column.base.as_str() {
            "uuid" if variation == 0 => self.uuid(),
            "uuid" => format!("{0}{0}{0}{0}{0}{0}{0}{0}-0000-4000-9000-{variation:012}", number),
            "int2" => (30_000 + number + 10 * variation).to_string(),
            "int4" | "int8" | "numeric" | "float4" | "float8" | "oid" => {
                (1_000_000 + number + 10 * variation).to_string()
            }
            "bool" => "false".to_owned(),
            "text" | "varchar" | "bpchar" | "name" | "citext" => {
                let text = if column.name.contains("email") { self.email() } else { self.uuid() };
                let text = marked(text);
                text.chars().take(column.length.unwrap_or(usize::MAX)).collect()
            }
            "timestamptz" | "timestamp" | "date" | "time" | "timetz" => "now".to_owned(),
            "interval" => "1 day".to_owned(),
            "json" | "jsonb" => "{}".to_owned(),
            "bytea" => "\\x00".to_owned(),
            "inet" | "cidr" => "10.0.0.1".to_owned(),
            "xml" => "<a/>".to_owned(),
            "tsvector" => String::new(),
            _ => match (column.category, column.labels.last()) {
                // What comes last among roles and states tends to allow least.
                ('E', Some(label)) => label.clone(),
                ('A', _) => "{}".to_owned(),
                ('R', _) => "empty".to_owned(),
                _ => return None,
            },
        };
        Some(text)
    }
}
