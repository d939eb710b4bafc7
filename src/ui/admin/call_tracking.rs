//! Call tracking for the operator. Every page is whole from the server: filters are links and forms, charts are drawn by
//! the server, and a bar is a link to its calls. Nothing needs JavaScript.

pub mod calls;
pub mod campaigns;
mod chart;
mod filter;
pub mod hooks;
pub(super) mod parts;
mod pool;
pub mod report;
