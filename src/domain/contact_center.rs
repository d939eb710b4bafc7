//! The contact centre: agents who take and place calls in a browser.
//!
//! The decisions: what an agent may do when ([`presence`]), how long they did it ([`ledger`]), whom a caller reaches
//! ([`routing`]), what callers hear ([`flows`]), and what is known of a call beyond the platform's own record
//! ([`call`]), who is in it ([`parties`]) and hears whom ([`hearing`]), whether it still goes on ([`liveness`]), what a
//! console shows ([`desk`]) and asks for ([`command`]), what a visitor's page shows ([`visitor`]), what there is of a message
//! ([`message`]), what has happened to a call ([`story`]), which number is shown to those who are called ([`caller_id`]), and what of it is
//! the operator's to set ([`console_settings`]), kept by its [`word`].

pub mod call;
pub mod caller_id;
#[cfg(test)]
pub(crate) mod chance;
pub mod command;
pub mod console_settings;
pub mod desk;
pub mod flows;
pub mod hearing;
pub mod ledger;
pub mod liveness;
pub mod message;
pub mod operator_flow;
pub mod parties;
pub mod presence;
pub mod routing;
pub mod story;
pub mod visitor;
pub mod word;
