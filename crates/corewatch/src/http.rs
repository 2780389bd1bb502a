//! `/metrics`, `/health/live` and `/health/ready`: read only.

use crate::run::Shared;
use anyhow::{Context, Result};
use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use serde_json::{Map, Value, json};
use std::sync::Arc;
use tokio::net::TcpListener;

/// Serves until the process ends.
///
/// # Errors
/// If the address cannot be listened on.
pub async fn serve(shared: Arc<Shared>) -> Result<()> {
    let address = shared.config.http_listen;
    let listener = TcpListener::bind(address).await.with_context(|| {
        format!("cannot listen on {address}: set http.listen to a free address (port 0 takes any)")
    })?;
    tracing::info!(address = %listener.local_addr()?, "serving /metrics and /health");
    let router = Router::new()
        .route("/metrics", get(metrics))
        .route("/health/live", get(live))
        .route("/health/ready", get(ready))
        .with_state(shared);
    tokio::spawn(async move {
        if let Err(error) = axum::serve(listener, router).await {
            tracing::error!(%error, "the HTTP server has ended");
        }
    });
    Ok(())
}

async fn metrics(State(shared): State<Arc<Shared>>) -> Response {
    let text = shared
        .metrics
        .render(&shared.watchdog, &shared.ready_checks());
    ([(header::CONTENT_TYPE, "text/plain; version=0.0.4")], text).into_response()
}

/// Whether all threads turn; never how the brokers are, or the lag.
async fn live(State(shared): State<Arc<Shared>>) -> Response {
    answer(&[("threads", shared.watchdog.is_live())])
}

async fn ready(State(shared): State<Arc<Shared>>) -> Response {
    answer(&shared.ready_checks())
}

fn answer(checks: &[(&'static str, bool)]) -> Response {
    let all = checks.iter().all(|(_, holds)| *holds);
    let status = if all {
        StatusCode::OK
    } else {
        StatusCode::SERVICE_UNAVAILABLE
    };
    let checks: Map<String, Value> = checks
        .iter()
        .map(|(check, holds)| ((*check).to_owned(), json!(holds)))
        .collect();
    let body = json!({ "ok": all, "checks": checks }).to_string();
    (status, [(header::CONTENT_TYPE, "application/json")], body).into_response()
}
