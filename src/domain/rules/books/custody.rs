//! Where the paper is, under rules: moved, handed over, replaced.
//!
//! Promises: the arrows of [`Custody::may_become`], a hand-over from the site that holds the book,
//! a replacement for exactly what was unspent. Does not: say which distributor a site is of.

use super::super::campaigns::Campaigns;
use super::super::{Breach, moves};
use super::Books;
use crate::domain::book::{BookHandedOver, BookReplaced, BooksMoved, Custody};
use crate::domain::ledger::entry::Entry;

impl Books {
    /// `books-moved`.
    pub(in crate::domain::rules) fn moved(
        &mut self,
        entry: &Entry,
        body: BooksMoved,
        campaigns: &Campaigns,
    ) -> Result<(), Breach> {
        moves(entry, &[])?;
        if matches!(body.to, Custody::HandedOver | Custody::AtPrinter)
            || (body.to == Custody::InStock) != body.site_id.is_some()
        {
            return Err(Breach::Bounds("to"));
        }
        let places = self.places((body.first, body.last), campaigns)?;
        for (number, at) in (body.first.get()..).zip(&places) {
            let book = &self.all[*at];
            let name = || format!("book {number:07}");
            if !book.custody.may_become(body.to) {
                return Err(Breach::state(&name(), book.custody.as_str()));
            }
            // The paper of a replaced book is worth nothing: nobody must be given it again.
            if body.to == Custody::InStock && book.is_replaced {
                return Err(Breach::state(&name(), "replaced"));
            }
        }
        for at in places {
            let book = &mut self.all[at];
            (book.custody, book.site) = (body.to, body.site_id);
        }
        Ok(())
    }

    /// `book-handed-over`.
    pub(in crate::domain::rules) fn handed_over(
        &mut self,
        entry: &Entry,
        body: BookHandedOver,
        campaigns: &Campaigns,
    ) -> Result<(), Breach> {
        moves(entry, &[])?;
        let at = self.places((body.book, body.book), campaigns)?[0];
        let book = &mut self.all[at];
        let name = format!("book {}", body.book);
        if book.custody != Custody::InStock {
            return Err(Breach::state(&name, book.custody.as_str()));
        }
        if book.site != Some(body.site_id) {
            return Err(Breach::state(&name, "in the stock of another site"));
        }
        (book.custody, book.handed_over) = (Custody::HandedOver, true);
        Ok(())
    }

    /// `book-replaced`.
    pub(in crate::domain::rules) fn replaced(
        &mut self,
        entry: &Entry,
        body: &BookReplaced,
        campaigns: &Campaigns,
    ) -> Result<(), Breach> {
        moves(entry, &[])?;
        let at = self.places((body.book, body.book), campaigns)?[0];
        let book = &self.all[at];
        let name = || format!("book {}", body.book);
        if book.custody != Custody::Lost {
            return Err(Breach::state(&name(), book.custody.as_str()));
        }
        if book.is_replaced {
            return Err(Breach::state(&name(), "replaced"));
        }
        let (number, campaign) = (book.order, campaigns.order(book.order).campaign);
        if campaigns.scheme(campaign)?.is_over(entry.on) {
            return Err(Breach::Days { on: entry.on, campaign: campaign.any() });
        }
        let unspent = |position: &u8| !book.is_spent(*position) && !book.has_replaced(*position);
        let unspent: Vec<u8> = (1..=book.vouchers).filter(unspent).collect();
        if unspent != body.positions || unspent.is_empty() {
            return Err(Breach::Differs {
                what: "the list of positions",
                expected: format!("{unspent:?}"),
                found: format!("{:?}", body.positions),
            });
        }
        let vouchers = u8::try_from(unspent.len()).map_err(|_| Breach::Bounds("positions"))?;
        self.add(body.by, 1, number, vouchers)?;
        let book = &mut self.all[at];
        book.is_replaced = true;
        book.replaced |= unspent.iter().fold(0, |mask, position| mask | 1 << (position - 1));
        Ok(())
    }
}
