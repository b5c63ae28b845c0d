//! Campaigns, orders, money and paper: 40 books are ordered, issued and printed.
//!
//! Promises: each file holds the whole order it is named after. Does not: hand anything over.

use super::cast::{Cast, name};
use super::stage::{Stage, cents, euros, written};
use super::ware::Ware;
use super::{expect, shown, untrue};
use crate::base::id::{Campaign, Deposit, Funder, Id, Order};
use crate::cli::failure::Failure;
use crate::domain::campaign::{Activation, CampaignProfile};
use crate::domain::offering::Offering;
use crate::domain::order::{DepositRequest, OrderRequest};
use crate::domain::refusal::{Reason, Refusal};
use crate::domain::serial::BookNumber;
use crate::domain::territory::Perimeter;
use crate::service::print::{PrintedBook, PrintedVoucher};
use crate::service::{Error, issue, order};

/// A printed book, and how many of its vouchers were shown.
#[derive(Debug, Clone)]
pub(super) struct Book {
    pub(super) number: BookNumber,
    pub(super) paper: PrintedBook,
    used: usize,
}

impl Book {
    pub(super) fn new(paper: PrintedBook) -> Result<Self, Failure> {
        let number = BookNumber::from_cover(&paper.cover_url).map_err(untrue)?;
        Ok(Self { number, paper, used: 0 })
    }

    /// The next voucher that was not torn off.
    pub(super) fn tear(&mut self) -> Result<PrintedVoucher, Failure> {
        let voucher = self.paper.vouchers.get(self.used).cloned();
        self.used += 1;
        voucher.ok_or_else(|| untrue(format!("book {} is used up", self.number)))
    }

    /// The next voucher, left in the book.
    pub(super) fn next(&self) -> Result<PrintedVoucher, Failure> {
        let voucher = self.paper.vouchers.get(self.used).cloned();
        voucher.ok_or_else(|| untrue(format!("book {} is used up", self.number)))
    }
}

/// An order with its books.
#[derive(Debug, Clone)]
pub(super) struct Ordered {
    pub(super) campaign: Id<Campaign>,
    pub(super) id: Id<Order>,
    pub(super) books: Vec<Book>,
}

/// All that was printed.
#[derive(Debug)]
pub(super) struct Shelf {
    /// 20 books of ten vouchers of 10 €, active when handed over.
    pub(super) main: Ordered,
    /// 4 books of four vouchers of 25 €, of a short season.
    pub(super) season: Ordered,
    /// 4 more books like the first 20, funded late.
    pub(super) late: Ordered,
    /// 12 books of five vouchers of 15 €, active on delivery.
    pub(super) pledged: Ordered,
}

/// What differs from campaign to campaign.
struct Rules {
    funder: Id<Funder>,
    name: &'static str,
    face: i64,
    per_book: u8,
    /// First and last day, days of grace.
    days: (i64, i64, u16),
    perimeter: &'static [&'static str],
    offerings: &'static [Offering],
    limit: Option<u8>,
    activation: Activation,
    cover: &'static str,
}

/// The last day of the short season, grace included, is day 44.
const SEASON: (i64, i64, u16) = (12, 40, 4);

/// Registers the campaigns, orders, prints, funds and activates.
pub(super) async fn order_and_print(
    stage: &mut Stage,
    cast: &Cast,
    ware: &Ware,
) -> Result<Shelf, Failure> {
    stage.begin(1, 8, "Funders register campaigns, order books and pay for them")?;
    let main = campaign(stage, cast, main_rules(cast)).await?;
    let season = campaign(stage, cast, season_rules(cast)).await?;
    let pledged = campaign(stage, cast, pledged_rules(cast)).await?;
    let main_order = place(stage, cast, main, 20).await?;
    let season = place(stage, cast, season, 4).await?;
    let late = place(stage, cast, main, 4).await?;
    let pledged = place(stage, cast, pledged, 12).await?;
    println!("  3 campaigns: 10 € in the Creuse and at Limoges, active when handed over; 25 € for");
    println!("  equipment, one short season; 15 € at Lens and Liévin, active on delivery");
    let shelf = Shelf { main: main_order, season, late, pledged };
    for (order, file) in [
        (&shelf.main, "books.pdf"),
        (&shelf.season, "books-equipment.pdf"),
        (&shelf.late, "books-second-order.pdf"),
        (&shelf.pledged, "books-bassin-minier.pdf"),
    ] {
        print(stage, cast, ware, order.id, (1, order.books.len()), file).await?;
    }
    fund(stage, cast, &shelf).await?;
    Ok(shelf)
}

fn main_rules(cast: &Cast) -> Rules {
    Rules {
        funder: cast.held.id,
        name: "Pass numérique de la Creuse",
        face: 1000,
        per_book: 10,
        days: (1, 180, 31),
        perimeter: &["23", "87085"],
        offerings: &[Offering::Procedures, Offering::EverydayTools, Offering::Safety],
        limit: Some(3),
        activation: Activation::OnHandOver,
        cover: "Ce carnet vous est offert par le Syndicat numérique de la Creuse.",
    }
}

fn season_rules(cast: &Cast) -> Rules {
    Rules {
        funder: cast.held.id,
        name: "Chèque équipement",
        face: 2500,
        per_book: 4,
        days: SEASON,
        perimeter: &[],
        offerings: &[Offering::Equipment],
        limit: None,
        activation: Activation::OnDelivery,
        cover: "Pour un ordinateur reconditionné, chez les vendeurs solidaires.",
    }
}

fn pledged_rules(cast: &Cast) -> Rules {
    Rules {
        funder: cast.pledged.id,
        name: "Pass emploi du Bassin minier",
        face: 1500,
        per_book: 5,
        days: (1, 300, 31),
        perimeter: &["62498", "62510"],
        offerings: &[],
        limit: None,
        activation: Activation::OnDelivery,
        cover: "Ce carnet vous est remis par votre conseiller.",
    }
}

async fn campaign(stage: &Stage, cast: &Cast, rules: Rules) -> Result<Id<Campaign>, Failure> {
    let (first, last, grace_days) = rules.days;
    let areas = rules.perimeter.iter().map(|area| area.parse());
    let areas = areas.collect::<Result<Vec<_>, _>>().map_err(untrue)?;
    let profile = CampaignProfile {
        funder_id: rules.funder,
        name: name(rules.name)?,
        face_value: cents(rules.face)?,
        vouchers_per_book: rules.per_book,
        valid_from: stage.day(first),
        valid_until: stage.day(last),
        grace_days,
        perimeter: Perimeter::new(areas).map_err(untrue)?,
        offerings: rules.offerings.to_vec(),
        vouchers_per_book_venue_day: rules.limit,
        activation: rules.activation,
        structures: Vec::new(),
        cover_text: Some(rules.cover.to_owned()),
    };
    let id = stage.id();
    order::campaign(&stage.instance, &cast.operator, id, profile, None).await?;
    Ok(id)
}

async fn place(
    stage: &Stage,
    cast: &Cast,
    campaign: Id<Campaign>,
    books: i64,
) -> Result<Ordered, Failure> {
    let id = stage.id();
    let request = OrderRequest { campaign_id: campaign, books };
    order::place(&stage.instance, &cast.operator, id, request).await?;
    issue::finish(&stage.instance, id, |_, _| ()).await?;
    let books = read(stage, cast, id, (1, books)).await?;
    Ok(Ordered { campaign, id, books })
}

/// The paper of some books of an order, as the counter will see it.
pub(super) async fn read(
    stage: &Stage,
    cast: &Cast,
    id: Id<Order>,
    (from, to): (i64, i64),
) -> Result<Vec<Book>, Failure> {
    let printed = issue::printed(&stage.instance, &cast.operator, id, from, to).await?;
    printed.into_iter().map(Book::new).collect()
}

/// Prints some books of an order into a file.
pub(super) async fn print(
    stage: &Stage,
    cast: &Cast,
    ware: &Ware,
    id: Id<Order>,
    (from, to): (usize, usize),
    file: &str,
) -> Result<(), Failure> {
    let place = |number: usize| i64::try_from(number).map_err(untrue);
    let (first, last) = (place(from)?, place(to)?);
    let pdf = issue::books_pdf(&stage.instance, &cast.operator, id, first, last).await?;
    let path = ware.write(file, &pdf)?;
    println!(
        "  printed {:>2} books into {} ({} KiB)",
        to + 1 - from,
        shown(&path),
        pdf.len() / 1024
    );
    Ok(())
}

/// Money comes in, orders become active; one does not, for lack of money.
async fn fund(stage: &mut Stage, cast: &Cast, shelf: &Shelf) -> Result<(), Failure> {
    stage.go_to(3, 9)?;
    deposit(stage, cast, cast.held.id, 2500, "MANDAT 2026-001482").await?;
    deposit(stage, cast, cast.pledged.id, 1000, "ENGAGEMENT 2026-77").await?;
    for order in [&shelf.main, &shelf.season, &shelf.pledged] {
        stage.pause();
        order::activate(&stage.instance, &cast.operator, order.id).await?;
    }
    stage.pause();
    let short = order::activate(&stage.instance, &cast.operator, shelf.late.id).await;
    let missing = match &short {
        Err(Error::Refused(Refusal { members, .. })) => members.missing_cents.unwrap_or(0),
        _ => 0,
    };
    stage.refused(short, Reason::BalanceShort)?;
    expect(missing == 30_000, format!("300 euros are missing, not {}", written(missing)))?;
    println!(
        "  deposits: 2500 € (mandat 2026-001482) and 1000 € pledged; 3 orders are active, the\n  \
         fourth is refused (balance-short): {} are missing; nothing circulates unfunded",
        written(missing)
    );
    Ok(())
}

/// The missing money comes in and the fourth order becomes active.
pub(super) async fn fund_late(stage: &Stage, cast: &Cast, shelf: &Shelf) -> Result<(), Failure> {
    deposit(stage, cast, cast.held.id, 300, "MANDAT 2026-001611").await?;
    stage.pause();
    order::activate(&stage.instance, &cast.operator, shelf.late.id).await?;
    println!("  a second deposit of 300 € (mandat 2026-001611): the fourth order is active");
    Ok(())
}

async fn deposit(
    stage: &Stage,
    cast: &Cast,
    funder_id: Id<Funder>,
    amount: i64,
    reference: &str,
) -> Result<(), Failure> {
    let reference = reference.to_owned().try_into().map_err(untrue)?;
    let request = DepositRequest { funder_id, amount: euros(amount)?, reference };
    let id: Id<Deposit> = stage.id();
    order::deposit(&stage.instance, &cast.operator, id, request).await?;
    Ok(())
}
