//! Logs and traces. Only this crate's own lines and spans are written, whatever the level: those of libraries
//! quote statements, headers and rows.

use std::io::stderr;

use tracing_subscriber::filter::{EnvFilter, LevelFilter, filter_fn};
use tracing_subscriber::layer::SubscriberExt;
use tracing_subscriber::util::SubscriberInitExt;
use tracing_subscriber::{Layer, fmt};

use crate::cli::LogFormat;

const OWN_TARGET: &str = "diagnosis_worker";

/// What must be finished before the process ends.
#[must_use = "spans that are not flushed are lost"]
#[derive(Debug, Default)]
pub struct Telemetry {
    #[cfg(feature = "otlp")]
    exporter: Option<otlp::Exporter>,
}

impl Telemetry {
    /// Sends what has not been sent.
    pub fn finish(self) {
        #[cfg(feature = "otlp")]
        if let Some(exporter) = self.exporter {
            exporter.finish();
        }
    }
}

/// Starts logging to stderr at the level of RUST_LOG, and keeps the words of panics out of it. With the
/// feature `otlp`, and OTEL_EXPORTER_OTLP_ENDPOINT set, spans also go to a collector.
pub fn start(format: LogFormat) -> Telemetry {
    let level = EnvFilter::builder()
        .with_default_directive(LevelFilter::INFO.into())
        .with_env_var("RUST_LOG")
        .from_env_lossy();
    let own = || filter_fn(|metadata| metadata.target().starts_with(OWN_TARGET));
    let layer = fmt::layer().with_writer(stderr);
    let layer = match format {
        LogFormat::Pretty => layer.compact().boxed(),
        LogFormat::Json => layer.json().flatten_event(true).boxed(),
    };
    let registry = tracing_subscriber::registry().with(layer.with_filter(own()).with_filter(level));
    #[cfg(feature = "otlp")]
    let (registry, telemetry) = {
        let (layer, exporter) = otlp::layer().unzip();
        (registry.with(layer.map(|layer| layer.with_filter(own()))), Telemetry { exporter })
    };
    #[cfg(not(feature = "otlp"))]
    let telemetry = Telemetry::default();
    // A second start, as in tests, keeps the first.
    let _ = registry.try_init();
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        tracing::error!(place, "a task panicked");
    }));
    telemetry
}

#[cfg(feature = "otlp")]
mod otlp {
    use opentelemetry::trace::TracerProvider as _;
    use opentelemetry_otlp::SpanExporter;
    use opentelemetry_sdk::Resource;
    use opentelemetry_sdk::trace::SdkTracerProvider;
    use tracing::Subscriber;
    use tracing_subscriber::Layer;
    use tracing_subscriber::registry::LookupSpan;

    const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";

    /// The way to the collector.
    #[derive(Debug)]
    pub(super) struct Exporter(SdkTracerProvider);

    impl Exporter {
        pub(super) fn finish(self) {
            // A collector that is away takes nothing; the process ends all the same.
            let _ = self.0.shutdown();
        }
    }

    /// The layer that exports spans, if a collector is configured.
    pub(super) fn layer<S>() -> Option<(impl Layer<S>, Exporter)>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        std::env::var_os(ENDPOINT)?;
        // The exporter's client needs the process's cryptography, be the endpoint encrypted or not.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let exporter = SpanExporter::builder().with_http().build().ok()?;
        let provider = SdkTracerProvider::builder()
            .with_batch_exporter(exporter)
            .with_resource(Resource::builder().with_service_name("diagnosis-worker").build())
            .build();
        let tracer = provider.tracer("diagnosis-worker");
        Some((tracing_opentelemetry::layer().with_tracer(tracer), Exporter(provider)))
    }
}
