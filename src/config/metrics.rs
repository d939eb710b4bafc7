//! Where metrics are told.

use std::net::{Ipv4Addr, SocketAddr};
use std::str::FromStr;

/// The value of `METRICS_ADDR`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MetricsAddr {
    /// Not configured: [`MetricsAddr::DEFAULT`] if that is free.
    IfFree,
    Off,
    At(SocketAddr),
}

impl MetricsAddr {
    /// When nothing is configured: this machine only. Whether it is free is another matter: a second server on the same
    /// machine goes without.
    pub const DEFAULT: SocketAddr = SocketAddr::new(std::net::IpAddr::V4(Ipv4Addr::LOCALHOST), 3002);
}

impl FromStr for MetricsAddr {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        match text.trim() {
            // Compose files pass variables on that have no value.
            "" => Ok(Self::IfFree),
            off if off.eq_ignore_ascii_case("off") => Ok(Self::Off),
            addr => addr
                .parse()
                .map(Self::At)
                .map_err(|_| "an address and a port such as 127.0.0.1:3002, or off".to_owned()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f18_where_metrics_are_told_is_an_address_or_off() {
        assert_eq!("OFF".parse(), Ok(MetricsAddr::Off));
        assert_eq!(" [::1]:9000 ".parse(), Ok(MetricsAddr::At("[::1]:9000".parse().unwrap())));
        assert_eq!("".parse(), Ok(MetricsAddr::IfFree));
        for wrong in ["3002", "127.0.0.1", "localhost:3002", "no"] {
            assert!(wrong.parse::<MetricsAddr>().unwrap_err().contains("127.0.0.1:3002"), "{wrong}");
        }
    }
}
