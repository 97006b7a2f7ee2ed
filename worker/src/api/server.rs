//! Serves the router over HTTP/1.1, with limits that axum's own server does not have.

use std::io;
use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use hyper::server::conn::http1;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use hyper_util::service::TowerToHyperService;
use tokio::net::{TcpListener, TcpStream};
use tokio::time::{sleep, timeout};
use tokio_util::sync::CancellationToken;

/// How long a request's head may take, and how long a connection may idle between requests.
const HEAD_LIMIT: Duration = Duration::from_secs(20);
/// How long requests under way may take after a shutdown began.
const FINISH_LIMIT: Duration = Duration::from_secs(10);

/// Opens the address.
pub async fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    TcpListener::bind(address).await
}

/// Serves until `shutdown` is cancelled; then lets the requests under way finish.
pub async fn serve(listener: TcpListener, router: Router, shutdown: CancellationToken) {
    let connections = GracefulShutdown::new();
    loop {
        tokio::select! {
            () = shutdown.cancelled() => break,
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => serve_connection(stream, &router, &connections),
                // Out of file descriptors, most likely: those in use have to go first.
                Err(_) => sleep(Duration::from_millis(100)).await,
            },
        }
    }
    drop(listener);
    if timeout(FINISH_LIMIT, connections.shutdown()).await.is_err() {
        tracing::warn!("requests were cut off by the shutdown");
    }
}

fn serve_connection(stream: TcpStream, router: &Router, connections: &GracefulShutdown) {
    let service = TowerToHyperService::new(router.clone());
    let connection = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HEAD_LIMIT)
        .serve_connection(TokioIo::new(stream), service);
    let connection = connections.watch(connection);
    // A connection that breaks is its client's loss.
    tokio::spawn(async move { drop(connection.await) });
}
