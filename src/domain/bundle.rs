//! The sealed part of an export: what only the funder may open, and the next operator needs.
//!
//! Promises: everything in it is proved by something that the former operator signed: registers
//! and accounts by receipts of its own ledger, the code key by a specimen. The format is
//! `schemas/sealed.json`. Does not: seal or open (see `service::export`, `service::import`).

use std::collections::{BTreeMap, BTreeSet};

use data_encoding::{BASE64, HEXLOWER};
use ring::digest;
use serde::{Deserialize, Serialize};

use super::bank::{Iban, salted_hash};
use super::code::CodeKey;
use super::fact::Fact;
use super::keyring::VoucherKeyAdded;
use super::leaving::{Asked, Wrong, wrong};
use super::ledger::checkpoint::VerifierKey;
use super::ledger::entry::{Entry, LedgerId};
use super::ledger::receipt::{Receipt, verify};
use super::organisation::{OrganisationId, OrganisationProfile};
use super::token::{Presented, PublicVoucherKey};
use super::venue::{VenueProfile, VenueState};
use crate::base::id::{Id, Venue};

/// The only version there is.
pub const VERSION: u8 = 1;

/// The content of `sealed.age`, as JSON.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Bundle {
    /// [`VERSION`].
    pub version: u8,
    /// The ledger.
    pub ledger_id: LedgerId,
    /// The key of the operator's own ledger: the receipts below are proved under it.
    pub log_key: VerifierKey,
    /// The ledger's code key: 32 bytes in hexadecimal.
    pub code_key: String,
    /// The first voucher of the first book as a specimen token; null while there is no book.
    pub specimen: Option<String>,
    /// Receipts of `voucher-key-added`, and of `voucher-key-revoked` where there is one.
    pub voucher_keys: Vec<SealedKey>,
    /// Receipts of `organisation-registered`: the newest version of each.
    pub organisations: Vec<Receipt>,
    /// The venues of the ledger.
    pub venues: Vec<SealedVenue>,
    /// The newest account of each organisation that has one.
    pub bank_accounts: Vec<SealedAccount>,
    /// The funder's logo.
    pub logo: Option<SealedLogo>,
    /// The payment files, by settlement: they hold names and IBANs.
    pub payment_files: BTreeMap<String, String>,
}

/// A key that signed vouchers.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SealedKey {
    /// The receipt of its line.
    pub added: Receipt,
    /// The receipt of its end; null while it is believed.
    pub revoked: Option<Receipt>,
}

/// A venue.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SealedVenue {
    /// The receipt of `venue-registered`.
    pub receipt: Receipt,
    /// What the operator said of it last.
    pub state: VenueState,
}

/// A bank account.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SealedAccount {
    /// The receipt of `bank-account-recorded`.
    pub receipt: Receipt,
    /// Electronic form.
    pub iban: String,
    /// As the bank knows the holder.
    pub holder: String,
    /// 16 bytes in hexadecimal.
    pub salt: String,
}

/// A logo.
#[derive(Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SealedLogo {
    /// The receipt of `logo-recorded`.
    pub receipt: Receipt,
    /// The picture, base64.
    pub content: String,
}

impl std::fmt::Debug for Bundle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Bundle({}, secret)", self.ledger_id)
    }
}

/// A bundle that was found true.
#[derive(Clone)]
pub struct Proved {
    /// The ledger's code key.
    pub code_key: [u8; 32],
    /// Voucher keys with their issuers, and whether each was revoked.
    pub voucher_keys: Vec<(OrganisationId, VoucherKeyAdded, bool)>,
    /// Registers.
    pub organisations: Vec<(OrganisationId, OrganisationProfile)>,
    /// Venues.
    pub venues: Vec<(Id<Venue>, VenueProfile, VenueState)>,
    /// Accounts: owner, IBAN in electronic form, holder, salt in hexadecimal, hash.
    pub accounts: Vec<(OrganisationId, [String; 4])>,
    /// The logo: hash and base64.
    pub logo: Option<(String, String)>,
    /// Payment files: settlement, hash, content.
    pub files: Vec<[String; 3]>,
}

impl std::fmt::Debug for Proved {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Proved(secret)")
    }
}

impl Bundle {
    /// Checks everything in it, and that it has what the lines ask for.
    ///
    /// # Errors
    /// [`Wrong`] says what is missing, or is not what was signed.
    pub fn prove(self, ledger: LedgerId, asked: &Asked) -> Result<Proved, Wrong> {
        if self.version != VERSION || self.ledger_id != ledger {
            return Err(wrong("the sealed bundle is of another ledger, or of a later program"));
        }
        let proved = Proved {
            code_key: [0; 32],
            voucher_keys: self.voucher_keys()?,
            organisations: self.organisations()?,
            venues: self.venues()?,
            accounts: self.accounts()?,
            logo: self.logo(ledger)?,
            files: self.files(asked)?,
        };
        let code_key = self.code_key(&proved, asked)?;
        let proved = Proved { code_key, ..proved };
        proved.complete(ledger, asked)?;
        Ok(proved)
    }

    /// The entry of a line that the former operator's own ledger holds.
    fn line(&self, receipt: &Receipt) -> Result<(Entry, Fact), Wrong> {
        let keys = std::slice::from_ref(&self.log_key);
        let sealed =
            |why: &dyn std::fmt::Display| wrong(format!("a line of the sealed bundle: {why}"));
        verify(receipt, keys).map_err(|error| sealed(&error))?;
        let entry = Entry::parse(&receipt.line).map_err(|error| sealed(&error))?;
        let fact = Fact::of(&entry).map_err(|error| sealed(&error))?;
        Ok((entry, fact))
    }

    fn voucher_keys(&self) -> Result<Vec<(OrganisationId, VoucherKeyAdded, bool)>, Wrong> {
        let other = || wrong("a voucher key of the sealed bundle is something else");
        let key = |sealed: &SealedKey| {
            let (entry, Fact::VoucherKeyAdded(body)) = self.line(&sealed.added)? else {
                return Err(other());
            };
            if let Some(receipt) = &sealed.revoked {
                let (end, fact) = self.line(receipt)?;
                let same =
                    matches!(fact, Fact::VoucherKeyRevoked(ended) if ended.key_id == body.key_id);
                if !same || end.id != entry.id {
                    return Err(other());
                }
            }
            let issuer = entry.id.try_into().map_err(|_| other())?;
            Ok((issuer, body, sealed.revoked.is_some()))
        };
        self.voucher_keys.iter().map(key).collect()
    }

    fn organisations(&self) -> Result<Vec<(OrganisationId, OrganisationProfile)>, Wrong> {
        let other = || wrong("an organisation of the sealed bundle is something else");
        let one = |receipt| match self.line(receipt)? {
            (entry, Fact::OrganisationRegistered(body)) => {
                Ok((entry.id.try_into().map_err(|_| other())?, body.profile))
            }
            _ => Err(other()),
        };
        self.organisations.iter().map(one).collect()
    }

    fn venues(&self) -> Result<Vec<(Id<Venue>, VenueProfile, VenueState)>, Wrong> {
        let other = || wrong("a venue of the sealed bundle is something else");
        let one = |sealed: &SealedVenue| match self.line(&sealed.receipt)? {
            (entry, Fact::VenueRegistered(body)) => {
                Ok((entry.id.to().ok_or_else(other)?, body.profile, sealed.state))
            }
            _ => Err(other()),
        };
        self.venues.iter().map(one).collect()
    }

    fn accounts(&self) -> Result<Vec<(OrganisationId, [String; 4])>, Wrong> {
        let other = || wrong("a bank account of the sealed bundle is not the one that was hashed");
        let one = |sealed: &SealedAccount| {
            let (entry, Fact::BankAccountRecorded(body)) = self.line(&sealed.receipt)? else {
                return Err(other());
            };
            let salt = HEXLOWER.decode(sealed.salt.as_bytes()).map_err(|_| other())?;
            let salt: [u8; 16] = salt.try_into().map_err(|_| other())?;
            let iban: Iban = sealed.iban.parse().map_err(|_| other())?;
            let plain = iban.reveal() == sealed.iban;
            if !plain || salted_hash(&salt, &iban, &sealed.holder) != body.hash {
                return Err(other());
            }
            let owner = entry.id.try_into().map_err(|_| other())?;
            let SealedAccount { iban, holder, salt, .. } = sealed.clone();
            Ok((owner, [iban, holder, salt, body.hash]))
        };
        self.bank_accounts.iter().map(one).collect()
    }

    fn logo(&self, ledger: LedgerId) -> Result<Option<(String, String)>, Wrong> {
        let other = || wrong("the logo of the sealed bundle is not the one that was hashed");
        let Some(sealed) = &self.logo else { return Ok(None) };
        let (entry, Fact::LogoRecorded(body)) = self.line(&sealed.receipt)? else {
            return Err(other());
        };
        let bytes = BASE64.decode(sealed.content.as_bytes()).map_err(|_| other())?;
        if entry.id != ledger.any() || sha256(&bytes) != body.hash {
            return Err(other());
        }
        Ok(Some((body.hash, sealed.content.clone())))
    }

    fn files(&self, asked: &Asked) -> Result<Vec<[String; 3]>, Wrong> {
        let file = |(settlement, hash): (&String, &String)| {
            let content = self
                .payment_files
                .get(settlement)
                .filter(|content| sha256(content.as_bytes()) == *hash);
            let missing =
                || wrong(format!("the payment file of {settlement} is not in the bundle"));
            let content = content.ok_or_else(missing)?;
            Ok([settlement.clone(), hash.clone(), content.clone()])
        };
        asked.files.iter().map(file).collect()
    }

    /// The code key, when it gives the code that the former operator signed.
    fn code_key(&self, proved: &Proved, asked: &Asked) -> Result<[u8; 32], Wrong> {
        let other =
            || wrong("the code key of the sealed bundle is not that of the ledger's vouchers");
        let bytes = HEXLOWER.decode(self.code_key.as_bytes()).map_err(|_| other())?;
        let bytes: [u8; 32] = bytes.try_into().map_err(|_| other())?;
        let Some((book, counter)) = asked.first_book else { return Ok(bytes) };
        let specimen = self.specimen.as_deref().ok_or_else(other)?;
        let Ok(Presented::Token(token)) = Presented::parse(specimen) else { return Err(other()) };
        let public = |(_, key, revoked): &(_, VoucherKeyAdded, bool)| {
            let (key_id, public_key) = (key.key_id, key.public_key);
            (!revoked).then_some(PublicVoucherKey { key_id, public_key })
        };
        let keys: Vec<_> = proved.voucher_keys.iter().filter_map(public).collect();
        let token = token.verify(&keys).map_err(|_| other())?.token;
        let expected = CodeKey::from_bytes(bytes).code(token.serial(), counter);
        let same = token.serial().book() == book && token.code() == expected;
        if same && token.is_specimen() { Ok(bytes) } else { Err(other()) }
    }
}

impl Proved {
    /// Checks that nothing is missing that the lines speak of.
    fn complete(&self, ledger: LedgerId, asked: &Asked) -> Result<(), Wrong> {
        let known: BTreeSet<_> = self.organisations.iter().map(|(id, _)| id.any()).collect();
        for (venue, structure) in &asked.venues {
            let here = self
                .venues
                .iter()
                .any(|(id, profile, _)| (id, &profile.structure_id) == (venue, structure));
            if !here || !known.contains(&structure.any()) {
                return Err(wrong(format!("the sealed bundle does not have {venue}")));
            }
        }
        let all = self.organisations.iter().flat_map(|(_, profile)| &profile.sites);
        let sites: BTreeSet<_> = all.map(|site| site.site_id).collect();
        if let Some(site) = asked.sites.difference(&sites).next() {
            return Err(wrong(format!("the sealed bundle does not have {site}")));
        }
        if known.contains(&ledger.any()) { Ok(()) } else { Err(wrong("the funder is not in it")) }
    }
}

fn sha256(bytes: &[u8]) -> String {
    HEXLOWER.encode(digest::digest(&digest::SHA256, bytes).as_ref())
}
