//! The counter: weeks of redemptions, and everything that a counter refuses.
//!
//! Promises: each refusal is brought about as it happens in life, and none leaves a line. Does not:
//! move money by itself; each redemption does.

use super::books::{self, Book, Shelf};
use super::cast::{self, Cast};
use super::custody::{self, HANDED_OVER};
use super::stage::{Counter, Stage};
use super::{expect, untrue};
use crate::cli::failure::Failure;
use crate::domain::code::Code;
use crate::domain::offering::Offering;
use crate::domain::redemption::ShownAs;
use crate::domain::refusal::Reason;
use crate::domain::token::SignedToken;
use crate::domain::venue::{Agreed, VenueState};
use crate::service::print::PrintedVoucher;
use crate::service::redeem;

/// From the first visit to the settlement.
pub(super) async fn first_weeks(
    stage: &mut Stage,
    cast: &Cast,
    shelf: &mut Shelf,
) -> Result<(), Failure> {
    stage.begin(9, 8, "The first weeks at the counter")?;
    before_their_time(stage, cast, shelf).await?;
    not_vouchers(stage, cast, shelf).await?;
    let before = stage.redeemed.len();
    // Each book is used twice: three vouchers, then two, one or two books a day.
    for visit in 0..HANDED_OVER - 2 {
        stage.go_to(10 + i64::try_from(visit).map_err(untrue)?, 8)?;
        let counter = cast.counters[visit % 3];
        visited(stage, &counter, &mut shelf.main.books[visit], 3).await?;
        if visit < 8 {
            visited(stage, &cast.counters[3 + visit % 2], &mut shelf.pledged.books[visit], 3)
                .await?;
        }
        if visit == 5 {
            stage.pause();
            rules_of_the_counter(stage, cast, shelf).await?;
        }
        if let Some(earlier) = visit.checked_sub(7) {
            let counter = cast.counters[(earlier + 1) % 3];
            visited(stage, &counter, &mut shelf.main.books[earlier], 2).await?;
        }
    }
    println!("  {} redemptions from day to day", stage.redeemed.len() - before);
    undone(stage, cast, shelf).await
}

/// Some vouchers of a book, shown one after the other; every third is typed.
async fn visited(
    stage: &mut Stage,
    counter: &Counter,
    book: &mut Book,
    vouchers: usize,
) -> Result<(), Failure> {
    for _ in 0..vouchers {
        let voucher = book.tear()?;
        let typed = stage.redeemed.len() % 3 == 2;
        let shown_as = if typed { ShownAs::Code } else { ShownAs::Token };
        stage.redeem(counter, &voucher, shown_as).await?;
    }
    Ok(())
}

/// Good vouchers whose time or place it is not.
async fn before_their_time(
    stage: &mut Stage,
    cast: &Cast,
    shelf: &mut Shelf,
) -> Result<(), Failure> {
    let [gueret, _, limoges, lens, lievin, bordeaux] = cast.counters;
    let late = shelf.late.books[0].next()?;
    stage.refuse(&gueret, &late.url, Reason::OrderNotActive).await?;
    let waiting = shelf.main.books[HANDED_OVER].next()?;
    stage.refuse(&gueret, &waiting.url, Reason::VoucherInactive).await?;
    stage.refuse(&gueret, &waiting.code, Reason::VoucherInactive).await?;
    let season = shelf.season.books[0].next()?;
    let selling = Counter { offering: Offering::Equipment, ..limoges };
    stage.refuse(&selling, &season.url, Reason::VoucherNotYetValid).await?;
    let good = shelf.main.books[0].next()?;
    stage.refuse(&lens, &good.url, Reason::OutOfPerimeter).await?;
    stage.refuse(&bordeaux, &good.url, Reason::VenueNotQualified).await?;
    cast::qualify(stage, &cast.operator, bordeaux.venue, VenueState::Qualified, Agreed::AsBefore)
        .await?;
    stage.refuse(&bordeaux, &good.url, Reason::OutOfPerimeter).await?;
    stage.refuse(&selling, &good.url, Reason::OfferingNotCovered).await?;
    let pledged = shelf.pledged.books[0].next()?;
    cast::qualify(stage, &cast.operator, lievin.venue, VenueState::Suspended, Agreed::AsBefore)
        .await?;
    stage.refuse(&lievin, &pledged.url, Reason::VenueSuspended).await?;
    cast::qualify(stage, &cast.operator, lievin.venue, VenueState::Qualified, Agreed::AsBefore)
        .await?;
    println!("  too early or in the wrong place: order-not-active, voucher-inactive,");
    println!("  voucher-not-yet-valid, out-of-perimeter, offering-not-covered,");
    println!("  venue-not-qualified, venue-suspended");
    Ok(())
}

/// What is no voucher, or none that pays, and people who may not redeem.
async fn not_vouchers(stage: &mut Stage, cast: &Cast, shelf: &Shelf) -> Result<(), Failure> {
    let gueret = cast.counters[0];
    let good = shelf.main.books[0].next()?;
    stage.refuse(&gueret, "bonjour", Reason::TokenMalformed).await?;
    stage.refuse(&gueret, &mistyped(&good.code), Reason::CodeMistyped).await?;
    stage.refuse(&gueret, &forged(&good.url), Reason::TokenForged).await?;
    let unknown = Code::from_number(1).ok_or_else(|| untrue("1 is no code"))?;
    stage.refuse(&gueret, &unknown.to_string(), Reason::VoucherUnknown).await?;
    let specimen = specimen(stage).await?;
    stage.refuse(&gueret, &specimen, Reason::Specimen).await?;
    let elsewhere = Counter { venue: cast.counters[1].venue, ..gueret };
    stage.refuse(&elsewhere, &good.url, Reason::NotFound).await?;
    let by_operator = Counter { actor: cast.operator, ..gueret };
    stage.refuse(&by_operator, &good.url, Reason::NotPermitted).await?;
    println!("  no vouchers: token-malformed, code-mistyped, token-forged, specimen,");
    println!("  voucher-unknown; not their counter: not-found, not-permitted");
    Ok(())
}

/// The code with its last character but one changed, as a slip of the hand does.
fn mistyped(code: &str) -> String {
    let (head, tail) = code.split_at(code.len() - 2);
    let slip = if tail.starts_with('7') { '8' } else { '7' };
    format!("{head}{slip}{}", &tail[1..])
}

/// The address with a character of its signature changed.
fn forged(url: &str) -> String {
    let (head, tail) = url.split_at(url.len() - 20);
    let other = if tail.starts_with('A') { 'B' } else { 'A' };
    format!("{head}{other}{}", &tail[1..])
}

/// A genuine token that never pays, as it is printed to train people.
async fn specimen(stage: &Stage) -> Result<String, Failure> {
    let specimens = stage.instance.signer.specimen(1, 1000, 1).await?;
    let one = specimens.first().ok_or_else(|| untrue("there is no specimen"))?;
    Ok(SignedToken::url_of(&stage.instance.settings.host, &one.token))
}

/// One voucher pays once, so many a day, and an id means one thing.
async fn rules_of_the_counter(
    stage: &mut Stage,
    cast: &Cast,
    shelf: &mut Shelf,
) -> Result<(), Failure> {
    // Visit 5 was at Limoges, with the sixth book: three vouchers, and the limit is three.
    let limoges = cast.counters[2];
    let book = &shelf.main.books[5];
    stage.refuse(&limoges, &book.next()?.url, Reason::LimitExceeded).await?;
    let spent = book.paper.vouchers[0].clone();
    stage.refuse(&limoges, &spent.url, Reason::VoucherAlreadyRedeemed).await?;
    stage.refuse(&limoges, &spent.code, Reason::VoucherAlreadyRedeemed).await?;
    stage.refuse(&cast.counters[0], &spent.url, Reason::VoucherAlreadyRedeemed).await?;
    replayed(stage, &limoges, &spent).await?;
    let other = book.next()?;
    let id = written(stage, &spent)?;
    stage.refuse_as(&limoges, id, &other.url, Reason::Differs).await?;
    println!("  limit-exceeded (three vouchers of one book a day), voucher-already-redeemed");
    println!("  (token, code, another venue); a retry with its id gives the same receipt, with");
    println!("  another voucher it is refused (differs)");
    Ok(())
}

fn written(
    stage: &Stage,
    voucher: &PrintedVoucher,
) -> Result<crate::base::id::Id<crate::base::id::Redemption>, Failure> {
    let found = stage.redeemed.iter().find(|redeemed| redeemed.serial == voucher.serial);
    found.map(|redeemed| redeemed.id).ok_or_else(|| untrue("a redemption is missing"))
}

/// The same request again has the same answer, to the byte.
async fn replayed(
    stage: &Stage,
    counter: &Counter,
    voucher: &PrintedVoucher,
) -> Result<(), Failure> {
    let id = written(stage, voucher)?;
    let presented = voucher.url.clone();
    let (venue_id, offering) = (counter.venue, counter.offering);
    let request = crate::domain::redemption::RedemptionRequest {
        presented: presented.into(),
        venue_id,
        offering,
        occurred_at: None,
    };
    let again = redeem::redeem(&stage.instance, &counter.actor, id, &request).await?;
    let first = stage.redeemed.iter().find(|redeemed| redeemed.id == id);
    let same = first.is_some_and(|first| first.receipt == again.1.receipt);
    expect(same && !again.0, "a retry has another receipt")
}

/// A redemption is undone by its venue, and the voucher is used elsewhere.
async fn undone(stage: &mut Stage, cast: &Cast, shelf: &mut Shelf) -> Result<(), Failure> {
    let first = shelf.main.books[0].paper.vouchers[0].clone();
    let id = written(stage, &first)?;
    stage.pause();
    let by_another = redeem::reverse(&stage.instance, &cast.counters[1].actor, id).await;
    stage.refused(by_another, Reason::NotFound)?;
    stage.pause();
    redeem::reverse(&stage.instance, &cast.counters[0].actor, id).await?;
    stage.redeem(&cast.counters[2], &first, ShownAs::Code).await?;
    println!("  voucher {}: redeemed at Guéret, undone there, redeemed at Limoges", first.serial);
    Ok(())
}

/// After the settlement: the late order is funded, the season sells, books are used up.
pub(super) async fn later_weeks(
    stage: &mut Stage,
    cast: &Cast,
    shelf: &mut Shelf,
) -> Result<(), Failure> {
    stage.begin(34, 8, "Later weeks: money for the fourth order, the season, more visits")?;
    books::fund_late(stage, cast, shelf).await?;
    let before = stage.redeemed.len();
    let [_, _, limoges, _, _, bordeaux] = cast.counters;
    for (place, counter) in [limoges, bordeaux, limoges].into_iter().enumerate() {
        stage.go_to(35 + i64::try_from(place).map_err(untrue)?, 8)?;
        let selling = Counter { offering: Offering::Equipment, ..counter };
        visited(stage, &selling, &mut shelf.season.books[place], 2).await?;
    }
    for visit in 0..12 {
        let half_days = i64::try_from(visit).map_err(untrue)?;
        stage.go_to(38 + half_days / 2, 8 + half_days % 2 * 4)?;
        let counter = cast.counters[(visit + 2) % 3];
        visited(stage, &counter, &mut shelf.main.books[visit], 2).await?;
        if visit < 8 {
            visited(stage, &cast.counters[3], &mut shelf.pledged.books[visit], 1).await?;
        }
    }
    println!("  {} redemptions", stage.redeemed.len() - before);
    Ok(())
}

/// The books that were funded late are handed over and used; nobody has settled that yet.
pub(super) async fn last_days(
    stage: &mut Stage,
    cast: &Cast,
    shelf: &mut Shelf,
) -> Result<(), Failure> {
    stage.begin(54, 8, "The last days: books of the fourth order")?;
    let (gueret, book) = (&cast.sites[0], shelf.late.books[0].number);
    let last = shelf.late.books.last().map_or(book, |book| book.number);
    custody::to_stock(stage, &cast.operator, gueret.id, (book, last)).await?;
    custody::give(stage, gueret, book).await?;
    visited(stage, &cast.counters[0], &mut shelf.late.books[0], 3).await?;
    println!("  book {book}, refused at first, is handed over and pays: 30 € due, not settled yet");
    Ok(())
}
