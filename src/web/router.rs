//! The table of contents: every route of the application.

use std::time::Duration;

use axum::extract::DefaultBodyLimit;
use axum::http::StatusCode;
use axum::middleware::{from_fn, from_fn_with_state};
use axum::response::Redirect;
use axum::routing::{get, post};
use axum::{Extension, Router};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::{DefaultPredicate, NotForContentType, Predicate as _};
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::timeout::TimeoutLayer;
use utoipa_axum::router::{OpenApiRouter, UtoipaMethodRouterExt as _};
use utoipa_axum::routes;

use super::arguments::BODY_LIMIT;
use super::openapi::Description;
use super::state::Web;
use super::{
    arguments, assets, audio_socket, auth, business, call_flows, call_recordings, call_tracking, contact_center,
    health, hold_music, hours, jwt, live, observe, openapi, pages, peer, private_calls, resume, security, sessions,
    upload, webhooks,
};
use crate::api::business::{LOGO, PREVIEW};
use crate::api::call_flows::CHECK;
use crate::api::contact_center::CONSOLE;
use crate::api::hours::{CALL_BACK, IMPORT};
use crate::api::queues;

/// How long an answer may take to begin. Streams begin at once.
const TIME_LIMIT: Duration = Duration::from_secs(30);

/// The whole application as one service.
pub fn router(web: Web) -> Router {
    // Everything else is a file of the site, or a page that says that there is no such page.
    let files = Router::new().fallback(assets::file_or_page);

    let browsers = public()
        .merge(people(&web).into())
        .merge(files.into())
        .layer(CompressionLayer::new().compress_when(DefaultPredicate::new().and(NotForContentType::new("audio/"))))
        .layer(RequestBodyLimitLayer::new(BODY_LIMIT))
        .merge(uploads(&web).into())
        .layer(web.policy.cross_site());

    let (routes, described) = OpenApiRouter::with_openapi(openapi::without_routes())
        .merge(platform())
        .merge(machines())
        .merge(interfaces())
        // Called by pages of the operator's own web site, wherever that is.
        .merge(call_tracking::sites())
        .merge(browsers)
        .split_for_parts();

    // Outermost last. Whatever happens inside, the answer carries the security headers and is counted.
    routes
        .layer(Extension(Description::new(described, &web.policy.origin)))
        .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, TIME_LIMIT))
        .layer(CatchPanicLayer::custom(observe::Panicked))
        .layer(from_fn_with_state(web.clone(), security::headers))
        .layer(from_fn_with_state(web.clone(), peer::identify))
        .layer(from_fn_with_state(web.clone(), observe::request))
        .with_state(web)
}

/// Called by the platform, from no browser: signed, without cookies, exempt from the cross-site check. GET and POST
/// everywhere: the application and each action of a flow choose, and a proxy's redirect makes one of the other.
fn platform() -> OpenApiRouter<Web> {
    OpenApiRouter::new()
        .routes(routes!(webhooks::answer))
        .routes(routes!(webhooks::fallback))
        .routes(routes!(webhooks::event))
        // The same by other names.
        .route("/webhooks/events", get(webhooks::event).post(webhooks::event))
        .route("/event", get(webhooks::event).post(webhooks::event))
        .routes(routes!(webhooks::dtmf))
        .routes(routes!(webhooks::recording))
        .routes(routes!(webhooks::rtc))
        .routes(routes!(audio_socket::open))
        .routes(routes!(webhooks::track_call))
        .routes(routes!(call_tracking::whisper))
        .merge(private_calls::platform())
}

/// Called by machines of the operator's.
fn machines() -> OpenApiRouter<Web> {
    OpenApiRouter::new()
        .routes(routes!(health::alive))
        .routes(routes!(health::ready))
        .routes(routes!(health::metrics_with_key))
}

/// Called by the operator's own systems with a key (`api_key::ApiCaller`), from no browser: no cookie, no session.
fn interfaces() -> OpenApiRouter<Web> {
    OpenApiRouter::new()
        .routes(routes!(openapi::document))
        .routes(routes!(jwt::token).map(|token| token.options(jwt::preflight)))
        .routes(routes!(jwt::queue).map(|queue| queue.options(jwt::preflight)))
        // With the slash too many that clients of the sample make.
        .route("//api/queue", post(jwt::queue).options(jwt::preflight))
        .route("//api/jwt", post(jwt::token).options(jwt::preflight))
        .merge(private_calls::interface())
        .merge(call_tracking::interfaces())
        .layer(RequestBodyLimitLayer::new(BODY_LIMIT))
}

/// Called by browsers that need no session.
fn public() -> OpenApiRouter<Web> {
    OpenApiRouter::new()
        .route("/audio/hold.wav", get(hold_music::file))
        .route("/audio/music/{file}", get(hold_music::own))
        .route("/brand/logo/{version}", get(business::logo))
        .route("/api", get(openapi::page::page))
        .routes(routes!(auth::token))
        .route("/live/visits/{visit}", get(live::visit))
        // A visitor who loads the answer again, or changes its language, is on the support page.
        .route(CALL_BACK, get(|| async { Redirect::to("/") }).post(hours::call_back))
}

/// Called by people: the pages, the server functions under /api, what consoles ask for, the operators' streams.
fn people(web: &Web) -> Router<Web> {
    Router::new()
        .route("/live/calls", get(live::calls))
        .route("/live/webhooks", get(live::webhooks))
        .route("/live/pages", get(live::pages))
        .route("/live/console", get(contact_center::desk))
        .route(CONSOLE, post(contact_center::command))
        .route(CHECK, post(call_flows::check))
        .route(PREVIEW, post(business::preview))
        .route("/console/voicemails/{id}", get(contact_center::voicemail))
        .route("/live/calls/{conversation}/audio", get(audio_socket::levels_stream))
        .route("/recordings/{recording}", get(audio_socket::recording))
        .route("/call-recordings/{id}", get(call_recordings::recording))
        .route("/admin/tracking/calls.csv", get(call_tracking::csv_page))
        .merge(
            pages::routes(web)
                .layer(from_fn(arguments::readable))
                .layer(from_fn_with_state(web.clone(), resume::carry)),
        )
        .layer(from_fn_with_state(web.clone(), sessions::bound))
        .layer(sessions::layer(web))
}

/// Files that people send, which are larger than a form.
fn uploads(web: &Web) -> Router<Web> {
    Router::new()
        .route(IMPORT, post(hours::import))
        .route(LOGO, post(business::upload))
        .route(queues::UPLOAD, post(hold_music::upload))
        .layer(DefaultBodyLimit::disable())
        .layer(RequestBodyLimitLayer::new(upload::LIMIT))
        .layer(from_fn_with_state(web.clone(), sessions::bound))
        .layer(sessions::layer(web))
}

/// What those who watch are told at an address of their own, to which strangers have no way: without a key, and with
/// reasons.
pub fn watchers(web: Web) -> Router {
    Router::new()
        .route("/healthz", get(health::alive))
        .route("/readyz", get(health::ready_or_why))
        .route("/metrics", get(health::metrics))
        .with_state(web)
}
