//! The auditor: what every request must come to, in plain maps, from the words of DESIGN.

use std::collections::{HashMap, HashSet};

use carnet::base::id::{Id, Order};
use carnet::service::print::{PrintedBook, PrintedVoucher};

use crate::scheme::Scheme;

/// Face value of a voucher, in cents.
pub(super) const FACE: i64 = 1000;

/// Where the paper of a book is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Paper {
    AtPrinter,
    InStock,
    HandedOver,
    Lost,
}

pub(super) struct Book {
    order: usize,
    pub(super) number: String,
    pub(super) vouchers: Vec<PrintedVoucher>,
    paper: Paper,
    handed_over: bool,
    replaced: bool,
}

impl Book {
    pub(super) fn is_in_hand(&self) -> bool {
        self.handed_over
    }
}

/// A voucher: book and position, both from 0.
type Place = (usize, usize);

pub(super) struct Auditor {
    /// Id, whether active, how many books.
    pub(super) orders: Vec<(Id<Order>, bool, usize)>,
    pub(super) books: Vec<Book>,
    /// Open blocks: id and book.
    pub(super) blocks: Vec<(String, usize)>,
    /// Every redemption ever: id, voucher.
    pub(super) redeemed: Vec<(String, Place)>,
    live: HashMap<Place, String>,
    reversed: HashSet<String>,
    /// Vouchers whose worth a new book holds.
    replaced: HashSet<Place>,
    pub(super) deposit: i64,
    pub(super) refund: i64,
    pub(super) over: bool,
    closed: bool,
}

type Foreseen = Result<u16, &'static str>;

impl Auditor {
    /// What is true of a fresh scheme, whose order is active.
    pub(super) fn new(scheme: &Scheme, deposit: i64) -> Self {
        Self {
            orders: vec![(scheme.order_id, true, scheme.books.len())],
            books: Vec::new(),
            blocks: Vec::new(),
            redeemed: Vec::new(),
            live: HashMap::new(),
            reversed: HashSet::new(),
            replaced: HashSet::new(),
            deposit,
            refund: 0,
            over: false,
            closed: false,
        }
    }

    pub(super) fn learn(&mut self, order: usize, book: PrintedBook) {
        self.books.push(Book {
            order,
            number: book.serial,
            vouchers: book.vouchers,
            paper: Paper::AtPrinter,
            handed_over: false,
            replaced: false,
        });
    }

    /// How many books of an order are known.
    pub(super) fn known(&self, order: usize) -> usize {
        self.books.iter().filter(|book| book.order == order).count()
    }

    /// Vouchers that circulate: of active orders, neither used nor replaced, before the end.
    pub(super) fn living(&self) -> i64 {
        let mut living = 0;
        for (at, book) in self.books.iter().enumerate() {
            if self.closed || !self.orders[book.order].1 {
                continue;
            }
            for position in 0..book.vouchers.len() {
                let place = (at, position);
                let gone = self.live.contains_key(&place) || self.replaced.contains(&place);
                living += i64::from(!gone);
            }
        }
        living
    }

    pub(super) fn due(&self) -> i64 {
        FACE * i64::try_from(self.live.len()).unwrap()
    }

    pub(super) fn redeem(&mut self, id: &str, place: Place, away: bool) -> Foreseen {
        if let Some((_, was)) = self.redeemed.iter().find(|(known, _)| known == id) {
            // Redemptions are all written at the first venue.
            return if *was == place && !away { Ok(200) } else { Err("differs") };
        }
        let book = &self.books[place.0];
        if self.live.contains_key(&place) {
            return Err("voucher-already-redeemed");
        }
        if self.replaced.contains(&place) {
            return Err("voucher-replaced");
        }
        if self.blocks.iter().any(|(_, blocked)| *blocked == place.0) {
            return Err("voucher-blocked");
        }
        if !self.orders[book.order].1 {
            return Err("order-not-active");
        }
        if !book.handed_over {
            return Err("voucher-inactive");
        }
        if self.over || self.closed {
            return Err("voucher-lapsed");
        }
        if away {
            return Err("out-of-perimeter");
        }
        self.live.insert(place, id.to_owned());
        self.redeemed.push((id.to_owned(), place));
        Ok(201)
    }

    pub(super) fn reverse(&mut self, id: &str) -> Foreseen {
        let Some((_, place)) = self.redeemed.iter().find(|(known, _)| known == id) else {
            return Err("not-found");
        };
        if !self.reversed.insert(id.to_owned()) {
            return Ok(200);
        }
        assert_eq!(self.live.remove(place).as_deref(), Some(id));
        if self.closed {
            self.refund += FACE;
        }
        Ok(201)
    }

    pub(super) fn moves(&mut self, book: usize, to: Paper) -> Foreseen {
        let book = &mut self.books[book];
        let lawful = match to {
            Paper::InStock => matches!(book.paper, Paper::AtPrinter | Paper::InStock),
            Paper::HandedOver => book.paper == Paper::InStock,
            Paper::Lost => book.paper != Paper::Lost,
            Paper::AtPrinter => false,
        };
        if !lawful {
            return Err("wrong-state");
        }
        book.paper = to;
        book.handed_over |= to == Paper::HandedOver;
        Ok(201)
    }

    pub(super) fn replace(&mut self, at: usize) -> Foreseen {
        let free: Vec<Place> = (0..self.books[at].vouchers.len())
            .map(|position| (at, position))
            .filter(|place| !self.live.contains_key(place) && !self.replaced.contains(place))
            .collect();
        let book = &mut self.books[at];
        if book.paper != Paper::Lost || book.replaced || self.over || free.is_empty() {
            return Err("wrong-state");
        }
        book.replaced = true;
        self.replaced.extend(free);
        self.orders[book.order].2 += 1;
        Ok(201)
    }

    pub(super) fn order(&mut self, id: Id<Order>) -> Foreseen {
        if self.over {
            return Err("wrong-state");
        }
        self.orders.push((id, false, 1));
        Ok(201)
    }

    pub(super) fn activate(&mut self, order: usize) -> Foreseen {
        if self.orders[order].1 {
            return Ok(200);
        }
        if self.closed {
            return Err("wrong-state");
        }
        // One book of ten, whatever replaced it since.
        if self.deposit < 10 * FACE {
            return Err("balance-short");
        }
        self.deposit -= 10 * FACE;
        self.orders[order].1 = true;
        Ok(201)
    }

    pub(super) fn withdraw(&mut self, kind: usize, cents: i64) -> Foreseen {
        let from = if kind == 0 { &mut self.deposit } else { &mut self.refund };
        if *from < cents {
            return Err("balance-short");
        }
        *from -= cents;
        if kind == 1 {
            self.deposit += cents;
        }
        Ok(201)
    }

    pub(super) fn close(&mut self) -> Foreseen {
        if !self.over || self.closed {
            return Err("wrong-state");
        }
        self.refund += FACE * self.living();
        self.closed = true;
        Ok(201)
    }
}
