//! Logs. Only this crate's own lines are written, whatever the level: those of libraries quote statements,
//! headers and rows.

use std::io::stderr;

use tracing_subscriber::filter::{EnvFilter, LevelFilter, filter_fn};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, fmt};

use crate::cli::LogFormat;

const OWN_TARGET: &str = "diagnosis_worker";

/// Starts logging to stderr at the level of RUST_LOG, and keeps the words of panics out of it.
pub fn start(format: LogFormat) {
    let level = EnvFilter::builder()
        .with_default_directive(LevelFilter::INFO.into())
        .with_env_var("RUST_LOG")
        .from_env_lossy();
    let own = filter_fn(|metadata| metadata.target().starts_with(OWN_TARGET));
    let layer = fmt::layer().with_writer(stderr);
    let layer = match format {
        LogFormat::Pretty => layer.compact().boxed(),
        LogFormat::Json => layer.json().flatten_event(true).boxed(),
    };
    // A second start, as in tests, keeps the first.
    let _ =
        tracing_subscriber::registry().with(layer.with_filter(own).with_filter(level)).try_init();
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "a task panicked");
    }));
}
