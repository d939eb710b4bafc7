//! Call tracking: which campaign makes the phone ring.
//!
//! Every campaign has numbers of its own; a call to one of them is the campaign's. All decisions are here, as pure
//! functions: what the caller and the person who answers hear ([`campaign`]), which campaign a visitor of the web site
//! belongs to and how sure an attribution is ([`attribution`]), which calls are tracked and for what ([`tracked`]), how
//! many numbers a pool needs ([`erlang`]), what is no real call ([`spam`]), how a call counts ([`counts`]) and what
//! that adds to the sums ([`rollup`]), and which day and hour it was where the business is ([`zone`]).

pub mod attribution;
pub mod campaign;
pub mod counts;
pub mod erlang;
mod referrer;
pub mod report;
pub mod rollup;
pub mod spam;
pub mod track;
pub mod tracked;
pub mod zone;
