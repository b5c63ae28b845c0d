//! Who is at the other end of a connection: the address that limits count by, and whether the way
//! to it is encrypted.
//!
//! Promises: `X-Forwarded-For` and `X-Forwarded-Proto` are believed from the proxies that are
//! listed and from nobody else, and of a chain only what those wrote: whatever a client puts in
//! front changes nothing. Does not: name a person, or log.

use std::net::IpAddr;

use axum::http::HeaderMap;

use crate::config::Network;

/// The other end of a connection, as far as it can be believed; an extension of each request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer {
    /// The address.
    pub address: IpAddr,
    /// Whether what it sends and gets is encrypted all the way to us, or to the trusted proxy.
    pub secure: bool,
}

impl Peer {
    /// The other end of a connection that comes from an address, with the headers of a request.
    #[must_use]
    pub fn of(from: IpAddr, tls: bool, headers: &HeaderMap, trusted: &[Network]) -> Self {
        let believed = |address: IpAddr| trusted.iter().any(|network| network.holds(address));
        let from = from.to_canonical();
        if !believed(from) && !crate::base::planted::is("proxy-unlisted") {
            return Self { address: from, secure: tls };
        }
        let values = |name| headers.get_all(name).iter().filter_map(|value| value.to_str().ok());
        let chain: Vec<&str> =
            values("x-forwarded-for").flat_map(|value| value.split(',')).map(str::trim).collect();
        let mut address = from;
        // From the nearest on: each proxy that is believed tells who asked it.
        for told in chain.into_iter().rev() {
            let Some(told) = parsed(told) else { break };
            address = told;
            if !believed(told) {
                break;
            }
        }
        let scheme = values("x-forwarded-proto").flat_map(|value| value.split(',')).next_back();
        let secure = scheme.map_or(tls, |scheme| scheme.trim().eq_ignore_ascii_case("https"));
        Self { address, secure }
    }
}

/// An address as proxies write it, perhaps with a port.
fn parsed(text: &str) -> Option<IpAddr> {
    let address = text.parse().ok().or_else(|| {
        let socket: std::net::SocketAddr = text.parse().ok()?;
        Some(socket.ip())
    });
    address.map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    //! Goal: only what a trusted proxy wrote is believed.

    use super::*;

    fn peer(from: &str, forwarded: &[&str], proto: Option<&str>) -> (String, bool) {
        let trusted: Vec<Network> =
            ["127.0.0.1", "10.0.0.0/8"].iter().map(|text| text.parse().unwrap()).collect();
        let mut headers = HeaderMap::new();
        for value in forwarded {
            headers.append("x-forwarded-for", value.parse().unwrap());
        }
        if let Some(proto) = proto {
            headers.insert("x-forwarded-proto", proto.parse().unwrap());
        }
        let peer = Peer::of(from.parse().unwrap(), false, &headers, &trusted);
        (peer.address.to_string(), peer.secure)
    }

    #[test]
    fn a_stranger_is_not_believed() {
        let own = ("9.9.9.9".to_owned(), false);
        assert_eq!(peer("9.9.9.9", &["1.2.3.4"], Some("https")), own);
        assert_eq!(peer("::ffff:9.9.9.9", &["127.0.0.1"], None), own);
    }

    #[test]
    fn a_chain_is_read_from_its_trusted_end() {
        let of = |forwarded: &[&str]| peer("127.0.0.1", forwarded, Some("https"));
        let client = ("1.2.3.4".to_owned(), true);
        assert_eq!(of(&["1.2.3.4"]), client);
        assert_eq!(of(&["1.2.3.4, 10.1.1.1"]), client);
        assert_eq!(of(&["6.6.6.6, 1.2.3.4", "10.1.1.1"]), client, "what the client wrote is not");
        assert_eq!(of(&["1.2.3.4:5555"]), client);
        assert_eq!(of(&["6.6.6.6, nonsense, 10.1.1.1"]).0, "10.1.1.1");
        assert_eq!(of(&["2001:db8::1"]).0, "2001:db8::1");
        assert_eq!(of(&["[2001:db8::1]:443"]).0, "2001:db8::1");
        assert_eq!(of(&[]).0, "127.0.0.1");
        assert!(!peer("127.0.0.1", &["1.2.3.4"], Some("http")).1);
        assert!(!peer("127.0.0.1", &["1.2.3.4"], Some("https, http")).1);
        assert!(!peer("127.0.0.1", &[], None).1);
    }
}
