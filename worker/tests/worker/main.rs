//! The worker's tests, against a throw-away PostgreSQL and an LLM that is not. They are one program, so that they
//! share a server and are linked once.

mod end_to_end;
mod failover;
mod faults;
mod http_contract;
mod locked_rows;
mod lost_replies;
mod migrations;
mod model;
mod no_phi;
mod outcomes;
mod plans;
mod providers;
mod published_keys;
mod readiness;
mod record;
mod row_level_security;
mod stage;
mod steps;
#[cfg(feature = "otlp")]
mod telemetry;
mod wire;
