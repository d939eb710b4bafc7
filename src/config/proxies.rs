//! Networks, as options name them.

use std::net::IpAddr;

use ipnet::IpNet;

/// Reads an address, which is a network of one, or a network such as `172.16.0.0/12`.
///
/// # Errors
/// What was written, when it is neither.
pub(super) fn network(text: &str) -> Result<IpNet, String> {
    let text = text.trim();
    let net = match text.parse::<IpAddr>() {
        Ok(ip) => IpNet::from(ip.to_canonical()),
        Err(_) => canonical(
            text.parse().map_err(|_| format!("{text:?} is neither an address nor a network such as 172.16.0.0/12"))?,
        ),
    };
    // 10.1.2.3/8 is how interfaces are written; what is meant is the network.
    Ok(net.trunc())
}

/// `::ffff:10.0.0.0/104` is `10.0.0.0/8`.
fn canonical(net: IpNet) -> IpNet {
    let mapped = match net {
        IpNet::V6(v6) if v6.prefix_len() >= 96 => v6.addr().to_ipv4_mapped().map(|ip| (ip, v6.prefix_len() - 96)),
        _ => None,
    };
    mapped.and_then(|(ip, prefix)| IpNet::new(IpAddr::V4(ip), prefix).ok()).unwrap_or(net)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_18_addresses_and_networks_are_read() {
        for (text, expected) in [
            ("192.0.2.7", "192.0.2.7/32"),
            (" 172.16.0.0/12 ", "172.16.0.0/12"),
            ("10.9.8.7/8", "10.0.0.0/8"),
            ("2001:db8::1", "2001:db8::1/128"),
            ("fd00::/8", "fd00::/8"),
            ("::ffff:10.0.0.1", "10.0.0.1/32"),
            ("::ffff:10.0.0.0/104", "10.0.0.0/8"),
            ("0.0.0.0/0", "0.0.0.0/0"),
        ] {
            assert_eq!(network(text).unwrap().to_string(), expected, "{text}");
        }
        for text in ["", "proxy", "10.0.0.0/33", "10.0.0/8", "10.0.0.0/", "1.2.3.4:80", "10.0.0.1-10.0.0.9"] {
            assert!(network(text).unwrap_err().contains("neither an address nor a network"), "{text}");
        }
    }
}
