//! Books under rules: issued once, where their paper goes, and each use of their vouchers.
//!
//! Promises: numbers never meet; custody moves along the arrows; a voucher pays once a round, and
//! only where, when and for what its campaign pays; a reversal undoes the use that it names. A book
//! takes a few dozen bytes, and a voucher that was used as many again. Does not: know venues beyond
//! what this ledger's own lines say of them.

mod custody;
mod uses;

use std::collections::HashMap;

use self::uses::Use;
use super::campaigns::{Campaigns, place};
use super::{Breach, moves};
use crate::base::day::Day;
use crate::base::id::{AnyId, Id, Order, Site, Structure, Venue};
use crate::domain::book::{BlockTarget, Custody, RANGE_LIMIT, VouchersBlocked};
use crate::domain::ledger::entry::Entry;
use crate::domain::order::BooksIssued;
use crate::domain::serial::{BookNumber, POSITION_MAX, Serial};
use crate::domain::territory::CommuneCode;
use crate::domain::venue::VenueAdmitted;

/// The civil day of a line, and its number among the ledger's days.
#[derive(Debug, Clone, Copy)]
pub(super) struct Today {
    /// Its number, from 0.
    pub(super) index: u32,
    /// The day.
    pub(super) on: Day,
}

/// A book so far.
#[derive(Debug)]
struct Book {
    /// Its order, by number.
    order: u32,
    /// Vouchers in it.
    vouchers: u8,
    custody: Custody,
    /// The site in whose stock it is; of no matter elsewhere.
    site: Option<Id<Site>>,
    handed_over: bool,
    is_replaced: bool,
    /// Vouchers that a new book replaces; bit 0 is position 1.
    replaced: u32,
    /// Open blocks on all of it.
    blocks: u32,
    /// The last use of each voucher that was ever used.
    uses: Vec<Use>,
}

/// A venue as this ledger's own line says it.
#[derive(Debug, Clone, Copy)]
struct Admitted {
    number: u32,
    structure: Id<Structure>,
    commune: CommuneCode,
}

/// The books of a ledger so far.
#[derive(Debug, Default)]
pub(super) struct Books {
    all: Vec<Book>,
    /// Runs of numbers without a gap: first number, place of its book. Numbers only grow.
    runs: Vec<(u32, usize)>,
    last: Option<u32>,
    venues: HashMap<Id<Venue>, Admitted>,
    structures: Vec<Id<Structure>>,
    blocks: HashMap<AnyId, BlockTarget>,
    /// Open blocks on single vouchers.
    blocked: HashMap<Serial, u32>,
}

impl Books {
    /// The place of a book that a line above made.
    fn place_of(&self, number: BookNumber) -> Result<usize, Breach> {
        let unknown = || Breach::unknown(&format!("book {number}"));
        let after = self.runs.partition_point(|(first, _)| *first <= number.get());
        let run = after.checked_sub(1).ok_or_else(unknown)?;
        let (first, start) = self.runs[run];
        let end = self.runs.get(after).map_or(self.all.len(), |(_, start)| *start);
        let at = start + place(number.get() - first);
        if at < end { Ok(at) } else { Err(unknown()) }
    }

    /// The places of a run of books, all there and of whole orders.
    fn places(
        &self,
        (first, last): (BookNumber, BookNumber),
        campaigns: &Campaigns,
    ) -> Result<Vec<usize>, Breach> {
        let length = i64::from(last.get()) - i64::from(first.get()) + 1;
        if !(1..=RANGE_LIMIT).contains(&length) {
            return Err(Breach::Bounds("the run of books"));
        }
        let numbers = first.get()..=last.get();
        let places: Vec<usize> = numbers
            .map(|number| self.place_of(BookNumber::new(number)))
            .collect::<Result<_, _>>()?;
        for at in &places {
            let order = campaigns.order(self.all[*at].order);
            if !order.is_whole() {
                return Err(Breach::state("the order of these books", "issuing"));
            }
        }
        Ok(places)
    }

    /// Adds books, numbered on from `first`, which no number so far may reach.
    fn add(
        &mut self,
        first: BookNumber,
        count: i64,
        order: u32,
        vouchers: u8,
    ) -> Result<(), Breach> {
        let first = first.get();
        let last = i64::from(first) + count - 1;
        let last = u32::try_from(last).map_err(|_| Breach::Bounds("first"))?;
        if self.last.is_some_and(|known| known >= first) {
            return Err(Breach::state(&format!("book {}", BookNumber::new(first)), "taken"));
        }
        // A run goes on where the last one ended; else there is a gap that others have filled.
        if self.last.and_then(|known| known.checked_add(1)) != Some(first) {
            self.runs.push((first, self.all.len()));
        }
        self.last = Some(last);
        self.all.extend((first..=last).map(|_| Book {
            order,
            vouchers,
            custody: Custody::AtPrinter,
            site: None,
            handed_over: false,
            is_replaced: false,
            replaced: 0,
            blocks: 0,
            uses: Vec::new(),
        }));
        Ok(())
    }

    /// `books-issued`.
    pub(super) fn issued(
        &mut self,
        entry: &Entry,
        body: &BooksIssued,
        campaigns: &mut Campaigns,
    ) -> Result<(), Breach> {
        moves(entry, &[])?;
        let id: Id<Order> = entry.id.to().ok_or(Breach::Noun(entry.id))?;
        let number = campaigns.number(id)?;
        let first = i64::from(body.first.get());
        let numbers = first..first.saturating_add(body.count);
        let counted = |(book, counter): (&BookNumber, &u32)| {
            numbers.contains(&i64::from(book.get())) && *counter > 0
        };
        if !body.counters.iter().all(counted) {
            return Err(Breach::Bounds("counters"));
        }
        campaigns.issue(number, body.count)?;
        let vouchers = campaigns.order(number).per_book;
        self.add(body.first, body.count, number, vouchers)
    }

    /// `venue-admitted`.
    pub(super) fn admitted(&mut self, entry: &Entry, body: &VenueAdmitted) -> Result<(), Breach> {
        moves(entry, &[])?;
        let id: Id<Venue> = entry.id.to().ok_or(Breach::Noun(entry.id))?;
        let number = match self.venues.get(&id) {
            Some(known) if known.structure != body.structure_id => {
                return Err(Breach::Fixed("the structure of a venue"));
            }
            Some(known) => known.number,
            None => {
                self.structures.push(body.structure_id);
                u32::try_from(self.structures.len() - 1).map_err(|_| Breach::Bounds("venues"))?
            }
        };
        let (structure, commune) = (body.structure_id, body.commune);
        self.venues.insert(id, Admitted { number, structure, commune });
        Ok(())
    }

    /// `vouchers-blocked`.
    pub(super) fn blocked(
        &mut self,
        entry: &Entry,
        body: VouchersBlocked,
        campaigns: &mut Campaigns,
    ) -> Result<(), Breach> {
        moves(entry, &[])?;
        if let BlockTarget::Voucher(serial) = body.target {
            let at = self.places((serial.book(), serial.book()), campaigns)?[0];
            if serial.position() > self.all[at].vouchers {
                return Err(Breach::unknown(&format!("voucher {serial}")));
            }
        }
        self.count_block(body.target, campaigns, 1)?;
        self.blocks.insert(entry.id, body.target);
        Ok(())
    }

    /// `vouchers-unblocked`.
    pub(super) fn unblocked(
        &mut self,
        entry: &Entry,
        campaigns: &mut Campaigns,
    ) -> Result<(), Breach> {
        moves(entry, &[])?;
        let target = self.blocks.remove(&entry.id);
        let target = target.ok_or_else(|| Breach::unknown(&format!("an open {}", entry.id)))?;
        self.count_block(target, campaigns, -1)
    }

    fn count_block(
        &mut self,
        target: BlockTarget,
        campaigns: &mut Campaigns,
        change: i32,
    ) -> Result<(), Breach> {
        match target {
            BlockTarget::Voucher(serial) => {
                let blocks = self.blocked.entry(serial).or_insert(0);
                *blocks = blocks.saturating_add_signed(change);
                if *blocks == 0 {
                    self.blocked.remove(&serial);
                }
            }
            BlockTarget::Books { first, last } => {
                for at in self.places((first, last), campaigns)? {
                    let book = &mut self.all[at];
                    book.blocks = book.blocks.saturating_add_signed(change);
                }
            }
            BlockTarget::Order(order) => {
                let order = campaigns.number(order)?;
                let order = campaigns.order_mut(order);
                order.blocks = order.blocks.saturating_add_signed(change);
            }
        }
        Ok(())
    }

    /// Whether an open block covers a voucher.
    fn is_blocked(&self, voucher: Serial, book: &Book, campaigns: &Campaigns) -> bool {
        book.blocks > 0
            || campaigns.order(book.order).blocks > 0
            || self.blocked.contains_key(&voucher)
    }
}

impl Book {
    /// Whether a new book holds this voucher's worth.
    const fn has_replaced(&self, position: u8) -> bool {
        position >= 1 && position <= POSITION_MAX && self.replaced >> (position - 1) & 1 == 1
    }

    /// The last use of a voucher, if it ever had one.
    fn last_use(&self, position: u8) -> Option<&Use> {
        self.uses.iter().find(|known| known.position == position)
    }

    /// Whether a use of a voucher stands.
    fn is_spent(&self, position: u8) -> bool {
        self.last_use(position).is_some_and(|known| known.stands)
    }
}
