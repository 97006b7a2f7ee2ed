//! Guarded migrations: what is pending is applied in one transaction, the rules are judged on the
//! catalog inside it, and it is committed only if none is broken.

mod apply;
mod create;
mod error;
mod guard;
mod history;
mod lock;
mod migration;
mod script;
mod status;

pub use apply::{Applied, Apply, Ending, Event, Options, apply};
pub use create::{NewMigration, NewMigrationError};
pub use error::MigrateError;
pub use guard::Guard;
pub use history::{HistoryTable, Ledger, Record};
pub use migration::{Migration, Version, in_order};
pub use script::Alone;
pub use status::{Entry, State, entries, status};

use crate::datum::quote_literal as literal;
