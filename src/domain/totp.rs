//! One-time passwords of an authenticator app: RFC 6238 over RFC 4226, SHA-1, six digits, thirty
//! seconds, which is what every app understands.
//!
//! Promises: a password is good for its own step and the one on either side, and a step is good
//! once. Does not: keep secrets (see `service::factor`).

use data_encoding::BASE32_NOPAD;
use ring::hmac;

use crate::base::clock::Timestamp;

/// How long a password is shown, in seconds.
pub const STEP_SECONDS: i64 = 30;

/// How long a secret is: as long as its hash (RFC 4226, section 4, R6).
pub const SECRET_BYTES: usize = 20;

/// The number behind a password: RFC 4226, section 5.3, before it is cut to digits.
fn truncated(secret: &[u8], step: i64) -> u32 {
    let key = hmac::Key::new(hmac::HMAC_SHA1_FOR_LEGACY_USE_ONLY, secret);
    let tag = hmac::sign(&key, &step.to_be_bytes());
    let tag = tag.as_ref();
    let at = usize::from(tag[19] & 0x0f);
    let four = [tag[at], tag[at + 1], tag[at + 2], tag[at + 3]];
    u32::from_be_bytes(four) & 0x7fff_ffff
}

/// The password of a step, six digits.
#[must_use]
pub fn password_of(secret: &[u8], step: i64) -> String {
    format!("{:06}", truncated(secret, step) % 1_000_000)
}

/// The step of a moment.
#[must_use]
pub const fn step_of(now: Timestamp) -> i64 {
    now.millis().div_euclid(1000 * STEP_SECONDS)
}

/// The step that a password is good for: now or one on either side, and later than the last one
/// that was used.
#[must_use]
pub fn accepted(secret: &[u8], given: &str, now: Timestamp, last_step: i64) -> Option<i64> {
    let given: String = given.chars().filter(|c| !c.is_whitespace()).collect();
    let here = step_of(now);
    let steps = [here - 1, here, here + 1];
    steps.into_iter().find(|step| *step > last_step && password_of(secret, *step) == given)
}

/// A secret as people type it: base 32 of RFC 4648.
#[must_use]
pub fn typed(secret: &[u8]) -> String {
    BASE32_NOPAD.encode(secret)
}

/// The address that an app reads from a QR code (Key Uri Format of Google Authenticator).
#[must_use]
pub fn uri(secret: &[u8], host: &str, account: &str) -> String {
    let host = escaped(host);
    format!(
        "otpauth://totp/{host}:{}?secret={}&issuer={host}&algorithm=SHA1&digits=6&period=30",
        escaped(account),
        typed(secret)
    )
}

/// Percent-encoding of RFC 3986: all but unreserved characters.
fn escaped(text: &str) -> String {
    use std::fmt::Write as _;
    let mut escaped = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            let _ = write!(escaped, "%{byte:02X}");
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECRET: &[u8; SECRET_BYTES] = b"12345678901234567890";

    #[test]
    fn the_vectors_of_rfc_6238() {
        // Appendix B, SHA-1: eight digits.
        for (seconds, expected) in [
            (59, 94_287_082),
            (1_111_111_109, 7_081_804),
            (1_111_111_111, 14_050_471),
            (1_234_567_890, 89_005_924),
            (2_000_000_000, 69_279_037),
            (20_000_000_000, 65_353_130),
        ] {
            let step = step_of(Timestamp::from_millis(seconds * 1000));
            assert_eq!(truncated(SECRET, step) % 100_000_000, expected);
        }
        // RFC 4226, appendix D.
        assert_eq!(password_of(SECRET, 0), "755224");
        assert_eq!(password_of(SECRET, 9), "520489");
    }

    #[test]
    fn a_step_is_good_once() {
        let now = Timestamp::from_millis(59_000);
        assert_eq!(accepted(SECRET, "287 082", now, -1), Some(1));
        assert_eq!(accepted(SECRET, "287082", now, 1), None);
        assert_eq!(accepted(SECRET, "287082", now.plus_seconds(30), -1), Some(1));
        assert_eq!(accepted(SECRET, "287082", now.plus_seconds(31), -1), None);
        assert_eq!(accepted(SECRET, "287083", now, -1), None);
    }

    #[test]
    fn an_app_reads_the_address() {
        let uri = uri(SECRET, "pass.exemple.fr", "ana@exemple.fr");
        assert!(uri.starts_with("otpauth://totp/pass.exemple.fr:ana%40exemple.fr?secret=GEZDGNBV"));
    }
}
