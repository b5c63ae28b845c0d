//! The typed code of a voucher, the key it is derived from, and the tag it is found by.
//!
//! Promises: 11 symbols and a check symbol, `XXXX-XXXX-XXXX`; every single wrong symbol and every
//! swap of neighbours or next neighbours is noticed before anything is looked up; `Debug` shows no
//! code and no key. Does not: store codes; they are derived again when a book is printed, and only
//! the keyed [`CodeTag`] rests in the database.

use std::fmt;
use std::str::FromStr;

use ring::{hkdf, hmac};

use super::printed;
use super::serial::{BookNumber, Serial, SerialError};
use crate::base::base32;

/// How many bits a code has: 11 symbols of 5.
pub const CODE_BITS: u32 = 55;

/// How many symbols are typed: 11 and the check symbol.
const SYMBOLS: usize = 12;

/// The secret that redeems when typed: a number of 55 bits, never zero.
///
/// Text: the number in 11 symbols of Crockford's base 32, most significant first, then the check
/// symbol. With a state `c = 0` and for each symbol `c = 2·c xor value`, where `2·c` is taken in
/// GF(32) modulo `x^5 + x^2 + 1`, the check symbol is `2·c`, so that a whole code ends at zero.
/// Sources: the project's design, 6, and its study of voucher systems, 3.6 (after Damm).
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct Code(u64);

/// Why a text is not a code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CodeError {
    /// Not 12 symbols of the alphabet.
    #[error("a code has 12 letters and digits, like XXXX-XXXX-XXXX")]
    Malformed,
    /// 12 symbols that are no code: the check symbol disagrees, or all are zero.
    #[error("the code has a typing mistake")]
    Mistyped,
}

impl Code {
    /// The code with this number; `None` for zero and beyond 55 bits.
    #[must_use]
    pub const fn from_number(number: u64) -> Option<Self> {
        if number == 0 || number >> CODE_BITS != 0 { None } else { Some(Self(number)) }
    }

    /// The number: 55 bits, not zero.
    #[must_use]
    pub const fn number(self) -> u64 {
        self.0
    }

    /// The number in 7 bytes, most significant first, as in the token and under the tag.
    #[must_use]
    pub fn to_bytes(self) -> [u8; 7] {
        let mut bytes = [0; 7];
        bytes.copy_from_slice(&self.0.to_be_bytes()[1..]);
        bytes
    }

    /// The code of 7 bytes; `None` for zero and when the first bit is set.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 7]) -> Option<Self> {
        let mut whole = [0; 8];
        whole[1..].copy_from_slice(&bytes);
        Self::from_number(u64::from_be_bytes(whole))
    }

    /// The values of the 12 symbols.
    fn symbols(self) -> [u8; SYMBOLS] {
        let mut symbols = [0; SYMBOLS];
        let mut rest = self.0;
        for symbol in symbols[..SYMBOLS - 1].iter_mut().rev() {
            *symbol = u8::try_from(rest & 31).expect("five bits fit");
            rest >>= 5;
        }
        symbols[SYMBOLS - 1] = double(checked(&symbols[..SYMBOLS - 1]));
        symbols
    }
}

/// `2·value` in GF(32) modulo `x^5 + x^2 + 1`.
const fn double(value: u8) -> u8 {
    let doubled = value << 1;
    if doubled & 0b10_0000 == 0 { doubled } else { doubled ^ 0b10_0101 }
}

/// The check state after these symbols; zero after a whole code.
fn checked(symbols: &[u8]) -> u8 {
    symbols.iter().fold(0, |state, symbol| double(state) ^ symbol)
}

impl FromStr for Code {
    type Err = CodeError;

    /// Reads what a person typed: case, blanks and hyphens mean nothing, `O` is `0`, `I` and `L`
    /// are `1`.
    fn from_str(text: &str) -> Result<Self, CodeError> {
        let mut symbols = [0; SYMBOLS];
        let mut count = 0;
        for mark in text.chars().filter(|c| !printed::is_blank(*c) && !printed::is_hyphen(*c)) {
            let place = symbols.get_mut(count).ok_or(CodeError::Malformed)?;
            *place = base32::value_of(mark).ok_or(CodeError::Malformed)?;
            count += 1;
        }
        if count != SYMBOLS {
            return Err(CodeError::Malformed);
        }
        if checked(&symbols) != 0 {
            return Err(CodeError::Mistyped);
        }
        let digits = &symbols[..SYMBOLS - 1];
        let number = digits.iter().fold(0, |number, digit| number << 5 | u64::from(*digit));
        Self::from_number(number).ok_or(CodeError::Mistyped)
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        use fmt::Write as _;
        for (place, symbol) in self.symbols().into_iter().enumerate() {
            if place == 4 || place == 8 {
                f.write_char('-')?;
            }
            f.write_char(char::from(base32::ALPHABET[usize::from(symbol)]))?;
        }
        Ok(())
    }
}

impl fmt::Debug for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Code(secret)")
    }
}

/// The key of one ledger, from which all its codes come.
///
/// A leaving funder takes this key, in the sealed bundle of its export, and nobody else's.
#[derive(Clone)]
pub struct CodeKey {
    bytes: [u8; 32],
    hmac: hmac::Key,
}

impl CodeKey {
    /// The key of a ledger: HKDF-SHA-256 (RFC 5869) of the instance's master key, with no salt and
    /// info `"carnet/code-key/v1\0" ‖ ledger id`, 32 bytes.
    #[must_use]
    pub fn for_ledger(master: &[u8; 32], ledger_id: &str) -> Self {
        Self::from_bytes(derive(master, &[b"carnet/code-key/v1\0", ledger_id.as_bytes()]))
    }

    /// A key that came with a ledger taken over.
    #[must_use]
    pub fn from_bytes(bytes: [u8; 32]) -> Self {
        Self { hmac: hmac::Key::new(hmac::HMAC_SHA256, &bytes), bytes }
    }

    /// The 32 secret bytes, for the sealed bundle and nothing else.
    #[must_use]
    pub const fn expose(&self) -> &[u8; 32] {
        &self.bytes
    }

    /// The code of a voucher.
    ///
    /// The first 55 bits of HMAC-SHA-256 over `"carnet/code/v1\0" ‖ book ‖ position ‖ counter`, in
    /// 4, 1 and 4 bytes, big-endian; should they all be zero, the next 55 bits. The counter is 0 at
    /// first and kept in the book's line; it is raised when a tag is already taken.
    #[must_use]
    pub fn code(&self, serial: Serial, counter: u32) -> Code {
        let mut context = hmac::Context::with_key(&self.hmac);
        context.update(b"carnet/code/v1\0");
        context.update(&serial.book().get().to_be_bytes());
        context.update(&[serial.position()]);
        context.update(&counter.to_be_bytes());
        let mac = context.sign();
        let bits = u128::from_be_bytes(first(mac.as_ref()));
        first_code(bits)
    }

    /// The tags of a book's codes, by position from 1.
    ///
    /// # Errors
    /// [`SerialError`] when no book has so many vouchers.
    pub fn tags(
        &self,
        tags: &TagKey,
        book: BookNumber,
        vouchers: u8,
        counter: u32,
    ) -> Result<Vec<CodeTag>, SerialError> {
        let tag = |position| Ok(tags.tag(self.code(Serial::new(book, position)?, counter)));
        (1..=vouchers).map(tag).collect()
    }
}

/// The first 55 bits of 128 as a code, or the next 55 when those are zero.
fn first_code(bits: u128) -> Code {
    let window = |end: u32| {
        let low = bits >> (128 - end) & ((1 << CODE_BITS) - 1);
        Code::from_number(u64::try_from(low).expect("55 bits fit"))
    };
    window(CODE_BITS)
        .or_else(|| window(2 * CODE_BITS))
        .expect("110 zero bits in a row do not come out of HMAC-SHA-256")
}

impl fmt::Debug for CodeKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CodeKey(secret)")
    }
}

/// What the database holds of a code: enough to find it, useless without the [`TagKey`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct CodeTag(i64);

impl CodeTag {
    /// A tag as it came from the database.
    #[must_use]
    pub const fn from_stored(stored: i64) -> Self {
        Self(stored)
    }

    /// The 64 bits as a signed number, as stored in a BIGINT.
    #[must_use]
    pub const fn stored(self) -> i64 {
        self.0
    }
}

/// The key of an instance that turns codes into tags; tags are computed again at an import.
#[derive(Clone)]
pub struct TagKey(hmac::Key);

impl TagKey {
    /// The key of an instance: HKDF-SHA-256 (RFC 5869) of its master key, with no salt and info
    /// `"carnet/tag-key/v1\0"`, 32 bytes.
    #[must_use]
    pub fn from_master(master: &[u8; 32]) -> Self {
        Self::from_bytes(&Self::bytes_from_master(master))
    }

    /// The 32 secret bytes of that key, for the file that a server reads instead of the master.
    #[must_use]
    pub fn bytes_from_master(master: &[u8; 32]) -> [u8; 32] {
        derive(master, &[b"carnet/tag-key/v1\0"])
    }

    /// The key of these bytes.
    #[must_use]
    pub fn from_bytes(bytes: &[u8; 32]) -> Self {
        Self(hmac::Key::new(hmac::HMAC_SHA256, bytes))
    }

    /// The tag of a code: the first 8 bytes, big-endian and signed, of HMAC-SHA-256 over
    /// `"carnet/tag/v1\0" ‖ code`, the code in 7 bytes ([`Code::to_bytes`]).
    #[must_use]
    pub fn tag(&self, code: Code) -> CodeTag {
        let mut context = hmac::Context::with_key(&self.0);
        context.update(b"carnet/tag/v1\0");
        context.update(&code.to_bytes());
        CodeTag(i64::from_be_bytes(first(context.sign().as_ref())))
    }
}

impl fmt::Debug for TagKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("TagKey(secret)")
    }
}

/// The first `N` bytes of a hash.
fn first<const N: usize>(hash: &[u8]) -> [u8; N] {
    *hash.first_chunk().expect("SHA-256 gives 32 bytes")
}

/// 32 bytes of HKDF-SHA-256; no salt means 32 zero bytes (RFC 5869, 2.2).
fn derive(master: &[u8; 32], info: &[&[u8]]) -> [u8; 32] {
    let mut bytes = [0; 32];
    let extracted = hkdf::Salt::new(hkdf::HKDF_SHA256, &[0; 32]).extract(master);
    extracted
        .expand(info, hkdf::HKDF_SHA256)
        .and_then(|expanded| expanded.fill(&mut bytes))
        .expect("32 bytes are what HKDF_SHA256 was asked for");
    bytes
}

#[cfg(test)]
mod tests;
