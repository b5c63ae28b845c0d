//! Recounting: all that happened to a book, line by line.
//!
//! Promises: each line is the ledger's own, with its place; an index or a projection leads to it.
//! Does not: say who held a voucher, because nobody wrote it down.

use std::collections::{BTreeMap, BTreeSet};

use super::error::Error;
use super::hand_over::{self, BookState};
use super::instance::Instance;
use super::order::funder_owner;
use super::settle::payments_of;
use super::writer::understood;
use crate::base::id::{AnyId, Funder, Id, Noun, Structure};
use crate::domain::access::{Action, Actor};
use crate::domain::book::{BlockTarget, Custody};
use crate::domain::fact::Fact;
use crate::domain::ledger::account::Account;
use crate::domain::ledger::entry::{Entry, LedgerId};
use crate::domain::refusal::Reason;
use crate::domain::serial::BookNumber;
use crate::store::book::BookRow;
use crate::store::ledger::HeadRow;
use crate::store::story::Wanted;
use crate::store::{self, Tx};

/// How many lines are read at a time.
const PAGE: i64 = 500;
/// How many lines after an order are looked through for the one that made a book.
const LOOK: i64 = 5000;

/// A line that a book is in.
#[derive(Debug, Clone)]
pub struct Told {
    /// Its place in the ledger.
    pub seq: i64,
    /// The line.
    pub entry: Entry,
    /// What it says.
    pub fact: Fact,
    /// The vouchers that it is about; empty for the whole book.
    pub positions: BTreeSet<u8>,
}

/// A book with its lines.
#[derive(Debug, Clone)]
pub struct Story {
    /// The ledger.
    pub funder_id: Id<Funder>,
    /// The ledger's time zone.
    pub time_zone: crate::base::day::Zone,
    /// The book as it stands.
    pub state: BookState,
    /// Which book of its order it is, counted from 1, as printed files count.
    pub place: i64,
    /// What happened, in order.
    pub lines: Vec<Told>,
}

/// All that happened to a book.
///
/// # Errors
/// `not-found` for a book that is not known, and for who may not read its whole ledger.
pub async fn book(instance: &Instance, actor: &Actor, book: BookNumber) -> Result<Story, Error> {
    actor.may_ever(Action::ReadLedger)?;
    let no = instance.ledger_of_number(book.get()).await?.ok_or(Reason::NotFound)?;
    let mut tx = instance.read_as(actor).await?;
    let heads = store::ledger::heads(&mut tx, &[no]).await?;
    let head = heads.into_iter().next().ok_or(Reason::NotFound)?;
    let ledger: LedgerId = head.ledger_id.parse().map_err(|_| Reason::NotFound)?;
    let funder_id = ledger.funder().ok_or(Reason::NotFound)?;
    actor.permit(Action::ReadLedger, &funder_owner(funder_id))?;
    let rows = store::book::find(&mut tx, &[(no, book.get())]).await?;
    let row = rows.into_iter().next().ok_or(Reason::NotFound)?;
    let mut places = BTreeMap::new();
    let mut search = Search { tx: &mut tx, head: &head, row: &row, book, places: &mut places };
    search.paper().await?;
    search.worth().await?;
    let wanted: Vec<(i64, i64)> = places.keys().map(|seq| (no, *seq)).collect();
    let mut lines = Vec::with_capacity(wanted.len());
    for (_, seq, line) in store::ledger::lines_at(&mut tx, &wanted).await? {
        let (entry, fact) = understood(no, seq, &line)?;
        let positions = places.remove(&seq).unwrap_or_default();
        lines.push(Told { seq, entry, fact, positions });
    }
    let place = store::book::place_in_order(&mut tx, no, row.order_no, row.book_no).await?;
    drop(tx);
    let state = hand_over::state_of(instance, book, no).await?;
    Ok(Story { funder_id, time_zone: head.zone()?, state, place, lines })
}

/// Places that were found, each with the vouchers that it is about.
type Places = BTreeMap<i64, BTreeSet<u8>>;

struct Search<'s> {
    tx: &'s mut Tx,
    head: &'s HeadRow,
    row: &'s BookRow,
    book: BookNumber,
    places: &'s mut Places,
}

impl Search<'_> {
    fn whole(&mut self, seq: i64) {
        self.places.entry(seq).or_default();
    }

    fn about(&mut self, seq: i64, position: u8) {
        self.places.entry(seq).or_default().insert(position);
    }

    /// The order, the books, and all that moved the paper, blocked it or replaced it.
    async fn paper(&mut self) -> Result<(), Error> {
        let order_no = self.row.order_no;
        self.whole(order_no);
        let mut made = self.issued().await?;
        let mut returned = Vec::new();
        let (mut arrived, number) = (Vec::new(), self.book);
        for noun in [Noun::Movement, Noun::Replacement, Noun::Block] {
            for (seq, entry, fact) in self.of_noun(noun, (order_no, self.head.size), "").await? {
                match fact {
                    Fact::BooksMoved(body) if (body.first..=body.last).contains(&number) => {
                        self.whole(seq);
                        match body.to {
                            Custody::Returned | Custody::Lost => returned.push(seq),
                            Custody::InStock => arrived.push(seq),
                            _ => {}
                        }
                    }
                    Fact::BookReplaced(body) if body.by == number => {
                        made = Some(seq);
                    }
                    Fact::BookReplaced(body) if body.book == number => {
                        let positions = self.places.entry(seq).or_default();
                        positions.extend(body.positions);
                    }
                    Fact::VouchersBlocked(body) => {
                        self.blocked((seq, entry.id), body.target).await?;
                    }
                    _ => {}
                }
            }
        }
        if let Some(seq) = made {
            self.whole(seq);
        }
        self.handed_over(&arrived, &returned).await
    }

    /// A block, and its end, when it covers the book.
    async fn blocked(&mut self, (seq, id): (i64, AnyId), target: BlockTarget) -> Result<(), Error> {
        let position = match target {
            BlockTarget::Voucher(serial) if serial.book() == self.book => Some(serial.position()),
            BlockTarget::Books { first, last } if (first..=last).contains(&self.book) => None,
            BlockTarget::Order(order) => {
                let row = store::ledger::created(self.tx, &[order.to_string()]).await?;
                if row.first().is_none_or(|row| row.seq != self.row.order_no) {
                    return Ok(());
                }
                None
            }
            _ => return Ok(()),
        };
        let end = store::ledger::created(self.tx, &[format!("{id}/end")]).await?;
        for seq in std::iter::once(seq).chain(end.first().map(|row| row.seq)) {
            match position {
                Some(position) => self.about(seq, position),
                None => self.whole(seq),
            }
        }
        Ok(())
    }

    /// Hand-overs: the last one is known; an earlier one lies between a coming and a going.
    async fn handed_over(&mut self, arrived: &[i64], returned: &[i64]) -> Result<(), Error> {
        if let Some(seq) = self.row.handed_over_seq {
            self.whole(seq);
        }
        let text = format!("\"book\":\"{}\"", self.book);
        for end in returned {
            let begin = arrived.iter().filter(|seq| *seq < end).max();
            let begin = begin.copied().unwrap_or(self.row.order_no);
            for (seq, _, fact) in self.of_noun(Noun::HandOver, (begin, *end), &text).await? {
                if matches!(&fact, Fact::BookHandedOver(body) if body.book == self.book) {
                    self.whole(seq);
                }
            }
        }
        Ok(())
    }

    /// The line that made the book with others of its order; `None` for one that replaces another.
    async fn issued(&mut self) -> Result<Option<i64>, Error> {
        let no = self.head.ledger_no;
        let until = self.head.size.min(self.row.order_no + LOOK);
        let mut from = self.row.order_no + 1;
        let number = i64::from(self.book.get());
        while from < until {
            let lines = store::ledger::lines(self.tx, no, from, until, PAGE).await?;
            let Some((last, _)) = lines.last() else { break };
            from = last + 1;
            for (seq, line) in lines.iter().filter(|(_, line)| line.contains("\"books-issued\"")) {
                let (_, fact) = understood(no, *seq, line)?;
                if let Fact::BooksIssued(body) = fact {
                    let first = i64::from(body.first.get());
                    if (first..first + body.count).contains(&number) {
                        return Ok(Some(*seq));
                    }
                }
            }
        }
        Ok(None)
    }

    /// The lines that created ids of a noun.
    async fn of_noun(
        &mut self,
        noun: Noun,
        between: (i64, i64),
        text: &str,
    ) -> Result<Vec<(i64, Entry, Fact)>, Error> {
        let no = self.head.ledger_no;
        let wanted = Wanted { ledger_no: no, noun: noun.as_str(), between, text };
        let (mut after, mut found) = (String::new(), Vec::new());
        loop {
            let rows = store::story::of_noun(self.tx, &wanted, &after, PAGE).await?;
            let Some((last, ..)) = rows.last() else { return Ok(found) };
            after.clone_from(last);
            for (_, seq, line) in &rows {
                let (entry, fact) = understood(no, *seq, line)?;
                found.push((*seq, entry, fact));
            }
        }
    }

    /// Activation, uses, undoings, payments and the end of the campaign.
    async fn worth(&mut self) -> Result<(), Error> {
        let no = self.head.ledger_no;
        let orders = store::order::of_ledger(self.tx, no).await?;
        let order = orders.into_iter().find(|(seq, _)| *seq == self.row.order_no);
        if let Some((_, order)) = order {
            let made = [format!("{}/activation", order.order_id)];
            for row in store::ledger::created(self.tx, &made).await? {
                self.whole(row.seq);
            }
            let campaigns = store::campaign::of_ledger(self.tx, no).await?;
            let own = campaigns.iter().find(|row| row.campaign_no == order.campaign_no);
            for (seq, _, fact) in self.of_noun(Noun::Closing, (-1, self.head.size), "").await? {
                if let (Fact::CampaignClosed(body), Some(own)) = (&fact, own)
                    && body.campaign_id == own.view.campaign_id
                {
                    self.whole(seq);
                }
            }
        }
        let books = [(no, self.book.get())];
        let rounds = store::counter::load(self.tx, &[], &[], &books, &[]).await?.rounds;
        let lines: Vec<i64> = rounds.iter().map(|round| round.seq).collect();
        let payees = self.payees(&lines).await?;
        let mut uses = Vec::new();
        for round in &rounds {
            let position = u8::try_from(round.position).unwrap_or(0);
            self.about(round.seq, position);
            if let Some(seq) = round.reversed_seq {
                self.about(seq, position);
            }
            if let Some(structure) = payees.get(&round.seq) {
                uses.push((round.seq, position, *structure));
            }
        }
        for (seq, position) in payments_of(self.tx, no, &uses).await? {
            self.about(seq, position);
        }
        Ok(())
    }

    /// Who is paid for some uses, by line.
    async fn payees(&mut self, uses: &[i64]) -> Result<BTreeMap<i64, Id<Structure>>, Error> {
        let no = self.head.ledger_no;
        let places: Vec<(i64, i64)> = uses.iter().map(|seq| (no, *seq)).collect();
        let mut payees = BTreeMap::new();
        for (_, seq, line) in store::ledger::lines_at(self.tx, &places).await? {
            let (entry, _) = understood(no, seq, &line)?;
            let credited = entry.transfers.first().map(|transfer| transfer.credit);
            if let Some(Account::Due(structure)) = credited {
                payees.insert(seq, structure);
            }
        }
        Ok(payees)
    }
}
