//! What schemas, tables and policies there are, where each comes from, and what is found wrong with them.

pub mod catalog;
pub mod finding;
pub mod span;

use railcheck_datum::datum;
