//! Campaigns and orders under rules: what a voucher is worth, and from when to when.
//!
//! Promises: a campaign's rules are fixed by its first order; an order takes its face value from
//! them, is activated once, whole and in time; what lapses is what lived. Does not: know books.

use std::collections::HashMap;

use super::{Breach, moves};
use crate::base::day::Day;
use crate::base::id::{Campaign, Funder, Id, Order};
use crate::base::money::Money;
use crate::domain::campaign::{CampaignClosed, CampaignProfile, CampaignRegistered};
use crate::domain::ledger::entry::Entry;
use crate::domain::ledger::transfer;
use crate::domain::order::{BOOK_LIMIT, OrderActivated, OrderPlaced};

/// A campaign so far.
#[derive(Debug)]
pub(super) struct Scheme {
    version: i64,
    /// Its rules.
    pub(super) profile: CampaignProfile,
    ordered: bool,
    closed: bool,
    /// Vouchers of activated orders that are not redeemed or lapsed.
    pub(super) living: i64,
}

impl Scheme {
    /// Whether its vouchers have lapsed.
    pub(super) const fn is_closed(&self) -> bool {
        self.closed
    }

    /// Whether something may still begin on a day.
    pub(super) fn is_over(&self, on: Day) -> bool {
        self.closed || on > self.profile.accepted_until()
    }
}

/// An order so far.
#[derive(Debug)]
pub(super) struct Ordered {
    /// Its campaign.
    pub(super) campaign: Id<Campaign>,
    books: i64,
    issued: i64,
    /// Vouchers in a book.
    pub(super) per_book: u8,
    /// What each is worth.
    pub(super) face: Money,
    /// Whether its vouchers circulate.
    pub(super) active: bool,
    /// Open blocks on all of it.
    pub(super) blocks: u32,
}

impl Ordered {
    /// Whether all its books exist: half an order is no order.
    pub(super) const fn is_whole(&self) -> bool {
        self.issued == self.books
    }
}

/// The campaigns and orders of a ledger so far.
#[derive(Debug, Default)]
pub(super) struct Campaigns {
    schemes: HashMap<Id<Campaign>, Scheme>,
    orders: Vec<Ordered>,
    numbers: HashMap<Id<Order>, u32>,
}

impl Campaigns {
    /// A campaign that a line above registered.
    pub(super) fn scheme(&self, id: Id<Campaign>) -> Result<&Scheme, Breach> {
        self.schemes.get(&id).ok_or_else(|| Breach::unknown(&id))
    }

    /// The same, to change it.
    pub(super) fn scheme_mut(&mut self, id: Id<Campaign>) -> Result<&mut Scheme, Breach> {
        self.schemes.get_mut(&id).ok_or_else(|| Breach::unknown(&id))
    }

    /// An order by its number, which [`Campaigns::number`] gave.
    pub(super) fn order(&self, number: u32) -> &Ordered {
        &self.orders[place(number)]
    }

    /// The same, to change it.
    pub(super) fn order_mut(&mut self, number: u32) -> &mut Ordered {
        &mut self.orders[place(number)]
    }

    /// The number of an order that a line above placed.
    pub(super) fn number(&self, id: Id<Order>) -> Result<u32, Breach> {
        self.numbers.get(&id).copied().ok_or_else(|| Breach::unknown(&id))
    }

    /// `campaign-registered`.
    pub(super) fn registered(
        &mut self,
        entry: &Entry,
        body: &CampaignRegistered,
        funder: Id<Funder>,
    ) -> Result<(), Breach> {
        moves(entry, &[])?;
        let id: Id<Campaign> = entry.id.to().ok_or(Breach::Noun(entry.id))?;
        let known = self.schemes.get(&id);
        Breach::unless_same(
            "the version",
            &(known.map_or(0, |known| known.version) + 1),
            &body.version,
        )?;
        Breach::unless_same("the funder", &funder, &body.profile.funder_id)?;
        body.profile.check().map_err(|error| Breach::Bounds(error.pointer))?;
        if known.is_some_and(|known| known.ordered) {
            return Err(Breach::Fixed("a campaign with an order"));
        }
        let closed = known.is_some_and(Scheme::is_closed);
        let (version, profile) = (body.version, body.profile.clone());
        let scheme = Scheme { version, profile, ordered: false, closed, living: 0 };
        self.schemes.insert(id, scheme);
        Ok(())
    }

    /// `order-placed`.
    pub(super) fn placed(&mut self, entry: &Entry, body: &OrderPlaced) -> Result<(), Breach> {
        moves(entry, &[])?;
        let id: Id<Order> = entry.id.to().ok_or(Breach::Noun(entry.id))?;
        let scheme = self.scheme_mut(body.campaign_id)?;
        if scheme.is_over(entry.on) {
            let campaign = body.campaign_id.any();
            return Err(Breach::Days { on: entry.on, campaign });
        }
        let profile = &scheme.profile;
        let face = profile.face_value;
        Breach::unless_same("the face value in cents", &face.cents(), &body.face_cents)?;
        Breach::unless_same(
            "the number of vouchers in a book",
            &profile.vouchers_per_book,
            &body.vouchers_per_book,
        )?;
        if !(1..=BOOK_LIMIT).contains(&body.books) {
            return Err(Breach::Bounds("books"));
        }
        scheme.ordered = true;
        let number = u32::try_from(self.orders.len()).map_err(|_| Breach::Bounds("orders"))?;
        self.numbers.insert(id, number);
        self.orders.push(Ordered {
            campaign: body.campaign_id,
            books: body.books,
            issued: 0,
            per_book: body.vouchers_per_book,
            face,
            active: false,
            blocks: 0,
        });
        Ok(())
    }

    /// Counts books that an order gets; no more than were ordered.
    pub(super) fn issue(&mut self, number: u32, count: i64) -> Result<(), Breach> {
        let order = self.order_mut(number);
        if count < 1 || count > order.books - order.issued {
            return Err(Breach::Bounds("count"));
        }
        order.issued += count;
        Ok(())
    }

    /// `order-activated`.
    pub(super) fn activated(
        &mut self,
        entry: &Entry,
        body: OrderActivated,
        funder: Id<Funder>,
    ) -> Result<(), Breach> {
        let id: Id<Order> = entry.id.to().ok_or(Breach::Noun(entry.id))?;
        let number = self.number(id)?;
        let order = self.order(number);
        Breach::unless_same("the campaign", &order.campaign, &body.campaign_id)?;
        if order.active {
            return Err(Breach::state(&id, "active"));
        }
        if !order.is_whole() {
            return Err(Breach::state(&id, "issuing"));
        }
        let scheme = self.scheme(order.campaign)?;
        if scheme.is_over(entry.on) {
            return Err(Breach::Days { on: entry.on, campaign: body.campaign_id.any() });
        }
        let vouchers = order.books * i64::from(order.per_book);
        Breach::unless_same("the number of vouchers", &vouchers, &body.vouchers)?;
        let worth = order.face.checked_times(vouchers).map_err(|_| Breach::Bounds("vouchers"))?;
        moves(entry, &[transfer::activated(funder, order.campaign, worth)])?;
        self.scheme_mut(body.campaign_id)?.living += vouchers;
        self.order_mut(number).active = true;
        Ok(())
    }

    /// `campaign-closed`.
    pub(super) fn closed(
        &mut self,
        entry: &Entry,
        body: &CampaignClosed,
        funder: Id<Funder>,
    ) -> Result<(), Breach> {
        let campaign = body.campaign_id;
        let scheme = self.scheme_mut(campaign)?;
        if scheme.closed {
            return Err(Breach::state(&campaign, "closed"));
        }
        if entry.on <= scheme.profile.accepted_until() {
            return Err(Breach::Days { on: entry.on, campaign: campaign.any() });
        }
        Breach::unless_same("the number of vouchers", &scheme.living, &body.vouchers)?;
        let worth = scheme.profile.face_value.checked_times(scheme.living);
        let worth = worth.map_err(|_| Breach::Bounds("vouchers"))?;
        if worth == Money::ZERO {
            moves(entry, &[])?;
        } else {
            moves(entry, &[transfer::lapsed(campaign, funder, worth)])?;
        }
        (scheme.closed, scheme.living) = (true, 0);
        Ok(())
    }
}

/// A number of 32 bits as a place in a list.
pub(super) fn place(number: u32) -> usize {
    usize::try_from(number).expect("a list of this program has 32-bit places at least")
}
