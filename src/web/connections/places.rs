//! The places for connections: how many there are, who holds them, and who makes room.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use ipnet::{IpNet, Ipv6Net};
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::limits::ConnectionLimits;

/// Somebody who presses must not fill the log too.
const SAY_EVERY: Duration = Duration::from_secs(10);

/// All places of one listener. Cheap to clone.
#[derive(Clone)]
pub(super) struct Places(Arc<Shared>);

struct Shared {
    limits: Arc<ConnectionLimits>,
    began: Instant,
    said: Mutex<Option<Instant>>,
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    next: u64,
    places: HashMap<u64, Arc<Activity>>,
    /// How many each address holds, where that is limited.
    addresses: HashMap<IpAddr, usize>,
}

/// What a connection does.
struct Activity {
    /// The address it counts for; `None` for those who may hold all.
    counts_for: Option<IpAddr>,
    reserve: bool,
    /// Requests under way, and those that became a WebSocket.
    busy: AtomicUsize,
    asked: AtomicBool,
    /// When something last began or ended, in ms since the first place was given.
    since: AtomicU64,
    evicted: CancellationToken,
}

impl Activity {
    fn is_quiet(&self) -> bool {
        self.busy.load(Ordering::Acquire) == 0
    }
}

/// A connection's place, free again when the last clone is gone. Handlers find it in the request's extensions.
#[derive(Clone)]
pub struct Place(Arc<Mine>);

struct Mine {
    id: u64,
    activity: Arc<Activity>,
    shared: Arc<Shared>,
}

/// Something is under way on the connection; it ends when this is dropped.
pub(in crate::web) struct Busy(Place);

impl Places {
    pub(super) fn new(limits: ConnectionLimits) -> Self {
        let limits = Arc::new(limits);
        Self(Arc::new(Shared { limits, began: Instant::now(), said: Mutex::default(), held: Mutex::default() }))
    }

    pub(super) fn limits(&self) -> Arc<ConnectionLimits> {
        Arc::clone(&self.0.limits)
    }

    /// A place for a client of this address, or none. A quiet connection may have to make room.
    pub(super) fn enter(&self, ip: IpAddr) -> Option<Place> {
        let shared = &self.0;
        let limits = &shared.limits;
        let counts_for = counted(ip, &limits.exempt);
        let mut held = shared.held();
        if let Some(address) = counts_for
            && held.addresses.get(&address).is_some_and(|count| *count >= limits.per_address)
            && !held.evict(|activity| activity.counts_for == Some(address))
        {
            drop(held);
            shared.refuse("address", ip);
            return None;
        }
        let open = limits.total.saturating_sub(limits.reserve);
        let mut reserve = false;
        if held.places.len() >= open && !held.evict(|_| true) {
            if held.places.len() >= limits.total {
                drop(held);
                shared.refuse("total", ip);
                return None;
            }
            reserve = true;
        }
        let activity = Arc::new(Activity {
            counts_for,
            reserve,
            busy: AtomicUsize::new(0),
            asked: AtomicBool::new(false),
            since: AtomicU64::new(shared.now()),
            evicted: CancellationToken::new(),
        });
        let id = held.next;
        held.next += 1;
        held.places.insert(id, Arc::clone(&activity));
        if let Some(address) = counts_for {
            *held.addresses.entry(address).or_default() += 1;
        }
        metrics::gauge!("connections_open").increment(1.0);
        Some(Place(Arc::new(Mine { id, activity, shared: Arc::clone(shared) })))
    }

    /// Somebody who does nothing has to go: there are no files left.
    pub(super) fn make_room(&self) {
        self.0.held().evict(|_| true);
    }

    /// Whether the next one needs room made.
    pub(super) fn is_full(&self) -> bool {
        let limits = &self.0.limits;
        self.0.held().places.len() >= limits.total.saturating_sub(limits.reserve)
    }

    #[cfg(test)]
    pub(super) fn open(&self) -> usize {
        self.0.held().places.len()
    }
}

impl Shared {
    fn held(&self) -> MutexGuard<'_, Held> {
        // Counts are changed in one step: a panic in between leaves them right.
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn now(&self) -> u64 {
        u64::try_from(self.began.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    fn refuse(&self, why: &'static str, ip: IpAddr) {
        metrics::counter!("connections_refused_total", "why" => why).increment(1);
        let mut said = self.said.lock().unwrap_or_else(PoisonError::into_inner);
        if said.is_none_or(|at| at.elapsed() >= SAY_EVERY) {
            *said = Some(Instant::now());
            tracing::warn!(client.address = %ip, limit = why, "connections are refused: there are as many as may be");
        }
    }
}

impl Held {
    /// Closes the connection that has been quiet for the longest time: first those that never asked for anything, last
    /// those of proxies, which have others behind them. Whether there was one.
    fn evict(&mut self, of: impl Fn(&Activity) -> bool) -> bool {
        let quiet = self.places.iter().filter(|(_, activity)| activity.is_quiet() && of(activity));
        let longest = quiet.min_by_key(|(id, activity)| {
            let (asked, since) = (activity.asked.load(Ordering::Relaxed), activity.since.load(Ordering::Relaxed));
            (activity.counts_for.is_none(), asked, since, **id)
        });
        let Some(id) = longest.map(|(id, _)| *id) else { return false };
        if let Some(activity) = self.remove(id) {
            metrics::counter!("connections_closed_total", "why" => "room").increment(1);
            activity.evicted.cancel();
        }
        true
    }

    fn remove(&mut self, id: u64) -> Option<Arc<Activity>> {
        let activity = self.places.remove(&id)?;
        if let Some(address) = activity.counts_for
            && let Some(count) = self.addresses.get_mut(&address)
        {
            *count -= 1;
            if *count == 0 {
                self.addresses.remove(&address);
            }
        }
        metrics::gauge!("connections_open").decrement(1.0);
        Some(activity)
    }
}

impl Place {
    /// Something begins.
    pub(in crate::web) fn occupy(&self) -> Busy {
        let activity = &self.0.activity;
        activity.busy.fetch_add(1, Ordering::AcqRel);
        activity.asked.store(true, Ordering::Relaxed);
        Busy(self.clone())
    }

    /// Whether nothing is under way.
    pub(super) fn is_quiet(&self) -> bool {
        self.0.activity.is_quiet()
    }

    /// Whether a request ever came.
    pub(super) fn has_asked(&self) -> bool {
        self.0.activity.asked.load(Ordering::Relaxed)
    }

    /// Whether it was given out of the reserve.
    pub(super) fn is_reserve(&self) -> bool {
        self.0.activity.reserve
    }

    /// Returns when somebody else needs the place.
    pub(super) async fn evicted(&self) {
        self.0.activity.evicted.cancelled().await;
    }
}

impl Drop for Mine {
    fn drop(&mut self) {
        self.shared.held().remove(self.id);
    }
}

impl Drop for Busy {
    fn drop(&mut self) {
        let mine = &self.0.0;
        mine.activity.since.store(mine.shared.now(), Ordering::Relaxed);
        mine.activity.busy.fetch_sub(1, Ordering::AcqRel);
    }
}

/// The address that a client counts for. The owner of an IPv6 address has all of its /64.
fn counted(ip: IpAddr, exempt: &[IpNet]) -> Option<IpAddr> {
    let ip = ip.to_canonical();
    if exempt.iter().any(|net| net.contains(&ip)) {
        return None;
    }
    Some(match ip {
        IpAddr::V4(_) => ip,
        IpAddr::V6(v6) => Ipv6Net::new(v6, 64).map_or(ip, |net| IpAddr::V6(net.network())),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn places(total: usize, reserve: usize, per_address: usize) -> Places {
        let limits = ConnectionLimits { total, reserve, per_address, ..ConnectionLimits::new(total, per_address) };
        Places::new(limits.exempting(vec!["10.9.0.0/16".parse().unwrap()]))
    }

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn f8_the_longest_quiet_makes_room_and_who_asked_stays() {
        let places = places(5, 1, 5);
        let asked = places.enter(ip("192.0.2.1")).unwrap();
        drop(asked.occupy());
        let proxy = places.enter(ip("10.9.8.7")).unwrap();
        let first = places.enter(ip("192.0.2.2")).unwrap();
        let second = places.enter(ip("192.0.2.3")).unwrap();
        let evicted = |place: &Place| place.0.activity.evicted.is_cancelled();
        // A fifth: one of the silent ones goes, the older of them.
        let third = places.enter(ip("192.0.2.4")).unwrap();
        assert!(evicted(&first) && !third.is_reserve());
        let _fourth = places.enter(ip("192.0.2.5")).unwrap().occupy();
        assert!(evicted(&second));
        let _fifth = places.enter(ip("192.0.2.6")).unwrap().occupy();
        assert!(evicted(&third));
        // Nobody silent is left: who asked for something some time ago goes before a proxy's connection.
        assert!(!evicted(&asked));
        let _sixth = places.enter(ip("192.0.2.7")).unwrap().occupy();
        assert!(evicted(&asked) && !evicted(&proxy));
        let _seventh = places.enter(ip("192.0.2.8")).unwrap().occupy();
        assert!(evicted(&proxy));
        // All are at work: the reserve is left, and then nothing.
        let reserve = places.enter(ip("192.0.2.9")).unwrap();
        assert!(reserve.is_reserve());
        let busy = reserve.occupy();
        assert!(places.enter(ip("192.0.2.10")).is_none());
        drop((busy, reserve));
        assert!(places.enter(ip("192.0.2.10")).is_some());
    }

    #[test]
    fn f8_one_address_makes_room_for_itself_only() {
        let places = places(100, 4, 3);
        let other = places.enter(ip("198.51.100.1")).unwrap();
        let network =
            ["2001:db8:0:7::1", "2001:db8:0:7::2", "2001:db8:0:7:ffff::3"].map(|at| places.enter(ip(at)).unwrap());
        let busy = network.each_ref().map(Place::occupy);
        assert!(places.enter(ip("2001:db8:0:7::4")).is_none(), "a /64 is one address");
        assert!(places.enter(ip("2001:db8:0:8::4")).is_some());
        drop(busy);
        let next = places.enter(ip("2001:db8:0:7::4")).unwrap();
        assert!(network.iter().any(|place| place.0.activity.evicted.is_cancelled()));
        assert!(!other.0.activity.evicted.is_cancelled() && !next.is_reserve());
        let proxies: Vec<Place> = (0..50).map(|_| places.enter(ip("::ffff:10.9.1.1")).unwrap()).collect();
        let _busy: Vec<Busy> = proxies.iter().map(Place::occupy).collect();
        assert!(places.enter(ip("10.9.1.1")).is_some(), "a proxy stands for many");
    }

    proptest! {
        #[test]
        fn f8_counts_are_right_whatever_comes_and_goes(steps in proptest::collection::vec((0u8..4, 0u8..6), 0..200)) {
            let places = places(12, 2, 4);
            let mut held: Vec<Place> = Vec::new();
            let mut busy: Vec<Busy> = Vec::new();
            for (what, who) in steps {
                let address = ip(if who == 5 { "10.9.0.1" } else { ["192.0.2.1", "192.0.2.2", "192.0.2.3", "2001:db8::1", "2001:db8::2"][usize::from(who)] });
                match what {
                    0 | 1 => held.extend(places.enter(address)),
                    2 if !held.is_empty() => busy.push(held[usize::from(who) % held.len()].occupy()),
                    3 if !busy.is_empty() => drop(busy.swap_remove(usize::from(who) % busy.len())),
                    _ if !held.is_empty() => drop(held.swap_remove(usize::from(who) % held.len())),
                    _ => {}
                }
                let inner = places.0.held();
                prop_assert!(inner.places.len() <= 12);
                prop_assert!(inner.addresses.values().all(|count| (1..=4).contains(count)));
                let counted: usize = inner.addresses.values().sum();
                prop_assert_eq!(counted, inner.places.values().filter(|activity| activity.counts_for.is_some()).count());
            }
            drop((held, busy));
            prop_assert_eq!(places.open(), 0);
            prop_assert!(places.0.held().addresses.is_empty());
        }
    }
}
