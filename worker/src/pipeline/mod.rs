//! The steps of a run: create, and then claim, context, generate, validate, persist.

pub mod artifact;
pub mod context;
pub mod create;
pub mod execute;
mod kept;
pub mod record;
pub mod run_error;
pub mod safety;
pub mod validation;
