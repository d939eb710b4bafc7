//! The HTTP face, one request at a time, over a real database and no platform.

mod access;
mod admin;
mod app;
mod audio_socket;
mod business;
mod call_flows;
mod call_tracking;
mod console_settings;
mod described;
mod edge;
mod forget;
mod headers;
mod hostile;
mod hours;
mod interfaces;
mod jwt;
mod live;
mod live_pages;
mod menus;
mod openapi;
mod privacy;
mod private_calls;
mod roles;
mod routes;
mod session;
mod webhooks;
