//! Whether an SQL expression is true of every row.

pub mod prover;

use railcheck_catalog::catalog;
use railcheck_datum::datum;
use railcheck_engine::engine;
