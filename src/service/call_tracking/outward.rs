//! The way out to addresses that an operator typed: only to the public internet, and to the very address that was checked.
//!
//! A name is resolved once for each connection, by the resolver of the HTTP client itself; what it finds is checked, and
//! the connection goes there. Rejected: resolving first and letting the client resolve again. The owner of the name can
//! answer differently the second time (DNS rebinding).

use std::io;
use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use futures::future::BoxFuture;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use url::{Host, Url};

use crate::domain::lost::Lost;
use crate::vonage;

/// Finds the addresses of a name.
pub type Lookup = Arc<dyn Fn(String) -> BoxFuture<'static, io::Result<Vec<IpAddr>>> + Send + Sync>;

/// How long a name server may take.
const LOOKUP_TIME: Duration = Duration::from_secs(3);

/// Why nothing was sent there.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unreachable {
    #[error("{}", Lost::NoHost)]
    Unknown,
    #[error("{}", Lost::NotPublic)]
    NotPublic,
}

impl From<Unreachable> for Lost {
    fn from(unreachable: Unreachable) -> Self {
        match unreachable {
            Unreachable::Unknown => Self::NoHost,
            Unreachable::NotPublic => Self::NotPublic,
        }
    }
}

/// Which addresses may be reached, and how names are resolved.
#[derive(Clone)]
pub struct Outward {
    lookup: Lookup,
    allowed: fn(IpAddr) -> bool,
}

/// An HTTP client that reaches nothing else. Made once.
#[derive(Debug, Clone)]
pub struct HookClient(reqwest::Client);

impl HookClient {
    /// # Errors
    /// When the TLS library cannot be set up.
    pub fn new(outward: Outward) -> reqwest::Result<Self> {
        // A proxy would resolve the name by itself. Redirects are not followed, as everywhere.
        let client = vonage::client::http_builder().no_proxy().dns_resolver(Checked(outward)).build()?;
        Ok(Self(client))
    }

    pub(super) fn post(&self, url: Url) -> reqwest::RequestBuilder {
        self.0.post(url)
    }
}

impl Outward {
    /// The public internet, or in the sandbox, which is for one machine, everything.
    #[must_use]
    pub fn system(sandbox: bool) -> Self {
        let lookup: Lookup = Arc::new(|name| {
            Box::pin(async move {
                let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
                Ok(found.map(|address| address.ip()).collect())
            })
        });
        Self { lookup, allowed: if sandbox { |_| true } else { is_public } }
    }

    /// Whether a request may go to `url`, as far as can be said without sending it: for an address, this is all there is to
    /// check; a name is checked again when a connection is made.
    ///
    /// # Errors
    /// [`Unreachable`].
    pub async fn reachable(&self, url: &Url) -> Result<(), Unreachable> {
        self.literal(url)?;
        match url.host() {
            Some(Host::Domain(name)) => self.addresses(name.to_owned()).await.map(drop),
            _ => Ok(()),
        }
    }

    /// A client does not resolve what is an address already.
    ///
    /// # Errors
    /// [`Unreachable`].
    pub fn literal(&self, url: &Url) -> Result<(), Unreachable> {
        let address = match url.host() {
            Some(Host::Ipv4(v4)) => IpAddr::V4(v4),
            Some(Host::Ipv6(v6)) => IpAddr::V6(v6),
            Some(Host::Domain(_)) => return Ok(()),
            None => return Err(Unreachable::Unknown),
        };
        if (self.allowed)(address) { Ok(()) } else { Err(Unreachable::NotPublic) }
    }

    /// Where a name leads. One address that may not be reached is one too many.
    async fn addresses(&self, name: String) -> Result<Vec<IpAddr>, Unreachable> {
        let found = tokio::time::timeout(LOOKUP_TIME, (self.lookup)(name)).await;
        let Ok(Ok(addresses)) = found else { return Err(Unreachable::Unknown) };
        match addresses.iter().all(|address| (self.allowed)(*address)) {
            true if !addresses.is_empty() => Ok(addresses),
            true => Err(Unreachable::Unknown),
            false => Err(Unreachable::NotPublic),
        }
    }
}

struct Checked(Outward);

impl Resolve for Checked {
    fn resolve(&self, name: Name) -> Resolving {
        let outward = self.0.clone();
        Box::pin(async move {
            let addresses = outward.addresses(name.as_str().to_owned()).await?;
            // Port 0: the client puts the right one there.
            Ok(Box::new(addresses.into_iter().map(|address| SocketAddr::new(address, 0))) as Addrs)
        })
    }
}

/// What [`Outward`] found wrong, when that is why a request failed.
#[must_use]
pub fn unreachable(error: &reqwest::Error) -> Option<Unreachable> {
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        if let Some(found) = error.downcast_ref::<Unreachable>() {
            return Some(*found);
        }
        cause = error.source();
    }
    None
}

fn is_public(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => {
            let [a, b, c, _] = v4.octets();
            let shared = a == 100 && (64..128).contains(&b);
            let testing = a == 198 && (b == 18 || b == 19);
            // 192.0.0.0/24 is for protocols (RFC 6890), 192.88.99.0/24 was a relay's (RFC 7526).
            let protocols = (a, b, c) == (192, 0, 0) || (a, b, c) == (192, 88, 99);
            !(v4.is_private() || v4.is_loopback() || v4.is_link_local() || v4.is_broadcast() || v4.is_documentation())
                && !(v4.is_unspecified() || v4.is_multicast() || shared || testing || protocols || a == 0 || a >= 240)
        }
        IpAddr::V6(v6) => match v6.to_ipv4_mapped() {
            Some(v4) => is_public(IpAddr::V4(v4)),
            // 2000::/3 is what is routed; of it 2001:db8::/32 is for documents, and 2001::/32 and 2002::/16 hide IPv4
            // addresses.
            None => {
                let [a, b, ..] = v6.segments();
                (a & 0xe000) == 0x2000 && !(a == 0x2001 && (b == 0x0db8 || b == 0)) && a != 0x2002
            }
        },
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use wiremock::matchers::method;
    use wiremock::{Mock, MockServer, ResponseTemplate};

    use super::*;

    const HOME: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    /// A name server that gives these answers, one after the other, the last for ever; and how often it was asked.
    fn answers(all: &'static [&'static str]) -> (Lookup, Arc<Mutex<usize>>) {
        let asked = Arc::new(Mutex::new(0));
        let count = Arc::clone(&asked);
        let lookup: Lookup = Arc::new(move |_| {
            let mut count = count.lock().unwrap();
            let answer = all[(*count).min(all.len() - 1)];
            *count += 1;
            Box::pin(async move { Ok(answer.split(' ').map(|ip| ip.parse().unwrap()).collect()) })
        });
        (lookup, asked)
    }

    async fn theirs() -> (MockServer, Url) {
        let server = MockServer::start().await;
        let moved = ResponseTemplate::new(302).insert_header("location", format!("{}/moved", server.uri()));
        Mock::given(method("POST")).respond_with(moved).mount(&server).await;
        Mock::given(method("GET")).respond_with(ResponseTemplate::new(200)).mount(&server).await;
        let url = Url::parse(&format!("http://hooks.example:{}/told", server.address().port())).unwrap();
        (server, url)
    }

    #[tokio::test]
    async fn f21_a_name_that_leads_elsewhere_the_second_time_is_not_followed_there() {
        let (server, url) = theirs().await;
        for second in [&["93.184.216.34", "127.0.0.1"][..], &["93.184.216.34", "93.184.216.34 127.0.0.1"]] {
            let (lookup, _) = answers(Box::leak(second.to_vec().into_boxed_slice()));
            let outward = Outward { lookup, allowed: is_public };
            assert_eq!(outward.reachable(&url).await, Ok(()), "when it was typed in");
            let client = HookClient::new(outward).unwrap();
            let error = client.post(url.clone()).send().await.unwrap_err();
            assert_eq!(unreachable(&error), Some(Unreachable::NotPublic), "{error:?}");
        }
        assert!(server.received_requests().await.unwrap().is_empty());
    }

    #[tokio::test]
    async fn f21_the_connection_goes_to_the_address_that_was_checked_and_follows_no_redirect() {
        let (server, url) = theirs().await;
        let (lookup, asked) = answers(&["127.0.0.1", "192.0.2.1"]);
        let client = HookClient::new(Outward { lookup, allowed: |address| address == HOME }).unwrap();
        let answer = client.post(url).send().await.unwrap();
        assert_eq!(answer.status(), 302);
        assert_eq!((server.received_requests().await.unwrap().len(), *asked.lock().unwrap()), (1, 1));
    }

    #[tokio::test]
    async fn f21_an_address_is_checked_although_nobody_resolves_it() {
        let outward = Outward::system(false);
        for own in [
            "https://127.0.0.1/",
            "https://[::1]/",
            "https://169.254.169.254/",
            "https://2130706433/",
            "https://0x7f.1/",
        ] {
            let url = Url::parse(own).unwrap();
            assert_eq!(outward.literal(&url), Err(Unreachable::NotPublic), "{own}");
            assert_eq!(outward.reachable(&url).await, Err(Unreachable::NotPublic), "{own}");
            assert_eq!(Outward::system(true).reachable(&url).await, Ok(()), "in the sandbox");
        }
    }

    #[test]
    fn knows_the_internet() {
        for public in ["93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946"] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
        for own in [
            "127.0.0.1",
            "10.1.2.3",
            "169.254.169.254",
            "192.168.0.1",
            "192.0.0.170",
            "100.64.0.1",
            "0.0.0.0",
            "::1",
            "fd00::1",
            "::ffff:127.0.0.1",
            "fe80::1",
            "2002:7f00:1::",
            "2001:0:7f00:1::",
            "64:ff9b::7f00:1",
        ] {
            assert!(!is_public(own.parse().unwrap()), "{own}");
        }
    }
}
