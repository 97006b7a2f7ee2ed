//! From migrations to a catalog: by an interpreter, by a throw-away PostgreSQL, or from a database as it is.

pub mod engine;

use railcheck_catalog::{catalog, span};
use railcheck_datum::{datum, pg_catalog};
