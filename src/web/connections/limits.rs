//! What connections may cost.

use std::time::Duration;

use ipnet::IpNet;

/// What connections may cost.
#[derive(Debug, Clone)]
pub struct ConnectionLimits {
    /// How many are open at once, over all clients.
    pub total: usize,
    /// Of these, how many are kept for the platform and for health checks.
    pub reserve: usize,
    /// How many one address may hold; of IPv6, one /64.
    pub per_address: usize,
    /// Who may hold all of them: reverse proxies, which stand for many.
    pub exempt: Vec<IpNet>,
    /// A new connection must have sent the head of a request by then.
    pub first_request: Duration,
    /// Later, the next head must be there by then. More than what reverse proxies keep a connection for (nginx: 60 s).
    pub idle: Duration,
    /// A client that reads nothing of what waits for it is given up after this. What nginx gives it (`send_timeout`).
    pub unread: Duration,
}

impl ConnectionLimits {
    /// These two limits, and usual values for the rest.
    #[must_use]
    pub fn new(total: usize, per_address: usize) -> Self {
        let total = total.max(8);
        Self {
            total,
            reserve: (total / 16).clamp(2, 256),
            per_address: per_address.min(total / 2),
            exempt: Vec::new(),
            first_request: Duration::from_secs(10),
            idle: Duration::from_secs(75),
            unread: Duration::from_secs(60),
        }
    }

    /// These may hold all of them.
    #[must_use]
    pub fn exempting(self, exempt: Vec<IpNet>) -> Self {
        Self { exempt, ..self }
    }
}
