//! Who asks: a stranger, as PostgREST and the functions of the schema auth show them to a policy.

use std::sync::{Arc, LazyLock};

use serde_json::json;

use super::scope::{Open, Relation};
use super::sort::{Lengths, Sort};
use super::value::{Symbol, Value};
use crate::datum::{Datum, Json, Type, Typed};

/// A stranger.
///
/// The signed-in one has a new account and nothing else: an id that is in no row, the role
/// authenticated, an e-mail address, no custom claims, no metadata beyond how they signed in.
/// The signed-out one comes with the anonymous key alone.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Visitor {
    /// Signed in, with an account of their own.
    SignedIn,
    /// Not signed in.
    SignedOut,
}

/// The id of the stranger. It is in no row of any table.
pub(super) const ID: &str = "f1b0c7d2-5a3e-4c58-9d16-7e20a4c9b833";

const EMAIL: &str = "stranger@nowhere.invalid";

static SIGNED_IN: LazyLock<Arc<Json>> = LazyLock::new(|| {
    claims(&json!({
        "aal": "aal1",
        "amr": [{"method": "password", "timestamp": 1_800_000_000}],
        "app_metadata": {"provider": "email", "providers": ["email"]},
        "aud": "authenticated",
        "email": EMAIL,
        "exp": 4_000_000_000_u64,
        "iat": 1_800_000_000,
        "is_anonymous": false,
        "phone": "",
        "role": "authenticated",
        "session_id": "0d5f8a4e-93cb-4f2b-8c1a-b0a7e6d21f94",
        "sub": ID,
        "user_metadata": {},
    }))
});

static SIGNED_OUT: LazyLock<Arc<Json>> = LazyLock::new(|| claims(&json!({"role": "anon"})));

fn claims(claims: &serde_json::Value) -> Arc<Json> {
    Json::parse(&claims.to_string()).unwrap_or(Json::Null).into()
}

/// Whether a constant is the id of the stranger.
pub(super) fn is_id(value: &Value) -> bool {
    value.as_name().is_some_and(|name| *name == *ID)
}

fn jsonb(json: &Arc<Json>) -> Value {
    Value::constant(Typed::new(Type::Jsonb, Datum::Json(Arc::clone(json))))
}

impl Visitor {
    /// The claims of their token.
    pub(super) fn claims(self) -> Arc<Json> {
        Arc::clone(match self {
            Self::SignedIn => &SIGNED_IN,
            Self::SignedOut => &SIGNED_OUT,
        })
    }

    /// One claim, as text.
    fn claim(self, name: &str) -> Value {
        match self.claims().get(name) {
            Some(Json::String(text)) => Value::Text(Arc::clone(text)),
            Some(other) => Value::text(other.output()),
            None => Value::Null,
        }
    }

    /// The row of whoever is signed in in auth.users.
    pub(super) fn account() -> Relation {
        let key: Arc<str> = "account".into();
        let json = |claim: &str| {
            SIGNED_IN.get(claim).map_or(Value::Null, |json| jsonb(&Arc::new(json.clone())))
        };
        let columns = [
            ("id", Self::SignedIn.auth("uid").unwrap_or(Value::Null)),
            ("aud", Value::text("authenticated")),
            ("role", Value::text("authenticated")),
            ("email", Value::text(EMAIL)),
            ("raw_app_meta_data", json("app_metadata")),
            ("raw_user_meta_data", json("user_metadata")),
            ("is_anonymous", Value::Boolean(false)),
        ];
        let mut relation = Relation::open("", Open { key, real: false });
        for (name, value) in columns {
            relation.set(name, value);
        }
        relation
    }

    /// The role that their statements run as.
    pub(super) fn role(self) -> Value {
        self.claim("role")
    }

    /// What a function of the schema auth answers.
    pub(super) fn auth(self, function: &str) -> Option<Value> {
        Some(match function {
            "uid" => match self.claim("sub") {
                Value::Text(id) => Value::read(&Type::Uuid, &id)?,
                other => other,
            },
            "role" => self.claim("role"),
            "email" => self.claim("email"),
            "jwt" => jsonb(&self.claims()),
            _ => return None,
        })
    }

    /// What a setting of the session is.
    pub(super) fn setting(self, name: &str) -> Value {
        match name {
            "request.jwt.claims" => Value::text(self.claims().output()),
            "role" => self.claim("role"),
            _ => match name.strip_prefix("request.jwt.claim.") {
                // PostgREST sets single claims no more; where something does, they are these.
                Some(claim) => self.claim(claim),
                None => {
                    let sort = Sort::Text(Lengths::ANY);
                    let setting = Symbol::opaque(format!("setting {name}"), sort).or_null();
                    Value::Unknown(Symbol { may_be_visitor: true, ..setting })
                }
            },
        }
    }
}
