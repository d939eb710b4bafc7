//! Who is asking: the client's address, for the limits.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};

use axum::extract::{ConnectInfo, Request, State};
use axum::http::HeaderMap;
use axum::middleware::Next;
use axum::response::Response;

use super::state::Web;

/// The client's address: the socket's, unless that is a proxy we were told to trust.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct ClientIp(pub IpAddr);

/// Puts [`ClientIp`] into the request's extensions.
pub(super) async fn identify(State(web): State<Web>, mut request: Request, next: Next) -> Response {
    let socket = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(addr)| addr.ip());
    let socket = socket.unwrap_or(IpAddr::V4(Ipv4Addr::UNSPECIFIED));
    let client = ClientIp(client_ip(socket, request.headers(), &web.trusted_proxies));
    request.extensions_mut().insert(client);
    next.run(request).await
}

/// The last address in `X-Forwarded-For` that no trusted proxy has: what stands before it, the client may have invented.
fn client_ip(socket: IpAddr, headers: &HeaderMap, trusted: &[IpAddr]) -> IpAddr {
    let socket = socket.to_canonical();
    if !trusted.contains(&socket) {
        return socket;
    }
    let lines = headers.get_all("x-forwarded-for").iter().filter_map(|line| line.to_str().ok());
    let hops: Vec<&str> = lines.flat_map(|line| line.split(',')).map(str::trim).collect();
    let mut client = socket;
    for hop in hops.into_iter().rev() {
        let Ok(ip) = hop.parse::<IpAddr>() else { break };
        client = ip.to_canonical();
        if !trusted.contains(&client) {
            break;
        }
    }
    client
}

#[cfg(test)]
mod tests {
    use axum::http::HeaderValue;

    use super::*;

    fn client(socket: &str, forwarded: &[&str], trusted: &[&str]) -> String {
        let mut headers = HeaderMap::new();
        for line in forwarded {
            headers.append("x-forwarded-for", HeaderValue::from_str(line).unwrap());
        }
        let trusted: Vec<IpAddr> = trusted.iter().map(|ip| ip.parse().unwrap()).collect();
        client_ip(socket.parse().unwrap(), &headers, &trusted).to_string()
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
}
