//! The run pipeline: creates, queues, executes and shows diagnosis runs.
//!
//! The table `diagnosis_runs` is the queue. [`queue`] claims runs from it under leases, [`pipeline`]
//! executes their steps, [`provider`] makes the diagnoses, and [`api`] is how callers see them, within what
//! row-level security allows. Clinical data travels as [`phi::Phi`]; what fails is an
//! [`error_code::ErrorCode`] and never free text.

pub mod api;
pub mod cli;
pub mod client;
pub mod commands;
pub mod database;
pub mod error_code;
pub mod login;
pub mod metrics;
pub mod phi;
pub mod pipeline;
pub mod provider;
pub mod queue;
pub mod settings;
pub mod telemetry;
