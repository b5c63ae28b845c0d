//! Tokens: the 80 signed bytes in a voucher's QR code, and whatever a venue presents.
//!
//! Promises: signing is deterministic, so nothing signed is stored and a reprint is the same; no
//! field of a token can be read before its signature holds; `Debug` shows no code and no bytes.
//! Does not: say what a voucher is worth. A signature proves origin; the ledger knows the rest.
//!
//! The layout, version 1, big-endian, without length fields (the project's design, 6):
//!
//! | offset | length | field |
//! |---|---|---|
//! | 0 | 1 | high half: version, 1; low half: flags, bit 0 marks a specimen that never pays |
//! | 1 | 1 | key id |
//! | 2 | 4 | book number |
//! | 6 | 1 | position in the book, 1 to 20 |
//! | 7 | 2 | face value in cents, 1 to 65,535 |
//! | 9 | 7 | the code, a number of 55 bits, not zero |
//! | 16 | 64 | Ed25519 (RFC 8032) over `"carnet/voucher/v1\0"` and bytes 0 to 15 |
//!
//! The text is 128 characters of Crockford's base 32 (640 bits, so nothing is padded and each
//! token has one text), after `HTTPS://HOST/V/`: a QR code of version 6 at level M as long as that
//! prefix has 26 characters at most (draw it with [`printed::symbol`]).
//!
//! What is refused, and how. *Malformed*: not 128 characters of the alphabet, or a version other
//! than 1, whose layout nobody here knows. *Forged*: an unknown flag, key or signature, and a
//! reserved value (position 0 or above 20, face value 0, code 0) even when signed: a QR code
//! corrects its reading errors, so such a token was made, not misread.

use std::fmt;

use ring::signature::{Ed25519KeyPair, KeyPair as _};

use super::code::{Code, CodeError};
use super::printed;
use super::serial::{BookNumber, Serial};
use super::signature::holds;
use crate::base::base32;
use crate::base::money::Money;

/// How many bytes a token has.
pub const TOKEN_BYTES: usize = 80;

/// How many characters these bytes give.
pub const TOKEN_CHARACTERS: usize = TOKEN_BYTES * 8 / 5;

/// How many of the bytes are signed; the signature follows.
const BODY_BYTES: usize = 16;

/// What is put before the body when signing, so that a signature serves no other purpose.
const CONTEXT: &[u8; 18] = b"carnet/voucher/v1\0";

const VERSION: u8 = 1;
const SPECIMEN: u8 = 0b0001;

/// The room of a voucher in a printed address: `HTTPS://HOST/V/` and the token.
const ROOM: &str = "V";

/// What is printed on a voucher and signed: facts that never change.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct Token {
    serial: Serial,
    face_value: Money,
    code: Code,
    specimen: bool,
}

/// A face value that a token cannot carry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a voucher is worth 0.01 to 655.35 EUR")]
pub struct FaceValueError;

impl Token {
    /// The token of a voucher that pays.
    ///
    /// # Errors
    /// [`FaceValueError`] outside 1 to 65,535 cents.
    pub fn new(serial: Serial, face_value: Money, code: Code) -> Result<Self, FaceValueError> {
        match u16::try_from(face_value.cents()) {
            Ok(1..) => Ok(Self { serial, face_value, code, specimen: false }),
            _ => Err(FaceValueError),
        }
    }

    /// The same token marked as a specimen, for training: it never pays.
    #[must_use]
    pub const fn specimen(self) -> Self {
        Self { specimen: true, ..self }
    }

    /// The public number.
    #[must_use]
    pub const fn serial(&self) -> Serial {
        self.serial
    }

    /// What the voucher says that it is worth.
    #[must_use]
    pub const fn face_value(&self) -> Money {
        self.face_value
    }

    /// The secret that the ledger must know by its tag.
    #[must_use]
    pub const fn code(&self) -> Code {
        self.code
    }

    /// Whether it is a specimen, which never pays.
    #[must_use]
    pub const fn is_specimen(&self) -> bool {
        self.specimen
    }

    fn to_body(self, key_id: u8) -> [u8; BODY_BYTES] {
        let cents = u16::try_from(self.face_value.cents()).expect("checked when it was made");
        let mut body = [0; BODY_BYTES];
        body[0] = VERSION << 4 | if self.specimen { SPECIMEN } else { 0 };
        body[1] = key_id;
        body[2..6].copy_from_slice(&self.serial.book().get().to_be_bytes());
        body[6] = self.serial.position();
        body[7..9].copy_from_slice(&cents.to_be_bytes());
        body[9..].copy_from_slice(&self.code.to_bytes());
        body
    }

    /// The token of a body; `None` when a value is reserved.
    fn of_body(body: &[u8; BODY_BYTES]) -> Option<Self> {
        let book = BookNumber::new(u32::from_be_bytes(*body[2..].first_chunk()?));
        let serial = Serial::new(book, body[6]).ok()?;
        let cents = u16::from_be_bytes(*body[7..].first_chunk()?);
        let face_value = Money::from_cents(i64::from(cents)).ok()?;
        let code = Code::from_bytes(*body[9..].first_chunk()?)?;
        let token = Self::new(serial, face_value, code).ok()?;
        Some(if body[0] & SPECIMEN == 0 { token } else { token.specimen() })
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Token")
            .field("serial", &self.serial)
            .field("face_value", &self.face_value)
            .field("specimen", &self.specimen)
            .finish_non_exhaustive()
    }
}

/// The bytes under the signature: the context, then the body.
fn message(body: &[u8; BODY_BYTES]) -> [u8; CONTEXT.len() + BODY_BYTES] {
    let mut message = [0; CONTEXT.len() + BODY_BYTES];
    message[..CONTEXT.len()].copy_from_slice(CONTEXT);
    message[CONTEXT.len()..].copy_from_slice(body);
    message
}

/// The key that an issuer signs vouchers with.
pub struct VoucherKey {
    key_id: u8,
    pair: Ed25519KeyPair,
}

impl VoucherKey {
    /// The key pair of a 32-byte seed (RFC 8032, 5.1.5).
    #[must_use]
    pub fn from_seed(key_id: u8, seed: &[u8; 32]) -> Self {
        Self { key_id, pair: pair(seed) }
    }

    /// What anyone needs to check its signatures.
    #[must_use]
    pub fn public(&self) -> PublicVoucherKey {
        let mut public_key = [0; 32];
        public_key.copy_from_slice(self.pair.public_key().as_ref());
        PublicVoucherKey { key_id: self.key_id, public_key }
    }

    /// Signs a token; the same token gives the same bytes, always.
    #[must_use]
    pub fn sign(&self, token: &Token) -> SignedToken {
        self.sign_body(token.to_body(self.key_id))
    }

    fn sign_body(&self, body: [u8; BODY_BYTES]) -> SignedToken {
        let mut bytes = [0; TOKEN_BYTES];
        bytes[..BODY_BYTES].copy_from_slice(&body);
        bytes[BODY_BYTES..].copy_from_slice(self.pair.sign(&message(&body)).as_ref());
        SignedToken(bytes)
    }
}

fn pair(seed: &[u8; 32]) -> Ed25519KeyPair {
    Ed25519KeyPair::from_seed_unchecked(seed).expect("any 32 bytes are an Ed25519 seed")
}

impl fmt::Debug for VoucherKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("VoucherKey").field("key_id", &self.key_id).finish_non_exhaustive()
    }
}

/// A token ready to print. Whoever reads it can redeem it: print it, never store it.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct SignedToken([u8; TOKEN_BYTES]);

impl SignedToken {
    /// What the QR code of a token's text says, for whoever has only the text.
    #[must_use]
    pub fn url_of(host: &str, text: &str) -> String {
        printed::url(host, ROOM, text)
    }

    /// The 80 bytes.
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; TOKEN_BYTES] {
        &self.0
    }

    /// The 128 characters, in capitals.
    #[must_use]
    pub fn to_text(&self) -> String {
        base32::encode(&self.0)
    }

    /// What the QR code says: `HTTPS://HOST/V/` and the characters, all in capitals. `host` may
    /// carry a port. Draw it with [`printed::symbol`].
    #[must_use]
    pub fn to_url(&self, host: &str) -> String {
        Self::url_of(host, &self.to_text())
    }
}

impl fmt::Debug for SignedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("SignedToken(secret)")
    }
}

/// What was scanned or typed at a venue, well formed, not yet believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Presented {
    /// A QR code's content.
    Token(UnverifiedToken),
    /// A code typed from paper; its check symbol agrees.
    Code(Code),
}

/// Why what was presented is not well formed; the names are those of the public refusals.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PresentedError {
    /// Neither a token of this version nor anything like a typed code.
    #[error("this is not a voucher's QR code or code")]
    TokenMalformed,
    /// About as long as a code, but not one: a symbol is wrong, missing or too many.
    #[error("the code has a typing mistake")]
    CodeMistyped,
}

impl Presented {
    /// Reads a printed address whatever its host, scheme and case, the bare 128 characters, or a
    /// typed code; blanks around it mean nothing.
    ///
    /// # Errors
    /// [`PresentedError`]: 10 to 14 letters and digits that are no code count as a slip of the
    /// finger, everything else as no voucher at all.
    pub fn parse(text: &str) -> Result<Self, PresentedError> {
        let text = printed::trimmed(text);
        if let Some(token) = printed::rest(text, ROOM) {
            return UnverifiedToken::of_text(token).map(Self::Token);
        }
        if text.len() == TOKEN_CHARACTERS {
            return UnverifiedToken::of_text(text).map(Self::Token);
        }
        text.parse().map(Self::Code).map_err(|error| match error {
            CodeError::Malformed if !resembles_code(text) => PresentedError::TokenMalformed,
            CodeError::Malformed | CodeError::Mistyped => PresentedError::CodeMistyped,
        })
    }
}

/// Whether someone may have meant a code: 12 letters and digits, give or take two.
fn resembles_code(text: &str) -> bool {
    let grouping = |c: &char| printed::is_blank(*c) || printed::is_hyphen(*c);
    let count = text.chars().filter(|c| !grouping(c)).take(15).count();
    let typed = text.chars().all(|c| grouping(&c) || c.is_ascii_alphanumeric());
    typed && (10..=14).contains(&count)
}

/// 80 bytes of version 1 that claim to be a token: nothing in them can be read yet.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct UnverifiedToken([u8; TOKEN_BYTES]);

/// A token that no known issuer made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("no known issuer made this voucher")]
pub struct Forged;

/// A token whose signature holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Verified {
    /// What was signed.
    pub token: Token,
    /// The key id in the token.
    pub key_id: u8,
    /// Which of the keys verified it, by its place in the slice; it names the issuer.
    pub key_index: usize,
}

impl UnverifiedToken {
    /// Bytes that may be a token.
    ///
    /// # Errors
    /// [`PresentedError::TokenMalformed`] for a version other than 1.
    pub const fn from_bytes(bytes: [u8; TOKEN_BYTES]) -> Result<Self, PresentedError> {
        if bytes[0] >> 4 != VERSION {
            return Err(PresentedError::TokenMalformed);
        }
        Ok(Self(bytes))
    }

    fn of_text(text: &str) -> Result<Self, PresentedError> {
        let right_length = text.len() == TOKEN_CHARACTERS;
        let decoded = right_length.then(|| base32::decode(text)).flatten();
        let bytes = decoded.and_then(|bytes| <[u8; TOKEN_BYTES]>::try_from(bytes).ok());
        Self::from_bytes(bytes.ok_or(PresentedError::TokenMalformed)?)
    }

    /// Checks the signature with every key that has the token's key id, in order: after a
    /// take-over several issuers use the same ids, and the key that verifies names the issuer.
    ///
    /// # Errors
    /// [`Forged`] for an unknown flag, key or signature, and for a reserved value.
    pub fn verify(&self, keys: &[PublicVoucherKey]) -> Result<Verified, Forged> {
        let (body, signature) = self.0.split_first_chunk::<BODY_BYTES>().ok_or(Forged)?;
        let key_id = body[1];
        if body[0] & 0x0f & !SPECIMEN != 0 {
            return Err(Forged);
        }
        let message = message(body);
        let signed = |key: &PublicVoucherKey| {
            key.key_id == key_id && holds(&key.public_key, &message, signature)
        };
        let key_index = keys.iter().position(signed).ok_or(Forged)?;
        let token = Token::of_body(body).ok_or(Forged)?;
        Ok(Verified { token, key_id, key_index })
    }

    /// What the token says, unsigned or not: a planted bug, in no released program.
    #[cfg(feature = "planted-bugs")]
    #[must_use]
    pub fn believe(&self) -> Option<(u8, Token)> {
        let (body, _) = self.0.split_first_chunk::<BODY_BYTES>()?;
        Token::of_body(body).map(|token| (body[1], token))
    }
}

impl fmt::Debug for UnverifiedToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("UnverifiedToken(secret)")
    }
}

/// The public half of a [`VoucherKey`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct PublicVoucherKey {
    /// The number that tokens carry; two issuers may use the same one.
    pub key_id: u8,
    /// The 32 bytes of RFC 8032, 5.1.2.
    pub public_key: [u8; 32],
}

#[cfg(test)]
mod tests;
