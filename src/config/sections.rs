//! Sections of the configuration that stand by themselves: the audit, the signer, what is redeemed,
//! TLS and the proxies that are believed.
//!
//! Promises: an empty path is none; a network is an address or a block of addresses (CIDR). Does
//! not: open anything that it names.

use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer};

use super::{minute_of_day, seconds};

/// `[signer]`
#[derive(Debug, Clone, Deserialize)]
pub struct SignerConfig {
    /// Where a signer of its own listens; `None` when the server starts one.
    #[serde(deserialize_with = "path_or_none")]
    pub socket: Option<PathBuf>,
    /// The directory of the signer's keys; that of the server's when nothing is given.
    pub keys: PathBuf,
    /// The directory of its record.
    pub state: PathBuf,
    /// Who may ask, beside nobody but its own user when nothing is given.
    pub allow_uids: Vec<u32>,
    /// The most vouchers whose secrets it gives out on a day.
    #[serde(deserialize_with = "not_negative")]
    pub vouchers_per_day: i64,
    /// The most cents that they are worth.
    #[serde(deserialize_with = "not_negative")]
    pub cents_per_day: i64,
    /// How long the server waits for an answer.
    #[serde(rename = "timeout_seconds", deserialize_with = "seconds")]
    pub timeout: Duration,
}

impl SignerConfig {
    pub(super) fn starting_at(&mut self, dir: &Path, keys: &Path) {
        self.socket = self.socket.as_ref().map(|socket| dir.join(socket));
        self.state = dir.join(&self.state);
        self.keys =
            if self.keys.as_os_str().is_empty() { keys.to_owned() } else { dir.join(&self.keys) };
    }
}

/// `[legal]`: what a public site says of who answers for it.
#[derive(Debug, Clone, Deserialize)]
pub struct LegalConfig {
    /// Who publishes the pages.
    pub publisher: String,
    /// Where that is.
    pub address: String,
    /// Who is responsible for the publication.
    pub director: String,
    /// Who runs the machines, and where.
    pub hosting: String,
    /// How it is reached.
    pub contact: String,
}

/// `[redeeming]`
#[derive(Debug, Clone, Copy, Deserialize)]
pub struct RedeemingConfig {
    /// What becomes of a token whose key was revoked.
    pub revoked_keys: RevokedKeys,
}

/// What becomes of a token whose key was revoked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RevokedKeys {
    /// It counts as forged.
    Refuse,
    /// It is worth what the ledger says when the code in it is that of the voucher.
    ByCode,
}

/// Addresses that are believed: one, or all that begin with the same bits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    address: IpAddr,
    bits: u8,
}

impl Network {
    /// Whether an address is in it; one of IPv4 is the same written as IPv6.
    #[must_use]
    pub fn holds(&self, address: IpAddr) -> bool {
        match (self.address, address.to_canonical()) {
            (IpAddr::V4(own), IpAddr::V4(other)) => {
                let shift = 32 - u32::from(self.bits);
                let first = |bits: u32| bits.checked_shr(shift).unwrap_or(0);
                first(own.to_bits()) == first(other.to_bits())
            }
            (IpAddr::V6(own), IpAddr::V6(other)) => {
                let shift = 128 - u32::from(self.bits);
                let first = |bits: u128| bits.checked_shr(shift).unwrap_or(0);
                first(own.to_bits()) == first(other.to_bits())
            }
            _ => false,
        }
    }
}

impl FromStr for Network {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let advice = || format!("{text:?} is no address and no block, like 10.0.0.0/8");
        let (address, bits) = text.split_once('/').map_or((text, None), |(a, b)| (a, Some(b)));
        let address: IpAddr = address.parse().map_err(|_| advice())?;
        let most = if address.is_ipv4() { 32 } else { 128 };
        let bits = bits.map_or(Ok(most), str::parse).map_err(|_| advice())?;
        if bits > most { Err(advice()) } else { Ok(Self { address, bits }) }
    }
}

impl<'de> Deserialize<'de> for Network {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

pub(super) fn path_or_none<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<PathBuf>, D::Error> {
    let text = String::deserialize(deserializer)?;
    Ok(Some(text).filter(|text| !text.is_empty()).map(PathBuf::from))
}

pub(super) fn not_negative<'de, D: Deserializer<'de>>(deserializer: D) -> Result<i64, D::Error> {
    let number = i64::deserialize(deserializer)?;
    if number >= 0 { Ok(number) } else { Err(D::Error::custom(format!("{number} is below 0"))) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_holds_what_begins_alike() {
        let holds = |network: &str, address: &str| {
            network.parse::<Network>().unwrap().holds(address.parse().unwrap())
        };
        assert!(holds("10.0.0.0/8", "10.255.1.2") && !holds("10.0.0.0/8", "11.0.0.1"));
        assert!(holds("127.0.0.1", "127.0.0.1") && !holds("127.0.0.1", "127.0.0.2"));
        assert!(holds("127.0.0.1", "::ffff:127.0.0.1") && holds("0.0.0.0/0", "9.9.9.9"));
        assert!(holds("fd00::/8", "fd12::1") && !holds("fd00::/8", "fe80::1"));
        assert!(!holds("0.0.0.0/0", "::1") && holds("::/0", "::1"));
        for bad in ["", "10.0.0.0/33", "::/129", "10.0.0.0/x", "localhost"] {
            assert!(bad.parse::<Network>().is_err(), "{bad}");
        }
    }
}

/// `[audit]`
#[derive(Debug, Clone, Deserialize)]
pub struct AuditConfig {
    /// The directory of the checkpoints that are kept outside the database.
    pub checkpoints: PathBuf,
    /// When the whole ledger is audited each day, in minutes after midnight UTC; `None` for never.
    #[serde(rename = "nightly_utc", deserialize_with = "minute_of_day")]
    pub nightly: Option<u32>,
}
