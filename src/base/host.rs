//! Hosts: which of them are this machine itself.
//!
//! Promises: what never leaves the machine is known by its name. Does not: ask anybody (`localhost`
//! is this machine by RFC 6761).

use std::net::IpAddr;

/// A host without its port: `[::1]` of `[::1]:8080`.
#[must_use]
pub fn name(host: &str) -> &str {
    match host.rsplit_once(':') {
        Some((name, port)) if !port.contains(']') && !name.ends_with(':') => name,
        _ => host,
    }
}

/// Whether a host (no port; an address of IPv6 with its brackets or without) is this machine.
#[must_use]
pub fn is_here(name: &str) -> bool {
    let bare = name.strip_prefix('[').and_then(|name| name.strip_suffix(']')).unwrap_or(name);
    let address = bare.parse().map(|address: IpAddr| address.to_canonical().is_loopback());
    name.eq_ignore_ascii_case("localhost") || address.unwrap_or(false)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_machine_is_known_by_its_names() {
        for own in ["localhost", "LOCALHOST", "127.0.0.1", "127.9.9.9", "::1", "[::1]"] {
            assert!(is_here(own), "{own}");
        }
        for other in ["", "h", "localhost.example", "10.0.0.1", "128.0.0.1", "[::2]", "0.0.0.0"] {
            assert!(!is_here(other), "{other}");
        }
        assert!(is_here("::ffff:127.0.0.1"));
        for (host, bare) in [("h:1", "h"), ("h", "h"), ("[::1]:80", "[::1]"), ("[::1]", "[::1]")] {
            assert_eq!(name(host), bare);
        }
    }
}
