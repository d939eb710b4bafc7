//! Private calls over HTTP: the JSON interface of the operator's own systems, and the webhooks of texts and PINs.

mod api;
mod bodies;
mod texts;

use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::state::Web;
use super::webhooks;

/// The platform calls these.
pub(super) fn platform() -> OpenApiRouter<Web> {
    OpenApiRouter::new()
        .routes(routes!(webhooks::proxy_call))
        .routes(routes!(texts::pin))
        .routes(routes!(texts::inbound_text))
        .routes(routes!(texts::text_status))
}

/// The operator's own systems call these, with a key.
pub(super) fn interface() -> OpenApiRouter<Web> {
    OpenApiRouter::new().routes(routes!(api::list, api::open)).routes(routes!(api::show, api::close))
}
