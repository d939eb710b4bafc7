//! The sandbox as its peers see it: a customer's application, phones, REST and the Client SDK, all over HTTP.

mod calls;
mod controls;
mod flows;
mod regions;
mod rest_api;
mod sdk_calls;
mod sockets;
mod tones;
mod world;
