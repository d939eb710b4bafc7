//! How many visits may start: per address and in total, by governor, on our own clock.

use std::net::IpAddr;
use std::num::NonZeroU32;
use std::sync::Arc;
use std::time::Duration;

use governor::clock::Clock as GovernorClock;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::keyed::DefaultKeyedStateStore;
use governor::state::{InMemoryState, NotKeyed};
use governor::{Quota, RateLimiter};

use super::clock::Clock;
use super::settings::Limits;

/// More addresses than this are not remembered: those that were quiet for long are forgotten first.
const MOST_ADDRESSES: usize = 50_000;

/// Our clock as governor wants it. A jump backwards costs nobody anything: governor takes it for no time passing.
#[derive(Clone)]
struct Injected(Arc<dyn Clock>);

impl GovernorClock for Injected {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        let ms = u64::try_from(self.0.now_ms()).unwrap_or_default();
        Nanos::from(Duration::from_millis(ms))
    }
}

type NoExtra = NoOpMiddleware<Nanos>;

pub(super) struct VisitGate {
    clock: Injected,
    each: RateLimiter<IpAddr, DefaultKeyedStateStore<IpAddr>, Injected, NoExtra>,
    all: RateLimiter<NotKeyed, InMemoryState, Injected, NoExtra>,
}

/// Why a visit may not start now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shut {
    ForYou { retry_after_s: u64 },
    ForAll,
}

impl VisitGate {
    pub(super) fn new(limits: &Limits, clock: Arc<dyn Clock>) -> Self {
        let quota = |each_minute: u32| Quota::per_minute(NonZeroU32::new(each_minute).unwrap_or(NonZeroU32::MIN));
        Self::of(quota(limits.visits_per_minute_per_ip), quota(limits.visits_per_minute), clock)
    }

    /// For what is asked for seldom: so often in an hour, from one address and in all.
    pub(super) fn hourly(each: NonZeroU32, all: NonZeroU32, clock: Arc<dyn Clock>) -> Self {
        Self::of(Quota::per_hour(each), Quota::per_hour(all), clock)
    }

    fn of(each: Quota, all: Quota, clock: Arc<dyn Clock>) -> Self {
        let clock = Injected(clock);
        let each = RateLimiter::new(each, DefaultKeyedStateStore::default(), clock.clone());
        let all = RateLimiter::new(all, InMemoryState::default(), clock.clone());
        Self { clock, each, all }
    }

    /// Takes one visit's share, or says why not.
    pub(super) fn pass(&self, address: IpAddr) -> Result<(), Shut> {
        if self.each.len() > MOST_ADDRESSES {
            self.each.retain_recent();
        }
        if let Err(refused) = self.each.check_key(&network(address)) {
            let wait = refused.wait_time_from(self.clock.now());
            return Err(Shut::ForYou {
                retry_after_s: wait.as_millis().div_ceil(1000).try_into().unwrap_or(60).max(1),
            });
        }
        self.all.check().map_err(|_| Shut::ForAll)
    }

    /// Forgets addresses that have their whole share again.
    pub(super) fn forget(&self) {
        self.each.retain_recent();
        self.each.shrink_to_fit();
    }
}

/// What one person has: an IPv4 address, or the /64 that a household gets. A mapped IPv4 address is the IPv4 address.
pub(super) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        v4 @ IpAddr::V4(_) => v4,
        IpAddr::V6(v6) => {
            let mut segments = v6.segments();
            segments[4..].fill(0);
            IpAddr::from(segments)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_household_is_one_address() {
        let of = |text: &str| network(text.parse().unwrap());
        assert_eq!(of("2001:db8:1:2:3:4:5:6"), of("2001:db8:1:2:ffff::1"));
        assert_ne!(of("2001:db8:1:2::1"), of("2001:db8:1:3::1"));
        assert_eq!(of("::ffff:192.0.2.1"), of("192.0.2.1"));
        assert_ne!(of("192.0.2.1"), of("192.0.2.2"));
    }
}
