//! The public keys of an instance: the list that it publishes, which of them may sign, and which
//! vouchers are believed.
//!
//! Promises: a key signs only between its dates and unless revoked; what it signed is believed for
//! as long as it is not revoked, because paper outlives the period of a key. Does not: hold secret
//! keys, nor tell the world which issuer a key belongs to.

use serde::{Deserialize, Serialize};

use super::organisation::OrganisationId;
use super::token::{Forged, PublicVoucherKey, Token, UnverifiedToken};
use crate::base::clock::Timestamp;

/// The document at `/.well-known/carnet-keys.json` and in every export (the project's design, 6).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct KeyList {
    /// The keys that sign vouchers, past ones included.
    pub voucher_keys: Vec<ListedVoucherKey>,
    /// The keys that sign checkpoints, as C2SP verifier keys (`name+hash+base64`).
    pub log_keys: Vec<String>,
}

impl KeyList {
    /// The list of these keys, by issuer and key id.
    #[must_use]
    pub fn new(records: &[VoucherKeyRecord], log_keys: Vec<String>) -> Self {
        let mut ordered: Vec<_> = records.iter().collect();
        ordered.sort_by_key(|record| (record.issuer_id, record.key.key_id));
        let voucher_keys = ordered.into_iter().map(|record| record.key.clone()).collect();
        Self { voucher_keys, log_keys }
    }
}

/// One voucher key as the world sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct ListedVoucherKey {
    /// The number that tokens carry.
    pub key_id: u8,
    /// Base64 (RFC 4648, 4, padded) of the 32 bytes.
    #[serde(with = "base64")]
    #[schema(value_type = String, pattern = "^[A-Za-z0-9+/]{43}=$")]
    pub public_key: [u8; 32],
    /// The key signs from this moment on.
    #[schema(value_type = String, format = DateTime)]
    pub not_before: Timestamp,
    /// The key no longer signs from this moment on; what it signed stays good.
    #[schema(value_type = String, format = DateTime)]
    pub not_after: Timestamp,
    /// When the key was found stolen or lost; null while it is not.
    #[schema(value_type = Option<String>, format = DateTime)]
    pub revoked_at: Option<Timestamp>,
}

impl ListedVoucherKey {
    /// What is needed to check a signature.
    #[must_use]
    pub const fn public(&self) -> PublicVoucherKey {
        PublicVoucherKey { key_id: self.key_id, public_key: self.public_key }
    }

    /// Whether the key may sign now: `not_before <= now < not_after` and not revoked.
    #[must_use]
    pub fn signs_at(&self, now: Timestamp) -> bool {
        self.revoked_at.is_none() && self.not_before <= now && now < self.not_after
    }

    /// Whether what the key signed is believed. Its dates play no part: they bound the signing.
    #[must_use]
    pub fn is_accepted(&self, revoked: Revoked) -> bool {
        self.revoked_at.is_none() || revoked == Revoked::Accepted
    }
}

/// What becomes of the vouchers of a revoked key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Revoked {
    /// They count as forged. The rule.
    #[default]
    Refused,
    /// They are believed. For an operator who judges that the code inside, which a thief of the
    /// signing key does not have, protects enough, and honours the paper already out.
    Accepted,
}

/// Body of `voucher-key-added`: the entry's id is the operator that signs with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VoucherKeyAdded {
    /// The number that tokens carry.
    pub key_id: u8,
    /// The public half.
    #[serde(with = "base64")]
    pub public_key: [u8; 32],
    /// The key signs from this moment on.
    pub not_before: Timestamp,
    /// The key no longer signs from this moment on.
    pub not_after: Timestamp,
}

/// Body of `voucher-key-revoked`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VoucherKeyRevoked {
    /// The number that tokens carry.
    pub key_id: u8,
}

/// A voucher key and whose it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VoucherKeyRecord {
    /// The issuer: the operator that printed with it.
    pub issuer_id: OrganisationId,
    /// The key.
    pub key: ListedVoucherKey,
}

/// The voucher keys that an instance knows, ready for use at the counter.
#[derive(Debug, Clone)]
pub struct Keyring {
    records: Vec<VoucherKeyRecord>,
    accepted: Vec<PublicVoucherKey>,
    /// The issuer of each accepted key, in the same order.
    issuers: Vec<OrganisationId>,
}

/// A token that one of the known issuers made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Genuine {
    /// The issuer; a book is known by its issuer and its number.
    pub issuer_id: OrganisationId,
    /// The key that verified it.
    pub key_id: u8,
    /// What was signed.
    pub token: Token,
}

impl Keyring {
    /// The ring of these keys.
    #[must_use]
    pub fn new(records: Vec<VoucherKeyRecord>, revoked: Revoked) -> Self {
        let believed = records.iter().filter(|record| record.key.is_accepted(revoked));
        let (accepted, issuers) =
            believed.map(|record| (record.key.public(), record.issuer_id)).unzip();
        Self { records, accepted, issuers }
    }

    /// All keys, revoked ones included.
    #[must_use]
    pub fn records(&self) -> &[VoucherKeyRecord] {
        &self.records
    }

    /// The key ids that an issuer has revoked.
    #[must_use]
    pub fn revoked(&self, issuer_id: OrganisationId) -> Vec<u8> {
        let own = self.records.iter().filter(|record| record.issuer_id == issuer_id);
        let ended = own.filter(|record| record.key.revoked_at.is_some());
        ended.map(|record| record.key.key_id).collect()
    }

    /// The key with which an issuer signs now: of those that may, the one that began last.
    #[must_use]
    pub fn signing(&self, issuer_id: OrganisationId, now: Timestamp) -> Option<&VoucherKeyRecord> {
        let mine = self.records.iter().filter(|record| record.issuer_id == issuer_id);
        mine.filter(|record| record.key.signs_at(now)).max_by_key(|record| record.key.not_before)
    }

    /// Believes a token without looking at its signature: a planted bug, in no released program.
    #[cfg(feature = "planted-bugs")]
    #[must_use]
    pub fn believe(&self, token: &UnverifiedToken) -> Option<Genuine> {
        let issuer_id = *self.issuers.first()?;
        token.believe().map(|(key_id, token)| Genuine { issuer_id, key_id, token })
    }

    /// Finds the issuer of a token.
    ///
    /// # Errors
    /// [`Forged`] when no accepted key verifies it.
    pub fn verify(&self, token: &UnverifiedToken) -> Result<Genuine, Forged> {
        let verified = token.verify(&self.accepted)?;
        let issuer_id = *self.issuers.get(verified.key_index).ok_or(Forged)?;
        Ok(Genuine { issuer_id, key_id: verified.key_id, token: verified.token })
    }
}

/// 32 bytes as base64 text.
mod base64 {
    use data_encoding::BASE64;
    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    pub(super) fn serialize<S: Serializer>(key: &[u8; 32], to: S) -> Result<S::Ok, S::Error> {
        to.serialize_str(&BASE64.encode(key))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(from: D) -> Result<[u8; 32], D::Error> {
        let text = std::borrow::Cow::<'de, str>::deserialize(from)?;
        let bytes = crate::base::base64::decode(&text);
        let key = bytes.and_then(|bytes| <[u8; 32]>::try_from(bytes).ok());
        key.ok_or_else(|| D::Error::custom("a public key is base64 of 32 bytes"))
    }
}

#[cfg(test)]
mod tests {
    //! Goal: the published format to the letter, and the dates and revocations of keys.

    use super::super::serial::{BookNumber, Serial};
    use super::super::token::{SignedToken, VoucherKey};
    use super::*;
    use crate::base::id::{Id, Operator};
    use crate::base::money::Money;
    use crate::domain::code::Code;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    fn issuer(number: u128) -> OrganisationId {
        let id: Id<Operator> = Id::from_uuid(uuid::Uuid::from_u128(number));
        id.any().try_into().unwrap()
    }

    fn record(number: u128, key: &VoucherKey, from: &str, until: &str) -> VoucherKeyRecord {
        let PublicVoucherKey { key_id, public_key } = key.public();
        let (not_before, not_after) = (at(from), at(until));
        let key = ListedVoucherKey { key_id, public_key, not_before, not_after, revoked_at: None };
        VoucherKeyRecord { issuer_id: issuer(number), key }
    }

    fn signed(key: &VoucherKey) -> UnverifiedToken {
        let serial = Serial::new(BookNumber::new(4217), 3).unwrap();
        let code = Code::from_number(99).unwrap();
        let token = Token::new(serial, Money::from_cents(1000).unwrap(), code).unwrap();
        let bytes = *SignedToken::as_bytes(&key.sign(&token));
        UnverifiedToken::from_bytes(bytes).unwrap()
    }

    const NEW_YEAR: &str = "2026-01-01T00:00:00.000Z";
    const NEXT_YEAR: &str = "2027-01-01T00:00:00.000Z";

    #[test]
    fn the_list_is_written_as_published() {
        let key = VoucherKey::from_seed(1, &[7; 32]);
        let mut records =
            vec![record(2, &key, NEW_YEAR, NEXT_YEAR), record(1, &key, NEW_YEAR, NEXT_YEAR)];
        records[0].key.revoked_at = Some(at("2026-03-01T12:00:00.000Z"));
        let list = KeyList::new(&records, vec!["h/ledger/x+0a0b0c0d+AQ==".to_owned()]);
        let public = data_encoding::BASE64.encode(&key.public().public_key);
        let one = |revoked_at: &str| {
            format!(r#"{{"key_id":1,"public_key":"{public}","not_before":"{NEW_YEAR}","#)
                + &format!(r#""not_after":"{NEXT_YEAR}","revoked_at":{revoked_at}}}"#)
        };
        let expected = format!(
            r#"{{"voucher_keys":[{},{}],"log_keys":["h/ledger/x+0a0b0c0d+AQ=="]}}"#,
            one("null"),
            one(r#""2026-03-01T12:00:00.000Z""#)
        );
        let text = serde_json::to_string(&list).unwrap();
        assert_eq!(text, expected);
        assert_eq!(serde_json::from_str::<KeyList>(&text).unwrap(), list);
        for bad in [&public[1..], "AAAA", "not base64", ""] {
            assert!(serde_json::from_str::<KeyList>(&text.replace(&public, bad)).is_err());
        }
    }

    #[test]
    fn a_key_signs_between_its_dates() {
        let key = record(1, &VoucherKey::from_seed(1, &[7; 32]), NEW_YEAR, NEXT_YEAR).key;
        assert!(!key.signs_at(at("2025-12-31T23:59:59.999Z")));
        assert!(key.signs_at(at(NEW_YEAR)));
        assert!(key.signs_at(at("2026-12-31T23:59:59.999Z")));
        assert!(!key.signs_at(at(NEXT_YEAR)));
        let revoked = ListedVoucherKey { revoked_at: Some(at(NEXT_YEAR)), ..key };
        assert!(!revoked.signs_at(at(NEW_YEAR)));
    }

    #[test]
    fn the_newest_key_of_the_issuer_signs() {
        let [old, new] = [1, 2].map(|id| VoucherKey::from_seed(id, &[id; 32]));
        let june = "2026-06-01T00:00:00.000Z";
        let ring = Keyring::new(
            vec![
                record(1, &new, june, NEXT_YEAR),
                record(1, &old, NEW_YEAR, NEXT_YEAR),
                record(2, &old, NEW_YEAR, NEXT_YEAR),
            ],
            Revoked::Refused,
        );
        let id = |number, now| ring.signing(issuer(number), at(now)).map(|found| found.key.key_id);
        assert_eq!(id(1, "2026-05-31T23:59:59.999Z"), Some(1));
        assert_eq!(id(1, june), Some(2));
        assert_eq!(id(2, june), Some(1));
        assert_eq!(id(1, NEXT_YEAR), None);
        assert_eq!(id(3, june), None);
        assert_eq!(ring.records().len(), 3);
    }

    #[test]
    fn the_key_that_verifies_names_the_issuer_and_a_revoked_one_does_not() {
        let [first, second, third] = [1, 2, 3].map(|seed| VoucherKey::from_seed(1, &[seed; 32]));
        let mut records =
            vec![record(10, &first, NEW_YEAR, NEXT_YEAR), record(20, &second, NEW_YEAR, NEXT_YEAR)];
        let ring = Keyring::new(records.clone(), Revoked::Refused);
        assert_eq!(ring.verify(&signed(&first)).map(|genuine| genuine.issuer_id), Ok(issuer(10)));
        assert_eq!(ring.verify(&signed(&second)).map(|genuine| genuine.issuer_id), Ok(issuer(20)));
        assert_eq!(ring.verify(&signed(&third)), Err(Forged));

        records[0].key.revoked_at = Some(at(NEW_YEAR));
        let ring = Keyring::new(records.clone(), Revoked::Refused);
        assert_eq!(ring.verify(&signed(&first)), Err(Forged));
        assert_eq!(ring.verify(&signed(&second)).map(|genuine| genuine.issuer_id), Ok(issuer(20)));
        let ring = Keyring::new(records, Revoked::Accepted);
        assert_eq!(ring.verify(&signed(&first)).map(|genuine| genuine.issuer_id), Ok(issuer(10)));
    }
}
