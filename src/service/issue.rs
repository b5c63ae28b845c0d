//! Issuing: the books of an order, made in chunks between which the counter is served, and printed.
//!
//! Promises: numbers are one continuous series of the issuer; codes and tokens are derived when
//! printed and stored nowhere; a chunk is one transaction of about 1,000 rows, and an order is
//! visible when its last chunk is written. Does not: activate.

use std::collections::{BTreeMap, BTreeSet};

use async_trait::async_trait;

use super::error::Error;
use super::instance::Instance;
use super::order::{find, funder_owner};
use super::print::{BOOKS_PER_FILE, Logo, PrintedBook, PrintedVoucher, Sheet, print};
use super::writer::Write;
use super::writer::desk::{Decided, Decision, Desk, Draft};
use crate::base::id::{AnyId, Id, Order};
use crate::base::money::Money;
use crate::domain::access::{Action, Actor};
use crate::domain::code::{Code, CodeKey, CodeTag, TagKey};
use crate::domain::order::{BooksIssued, OrderState, OrderView};
use crate::domain::organisation::OrganisationId;
use crate::domain::refusal::{Reason, Refusal};
use crate::domain::serial::{BookNumber, Serial};
use crate::domain::token::{Token, VoucherKey};
use crate::store::book::{BookRow, TagRow};
use crate::store::{self};

/// Rows of one chunk, at most: books and tags together stay near this.
const CHUNK_ROWS: i64 = 1000;

struct Chunk {
    order_id: Id<Order>,
    actor: AnyId,
    issuer: OrganisationId,
    /// Look for taken tags first: after a chunk failed because one was.
    careful: bool,
}

#[async_trait]
impl Write for Chunk {
    async fn decide(&self, desk: &mut Desk<'_>) -> Result<Decided, Error> {
        let (no, _, order, _) = find(&mut desk.tx, self.order_id).await?;
        desk.refresh(&[no]).await?;
        if order.state() != OrderState::Issuing {
            return Err(Refusal::wrong_state("issued").into());
        }
        let per_book = i64::from(order.vouchers_per_book);
        let count = (order.books - order.issued).min((CHUNK_ROWS / per_book).max(1)).min(100);
        let last = store::book::last_number(&mut desk.tx, &self.issuer.to_string(), no).await?;
        let first = u32::try_from(last + 1).map_err(|_| Error::Fault("series is full".into()))?;
        let tags = desk.keys().tag_key().clone();
        let codes = desk.head(no)?.code_key.clone();
        let books = (first..).take(usize::try_from(count).unwrap_or(0));
        let mut rows = BTreeMap::new();
        for book in books {
            rows.insert(book, (0, book_tags(&codes, &tags, book, order.vouchers_per_book, 0)?));
        }
        if self.careful {
            raise_counters(desk, &codes, &tags, order.vouchers_per_book, &mut rows).await?;
        }
        let raised = rows.iter().filter(|(_, (counter, _))| *counter > 0);
        let fact = BooksIssued {
            issuer_id: self.issuer,
            first: BookNumber::new(first),
            count,
            counters: raised.map(|(book, (n, _))| (BookNumber::new(*book), *n)).collect(),
        };
        let codes = rows.iter().flat_map(|(book, (_, tags))| TagRow::of_book(no, *book, tags));
        Ok(Decided::Write(Decision {
            drafts: vec![Draft::new(no, self.actor, self.order_id, fact)],
            codes: codes.collect(),
            ..Decision::default()
        }))
    }
}

/// The tags of a book's codes, by position.
pub(in crate::service) fn book_tags(
    codes: &CodeKey,
    tags: &TagKey,
    book: u32,
    vouchers: u8,
    counter: u32,
) -> Result<Vec<CodeTag>, Error> {
    let tag = |position| Ok(tags.tag(codes.code(serial(book, position)?, counter)));
    (1..=vouchers).map(tag).collect()
}

fn serial(book: u32, position: u8) -> Result<Serial, Error> {
    Serial::new(BookNumber::new(book), position)
        .map_err(|error| Error::Fault(format!("book {book}, position {position}: {error}")))
}

/// Raises the counter of each book until none of its tags is taken, here or in the run.
pub(in crate::service) async fn raise_counters(
    desk: &mut Desk<'_>,
    codes: &CodeKey,
    tags: &TagKey,
    vouchers: u8,
    rows: &mut BTreeMap<u32, (u32, Vec<CodeTag>)>,
) -> Result<(), Error> {
    loop {
        let all: Vec<CodeTag> = rows.values().flat_map(|(_, tags)| tags.clone()).collect();
        let found = store::book::by_tags(&mut desk.tx, &all).await?;
        let taken: BTreeSet<i64> = found.into_iter().map(|(tag, ..)| tag).collect();
        let mut seen = BTreeSet::new();
        let mut raised = false;
        for (book, (counter, own)) in rows.iter_mut() {
            let clash =
                own.iter().any(|tag| taken.contains(&tag.stored()) || !seen.insert(tag.stored()));
            if clash {
                *counter += 1;
                *own = book_tags(codes, tags, *book, vouchers, *counter)?;
                raised = true;
            }
        }
        if !raised {
            return Ok(());
        }
    }
}

/// Makes the books of an order that do not exist yet, telling after each chunk how many do.
///
/// # Errors
/// [`Error`]; what was made stays, and a later call goes on.
pub async fn finish(
    instance: &Instance,
    order_id: Id<Order>,
    mut progress: impl FnMut(i64, i64) + Send,
) -> Result<(), Error> {
    let issuer = instance.operator().await?;
    let mut careful = false;
    loop {
        let mut tx = instance.database.read().await?;
        let (_, _, order, _) = find(&mut tx, order_id).await?;
        drop(tx);
        progress(order.issued, order.books);
        if order.issued >= order.books {
            return Ok(());
        }
        // The operator makes the books: a key that ends meanwhile does not leave half an order.
        let actor = issuer.any();
        match instance.door.write(Chunk { order_id, actor, issuer, careful }).await {
            Ok(_) => careful = false,
            // Another process makes the same order: look again.
            Err(error) if error.reason() == Some(Reason::WrongState) => {}
            Err(Error::Fault(_)) if !careful => careful = true,
            Err(error) => return Err(error),
        }
    }
}

/// Goes on with every order whose books do not all exist: after a stop in the middle.
///
/// # Errors
/// [`Error`].
pub async fn resume(instance: &Instance) -> Result<(), Error> {
    let mut tx = instance.database.read().await?;
    let unfinished = store::order::unfinished(&mut tx).await?;
    drop(tx);
    for (_, order) in unfinished {
        if let Ok(order) = order.parse() {
            finish(instance, order, |_, _| {}).await?;
        }
    }
    Ok(())
}

/// What printing needs of an order.
struct Job {
    order: OrderView,
    books: Vec<BookRow>,
    code_key: CodeKey,
}

async fn job(
    instance: &Instance,
    actor: &Actor,
    order_id: Id<Order>,
    from: i64,
    to: i64,
) -> Result<Job, Error> {
    actor.may_ever(Action::PrintBooks)?;
    let most = i64::try_from(BOOKS_PER_FILE).unwrap_or(i64::MAX);
    if from < 1 || to < from || to - from >= most {
        let detail = format!("a file holds books `from` to `to` of the order, {most} at most");
        return Err(Refusal::invalid("", detail).into());
    }
    let mut tx = instance.database.read().await?;
    let (no, order_no, order, campaign) = find(&mut tx, order_id).await?;
    actor.permit(Action::PrintBooks, &funder_owner(campaign.profile.funder_id))?;
    if order.state() == OrderState::Issuing {
        return Err(Refusal::wrong_state("issuing").into());
    }
    let books = store::book::of_order(&mut tx, no, order_no, from - 1, to - from + 1).await?;
    if books.is_empty() {
        return Err(Refusal::invalid("", "the order has no such books").into());
    }
    // Only who issued a book has the key that signs its vouchers: ours of the same id is another.
    let own = instance.operator().await?.to_string();
    if books.iter().any(|book| book.issuer_id != own) {
        return Err(Refusal::wrong_state("issued_elsewhere").into());
    }
    let head = store::ledger::heads(&mut tx, &[no]).await?;
    let ledger_id = head.into_iter().next().ok_or(Reason::NotFound)?.ledger_id;
    Ok(Job { order, books, code_key: instance.keys.code_key(&ledger_id)? })
}

/// The secrets of some books of an order, `from` to `to` counted from 1: what is printed.
///
/// # Errors
/// [`Error`].
pub async fn printed(
    instance: &Instance,
    actor: &Actor,
    order_id: Id<Order>,
    from: i64,
    to: i64,
) -> Result<Vec<PrintedBook>, Error> {
    let job = job(instance, actor, order_id, from, to).await?;
    let host = instance.settings.host.clone();
    let keys = instance.keys.clone();
    blocking(move || {
        let key_of = |book: &BookRow| {
            let key_id = u8::try_from(book.key_no).ok();
            let key = key_id.and_then(|key_id| keys.voucher_key(key_id));
            key.ok_or_else(|| Error::Fault(format!("voucher key {} is not here", book.key_no)))
        };
        let books = job.books.iter();
        books.map(|book| secrets(&job, book, key_of(book)?, &host)).collect()
    })
    .await?
}

fn secrets(job: &Job, book: &BookRow, key: &VoucherKey, host: &str) -> Result<PrintedBook, Error> {
    let bad = || Error::Fault(format!("book {} is out of its range", book.book_no));
    let number = u32::try_from(book.book_no).map_err(|_| bad())?;
    let counter = u32::try_from(book.counter).map_err(|_| bad())?;
    let count = u8::try_from(book.voucher_count).map_err(|_| bad())?;
    let face = Money::from_cents(job.order.face_cents).map_err(|_| bad())?;
    let voucher = |position| {
        let serial = serial(number, position)?;
        let code = job.code_key.code(serial, counter);
        printed_voucher(serial, face, code, key, host, false)
    };
    Ok(PrintedBook {
        serial: BookNumber::new(number).to_string(),
        cover_url: BookNumber::new(number).cover_url(host),
        vouchers: (1..=count).map(voucher).collect::<Result<_, _>>()?,
    })
}

fn printed_voucher(
    serial: Serial,
    face: Money,
    code: Code,
    key: &VoucherKey,
    host: &str,
    specimen: bool,
) -> Result<PrintedVoucher, Error> {
    let token = Token::new(serial, face, code)
        .map_err(|_| Error::Fault("a face value that no token holds".into()))?;
    let token = if specimen { token.specimen() } else { token };
    Ok(PrintedVoucher {
        serial: serial.to_string(),
        url: key.sign(&token).to_url(host),
        code: code.to_string(),
    })
}

/// The file of some books of an order, `from` to `to` counted from 1.
///
/// # Errors
/// [`Error`]; `wrong-state` while its books are being made.
pub async fn books_pdf(
    instance: &Instance,
    actor: &Actor,
    order_id: Id<Order>,
    from: i64,
    to: i64,
) -> Result<Vec<u8>, Error> {
    let books = printed(instance, actor, order_id, from, to).await?;
    draw(instance, order_id, books, false).await
}

/// The proof of an order: one book whose vouchers never pay.
///
/// # Errors
/// [`Error`].
pub async fn specimen_pdf(
    instance: &Instance,
    actor: &Actor,
    order_id: Id<Order>,
) -> Result<Vec<u8>, Error> {
    let job = job(instance, actor, order_id, 1, 1).await?;
    let key = instance.keys.voucher_key(job.order.key_id);
    let key = key.ok_or_else(|| Error::Fault("the order's key is not here".into()))?;
    let face = Money::from_cents(job.order.face_cents).map_err(|_| Reason::NotFound)?;
    let host = &instance.settings.host;
    let voucher = |position: u8| {
        let serial = serial(0, position)?;
        let code = Code::from_number(u64::from(position))
            .ok_or_else(|| Error::Fault("no code is zero".into()))?;
        printed_voucher(serial, face, code, key, host, true)
    };
    let vouchers = (1..=job.order.vouchers_per_book).map(voucher).collect::<Result<_, _>>()?;
    let number = BookNumber::new(0);
    let (serial, cover_url) = (number.to_string(), number.cover_url(host));
    draw(instance, order_id, vec![PrintedBook { serial, cover_url, vouchers }], true).await
}

async fn draw(
    instance: &Instance,
    order_id: Id<Order>,
    books: Vec<PrintedBook>,
    specimen: bool,
) -> Result<Vec<u8>, Error> {
    let mut tx = instance.database.read().await?;
    let (ledger_no, _, _, campaign) = find(&mut tx, order_id).await?;
    let funder =
        OrganisationId::try_from(campaign.profile.funder_id.any()).map_err(|_| Reason::NotFound)?;
    let operator = instance.operator().await?;
    let name = |row: Option<store::organisation::OrganisationRow>| {
        row.map(|row| row.name).unwrap_or_default()
    };
    let funder_name = name(store::organisation::find(&mut tx, funder).await?);
    let operator_name = name(store::organisation::find(&mut tx, operator).await?);
    let logo = store::organisation::logo(&mut tx, &funder.to_string()).await?;
    let heads = store::ledger::heads(&mut tx, &[ledger_no]).await?;
    drop(tx);
    let zone = heads.first().and_then(|head| head.time_zone.parse().ok());
    let zone: crate::base::day::Zone =
        zone.ok_or_else(|| Error::Fault("a ledger without a time zone".into()))?;
    let issued_on = zone.day_of(instance.clock.now());
    let help_line = instance.settings.help_line.clone();
    blocking(move || {
        let picture =
            logo.and_then(|(_, _, content)| data_encoding::BASE64.decode(content.as_bytes()).ok());
        let logo = picture.and_then(|bytes| Logo::from_bytes(&bytes).ok());
        let profile = &campaign.profile;
        let nature = nature(profile);
        let sheet = Sheet {
            funder_name: &funder_name,
            operator_name: &operator_name,
            operator_address: None,
            campaign_name: profile.name.as_str(),
            face_value: profile.face_value,
            valid_from: profile.valid_from,
            valid_until: profile.valid_until,
            logo,
            text: profile.cover_text.as_deref(),
            help_line: &help_line,
            issued_on,
            nature: &nature,
            specimen,
        };
        print(&sheet, &books).map_err(|error| Error::Fault(error.to_string()))
    })
    .await?
}

/// The services that a voucher pays, as printed.
fn nature(profile: &crate::domain::campaign::CampaignProfile) -> String {
    let all = crate::domain::offering::Offering::ALL;
    if profile.offerings.is_empty() || profile.offerings.len() == all.len() {
        return super::print::ANY_SERVICE.to_owned();
    }
    let labels: Vec<&str> = profile.offerings.iter().map(|offering| offering.label()).collect();
    labels.join(", ")
}

/// Runs work of many milliseconds away from the threads that answer.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, Error> {
    tokio::task::spawn_blocking(work)
        .await
        .map_err(|error| Error::Fault(format!("printing stopped: {error}")))
}
