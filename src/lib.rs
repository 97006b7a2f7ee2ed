//! railcheck answers one question: does this repository still keep its guardrails?
//!
//! It reads migrations and sources for what they mean. Data flows one way: files become a
//! [`catalog::Catalog`] (through an [`engine`]) and a [`source::SourceIndex`]; checks judge the rules of packs
//! by these facts; reporters show the findings.

pub mod access;
pub mod blame;
pub mod catalog;
pub mod checks;
pub mod cli;
pub mod config;
pub mod coverage;
pub mod datum;
pub mod engine;
pub mod facts;
pub mod finding;
pub mod input;
pub mod judge;
pub mod load;
pub mod migrate;
pub mod mutate;
pub mod pack;
mod pg_catalog;
pub mod prover;
pub mod report;
pub mod since;
pub mod source;
pub mod span;
pub mod starter;
pub mod suggest;
pub mod suppress;
pub mod verify;
pub mod yaml;
