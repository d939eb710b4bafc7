//! `GET /api/openapi.json`: the description of what outside systems call, made of the handlers and types themselves; and
//! the same for people, `GET /api`.
//!
//! Each handler has its description as an attribute (`#[utoipa::path]`), and the router takes route and description from
//! it together. This file adds what belongs to no route.

pub(super) mod page;
pub(super) mod parts;

use std::sync::Arc;

use axum::Json;
use axum::extract::Extension;
use axum::response::{IntoResponse, Response};
use serde_json::Value;
use utoipa::openapi::security::{Http, HttpAuthScheme, SecurityScheme};
use utoipa::openapi::{ComponentsBuilder, InfoBuilder, OpenApi, OpenApiBuilder, PathItem, SecurityRequirement, Server};

use super::problem::ProblemBody;

const ABOUT: &str = "Make a key with `switchboard api-key create --name NAME` and send it as a bearer token. \
                     Times are milliseconds since 1970, UTC. Numbers are E.164; a leading + is accepted. \
                     Errors are RFC 9457 problems with a stable `code` and the `field` that is wrong.";

/// The finished description.
#[derive(Debug, Clone)]
pub(super) struct Description(Arc<Value>);

/// What the routes are added to.
pub(super) fn without_routes() -> OpenApi {
    let bearer = || Http::builder().scheme(HttpAuthScheme::Bearer);
    let key = SecurityScheme::Http(bearer().description(Some("A key of `switchboard api-key`.")).build());
    let signed = bearer().bearer_format("JWT").description(Some("Signed by the platform with the signature secret."));
    let components = ComponentsBuilder::new()
        .security_scheme("key", key)
        .security_scheme("platform", SecurityScheme::Http(signed.build()))
        .schema_from::<ProblemBody>();
    OpenApiBuilder::new()
        .info(InfoBuilder::new().title("Switchboard").version(env!("CARGO_PKG_VERSION")).description(Some(ABOUT)))
        .security(Some([SecurityRequirement::new("key", [] as [&str; 0])]))
        .components(Some(components.build()))
        .build()
}

impl Description {
    /// Of what the router has gathered; `server` is the address in people's browsers.
    pub(super) fn new(mut gathered: OpenApi, server: &str) -> Self {
        gathered.servers = Some(vec![Server::new(server)]);
        gathered.paths.paths.values_mut().for_each(two_ways);
        // What cannot be written as JSON does not exist among descriptions; if it did, there would be none.
        Self(Arc::new(serde_json::to_value(gathered).unwrap_or_default()))
    }
}

/// What is asked for by GET as well as POST has its fields in the address then, and a name of its own.
fn two_ways(item: &mut PathItem) {
    if let (Some(get), Some(post)) = (&mut item.get, &item.post)
        && get.operation_id == post.operation_id
    {
        get.request_body = None;
        get.operation_id = post.operation_id.as_ref().map(|name| format!("{name}ByGet"));
    }
}

/// The description, for programs and for generators of clients.
#[utoipa::path(
    get, path = "/api/openapi.json", operation_id = "getDescription", security(()),
    summary = "Gives this description, for programs and for generators of clients.",
    responses((status = 200, description = "The description (OpenAPI 3.1).", body = Object)),
)]
pub(super) async fn document(Extension(Description(document)): Extension<Description>) -> Response {
    Json(document.as_ref()).into_response()
}
