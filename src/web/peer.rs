//! Who is asking: the client's address, for the limits, and whether somebody at this machine asks.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::{ConnectInfo, Request, State};
use axum::http::{HeaderMap, HeaderName, header};
use axum::middleware::Next;
use axum::response::Response;
use ipnet::IpNet;

use super::state::Web;
use crate::api::SameMachine;
use crate::domain::deployment::is_this_machine;

/// Headers by which a proxy says that it passes on what somebody else asks.
const PASSED_ON: [HeaderName; 4] = [
    header::FORWARDED,
    HeaderName::from_static("x-forwarded-for"),
    HeaderName::from_static("x-forwarded-host"),
    HeaderName::from_static("x-real-ip"),
];

/// The client's address: the socket's, unless that is a proxy we were told to trust.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ClientIp(pub IpAddr);

/// Puts [`ClientIp`] and [`SameMachine`] into the request's extensions.
pub(super) async fn identify(State(web): State<Web>, mut request: Request, next: Next) -> Response {
    let socket = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(addr)| addr.ip());
    let socket = socket.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
    let client = client_ip(socket, request.headers(), &web.trusted_proxies);
    let same = web.local && same_machine(socket, client, request.headers(), &web.trusted_proxies);
    request.extensions_mut().insert(ClientIp(client));
    request.extensions_mut().insert(SameMachine(same));
    next.run(request).await
}

fn trusts(trusted: &[IpNet], ip: IpAddr) -> bool {
    trusted.iter().any(|net| net.contains(&ip))
}

/// The last address in `X-Forwarded-For` that no trusted proxy has: what stands before it, the client may have invented.
/// `Forwarded` (RFC 7239) counts only where there is no `X-Forwarded-For`: a proxy that writes only the latter passes on
/// whatever its client wrote into the former.
fn client_ip(socket: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> IpAddr {
    let socket = socket.to_canonical();
    if !trusts(trusted, socket) {
        return socket;
    }
    let mut client = socket;
    for hop in hops(headers).into_iter().rev() {
        // "unknown", a made-up name (RFC 7239, 6.3), or nonsense: nobody before it can be known.
        let Some(ip) = address(&hop) else { break };
        client = ip.to_canonical();
        if !trusts(trusted, client) {
            break;
        }
    }
    client
}

/// The hops that proxies wrote down, the client first.
fn hops(headers: &HeaderMap) -> Vec<String> {
    let lines = |name: &str| -> Vec<String> {
        let lines = headers.get_all(name).iter().map(|line| String::from_utf8_lossy(line.as_bytes()));
        lines.flat_map(|line| line.split(',').map(|part| part.trim().to_owned()).collect::<Vec<_>>()).collect()
    };
    if headers.contains_key("x-forwarded-for") {
        // An empty part is a comma too many.
        return lines("x-forwarded-for").into_iter().filter(|hop| !hop.is_empty()).collect();
    }
    // An element without `for` is a proxy that does not say who asked it.
    let asked = |element: String| {
        let pairs = element.split(';').filter_map(|pair| pair.split_once('='));
        let by_name = pairs.map(|(name, value)| (name.trim().to_ascii_lowercase(), value.trim().to_owned()));
        by_name.into_iter().find(|(name, _)| name == "for").map(|(_, value)| value).unwrap_or_default()
    };
    lines("forwarded").into_iter().filter(|element| !element.is_empty()).map(asked).collect()
}

/// The address in a hop as gateways write it: bare, quoted, in brackets, with a port, with a zone.
fn address(hop: &str) -> Option<IpAddr> {
    let hop = hop.trim_matches(|c: char| c == '"' || c == '\'' || c.is_whitespace());
    let bare = |text: &str| {
        // The zone of a link-local address names a network card of the proxy's.
        let text = text.split('%').next().unwrap_or_default();
        text.parse::<IpAddr>().ok()
    };
    if let Some(rest) = hop.strip_prefix('[') {
        let (ip, port) = rest.split_once(']')?;
        let port = port.is_empty() || port.strip_prefix(':').is_some_and(is_port);
        return bare(ip).filter(|ip| port && ip.is_ipv6());
    }
    bare(hop).or_else(|| {
        let (ip, port) = hop.rsplit_once(':')?;
        bare(ip).filter(|ip| ip.is_ipv4() && is_port(port))
    })
}

/// A port, or a name that stands for one (RFC 7239, 6.2: an underscore, then letters, digits and `._-`).
fn is_port(text: &str) -> bool {
    let named = |name: &str| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c));
    text.parse::<u16>().is_ok() || text.strip_prefix('_').is_some_and(named)
}

/// Whether a person at this machine asks, through nobody. A proxy at this machine that is not named in TRUSTED_PROXIES
/// gives itself away by its headers; a page elsewhere whose name was made to mean 127.0.0.1, by its `Host`.
fn same_machine(socket: IpAddr, client: IpAddr, headers: &HeaderMap, trusted: &[IpNet]) -> bool {
    let direct = trusts(trusted, socket.to_canonical()) || !PASSED_ON.iter().any(|name| headers.contains_key(name));
    let host = headers.get(header::HOST).map(|host| host.to_str().unwrap_or_default());
    let here = host.is_none_or(|host| {
        // The port begins at a colon that is not inside of brackets.
        let name = host.rsplit_once(':').filter(|(_, port)| !port.ends_with(']')).map_or(host, |(name, _)| name);
        is_this_machine(name)
    });
    socket.to_canonical().is_loopback() && client.is_loopback() && direct && here
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;
    use proptest::prelude::*;

    use super::*;

    fn nets(trusted: &[&str]) -> Vec<IpNet> {
        trusted.iter().map(|net| net.parse().unwrap_or_else(|_| IpNet::from(net.parse::<IpAddr>().unwrap()))).collect()
    }

    fn headers(lines: &[(&str, &str)]) -> HeaderMap {
        let mut headers = HeaderMap::new();
        for (name, line) in lines {
            headers.append(HeaderName::from_bytes(name.as_bytes()).unwrap(), HeaderValue::from_str(line).unwrap());
        }
        headers
    }

    fn client(socket: &str, forwarded: &[&str], trusted: &[&str]) -> String {
        let lines: Vec<(&str, &str)> = forwarded.iter().map(|line| ("x-forwarded-for", *line)).collect();
        client_ip(socket.parse().unwrap(), &headers(&lines), &nets(trusted)).to_string()
    }

    #[test]
    fn nobody_is_believed_unless_named() {
        assert_eq!(client("192.0.2.1", &["198.51.100.7"], &[]), "192.0.2.1");
        assert_eq!(client("192.0.2.1", &["198.51.100.7"], &["192.0.2.2"]), "192.0.2.1");
        assert_eq!(client("192.0.2.1", &["198.51.100.7"], &["192.0.2.1"]), "198.51.100.7");
    }

    #[test]
    fn what_a_client_put_in_front_is_not_believed() {
        assert_eq!(client("192.0.2.1", &["1.1.1.1, 198.51.100.7"], &["192.0.2.1"]), "198.51.100.7");
        assert_eq!(
            client("192.0.2.1", &["1.1.1.1", "198.51.100.7, 192.0.2.2"], &["192.0.2.1", "192.0.2.2"]),
            "198.51.100.7"
        );
        assert_eq!(client("192.0.2.1", &["198.51.100.7, nonsense"], &["192.0.2.1"]), "192.0.2.1");
        assert_eq!(client("::ffff:192.0.2.1", &[], &[]), "192.0.2.1");
    }

    #[test]
    fn case_17_gateways_write_addresses_with_ports_brackets_and_quotes() {
        for (hop, expected) in [
            ("198.51.100.7:51234", "198.51.100.7"),
            ("\"198.51.100.7\"", "198.51.100.7"),
            ("2001:db8:1::9", "2001:db8:1::9"),
            ("[2001:db8:1::9]", "2001:db8:1::9"),
            ("[2001:db8:1::9]:443", "2001:db8:1::9"),
            ("\"[2001:db8:1::9]:443\"", "2001:db8:1::9"),
            ("fe80::7%eth0", "fe80::7"),
            ("[::ffff:198.51.100.7]:80", "198.51.100.7"),
            ("198.51.100.7:_hidden", "198.51.100.7"),
            ("198.51.100.7,", "198.51.100.7"),
            // Not addresses: the proxy's own counts.
            ("unknown", "10.7.0.1"),
            ("_secret", "10.7.0.1"),
            ("[198.51.100.7]:80", "10.7.0.1"),
            ("[2001:db8::9", "10.7.0.1"),
            ("[2001:db8::9]443", "10.7.0.1"),
            ("198.51.100.7:99999", "10.7.0.1"),
            ("198.51.100.7:", "10.7.0.1"),
        ] {
            assert_eq!(client("10.7.0.1", &[hop], &["10.7.0.0/16"]), expected, "{hop}");
        }
    }

    #[test]
    fn case_17_forwarded_is_read_where_there_is_no_x_forwarded_for() {
        let ip = |lines: &[(&str, &str)]| {
            client_ip("10.7.0.1".parse().unwrap(), &headers(lines), &nets(&["10.7.0.0/16"])).to_string()
        };
        assert_eq!(ip(&[("forwarded", "for=198.51.100.7;proto=https;by=10.7.0.1")]), "198.51.100.7");
        assert_eq!(ip(&[("forwarded", "proto=https; For=\"[2001:db8::9]:4711\"")]), "2001:db8::9");
        assert_eq!(
            ip(&[("forwarded", "for=1.1.1.1, for=198.51.100.7"), ("forwarded", "for=10.7.9.9")]),
            "198.51.100.7"
        );
        assert_eq!(ip(&[("forwarded", "for=198.51.100.7, proto=https")]), "10.7.0.1");
        assert_eq!(ip(&[("forwarded", "for=1.1.1.1"), ("x-forwarded-for", "198.51.100.7")]), "198.51.100.7");
    }

    #[test]
    fn case_18_a_network_is_trusted_as_a_whole() {
        let compose = &["172.16.0.0/12", "fd00::/8"];
        assert_eq!(client("172.19.0.3", &["198.51.100.7, 172.31.255.1"], compose), "198.51.100.7");
        assert_eq!(client("fd12::1", &["198.51.100.7"], compose), "198.51.100.7");
        assert_eq!(client("::ffff:172.16.0.9", &["198.51.100.7"], compose), "198.51.100.7");
        assert_eq!(client("172.32.0.1", &["198.51.100.7"], compose), "172.32.0.1");
    }

    #[test]
    fn f0_a_person_at_this_machine_asks_through_nobody() {
        let same = |socket: &str, lines: &[(&str, &str)], trusted: &[&str]| {
            let (socket, headers, trusted) = (socket.parse().unwrap(), headers(lines), nets(trusted));
            same_machine(socket, client_ip(socket, &headers, &trusted), &headers, &trusted)
        };
        for (socket, lines, trusted) in [
            ("127.0.0.1", &[][..], &[][..]),
            ("127.0.0.1", &[("host", "127.0.0.1:3000")], &[]),
            ("::1", &[("host", "[::1]:3000")], &[]),
            ("::ffff:127.0.0.1", &[("host", "localhost")], &["127.0.0.1"]),
            ("127.0.0.1", &[("x-forwarded-for", "127.0.0.2")], &["127.0.0.1"]),
        ] {
            assert!(same(socket, lines, trusted), "{socket} {lines:?}");
        }
        for (socket, lines, trusted) in [
            ("192.168.1.7", &[][..], &[][..]),
            ("172.17.0.1", &[("host", "localhost:3000")], &[]),
            ("127.0.0.1", &[("x-forwarded-for", "127.0.0.1")], &[]),
            ("127.0.0.1", &[("x-forwarded-for", "198.51.100.7")], &["127.0.0.1"]),
            ("127.0.0.1", &[("forwarded", "for=127.0.0.1")], &[]),
            ("127.0.0.1", &[("x-real-ip", "198.51.100.7")], &[]),
            ("127.0.0.1", &[("host", "rebound.example.com:3000")], &[]),
            ("127.0.0.1", &[("host", "[2001:db8::1]:3000")], &[]),
            ("172.17.0.1", &[("x-forwarded-for", "127.0.0.1")], &["172.16.0.0/12"]),
        ] {
            assert!(!same(socket, lines, trusted), "{socket} {lines:?}");
        }
    }

    proptest! {
        #[test]
        fn case_17_whatever_stands_in_a_hop_is_an_address_or_nothing(hop in "[ -~]{0,40}", ip: IpAddr, port: u16) {
            let _ = address(&hop);
            let with_port = SocketAddr::new(ip, port).to_string();
            prop_assert_eq!(address(&with_port), Some(ip));
            prop_assert_eq!(address(&ip.to_string()), Some(ip));
        }
    }
}
