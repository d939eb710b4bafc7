//! What a form leaves for the next page, beside its outcome: the names under which it is left. Server only.

/// The secret of an address that was just added, with the address.
pub const SECRET: &str = "webhook-secret";
/// The draft of a campaign that was refused, with the page it is of.
pub const TYPED: &str = "campaign";
/// A caller who could not be blocked: [`NotBlocked`](super::content::NotBlocked).
pub const NOT_BLOCKED: &str = "not-blocked";
/// An address that was refused.
pub const URL: &str = "webhook-url";
