//! Endpoints, callers and error codes of TypeScript and Rust sources.

pub mod source;

use railcheck_catalog::span;
