use std::sync::Arc;

use super::{ColumnDefault, Constraint, Function, Oid, Policy, Relation, Rule, Trigger, Type};
use crate::catalog::History;

/// An object of any kind.
#[derive(Debug, Clone)]
pub(crate) enum Object {
    Schema(Arc<Schema>),
    Role(Arc<Role>),
    Extension(Arc<Extension>),
    Relation(Arc<Relation>),
    Type(Arc<Type>),
    Function(Arc<Function>),
    Constraint(Arc<Constraint>),
    Default(Arc<ColumnDefault>),
    Policy(Arc<Policy>),
    Trigger(Arc<Trigger>),
    Rule(Arc<Rule>),
    Other(Arc<Other>),
}

/// A kind of object that the model stores.
pub(crate) trait Stored: Clone {
    /// The object as this kind.
    fn from_object(object: &Object) -> Option<&Self>;
    /// The object as this kind, to be changed.
    fn from_object_mut(object: &mut Object) -> Option<&mut Self>;
}

macro_rules! stored {
    ($($variant:ident($kind:ident)),* $(,)?) => {
        $(
            impl Stored for $kind {
                fn from_object(object: &Object) -> Option<&Self> {
                    match object {
                        Object::$variant(o) => Some(o),
                        _ => None,
                    }
                }

                fn from_object_mut(object: &mut Object) -> Option<&mut Self> {
                    match object {
                        Object::$variant(o) => Some(Arc::make_mut(o)),
                        _ => None,
                    }
                }
            }

            impl From<$kind> for Object {
                fn from(object: $kind) -> Self {
                    Self::$variant(Arc::new(object))
                }
            }
        )*

        /// Whether two objects are one in the same state, by identity.
        impl PartialEq for Object {
            fn eq(&self, other: &Self) -> bool {
                match (self, other) {
                    $((Self::$variant(a), Self::$variant(b)) => Arc::ptr_eq(a, b),)*
                    _ => false,
                }
            }
        }

        impl Object {
            /// The statements that made and changed it, to be added to.
            pub(crate) fn history_mut(&mut self) -> &mut History {
                match self {
                    $(Self::$variant(o) => &mut Arc::make_mut(o).history,)*
                }
            }
        }
    };
}

stored! {
    Schema(Schema),
    Role(Role),
    Extension(Extension),
    Relation(Relation),
    Type(Type),
    Function(Function),
    Constraint(Constraint),
    Default(ColumnDefault),
    Policy(Policy),
    Trigger(Trigger),
    Rule(Rule),
    Other(Other),
}

/// A schema.
#[derive(Debug, Clone)]
pub(crate) struct Schema {
    pub(crate) name: Arc<str>,
    pub(crate) owner: Oid,
    pub(crate) history: History,
}

impl Schema {
    /// A schema of that name, made by no statement.
    pub(crate) fn named(name: &str) -> Self {
        Self { name: name.into(), owner: Oid::POSTGRES, history: History::default() }
    }
}

/// A role.
#[derive(Debug, Clone)]
pub(crate) struct Role {
    pub(crate) name: Arc<str>,
    pub(crate) superuser: bool,
    pub(crate) login: bool,
    pub(crate) bypasses_rls: bool,
    pub(crate) history: History,
}

impl Role {
    /// A role of that name without attributes.
    pub(crate) fn named(name: &str) -> Self {
        Self {
            name: name.into(),
            superuser: false,
            login: false,
            bypasses_rls: false,
            history: History::default(),
        }
    }

    /// The same role as a superuser.
    pub(crate) fn superuser(self) -> Self {
        Self { superuser: true, login: true, bypasses_rls: true, ..self }
    }
}

/// An installed extension.
#[derive(Debug, Clone)]
pub(crate) struct Extension {
    pub(crate) name: Arc<str>,
    pub(crate) schema: Oid,
    pub(crate) history: History,
}

/// A kind of object of which no more than its name matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum OtherKind {
    Collation,
    EventTrigger,
    ForeignServer,
    ForeignDataWrapper,
    Operator,
    OperatorClass,
    OperatorFamily,
    Publication,
    /// A table that a publication names.
    PublicationTable,
    /// A schema whose tables a publication names.
    PublicationSchema,
    /// `FOR ALL TABLES` of a publication.
    PublicationAll,
    Statistics,
    TextSearch,
}

/// What makes an object an event trigger.
#[derive(Debug, Clone)]
pub(crate) struct EventTrigger {
    /// `ddl_command_start` and its like.
    pub(crate) event: Arc<str>,
    /// The tags that it is for, none for all.
    pub(crate) tags: Vec<Arc<str>>,
    pub(crate) function: Oid,
    /// `evtenabled`: O, D, R or A.
    pub(crate) enabled: char,
}

/// An object of which no more than its name matters, or little more.
#[derive(Debug, Clone)]
pub(crate) struct Other {
    pub(crate) kind: OtherKind,
    /// The schema, for kinds that live in one.
    pub(crate) schema: Option<Oid>,
    pub(crate) name: Arc<str>,
    /// What tells it from its namesakes: the types of an operator, the access method of an operator class.
    pub(crate) key: Arc<str>,
    /// The type of which it is the default operator class.
    pub(crate) default_for: Option<Oid>,
    /// What makes it an event trigger.
    pub(crate) event_trigger: Option<Arc<EventTrigger>>,
    pub(crate) history: History,
}

impl Other {
    /// An object of that name outside of schemas, made by no statement.
    pub(crate) fn named(kind: OtherKind, name: impl Into<Arc<str>>) -> Self {
        let key = "".into();
        let history = History::default();
        let name = name.into();
        Self { kind, schema: None, name, key, default_for: None, event_trigger: None, history }
    }
}
