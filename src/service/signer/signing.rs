//! What a signer does with a request.
//!
//! Promises: each request has one answer, and a secret leaves only in the answer to `print`,
//! `specimen` and (encrypted) `seal`; what was printed is in the record before it leaves. Does not:
//! know how requests come in.

use std::path::PathBuf;
use std::sync::Arc;

use data_encoding::{BASE64, HEXLOWER};
use serde::{Deserialize, Serialize};

use super::keys::SigningKeys;
use super::record::RecordFile;
use super::{
    BookTagged, Reply, Request, SealAsked, SignerKey, SignerState, TAGGED_AT_ONCE, VoucherSecrets,
};
use crate::base::clock::Clock;
use crate::base::day::{Day, Zone};
use crate::base::entropy::Entropy;
use crate::base::money::Money;
use crate::domain::code::{Code, CodeKey};
use crate::domain::ledger::entry::LedgerId;
use crate::domain::serial::{BookNumber, Serial};
use crate::domain::signing::{BookAsked, BooksAsked, Ceilings, Record, RecordLine, Unsigned};
use crate::domain::token::{Token, VoucherKey};
use crate::service::keys::KeysError;

/// Where a signer's things are, and how much it may do a day.
#[derive(Debug, Clone, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SigningPlace {
    /// The directory of `code.key` and the voucher keys.
    pub keys: PathBuf,
    /// The directory of its record.
    pub state: PathBuf,
    /// What a day may have.
    pub ceilings: Ceilings,
}

/// A signer at work.
#[derive(Debug)]
pub struct Signing {
    keys: SigningKeys,
    record: RecordFile,
    ceilings: Ceilings,
    clock: Arc<dyn Clock>,
    entropy: Arc<dyn Entropy>,
}

/// Why there is no answer.
enum Failure {
    Unsigned(Unsigned),
    Fault(String),
}

impl From<Unsigned> for Failure {
    fn from(why: Unsigned) -> Self {
        Self::Unsigned(why)
    }
}

impl From<KeysError> for Failure {
    fn from(error: KeysError) -> Self {
        Self::Fault(error.to_string())
    }
}

fn fault(what: impl std::fmt::Display) -> Failure {
    Failure::Fault(what.to_string())
}

impl Signing {
    /// Reads the keys and the record.
    ///
    /// # Errors
    /// [`KeysError`] when a file is missing, malformed or open to others.
    pub fn open(
        place: &SigningPlace,
        clock: Arc<dyn Clock>,
        entropy: Arc<dyn Entropy>,
    ) -> Result<Self, KeysError> {
        let keys = SigningKeys::load(&place.keys)?;
        let record = RecordFile::open(&place.state)?;
        Ok(Self { keys, record, ceilings: place.ceilings, clock, entropy })
    }

    /// Answers a request. Takes some 25 µs a voucher to print, and waits for the disk.
    #[must_use]
    pub fn answer(&self, request: Request) -> Reply {
        let answered = match request {
            Request::State => self.state(),
            Request::Tags { ledger_id, recipient, books } => {
                let pinned = recipient.map_or(Ok(()), |to| self.pin(ledger_id, &to));
                pinned.and_then(|()| self.tags(ledger_id, &books))
            }
            Request::Print(asked) => self.print(&asked),
            Request::Specimen { key_id, face_cents, vouchers } => {
                self.specimen(key_id, face_cents, vouchers)
            }
            Request::Seal(asked) => self.seal(*asked),
            Request::Adopt { ledger_id, recipient, code_key } => {
                let pinned = recipient.map_or(Ok(()), |to| self.pin(ledger_id, &to));
                pinned.and_then(|()| self.adopt(ledger_id, &code_key))
            }
            Request::MakeKey { key_id } => {
                let made = self.keys.make(key_id, self.entropy.as_ref());
                made.map(|key| Reply::Made(key.public_key)).map_err(Failure::from)
            }
        };
        match answered {
            Ok(reply) => reply,
            Err(Failure::Unsigned(why)) => Reply::Refused(why),
            Err(Failure::Fault(why)) => Reply::Failed(why),
        }
    }

    /// The day in UTC.
    fn today(&self) -> Result<Day, Failure> {
        let zone: Zone = "UTC".parse().map_err(|_| fault("there is no UTC"))?;
        Ok(zone.day_of(self.clock.now()))
    }

    fn state(&self) -> Result<Reply, Failure> {
        let on = self.today()?;
        let public = self.keys.public_keys()?;
        let one = Code::from_number(1).ok_or_else(|| fault("1 is no code"))?;
        let state = |record: &Record| {
            let (vouchers, cents) = record.spent(on);
            let key = |key: &crate::domain::token::PublicVoucherKey| SignerKey {
                key_id: key.key_id,
                public_key: key.public_key,
                retired: record.is_retired(key.key_id),
            };
            SignerState {
                version: env!("CARGO_PKG_VERSION").to_owned(),
                keys: public.iter().map(key).collect(),
                on,
                vouchers,
                cents,
                ceilings: self.ceilings,
                tag_of_one: self.keys.tag_key().tag(one).stored(),
            }
        };
        Ok(Reply::State(self.record.decide(|record| (state(record), Vec::new()))?))
    }

    fn tags(&self, ledger_id: LedgerId, books: &[BookTagged]) -> Result<Reply, Failure> {
        if books.len() > TAGGED_AT_ONCE {
            return Err(Unsigned::Malformed.into());
        }
        let codes = self.keys.code_key(ledger_id)?;
        let tags = |book: &BookTagged| {
            let number = BookNumber::new(book.book);
            let tags = codes.tags(self.keys.tag_key(), number, book.vouchers, book.counter);
            let tags = tags.map_err(|_| Unsigned::Malformed)?;
            Ok(tags.into_iter().map(crate::domain::code::CodeTag::stored).collect())
        };
        Ok(Reply::Tags(books.iter().map(tags).collect::<Result<_, Unsigned>>()?))
    }

    fn print(&self, asked: &BooksAsked) -> Result<Reply, Failure> {
        let face = Money::from_cents(asked.face_cents).map_err(|_| Unsigned::Malformed)?;
        let codes = self.keys.code_key(asked.ledger_id)?;
        let mut keys = Vec::with_capacity(asked.books.len());
        for book in &asked.books {
            keys.push(self.keys.voucher_key(book.key_id)?.ok_or(Unsigned::KeyMissing)?);
        }
        let (at, on) = (self.clock.now(), self.today()?);
        self.record.decide(|record| {
            let mut lines = record.retiring(&asked.retired, at);
            let judged = record.judge(asked, self.ceilings, at, on);
            lines.extend(judged.clone().ok());
            (judged, lines)
        })??;
        let books = asked.books.iter().zip(keys);
        let secrets = |(book, key): (&BookAsked, Arc<VoucherKey>)| -> Result<Vec<_>, Failure> {
            let one = |position| {
                let serial = Serial::new(BookNumber::new(book.book), position).map_err(fault)?;
                secrets(&key, serial, face, codes.code(serial, book.counter), false)
            };
            (1..=book.vouchers).map(one).collect()
        };
        Ok(Reply::Printed(books.map(secrets).collect::<Result<_, _>>()?))
    }

    fn specimen(&self, key_id: u8, face_cents: i64, vouchers: u8) -> Result<Reply, Failure> {
        let key = self.keys.voucher_key(key_id)?.ok_or(Unsigned::KeyMissing)?;
        let face = Money::from_cents(face_cents).map_err(|_| Unsigned::Malformed)?;
        let one = |position: u8| {
            let serial = Serial::new(BookNumber::new(0), position).map_err(fault)?;
            let code = Code::from_number(u64::from(position)).ok_or(Unsigned::Malformed)?;
            secrets(&key, serial, face, code, true)
        };
        Ok(Reply::Specimen((1..=vouchers).map(one).collect::<Result<_, _>>()?))
    }

    /// A ledger has one recipient, the first that the signer heard of.
    fn pin(&self, ledger_id: LedgerId, recipient: &str) -> Result<(), Failure> {
        let at = self.clock.now();
        let decided = self.record.decide(|record| match record.recipient(ledger_id) {
            Some(known) if known != recipient => (Err(Unsigned::RecipientDiffers), Vec::new()),
            Some(_) => (Ok(()), Vec::new()),
            None => {
                let recipient = recipient.to_owned();
                (Ok(()), vec![RecordLine::Recipient { at, ledger_id, recipient }])
            }
        });
        Ok(decided??)
    }

    fn seal(&self, asked: SealAsked) -> Result<Reply, Failure> {
        let SealAsked { recipient, mut bundle, first, keys } = asked;
        let to: age::x25519::Recipient = recipient.parse().map_err(fault)?;
        let ledger_id = bundle.ledger_id;
        self.pin(ledger_id, &recipient)?;
        let codes = self.keys.code_key(ledger_id)?;
        bundle.code_key = HEXLOWER.encode(codes.expose());
        bundle.specimen = first.map(|first| self.proof(&codes, first, &keys)).transpose()?;
        let text = serde_json::to_vec(&bundle).map_err(fault)?;
        Ok(Reply::Sealed(BASE64.encode(&age::encrypt(&to, &text).map_err(fault)?)))
    }

    /// The first voucher of a ledger's first book, marked as one that never pays, and signed: it
    /// shows whoever takes the ledger over that code key and voucher key are those of its books.
    fn proof(
        &self,
        codes: &CodeKey,
        (book, counter, face_cents): (u32, u32, i64),
        keys: &[u8],
    ) -> Result<String, Failure> {
        let mut here = None;
        for key_id in keys {
            here = here.or(self.keys.voucher_key(*key_id)?);
        }
        let key = here.ok_or(Unsigned::KeyMissing)?;
        let serial = Serial::new(BookNumber::new(book), 1).map_err(fault)?;
        let face = Money::from_cents(face_cents).map_err(|_| Unsigned::Malformed)?;
        Ok(secrets(&key, serial, face, codes.code(serial, counter), true)?.token)
    }

    fn adopt(&self, ledger_id: LedgerId, code_key: &str) -> Result<Reply, Failure> {
        let bytes = HEXLOWER.decode(code_key.as_bytes()).map_err(|_| Unsigned::Malformed)?;
        let key = bytes.try_into().map_err(|_| Unsigned::Malformed)?;
        let known = self.record.decide(|record| (record.knows(ledger_id), Vec::new()))?;
        if known && self.keys.code_key(ledger_id)?.expose() != &key {
            return Err(Unsigned::BookDiffers.into());
        }
        self.keys.adopt(ledger_id, &key)?;
        Ok(Reply::Adopted)
    }
}

fn secrets(
    key: &VoucherKey,
    serial: Serial,
    face: Money,
    code: Code,
    specimen: bool,
) -> Result<VoucherSecrets, Failure> {
    let token = Token::new(serial, face, code).map_err(|_| Unsigned::Malformed)?;
    let token = if specimen { token.specimen() } else { token };
    Ok(VoucherSecrets { token: key.sign(&token).to_text(), code: code.to_string() })
}
