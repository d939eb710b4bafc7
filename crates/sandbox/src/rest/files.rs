//! Recordings: `GET|DELETE /v1/files/{id}`, with a token of the application that recorded.

use axum::Router;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::answer::{Problem, application};
use crate::exchange::Exchange;

pub fn router(exchange: Exchange) -> Router {
    Router::new()
        .route("/v1/files/{id}", get(download).delete(delete))
        .route("/v3/files/{id}", get(download).delete(delete))
        .with_state(exchange)
}

async fn download(
    State(exchange): State<Exchange>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let application = application(&exchange, &headers)?;
    let wav = exchange.state().recordings.get(&application.id, &id).ok_or(Problem::NotFound)?;
    Ok(([(header::CONTENT_TYPE, "audio/wav")], wav).into_response())
}

async fn delete(
    State(exchange): State<Exchange>,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<StatusCode, Problem> {
    let application = application(&exchange, &headers)?;
    match exchange.state().recordings.delete(&application.id, &id) {
        true => Ok(StatusCode::NO_CONTENT),
        false => Err(Problem::NotFound),
    }
}
