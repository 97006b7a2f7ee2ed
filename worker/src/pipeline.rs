//! The steps of a run: create, and then claim, context, generate, validate, persist.

pub mod artifact;
pub mod context;
pub mod create;
pub mod execute;
pub mod record;
mod result_cache;
pub mod run_error;
pub mod safety;
pub mod validation;
