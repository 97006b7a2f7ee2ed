//! PostgreSQL's values: types, casts, operators and functions, and the tables of pg_catalog.

pub mod datum;
pub mod pg_catalog;
