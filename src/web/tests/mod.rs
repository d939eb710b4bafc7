//! The HTTP face, one request at a time, over a real database and no platform.

mod app;
mod headers;
mod interfaces;
mod live;
mod roles;
mod routes;
mod webhooks;
