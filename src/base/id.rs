//! Ids: a noun and a UUID, printed `voucher_01h455vb4pex5vsknk084sn02q`.
//!
//! Promises: the same text in a URL, a log, a database and a letter (the TypeID form: noun,
//! underscore, 26 characters of lower-case Crockford base 32); a wrong noun is a parse error that
//! names both. Does not: say anything about who made it; callers name what they create.

use std::cmp::Ordering;
use std::fmt;
use std::hash::{Hash, Hasher};
use std::marker::PhantomData;
use std::str::FromStr;

use serde::{Deserialize, Deserializer, Serialize, Serializer};
use uuid::Uuid;

use super::clock::{Clock, Timestamp};
use super::entropy::{Entropy, bytes};

macro_rules! nouns {
    ($($(#[doc = $doc:literal])* $variant:ident = $text:literal),+ $(,)?) => {
        /// Every noun that an id may carry.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Noun { $($(#[doc = $doc])* $variant),+ }

        impl Noun {
            /// The word in front of the underscore.
            #[must_use]
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $text),+ }
            }

            fn of(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$variant),)+ _ => None }
            }
        }

        $(
            $(#[doc = $doc])*
            #[derive(Debug, Clone, Copy)]
            pub enum $variant {}

            impl Kind for $variant {
                const NOUN: Noun = Noun::$variant;
            }
        )+
    };
}

/// A marker type for the noun of an [`Id`].
pub trait Kind {
    /// The noun that this kind of id carries.
    const NOUN: Noun;
}

nouns! {
    /// Runs the instance.
    Operator = "operator",
    /// Orders and pays.
    Funder = "funder",
    /// The legal body that is paid.
    Structure = "structure",
    /// Hands books over.
    Distributor = "distributor",
    /// A distributor's place with a stock.
    Site = "site",
    /// Where vouchers are redeemed.
    Venue = "venue",
    /// One scheme of a funder.
    Campaign = "campaign",
    /// So many books of a campaign.
    Order = "order",
    /// Money received.
    Deposit = "deposit",
    /// Money given back: a withdrawn deposit, a refund paid back or rolled over.
    Withdrawal = "withdrawal",
    /// Money that a structure gave back.
    Repayment = "repayment",
    /// A movement of books: to a site, back, lost, destroyed.
    Movement = "movement",
    /// A book given to a person.
    HandOver = "hand-over",
    /// A block on a voucher, a range of books or an order, or its end.
    Block = "block",
    /// A new book for a lost one.
    Replacement = "replacement",
    /// One voucher used once.
    Redemption = "redemption",
    /// What a funder owes structures up to a day.
    Settlement = "settlement",
    /// One bank transfer.
    Payment = "payment",
    /// The end of a campaign: its unspent vouchers lapse.
    Closing = "closing",
    /// A program's key.
    ApiKey = "api-key",
    /// Somebody who signs in.
    Person = "person",
    /// What a person may be for an organisation.
    Membership = "membership",
    /// A second factor that a browser keeps.
    Passkey = "passkey",
    /// A person who is signed in, in one browser.
    Session = "session",
    /// What looks unlike honest work on a day.
    Signal = "signal",
    /// What one person asks for and another has to approve.
    Proposal = "proposal",
}

/// An id of a noun known only at run time.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct AnyId {
    noun: Noun,
    number: Uuid,
}

/// What was given is not an id, or not one of the expected noun.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum IdError {
    /// Not `noun_` and 26 base-32 characters.
    #[error("not an id; write it like {0}_01h455vb4pex5vsknk084sn02q")]
    Malformed(&'static str),
    /// An id of something else.
    #[error("this is the id of a {found}, but a {expected} is expected here")]
    WrongNoun {
        /// What the place wants.
        expected: &'static str,
        /// What was given.
        found: &'static str,
    },
}

impl AnyId {
    /// An id from its parts.
    #[must_use]
    pub const fn from_parts(noun: Noun, number: Uuid) -> Self {
        Self { noun, number }
    }

    /// The noun.
    #[must_use]
    pub const fn noun(self) -> Noun {
        self.noun
    }

    /// The number.
    #[must_use]
    pub const fn uuid(self) -> Uuid {
        self.number
    }

    /// The same id as one of kind `K`, when it carries that noun.
    #[must_use]
    pub fn to<K: Kind>(self) -> Option<Id<K>> {
        (self.noun == K::NOUN).then(|| Id::from_uuid(self.number))
    }

    /// The number alone in 26 upper-case characters: fit for a SEPA identifier.
    #[must_use]
    pub fn bare_upper(self) -> String {
        let digits = digits(self.number);
        digits.iter().map(|digit| char::from(digit.to_ascii_uppercase())).collect()
    }
}

const LOWER: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

fn digits(number: Uuid) -> [u8; 26] {
    let mut rest = number.as_u128();
    let mut text = [b'0'; 26];
    for place in text.iter_mut().rev() {
        *place = LOWER[usize::try_from(rest & 31).expect("five bits fit")];
        rest >>= 5;
    }
    text
}

fn number(text: &str) -> Option<Uuid> {
    if text.len() != 26 || text.as_bytes()[0] > b'7' {
        return None;
    }
    let mut value: u128 = 0;
    for byte in text.bytes() {
        let digit = match byte {
            b'0'..=b'9' => byte - b'0',
            b'a'..=b'z' => DIGIT_OF[usize::from(byte - b'a')],
            _ => 255,
        };
        if digit > 31 {
            return None;
        }
        value = (value << 5) | u128::from(digit);
    }
    Some(Uuid::from_u128(value))
}

/// Value of each lower-case letter; 255 for i, l, o and u, which the alphabet leaves out.
const DIGIT_OF: [u8; 26] = [
    10, 11, 12, 13, 14, 15, 16, 17, 255, 18, 19, 255, 20, 21, 255, 22, 23, 24, 25, 26, 255, 27, 28,
    29, 30, 31,
];

impl fmt::Display for AnyId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let digits = digits(self.number);
        f.write_str(self.noun.as_str())?;
        f.write_str("_")?;
        f.write_str(str::from_utf8(&digits).expect("the alphabet is ASCII"))
    }
}

impl FromStr for AnyId {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let malformed = IdError::Malformed("noun");
        let (noun, rest) = text.rsplit_once('_').ok_or(malformed.clone())?;
        let noun = Noun::of(noun).ok_or(malformed.clone())?;
        let number = number(rest).ok_or(malformed)?;
        Ok(Self { noun, number })
    }
}

impl Serialize for AnyId {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for AnyId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// An id of one noun, known at compile time.
pub struct Id<K> {
    number: Uuid,
    kind: PhantomData<fn() -> K>,
}

impl<K: Kind> Id<K> {
    /// A new id: UUID version 7 of this moment.
    #[must_use]
    pub fn new(clock: &dyn Clock, entropy: &dyn Entropy) -> Self {
        Self::at(clock.now(), entropy)
    }

    /// A new id: UUID version 7 of a moment.
    #[must_use]
    pub fn at(moment: Timestamp, entropy: &dyn Entropy) -> Self {
        let millis = u64::try_from(moment.millis()).unwrap_or(0);
        let builder = uuid::Builder::from_unix_timestamp_millis(millis, &bytes::<10>(entropy));
        Self::from_uuid(builder.into_uuid())
    }

    /// An id from its number.
    #[must_use]
    pub const fn from_uuid(number: Uuid) -> Self {
        Self { number, kind: PhantomData }
    }

    /// The number.
    #[must_use]
    pub const fn uuid(self) -> Uuid {
        self.number
    }

    /// The same id with its noun as a value.
    #[must_use]
    pub const fn any(self) -> AnyId {
        AnyId { noun: K::NOUN, number: self.number }
    }
}

impl<K: Kind> From<Id<K>> for AnyId {
    fn from(id: Id<K>) -> Self {
        id.any()
    }
}

impl<K: Kind> fmt::Display for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.any().fmt(f)
    }
}

impl<K: Kind> fmt::Debug for Id<K> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.any().fmt(f)
    }
}

impl<K: Kind> FromStr for Id<K> {
    type Err = IdError;

    fn from_str(text: &str) -> Result<Self, IdError> {
        let any: AnyId = text.parse().map_err(|_| IdError::Malformed(K::NOUN.as_str()))?;
        any.to().ok_or(IdError::WrongNoun { expected: K::NOUN.as_str(), found: any.noun.as_str() })
    }
}

impl<K: Kind> Serialize for Id<K> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de, K: Kind> Deserialize<'de> for Id<K> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(deserializer)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

// Written by hand because a derive would ask the marker type for the same traits.
impl<K> Clone for Id<K> {
    fn clone(&self) -> Self {
        *self
    }
}
impl<K> Copy for Id<K> {}
impl<K> PartialEq for Id<K> {
    fn eq(&self, other: &Self) -> bool {
        self.number == other.number
    }
}
impl<K> Eq for Id<K> {}
impl<K> PartialOrd for Id<K> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}
impl<K> Ord for Id<K> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.number.cmp(&other.number)
    }
}
impl<K> Hash for Id<K> {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.number.hash(state);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_prints_and_parses_the_same() {
        let text = "voucher_01h455vb4pex5vsknk084sn02q".replace("voucher", "venue");
        let id: Id<Venue> = text.parse().unwrap();
        assert_eq!(id.to_string(), text);
        assert_eq!(id.any().bare_upper(), "01H455VB4PEX5VSKNK084SN02Q");
        // The TypeID specification's example pair.
        let uuid: Uuid = "01890a5d-ac96-774b-bcce-b302099a8057".parse().unwrap();
        assert_eq!(Id::<Venue>::from_uuid(uuid).to_string(), text);
    }

    #[test]
    fn a_wrong_noun_names_both() {
        let error = "order_01h455vb4pex5vsknk084sn02q".parse::<Id<Venue>>().unwrap_err();
        assert_eq!(error, IdError::WrongNoun { expected: "venue", found: "order" });
        for bad in ["", "venue", "venue_", "venue_81h455vb4pex5vsknk084sn02q", "VENUE_x"] {
            assert!(bad.parse::<Id<Venue>>().is_err(), "{bad}");
        }
    }
}
