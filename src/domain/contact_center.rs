//! The contact centre: agents who take and place calls in a browser.
//!
//! The decisions: what an agent may do when ([`presence`]), how long they did it ([`ledger`]), whom a caller reaches
//! ([`routing`]), what callers hear ([`flows`]).

pub mod presence;
