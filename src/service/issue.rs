//! Issuing: the books of an order, made in chunks between which the counter is served, and printed.
//!
//! Promises: numbers are one continuous series of the issuer; codes and tokens are derived by the
//! signer when printed and stored nowhere, for books that the journal has; a chunk is one
//! transaction of about 1,000 rows, and an order is visible when its last chunk is written. Does
//! not: activate, or hold a key.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;

use super::error::Error;
use super::instance::Instance;
use super::order::{find, funder_owner, keys_now, newest_key};
use super::print::{BOOKS_PER_FILE, Logo, PrintedBook, PrintedVoucher, Sheet, print};
use super::signer::{BookTagged, VoucherSecrets};
use super::writer::desk::{Decided, Decision, Desk, Draft};
use super::writer::{Write, fact_at};
use crate::base::id::{AnyId, Campaign, Id, Order};
use crate::domain::access::{Action, Actor};
use crate::domain::code::CodeTag;
use crate::domain::fact::Fact;
use crate::domain::ledger::entry::LedgerId;
use crate::domain::order::{BooksIssued, OrderState, OrderView};
use crate::domain::organisation::OrganisationId;
use crate::domain::redemption::CampaignView;
use crate::domain::refusal::{Reason, Refusal};
use crate::domain::serial::{BookNumber, Serial};
use crate::domain::signing::{BookAsked, BooksAsked};
use crate::domain::token::SignedToken;
use crate::store::book::BookRow;
use crate::store::code::TagRow;
use crate::store::{self};

/// How long whoever placed an order waits for its books.
const PATIENCE: Duration = Duration::from_secs(5);

/// Rows of one chunk, at most: books and tags together stay near this.
const CHUNK_ROWS: i64 = 1000;

/// A book that is to be made.
#[derive(Debug, Clone)]
pub(in crate::service) struct NewBook {
    /// Its number.
    pub(in crate::service) book: u32,
    /// What its codes are derived with.
    pub(in crate::service) counter: u32,
    /// Their tags, by position from 1.
    pub(in crate::service) tags: Vec<CodeTag>,
}

/// Books with the tags of their codes, prepared outside the writer: nobody waits for the signer at
/// the counter.
#[derive(Debug, Clone)]
pub(in crate::service) struct Prepared {
    /// In order of number.
    pub(in crate::service) books: Vec<NewBook>,
}

/// Prepares the next books of the series: numbers that are still to be compared at the desk, and
/// tags. `careful` raises the counter of each book until none of its tags is taken.
pub(in crate::service) async fn prepare(
    instance: &Instance,
    issuer: OrganisationId,
    ledger_no: i64,
    (count, vouchers): (i64, u8),
    careful: bool,
) -> Result<Prepared, Error> {
    let mut tx = instance.database.read().await?;
    let heads = store::ledger::heads(&mut tx, &[ledger_no]).await?;
    let head = heads.into_iter().next().ok_or(Reason::NotFound)?;
    let last = store::book::last_number(&mut tx, &issuer.to_string(), ledger_no).await?;
    let (_, Fact::LedgerOpened(opened)) = fact_at(&mut tx, ledger_no, 0).await? else {
        return Err(Error::Fault(format!("ledger {ledger_no} opens with another line")));
    };
    drop(tx);
    let recipient = opened.age_recipient.as_deref();
    let ledger_id: LedgerId = head.ledger_id.parse().map_err(|_| Reason::NotFound)?;
    let first = u32::try_from(last + 1).map_err(|_| Error::Fault("series is full".into()))?;
    let numbers = (first..).take(usize::try_from(count).unwrap_or(0));
    let asked: Vec<BookTagged> =
        numbers.map(|book| BookTagged { book, vouchers, counter: 0 }).collect();
    let tags = instance.signer.tags(ledger_id, recipient, &asked).await?;
    let new = |(asked, tags): (BookTagged, Vec<CodeTag>)| NewBook {
        book: asked.book,
        counter: asked.counter,
        tags,
    };
    let mut books: Vec<NewBook> = asked.into_iter().zip(tags).map(new).collect();
    let mut doubtful = careful;
    while doubtful {
        let clashing = clashing(instance, &books).await?;
        doubtful = !clashing.is_empty();
        let raised = |at: &usize| {
            let NewBook { book, counter, .. } = books[*at];
            BookTagged { book, vouchers, counter: counter + 1 }
        };
        let asked: Vec<BookTagged> = clashing.iter().map(raised).collect();
        let tags = instance.signer.tags(ledger_id, recipient, &asked).await?;
        for (at, raised) in clashing.into_iter().zip(asked.into_iter().zip(tags)) {
            books[at] = new(raised);
        }
    }
    Ok(Prepared { books })
}

/// The places of books of which a tag is taken, in the database or by a book before.
async fn clashing(instance: &Instance, books: &[NewBook]) -> Result<Vec<usize>, Error> {
    let all: Vec<CodeTag> = books.iter().flat_map(|book| book.tags.clone()).collect();
    let mut tx = instance.database.read().await?;
    let found = store::code::by_tags(&mut tx, &all).await?;
    let mut seen: BTreeSet<i64> = found.into_iter().map(|(tag, ..)| tag).collect();
    let mut clashing = Vec::new();
    for (at, book) in books.iter().enumerate() {
        let mut clashes = false;
        for tag in &book.tags {
            clashes |= !seen.insert(tag.stored());
        }
        if clashes {
            clashing.push(at);
        }
    }
    Ok(clashing)
}

struct Chunk {
    order_id: Id<Order>,
    actor: AnyId,
    issuer: OrganisationId,
    prepared: Prepared,
}

#[async_trait]
impl Write for Chunk {
    async fn decide(&self, desk: &mut Desk<'_>) -> Result<Decided, Error> {
        let (no, _, order, _) = find(&mut desk.tx, self.order_id).await?;
        desk.refresh(&[no]).await?;
        let books = &self.prepared.books;
        let count = i64::try_from(books.len()).unwrap_or(i64::MAX);
        if order.state() != OrderState::Issuing || count > order.books - order.issued {
            return Err(Refusal::wrong_state("issued").into());
        }
        let last = store::book::last_number(&mut desk.tx, &self.issuer.to_string(), no).await?;
        let first = books.first().ok_or_else(|| Refusal::wrong_state("issued"))?.book;
        if i64::from(first) != last + 1 {
            // Another order took these numbers meanwhile.
            return Err(Refusal::wrong_state("moved").into());
        }
        let raised = books.iter().filter(|book| book.counter > 0);
        let fact = BooksIssued {
            issuer_id: self.issuer,
            first: BookNumber::new(first),
            count,
            counters: raised.map(|book| (BookNumber::new(book.book), book.counter)).collect(),
        };
        let codes = books.iter().flat_map(|book| TagRow::of_book(no, book.book, &book.tags));
        Ok(Decided::Write(Decision {
            drafts: vec![Draft::new(no, self.actor, self.order_id, fact)],
            codes: codes.collect(),
            ..Decision::default()
        }))
    }
}

/// Makes the books of an order in the background, and waits a moment: small orders are ready then;
/// large ones go on, and a stop resumes them.
pub async fn begin(instance: &Arc<Instance>, order_id: Id<Order>) {
    let own = instance.clone();
    let work = tokio::spawn(async move {
        if let Err(error) = finish(&own, order_id, |_, _| {}).await {
            tracing::error!(order.id = %order_id, error = %error, "books are not all made");
        }
    });
    let _ = tokio::time::timeout(PATIENCE, work).await;
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
        let (no, _, order, _) = find(&mut tx, order_id).await?;
        drop(tx);
        progress(order.issued, order.books);
        if order.issued >= order.books {
            return Ok(());
        }
        let per_book = order.vouchers_per_book;
        let most = (CHUNK_ROWS / i64::from(per_book)).clamp(1, 100);
        let count = (order.books - order.issued).min(most);
        let prepared = prepare(instance, issuer, no, (count, per_book), careful).await?;
        // The operator makes the books: a key that ends meanwhile does not leave half an order.
        let actor = issuer.any();
        match instance.door.write(Chunk { order_id, actor, issuer, prepared }).await {
            Ok(_) => careful = false,
            // Another process makes the same order, or another order took the numbers: look again.
            Err(error) if error.reason() == Some(Reason::WrongState) => {}
            Err(Error::Fault(_)) if !careful => careful = true,
            Err(error) => return Err(error),
        }
    }
}

/// How many books of each unfinished order there were at the last look.
pub type Unfinished = BTreeMap<Id<Order>, i64>;

/// Goes on with the orders whose books do not all exist and of which none was made since the last
/// look: after a stop in the middle, or when the signer is back. Whoever makes books right now is
/// left alone; with `all` nobody does.
///
/// # Errors
/// [`Error`]; what was made stays.
pub async fn resume(instance: &Instance, seen: &mut Unfinished, all: bool) -> Result<(), Error> {
    let mut tx = instance.database.read().await?;
    let mut now = Unfinished::new();
    for (_, order_id) in store::order::unfinished(&mut tx).await? {
        if let Ok(order_id) = order_id.parse() {
            let (_, _, order, _) = find(&mut tx, order_id).await?;
            now.insert(order_id, order.issued);
        }
    }
    drop(tx);
    let before = std::mem::replace(seen, now.clone());
    for (order_id, issued) in now {
        if all || before.get(&order_id) == Some(&issued) {
            finish(instance, order_id, |_, _| {}).await?;
        }
    }
    Ok(())
}

/// What printing needs of an order.
struct Job {
    order: OrderView,
    asked: BooksAsked,
    /// The newest key that lives, for specimens.
    living: Result<u8, Error>,
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
    let mut tx = instance.read_as(actor).await?;
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
    let issuer = instance.operator().await?;
    let own = issuer.to_string();
    if books.iter().any(|book| book.issuer_id != own) {
        return Err(Refusal::wrong_state("issued_elsewhere").into());
    }
    let head = store::ledger::heads(&mut tx, &[no]).await?;
    let ledger_id = head.into_iter().next().ok_or(Reason::NotFound)?.ledger_id;
    let ledger_id = ledger_id.parse().map_err(|_| Reason::NotFound)?;
    let ring = keys_now(&mut tx).await?;
    let living = newest_key(&ring, issuer, instance.clock.now());
    let retired = ring.revoked(issuer);
    let books = books.iter().map(|row| book_asked(row, &retired, &living));
    let books = books.collect::<Result<_, _>>()?;
    let face_cents = order.face_cents;
    let asked = BooksAsked { ledger_id, order_id, face_cents, retired, books };
    Ok(Job { order, asked, living })
}

/// A book with the key that signs it: the one that it was issued with, and once that is revoked
/// the newest that lives.
fn book_asked(
    row: &BookRow,
    retired: &[u8],
    living: &Result<u8, Error>,
) -> Result<BookAsked, Error> {
    let bad = || Error::Fault(format!("book {} is out of its range", row.book_no));
    let issued_with = u8::try_from(row.key_no).map_err(|_| bad())?;
    let revoked = retired.contains(&issued_with) && !crate::base::planted::is("revoked-key-prints");
    let key_id = match living {
        Ok(living) if revoked => *living,
        Err(_) if revoked => return Err(Refusal::wrong_state("no-signing-key").into()),
        _ => issued_with,
    };
    Ok(BookAsked {
        book: u32::try_from(row.book_no).map_err(|_| bad())?,
        key_id,
        vouchers: u8::try_from(row.voucher_count).map_err(|_| bad())?,
        counter: u32::try_from(row.counter).map_err(|_| bad())?,
    })
}

/// The secrets of some books of an order, `from` to `to` counted from 1: what is printed.
///
/// # Errors
/// [`Error`]; `signer-away` and `signing-refused` when the signer gives none.
pub async fn printed(
    instance: &Instance,
    actor: &Actor,
    order_id: Id<Order>,
    from: i64,
    to: i64,
) -> Result<Vec<PrintedBook>, Error> {
    let asked = job(instance, actor, order_id, from, to).await?.asked;
    let numbers: Vec<u32> = asked.books.iter().map(|book| book.book).collect();
    let secrets = instance.signer.print(asked).await?;
    let books = numbers.into_iter().zip(secrets);
    books.map(|(book, secrets)| printed_book(book, secrets, &instance.settings.host)).collect()
}

fn printed_book(book: u32, secrets: Vec<VoucherSecrets>, host: &str) -> Result<PrintedBook, Error> {
    let number = BookNumber::new(book);
    let voucher = |(position, secrets): (u8, VoucherSecrets)| {
        let serial = Serial::new(number, position);
        let serial = serial.map_err(|error| Error::Fault(format!("book {book}: {error}")))?;
        let url = SignedToken::url_of(host, &secrets.token);
        Ok::<_, Error>(PrintedVoucher { serial: serial.to_string(), url, code: secrets.code })
    };
    Ok(PrintedBook {
        serial: number.to_string(),
        cover_url: number.cover_url(host),
        vouchers: (1..).zip(secrets).map(voucher).collect::<Result<_, _>>()?,
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
    let Job { order, living, .. } = job(instance, actor, order_id, 1, 1).await?;
    let (face, vouchers) = (order.face_cents, order.vouchers_per_book);
    let secrets = instance.signer.specimen(living?, face, vouchers).await?;
    let book = printed_book(0, secrets, &instance.settings.host)?;
    draw(instance, order_id, vec![book], true).await
}

/// The proof of a campaign before its first order: one book whose vouchers never pay, as an order
/// of now would be printed.
///
/// # Errors
/// `not-found` for unknown and foreign ids alike; `wrong-state` when no key signs vouchers now.
pub async fn proof_pdf(
    instance: &Instance,
    actor: &Actor,
    campaign_id: Id<Campaign>,
) -> Result<Vec<u8>, Error> {
    actor.may_ever(Action::PrintBooks)?;
    let mut tx = instance.read_as(actor).await?;
    let known = store::ledger::created(&mut tx, &[format!("{campaign_id}/1")]).await?;
    let ledger_no = known.first().ok_or(Reason::NotFound)?.ledger_no;
    let rows = store::campaign::of_ledger(&mut tx, ledger_no).await?;
    let row = rows.into_iter().find(|row| row.view.campaign_id == campaign_id);
    let campaign = row.ok_or(Reason::NotFound)?.view;
    actor.permit(Action::PrintBooks, &funder_owner(campaign.profile.funder_id))?;
    let ring = keys_now(&mut tx).await?;
    drop(tx);
    let key = newest_key(&ring, instance.operator().await?, instance.clock.now())?;
    let (face, vouchers) =
        (campaign.profile.face_value.cents(), campaign.profile.vouchers_per_book);
    let secrets = instance.signer.specimen(key, face, vouchers).await?;
    let book = printed_book(0, secrets, &instance.settings.host)?;
    draw_for(instance, (ledger_no, campaign), vec![book], true).await
}

async fn draw(
    instance: &Instance,
    order_id: Id<Order>,
    books: Vec<PrintedBook>,
    specimen: bool,
) -> Result<Vec<u8>, Error> {
    let mut tx = instance.database.read().await?;
    let (ledger_no, _, _, campaign) = find(&mut tx, order_id).await?;
    drop(tx);
    draw_for(instance, (ledger_no, campaign), books, specimen).await
}

async fn draw_for(
    instance: &Instance,
    (ledger_no, campaign): (i64, CampaignView),
    books: Vec<PrintedBook>,
    specimen: bool,
) -> Result<Vec<u8>, Error> {
    let mut tx = instance.database.read().await?;
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
    let head = heads.first().ok_or_else(|| Error::Fault("an order without a ledger".into()))?;
    let zone = head.zone()?;
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
