//! The relay's engines: whom we may connect to on behalf of an operator.
//!
//! An engine is an address that somebody typed into a page, so it could name what only this machine can reach. Two
//! guards: the origin must be on the allow-list of the configuration, which no page can change; and a host *name* must
//! lead to public addresses only, so that a name that is allowed today cannot be led to an inner machine tomorrow. An
//! inner engine is allowed by its address (`ws://10.1.2.3:9000`), or as `localhost`. The connection is made to the very
//! address that was checked.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use url::{Host, Url};

use crate::domain::trouble::Trouble;

/// Engine names are words in a line's target.
const LONGEST_NAME: usize = 40;
const LONGEST_URL: usize = 500;

/// Origins that a relay may connect to.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AllowList(Vec<Origin>);

#[derive(Debug, Clone, PartialEq, Eq)]
struct Origin {
    tls: bool,
    host: Host<String>,
    port: u16,
}

/// An engine that may be connected to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Engine {
    pub name: String,
    pub url: Url,
    origin: Origin,
}

/// Why an engine is refused. Each names what is wrong with it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum EngineRefusal {
    #[error("url: {0}")]
    Url(String),
    #[error("url: {0} is not on the list of allowed engines (AUDIO_ENGINES_ALLOWED)")]
    NotAllowed(String),
    #[error("url: {0} cannot be resolved")]
    Unresolved(String),
    #[error("url: {0} leads to an address that is not public; allow it by its address")]
    NotPublic(String),
    #[error("name: 1 to 40 letters, digits, dots, dashes and underscores")]
    Name,
    #[error("there is no engine {0:?}")]
    Unknown(String),
}

impl From<EngineRefusal> for Trouble {
    fn from(refusal: EngineRefusal) -> Self {
        match refusal {
            EngineRefusal::Url(reason) => Self::EngineAddress(reason),
            EngineRefusal::NotAllowed(origin) => Self::EngineNotAllowed(origin),
            EngineRefusal::Unresolved(host) => Self::EngineUnresolved(host),
            EngineRefusal::NotPublic(host) => Self::EngineNotPublic(host),
            EngineRefusal::Name => Self::EngineName,
            EngineRefusal::Unknown(name) => Self::NoEngine(name),
        }
    }
}

impl Origin {
    fn of(url: &Url) -> Result<Self, String> {
        let tls = match url.scheme() {
            "wss" => true,
            "ws" => false,
            other => return Err(format!("it must start with wss:// (or ws://), not with {other}:")),
        };
        if !url.username().is_empty() || url.password().is_some() {
            return Err("it must not carry a user or password".into());
        }
        if url.fragment().is_some() {
            return Err("it must not have a part after #".into());
        }
        let host = url.host().map(|host| host.to_owned()).ok_or("it names no host")?;
        let port = url.port_or_known_default().ok_or("it names no port")?;
        Ok(Self { tls, host, port })
    }

    fn text(&self) -> String {
        format!("{}://{}:{}", if self.tls { "wss" } else { "ws" }, self.host, self.port)
    }

    /// The operator named the very machine.
    fn is_address(&self) -> bool {
        match &self.host {
            Host::Domain(name) => name == "localhost",
            Host::Ipv4(_) | Host::Ipv6(_) => true,
        }
    }
}

impl AllowList {
    /// Reads `wss://engine.example.com`, `ws://127.0.0.1:9000`; a bare host is one with TLS.
    ///
    /// # Errors
    /// Which entry is wrong, and why.
    pub fn parse<'a>(entries: impl IntoIterator<Item = &'a str>) -> Result<Self, String> {
        let mut origins = Vec::new();
        for entry in entries.into_iter().map(str::trim).filter(|entry| !entry.is_empty()) {
            let whole = if entry.contains("://") { entry.to_owned() } else { format!("wss://{entry}") };
            let url = Url::parse(&whole).map_err(|error| format!("{entry:?} is no address: {error}"))?;
            if !matches!(url.path(), "" | "/") || url.query().is_some() {
                return Err(format!("{entry:?} must be an address only, without a path"));
            }
            origins.push(Origin::of(&url).map_err(|why| format!("{entry:?}: {why}"))?);
        }
        Ok(Self(origins))
    }

    /// Reads an engine's address and checks it against the list.
    ///
    /// # Errors
    /// [`EngineRefusal`].
    pub fn admit(&self, name: &str, url: &str) -> Result<Engine, EngineRefusal> {
        let plain = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
        if name.is_empty() || name.len() > LONGEST_NAME || !name.chars().all(plain) {
            return Err(EngineRefusal::Name);
        }
        if url.len() > LONGEST_URL {
            return Err(EngineRefusal::Url(format!("at most {LONGEST_URL} characters")));
        }
        let url = Url::parse(url.trim()).map_err(|error| EngineRefusal::Url(format!("it is no address: {error}")))?;
        let origin = Origin::of(&url).map_err(EngineRefusal::Url)?;
        if !self.0.contains(&origin) {
            return Err(EngineRefusal::NotAllowed(origin.text()));
        }
        Ok(Engine { name: name.to_owned(), url, origin })
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl Engine {
    /// TLS, and the name that its certificate must have.
    #[must_use]
    pub fn tls_name(&self) -> Option<String> {
        self.origin.tls.then(|| self.origin.host.to_string().trim_matches(['[', ']']).to_owned())
    }

    /// The address to connect to, looked up and checked now: before each connection.
    ///
    /// # Errors
    /// [`EngineRefusal`].
    pub async fn address(&self) -> Result<SocketAddr, EngineRefusal> {
        let Origin { host, port, .. } = &self.origin;
        let found: Vec<SocketAddr> = match host {
            Host::Ipv4(ip) => return Ok(SocketAddr::new((*ip).into(), *port)),
            Host::Ipv6(ip) => return Ok(SocketAddr::new((*ip).into(), *port)),
            Host::Domain(name) => match tokio::net::lookup_host((name.as_str(), *port)).await {
                Ok(found) => found.collect(),
                Err(_) => return Err(EngineRefusal::Unresolved(name.clone())),
            },
        };
        self.choose(&found)
    }

    /// One inner address among the public ones is a trick, not an accident: then none is taken.
    fn choose(&self, found: &[SocketAddr]) -> Result<SocketAddr, EngineRefusal> {
        let host = self.origin.host.to_string();
        let first = *found.first().ok_or_else(|| EngineRefusal::Unresolved(host.clone()))?;
        if self.origin.is_address() {
            return Ok(first);
        }
        if found.iter().any(|address| !is_public(address.ip())) {
            return Err(EngineRefusal::NotPublic(host));
        }
        Ok(first)
    }
}

/// An address of the public internet: not of this machine, this network, or one of the kept ranges.
#[must_use]
pub fn is_public(ip: IpAddr) -> bool {
    match ip.to_canonical() {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    !(ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_multicast()
        || ip.is_broadcast()
        || ip.is_documentation()
        || a == 0
        || a >= 240
        || (a == 100 && (64..128).contains(&b))
        || (a == 192 && b == 0 && c == 0)
        || (a == 198 && (18..20).contains(&b)))
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    let segments = ip.segments();
    // 6to4 and NAT64 carry an IPv4 address: what that is, it is.
    let inner = match segments {
        [0x2002, high, low, ..] | [0x64, 0xff9b, 0, 0, 0, 0, high, low] => Some((high, low)),
        _ => None,
    };
    if let Some((high, low)) = inner {
        let ([a, b], [c, d]) = (high.to_be_bytes(), low.to_be_bytes());
        return is_public_v4(Ipv4Addr::new(a, b, c, d));
    }
    // Global unicast is 2000::/3; documentation, Teredo and benchmarking are kept out of it.
    (segments[0] & 0xe000) == 0x2000
        && !matches!(segments, [0x2001, 0x0db8, ..] | [0x2001, 0, ..] | [0x2001, 2, 0, ..])
        && segments[0] != 0x3fff
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn list() -> AllowList {
        AllowList::parse([
            "engine.example.com",
            "wss://bots.example.com:8443",
            "ws://127.0.0.1:9000",
            "ws://localhost:9001",
        ])
        .unwrap()
    }

    #[test]
    fn only_what_is_on_the_list_is_an_engine() {
        let list = list();
        for good in [
            "wss://engine.example.com/v1?model=a",
            "wss://ENGINE.example.com:443/",
            "wss://bots.example.com:8443/x",
            "ws://127.0.0.1:9000/",
            "ws://localhost:9001",
        ] {
            assert!(list.admit("bot", good).is_ok(), "{good}");
        }
        for bad in [
            "ws://engine.example.com/",
            "wss://engine.example.com:8443/",
            "wss://engine.example.com.evil.example/",
            "wss://engine.example.com@evil.example/",
            "wss://user:password@engine.example.com/",
            "wss://127.0.0.1:9000/",
            "ws://127.0.0.1:9001/",
            "ws://169.254.169.254/latest/meta-data",
            "ws://[::1]:9000/",
            "ws://0x7f000001:9001/",
            "https://engine.example.com/",
            "file:///etc/passwd",
            "wss://engine.example.com/#x",
            "nonsense",
            "",
        ] {
            assert!(list.admit("bot", bad).is_err(), "{bad}");
        }
        assert_eq!(list.admit("b t", "wss://engine.example.com").unwrap_err(), EngineRefusal::Name);
        assert!(AllowList::default().admit("bot", "wss://engine.example.com").is_err(), "nothing, unless named");
        // The same address, written otherwise, is the same origin.
        assert!(list.admit("bot", "ws://0x7f000001:9000/").is_ok());
    }

    #[test]
    fn an_entry_that_makes_no_sense_is_named() {
        for bad in ["https://a", "wss://a/path", "wss://u@a", "wss://"] {
            let error = AllowList::parse([bad]).unwrap_err();
            assert!(error.contains(bad), "{error}");
        }
        assert!(AllowList::parse(["", " "]).unwrap().is_empty());
    }

    #[test]
    fn a_name_that_leads_inside_is_refused() {
        let named = list().admit("bot", "wss://engine.example.com").unwrap();
        let at = |ip: &str| SocketAddr::new(ip.parse().unwrap(), 443);
        assert_eq!(named.choose(&[at("93.184.216.34")]), Ok(at("93.184.216.34")));
        assert!(matches!(named.choose(&[]), Err(EngineRefusal::Unresolved(_))));
        for inner in ["127.0.0.1", "10.0.0.1", "169.254.169.254", "::1", "fd00::1", "::ffff:10.0.0.1"] {
            assert!(
                matches!(named.choose(&[at("93.184.216.34"), at(inner)]), Err(EngineRefusal::NotPublic(_))),
                "{inner}"
            );
        }
        let local = list().admit("bot", "ws://localhost:9001").unwrap();
        assert_eq!(local.choose(&[at("127.0.0.1")]), Ok(at("127.0.0.1")), "named by the operator");
    }

    #[test]
    fn kept_ranges_are_not_public() {
        for inner in [
            "0.0.0.0",
            "10.1.2.3",
            "100.64.0.1",
            "127.1.1.1",
            "169.254.1.1",
            "172.16.0.1",
            "172.31.255.255",
            "192.0.0.1",
            "192.0.2.1",
            "192.168.1.1",
            "198.18.0.1",
            "198.51.100.1",
            "203.0.113.1",
            "224.0.0.1",
            "240.0.0.1",
            "255.255.255.255",
            "::",
            "::1",
            "fe80::1",
            "fc00::1",
            "ff02::1",
            "2001:db8::1",
            "2001::1",
            "64:ff9b::a00:1",
            "2002:a00:1::",
            "2002:7f00:1::",
        ] {
            assert!(!is_public(inner.parse().unwrap()), "{inner}");
        }
        for outer in ["8.8.8.8", "93.184.216.34", "172.32.0.1", "2606:2800:220:1::1", "64:ff9b::808:808"] {
            assert!(is_public(outer.parse().unwrap()), "{outer}");
        }
    }

    proptest! {
        #[test]
        fn any_address_is_survived(url in "\\PC{0,80}", name in "\\PC{0,20}") {
            let admitted = list().admit(&name, &url);
            prop_assert!(admitted.is_err() || url.contains("://"));
        }
    }
}
