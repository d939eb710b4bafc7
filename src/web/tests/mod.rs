//! The HTTP face, one request at a time, over a real database and no platform.

mod app;
mod audio_socket;
mod headers;
mod live;
mod routes;
mod webhooks;
