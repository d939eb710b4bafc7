//! What the machine gives us for connections: open files, and an address for those who watch.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use anyhow::Context as _;
use ipnet::IpNet;
use tokio::net::TcpListener;

use crate::config::{Config, MetricsAddr};
use crate::web::ConnectionLimits;

/// Files that are no connections of clients: the database, recordings, sockets of calls, our own requests.
const OTHER_FILES: u64 = 256;
/// What is taken for the limit of open files when the system does not say.
const UNKNOWN_LIMIT: u64 = 1_024;
/// Who watches needs few.
const WATCHERS: usize = 64;

/// How many connections are served, with the limit of open files raised as far as this process may.
pub(super) fn connection_limits(config: &Config, proxies: &[IpNet]) -> ConnectionLimits {
    let files = rlimit::increase_nofile_limit(u64::MAX).unwrap_or_else(|error| {
        tracing::warn!(error = %error, "the limit of open files could not be raised");
        UNKNOWN_LIMIT
    });
    let wanted = config.server.max_connections as usize;
    let total = total(wanted, files);
    if total < wanted {
        tracing::warn!(
            connections = total,
            files,
            "fewer connections than MAX_CONNECTIONS can be open: the system allows too few open files (ulimit -Hn)"
        );
    }
    // A program on this machine, most often a reverse proxy, is no stranger.
    let here = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];
    let here =
        here.map(|ip| IpNet::new(ip, if ip.is_ipv4() { 8 } else { 128 }).map_or(IpNet::from(ip), |net| net.trunc()));
    let exempt = proxies.iter().copied().chain(here).collect();
    ConnectionLimits::new(total, config.server.max_connections_per_address as usize).exempting(exempt)
}

/// As many as wanted, but never the files that everything else needs.
fn total(wanted: usize, files: u64) -> usize {
    let free = files - OTHER_FILES.min(files / 2);
    wanted.min(usize::try_from(free).unwrap_or(usize::MAX))
}

/// Of those who watch.
pub(super) fn watcher_limits() -> ConnectionLimits {
    ConnectionLimits::new(WATCHERS, WATCHERS)
}

/// Listens for those who watch, where the configuration says.
pub(super) async fn watchers(config: &Config) -> anyhow::Result<Option<TcpListener>> {
    let addr = match config.server.metrics_addr {
        MetricsAddr::Off => return Ok(None),
        // A server on any free port is one of several, in a test for instance: none of them may keep this address.
        MetricsAddr::IfFree if config.listen.port == 0 => return Ok(None),
        MetricsAddr::IfFree => match TcpListener::bind(MetricsAddr::DEFAULT).await {
            Ok(listener) => return said(listener),
            Err(error) => {
                tracing::warn!(
                    error = %error,
                    metrics.addr = %MetricsAddr::DEFAULT,
                    "metrics are told at the public address only, with an API key; set METRICS_ADDR to have them elsewhere"
                );
                return Ok(None);
            }
        },
        MetricsAddr::At(addr) => addr,
    };
    said(TcpListener::bind(addr).await.with_context(|| format!("listening on {addr} (METRICS_ADDR)"))?)
}

fn said(listener: TcpListener) -> anyhow::Result<Option<TcpListener>> {
    let addr: SocketAddr = listener.local_addr()?;
    tracing::info!(metrics.addr = %addr, "metrics are served at this address, without a key");
    Ok(Some(listener))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f8_connections_leave_files_for_everything_else() {
        for (wanted, files, expected) in [
            (16_384, 1 << 20, 16_384),
            (16_384, 4_096, 3_840),
            (16_384, 1_024, 768),
            (100, 1_024, 100),
            (16_384, 200, 100),
            (16_384, u64::MAX, 16_384),
            (16_384, 0, 0),
        ] {
            assert_eq!(total(wanted, files), expected, "{wanted} of {files}");
        }
    }
}
