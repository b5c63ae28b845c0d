//! Paper: books go to sites, into people's hands, get lost, are blocked and replaced.
//!
//! Promises: what is refused along the way is refused for the reason told. Does not: redeem, but to
//! show what a blocked or replaced voucher is worth.

use super::books::{self, Shelf};
use super::cast::{Cast, SitePart};
use super::stage::Stage;
use super::untrue;
use super::ware::Ware;
use crate::base::id::{Block, HandOver, Id, Movement, Replacement, Site};
use crate::cli::failure::Failure;
use crate::domain::access::Actor;
use crate::domain::book::{
    BlockReason, BlockRequest, BlockTarget, Custody, HandOverRequest, MovementRequest,
    ReplacementRequest,
};
use crate::domain::redemption::ShownAs;
use crate::domain::refusal::Reason;
use crate::domain::serial::BookNumber;
use crate::domain::statistic::{Answer, QUESTIONS};
use crate::service::{hand_over, tally};

/// How many of the first order's books are handed over in the first days.
pub(super) const HANDED_OVER: usize = 16;
/// The place on the shelf of the book that is reported stolen, and found again.
const STOLEN: usize = 12;
/// The place of the book that is lost and replaced.
const LOST: usize = 13;

/// Books go to the sites; the first are handed over.
pub(super) async fn deliver(
    stage: &mut Stage,
    cast: &Cast,
    shelf: &mut Shelf,
) -> Result<(), Failure> {
    stage.begin(4, 8, "Books go to the sites; social workers hand them over")?;
    let [gueret, souterraine, lens] = &cast.sites;
    let run = |books: &[books::Book]| match books {
        [first, .., last] => Ok((first.number, last.number)),
        _ => Err(untrue("a run of books is empty")),
    };
    let main = &shelf.main.books;
    for (site, books) in [
        (gueret, run(&main[..12])?),
        (souterraine, run(&main[12..19])?),
        (gueret, run(&shelf.season.books)?),
        (lens, run(&shelf.pledged.books)?),
    ] {
        to_stock(stage, &cast.operator, site.id, books).await?;
    }
    println!("  12 books to Guéret, 7 to La Souterraine, 4 for the season, 12 to Lens");
    for place in 0..HANDED_OVER {
        if place % 4 == 0 {
            stage.go_to(5 + i64::try_from(place / 4).map_err(untrue)?, 9)?;
        }
        let site = if place < 12 { gueret } else { souterraine };
        give(stage, site, shelf.main.books[place].number).await?;
    }
    for book in &shelf.season.books[..3] {
        give(stage, gueret, book.number).await?;
    }
    for book in &shelf.pledged.books[..8] {
        give(stage, lens, book.number).await?;
    }
    let again = attempt(stage, gueret, shelf.main.books[0].number).await;
    stage.refused(again, Reason::WrongState)?;
    let foreign = attempt(stage, lens, shelf.main.books[18].number).await;
    stage.refused(foreign, Reason::NotFound)?;
    println!("  27 hand-overs; a second one of the same book is refused (wrong-state), and one of");
    println!("  another site's book (not-found: an id of somebody else tells nothing)");
    Ok(())
}

/// A book of another site has no answer but the one of a book that is not there.
async fn attempt(
    stage: &Stage,
    site: &SitePart,
    book: BookNumber,
) -> Result<crate::service::writer::Done, crate::service::Error> {
    let request = HandOverRequest { book: book.to_string(), site_id: site.id };
    let id: Id<HandOver> = stage.id();
    hand_over::hand_over(&stage.instance, &site.actor, id, &request).await
}

/// Hands a book over.
pub(super) async fn give(stage: &Stage, site: &SitePart, book: BookNumber) -> Result<(), Failure> {
    attempt(stage, site, book).await?;
    // What a social worker would answer, of which only counts by month remain.
    let chosen = usize::try_from(book.get()).unwrap_or(0);
    let answers = QUESTIONS.iter().filter_map(|question| {
        let answer = question.answers.get(chosen * 5 % question.answers.len())?;
        Answer::of(question.code, answer)
    });
    let answers: Vec<Answer> = answers.collect();
    tally::count(&stage.instance, &site.actor, site.id, &answers).await?;
    Ok(())
}

/// Moves a run of books into the stock of a site.
pub(super) async fn to_stock(
    stage: &Stage,
    actor: &Actor,
    site: Id<Site>,
    (first, last): (BookNumber, BookNumber),
) -> Result<(), Failure> {
    let request = MovementRequest { first, last, to: Custody::InStock, site_id: Some(site) };
    let id: Id<Movement> = stage.id();
    hand_over::movement(&stage.instance, actor, id, request).await?;
    Ok(())
}

/// One book is stolen and found again, another lost and replaced.
pub(super) async fn mishaps(
    stage: &mut Stage,
    cast: &Cast,
    shelf: &mut Shelf,
    ware: &Ware,
) -> Result<(), Failure> {
    stage.begin(24, 8, "A book is stolen and found again, another is lost and replaced")?;
    let counter = cast.counters[1];
    let souterraine = cast.sites[1];
    let stolen = shelf.main.books[STOLEN].number;
    let target = BlockTarget::Books { first: stolen, last: stolen };
    let request = BlockRequest { target, reason: BlockReason::Stolen };
    let block: Id<Block> = stage.id();
    hand_over::block(&stage.instance, &souterraine.actor, block, request).await?;
    let voucher = shelf.main.books[STOLEN].next()?;
    stage.refuse(&counter, &voucher.url, Reason::VoucherBlocked).await?;
    stage.refuse(&counter, &voucher.code, Reason::VoucherBlocked).await?;
    stage.go_to(25, 9)?;
    hand_over::unblock(&stage.instance, &souterraine.actor, block).await?;
    let voucher = shelf.main.books[STOLEN].tear()?;
    stage.redeem(&counter, &voucher, ShownAs::Token).await?;
    println!("  book {stolen}: blocked, refused twice (voucher-blocked), found, redeemed");
    replace(stage, cast, shelf, ware).await
}

async fn replace(
    stage: &mut Stage,
    cast: &Cast,
    shelf: &mut Shelf,
    ware: &Ware,
) -> Result<(), Failure> {
    let (counter, souterraine) = (cast.counters[1], cast.sites[1]);
    let lost = shelf.main.books[LOST].number;
    let request = ReplacementRequest { book: lost };
    let early: Id<Replacement> = stage.id();
    let early = hand_over::replace(&stage.instance, &cast.operator, early, request).await;
    stage.refused(early, Reason::WrongState)?;
    let gone = MovementRequest { first: lost, last: lost, to: Custody::Lost, site_id: None };
    let movement: Id<Movement> = stage.id();
    hand_over::movement(&stage.instance, &souterraine.actor, movement, gone).await?;
    let id: Id<Replacement> = stage.id();
    let replaced = hand_over::replace(&stage.instance, &cast.operator, id, request).await?;
    let by = replaced.body.by;
    let place = shelf.main.books.len() + 1;
    let at = i64::try_from(place).map_err(untrue)?;
    let order = shelf.main.id;
    shelf.main.books.extend(books::read(stage, cast, order, (at, at)).await?);
    let file = "books-replacement.pdf";
    books::print(stage, cast, ware, order, (place, place), file).await?;
    to_stock(stage, &cast.operator, souterraine.id, (by, by)).await?;
    give(stage, &souterraine, by).await?;
    let old = shelf.main.books[LOST].next()?;
    stage.refuse(&counter, &old.url, Reason::VoucherReplaced).await?;
    let book = shelf.main.books.last_mut().ok_or_else(|| untrue("there is no new book"))?;
    super::expect(book.number == by, "the new book is not at the end of its order")?;
    let (vouchers, voucher) = (book.paper.vouchers.len(), book.tear()?);
    stage.redeem(&counter, &voucher, ShownAs::Token).await?;
    println!("  book {lost}: lost; its {vouchers} unspent vouchers live on in book {by}, the old");
    println!("  paper is refused (voucher-replaced); no money moved");
    Ok(())
}
