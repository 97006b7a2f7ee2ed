//! railcheck answers one question: does this repository still keep its guardrails?
//!
//! It reads migrations and sources for what they mean. Data flows one way: files become a
//! [`catalog::Catalog`] (through an [`engine`]) and a [`source::SourceIndex`]; checks judge the rules of packs
//! by these facts; reporters show the findings.

pub mod access;
pub mod blame;
pub mod checks;
pub mod cli;
pub mod config;
pub mod coverage;
pub mod expression;
pub mod facts;
pub mod fix;
pub mod input;
pub mod judge;
pub mod load;
pub mod migrate;
pub mod mutate;
pub mod pack;
pub mod report;
pub mod since;
pub mod starter;
pub mod suggest;
pub mod suppress;
pub mod verify;
pub mod yaml;

pub use railcheck_catalog::{catalog, finding, span};
pub use railcheck_datum::datum;
pub use railcheck_engine::engine;
pub use railcheck_prover::prover;
pub use railcheck_source::source;
