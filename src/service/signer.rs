//! The signer: who derives codes and signs vouchers, apart from the server that asks for them.
//!
//! A server has neither the code master nor a voucher key. It asks a signer, over a Unix socket
//! (`wire`), or, in a command that its user runs beside the key files, in the same process.
//!
//! Promises: what leaves the signer is what a verb needs: tags of codes for issuing, secrets of
//! books for printing, within the ceilings and the record of `domain/signing.rs`; a signer that is
//! away is the refusal `signer-away`, and nothing that was acknowledged depends on it. Does not:
//! write a ledger, or know who asks the server.

pub mod keys;
mod record;
mod signing;
pub mod wire;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};

pub use self::record::RECORD;
pub use self::signing::{Signing, SigningPlace};

use self::wire::Remote;
use super::error::Error;
use super::meter;
use crate::base::day::Day;
use crate::domain::bundle::Bundle;
use crate::domain::code::CodeTag;
use crate::domain::ledger::entry::LedgerId;
use crate::domain::refusal::{Members, Reason, Refusal};
use crate::domain::signing::{BooksAsked, Ceilings, Unsigned};

/// Most books whose tags are asked for at once.
const TAGGED_AT_ONCE: usize = 1000;

/// A book whose codes are to be tagged.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct BookTagged {
    /// Its number.
    pub book: u32,
    /// How many vouchers it has.
    pub vouchers: u8,
    /// What its codes are derived with.
    pub counter: u32,
}

/// What is asked of a signer: one JSON value, named by its only key.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Request {
    /// How it is, and which keys it has.
    State,
    /// The tags of the codes of some books.
    Tags {
        /// The ledger whose code key derives them.
        ledger_id: LedgerId,
        /// The age recipient of the ledger's first line, when books are made: from now on its
        /// bundle is sealed to nobody else, whoever has the server by then.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        recipient: Option<String>,
        /// The books, at most 1000.
        books: Vec<BookTagged>,
    },
    /// The tokens and codes of some books: what is printed.
    Print(BooksAsked),
    /// Tokens that never pay: book 0, positions from 1, codes from 1.
    Specimen {
        /// The key that signs them.
        key_id: u8,
        /// What one says that it is worth, in cents.
        face_cents: i64,
        /// How many.
        vouchers: u8,
    },
    /// The sealed part of an export: the bundle with what only the signer can put into it.
    Seal(Box<SealAsked>),
    /// Keeps the code key of a ledger that is taken over: 32 bytes in hexadecimal.
    Adopt {
        /// The ledger.
        ledger_id: LedgerId,
        /// Its age recipient, as for `tags`.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        recipient: Option<String>,
        /// Its key.
        code_key: String,
    },
    /// Makes a new voucher key.
    MakeKey {
        /// Its number.
        key_id: u8,
    },
}

impl std::fmt::Debug for Request {
    /// The kind only: a request may hold a key.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::State => "State",
            Self::Tags { .. } => "Tags",
            Self::Print(_) => "Print",
            Self::Specimen { .. } => "Specimen",
            Self::Seal(_) => "Seal",
            Self::Adopt { .. } => "Adopt",
            Self::MakeKey { .. } => "MakeKey",
        })
    }
}

/// What is sealed to a funder.
#[derive(Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct SealAsked {
    /// The age recipient, as the ledger's first line has it.
    pub recipient: String,
    /// All but the code key and the specimen.
    pub bundle: Bundle,
    /// The first book of the ledger, from which the specimen is made: number, counter, face value
    /// in cents.
    pub first: Option<(u32, u32, i64)>,
    /// The living keys of this operator, of which the first that is here signs the specimen.
    pub keys: Vec<u8>,
}

/// A voucher's two secrets: the token's text and the code.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct VoucherSecrets {
    /// 128 characters.
    pub token: String,
    /// `XXXX-XXXX-XXXX`.
    pub code: String,
}

impl std::fmt::Debug for VoucherSecrets {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("VoucherSecrets(..)")
    }
}

/// A voucher key of a signer.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignerKey {
    /// The number that tokens carry.
    pub key_id: u8,
    /// The public half.
    pub public_key: [u8; 32],
    /// It signs no more.
    pub retired: bool,
}

/// How a signer is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct SignerState {
    /// The program's version.
    pub version: String,
    /// Its voucher keys.
    pub keys: Vec<SignerKey>,
    /// The day that counts now, in UTC.
    pub on: Day,
    /// Vouchers whose secrets were given out on it.
    pub vouchers: i64,
    /// Their face values, in cents.
    pub cents: i64,
    /// What a day may have.
    pub ceilings: Ceilings,
    /// The tag of the code with number 1: a server with another tag key finds no typed code.
    pub tag_of_one: i64,
}

/// What a signer answers.
#[derive(Serialize, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields)]
pub enum Reply {
    /// To `state`.
    State(SignerState),
    /// To `tags`: by book, by position.
    Tags(Vec<Vec<i64>>),
    /// To `print`: by book, by position.
    Printed(Vec<Vec<VoucherSecrets>>),
    /// To `specimen`, by position.
    Specimen(Vec<VoucherSecrets>),
    /// To `seal`: the encrypted bundle, base64.
    Sealed(String),
    /// To `adopt`.
    Adopted,
    /// To `make-key`: the public half.
    Made([u8; 32]),
    /// No, by the rules of the record.
    Refused(Unsigned),
    /// A fault; the words are for the log.
    Failed(String),
}

/// The way to a signer: cheap to clone.
#[derive(Debug, Clone)]
pub struct Signer(Line);

#[derive(Debug, Clone)]
enum Line {
    Here(Arc<Signing>),
    There(Arc<Remote>),
}

impl Signer {
    /// A signer in this process, for a command that runs beside the key files.
    #[must_use]
    pub fn here(signing: Signing) -> Self {
        Self(Line::Here(Arc::new(signing)))
    }

    /// The signer that listens on a socket; each answer may take so long.
    #[must_use]
    pub fn at(socket: PathBuf, timeout: Duration) -> Self {
        Self(Line::There(Arc::new(Remote::new(socket, timeout))))
    }

    /// Whether it is a process apart.
    #[must_use]
    pub const fn is_apart(&self) -> bool {
        matches!(self.0, Line::There(_))
    }

    async fn ask(&self, request: Request) -> Result<Reply, Error> {
        let reply = match &self.0 {
            Line::There(remote) => {
                let answered = remote.ask(&request).await;
                meter::signer(answered.is_ok());
                answered.map_err(|error| {
                    tracing::warn!(error = %error, ?request, "the signer does not answer");
                    Error::from(Reason::SignerAway)
                })?
            }
            Line::Here(signing) => {
                let signing = signing.clone();
                let answered = tokio::task::spawn_blocking(move || signing.answer(request));
                answered.await.map_err(|error| Error::Fault(format!("signing stopped: {error}")))?
            }
        };
        match reply {
            Reply::Refused(why) => {
                tracing::warn!(why = %why, "the signer refused");
                let state = Some(why.as_str());
                let members = Members { state, ..Members::default() };
                Err(Refusal::with(Reason::SigningRefused, members).into())
            }
            Reply::Failed(why) => Err(Error::Fault(format!("the signer: {why}"))),
            reply => Ok(reply),
        }
    }

    /// How the signer is.
    ///
    /// # Errors
    /// `signer-away`.
    pub async fn state(&self) -> Result<SignerState, Error> {
        match self.ask(Request::State).await? {
            Reply::State(state) => Ok(state),
            _ => Err(other()),
        }
    }

    /// The public half of one of its keys.
    ///
    /// # Errors
    /// `signer-away`; [`Error::Fault`] when it has no such key.
    pub async fn public_key(&self, key_id: u8) -> Result<[u8; 32], Error> {
        let state = self.state().await?;
        let key = state.keys.into_iter().find(|key| key.key_id == key_id);
        key.map(|key| key.public_key)
            .ok_or_else(|| Error::Fault(format!("voucher key {key_id} is not at the signer")))
    }

    /// The tags of the codes of some books, each by position from 1; for books that are made, with
    /// the age recipient of their ledger.
    ///
    /// # Errors
    /// `signer-away`; `signing-refused` when the ledger had another recipient before.
    pub async fn tags(
        &self,
        ledger_id: LedgerId,
        recipient: Option<&str>,
        books: &[BookTagged],
    ) -> Result<Vec<Vec<CodeTag>>, Error> {
        let mut all = Vec::with_capacity(books.len());
        for some in books.chunks(TAGGED_AT_ONCE) {
            let recipient = recipient.map(str::to_owned);
            let request = Request::Tags { ledger_id, recipient, books: some.to_vec() };
            let Reply::Tags(tags) = self.ask(request).await? else { return Err(other()) };
            let whole = tags.len() == some.len()
                && tags
                    .iter()
                    .zip(some)
                    .all(|(tags, book)| tags.len() == usize::from(book.vouchers));
            if !whole {
                return Err(other());
            }
            let of_book = |tags: Vec<i64>| tags.into_iter().map(CodeTag::from_stored).collect();
            all.extend(tags.into_iter().map(of_book).collect::<Vec<_>>());
        }
        Ok(all)
    }

    /// The secrets of some books, in the order in which they are asked for.
    ///
    /// # Errors
    /// `signer-away`; `signing-refused` with its `state`: see [`Unsigned`].
    pub async fn print(&self, asked: BooksAsked) -> Result<Vec<Vec<VoucherSecrets>>, Error> {
        let sizes: Vec<usize> = asked.books.iter().map(|book| book.vouchers.into()).collect();
        match self.ask(Request::Print(asked)).await? {
            Reply::Printed(books) if books.iter().map(Vec::len).eq(sizes) => Ok(books),
            _ => Err(other()),
        }
    }

    /// Tokens and codes that never pay.
    ///
    /// # Errors
    /// As for [`Self::print`].
    pub async fn specimen(
        &self,
        key_id: u8,
        face_cents: i64,
        vouchers: u8,
    ) -> Result<Vec<VoucherSecrets>, Error> {
        match self.ask(Request::Specimen { key_id, face_cents, vouchers }).await? {
            Reply::Specimen(secrets) => Ok(secrets),
            _ => Err(other()),
        }
    }

    /// The sealed part of an export.
    ///
    /// # Errors
    /// As for [`Self::print`]: a ledger is sealed to one recipient, for ever.
    pub async fn seal(&self, asked: SealAsked) -> Result<Vec<u8>, Error> {
        let Reply::Sealed(text) = self.ask(Request::Seal(Box::new(asked))).await? else {
            return Err(other());
        };
        data_encoding::BASE64.decode(text.as_bytes()).map_err(|_| other())
    }

    /// Hands over the code key of a ledger that is taken over.
    ///
    /// # Errors
    /// `signer-away`; [`Error::Fault`] when it has another one.
    pub async fn adopt(
        &self,
        ledger_id: LedgerId,
        recipient: Option<&str>,
        key: &[u8; 32],
    ) -> Result<(), Error> {
        let code_key = data_encoding::HEXLOWER.encode(key);
        let recipient = recipient.map(str::to_owned);
        match self.ask(Request::Adopt { ledger_id, recipient, code_key }).await? {
            Reply::Adopted => Ok(()),
            _ => Err(other()),
        }
    }

    /// Has it make a new voucher key, and gives the public half.
    ///
    /// # Errors
    /// `signer-away`; [`Error::Fault`] when that number is taken.
    pub async fn make_key(&self, key_id: u8) -> Result<[u8; 32], Error> {
        match self.ask(Request::MakeKey { key_id }).await? {
            Reply::Made(public) => Ok(public),
            _ => Err(other()),
        }
    }
}

fn other() -> Error {
    Error::Fault("the signer answered another question".to_owned())
}
