//! Uses of vouchers, under rules: once a round, where and when the campaign pays.
//!
//! Promises: what [`crate::domain::redemption::Scene`] refuses for a reason that lines show is
//! found here. Does not: see what the operator's ledger alone shows: qualified or suspended venues
//! and what services they offer.

use super::super::campaigns::{Campaigns, Ordered};
use super::super::{Breach, moves};
use super::{Admitted, Book, Books, Today};
use crate::base::id::{Funder, Id, Redemption};
use crate::domain::campaign::{Activation, CampaignProfile};
use crate::domain::ledger::entry::Entry;
use crate::domain::ledger::transfer;
use crate::domain::redemption::{RedemptionReversed, VoucherRedeemed};

/// The last use of a voucher.
#[derive(Debug, Clone, Copy)]
pub(super) struct Use {
    /// What it is called.
    redemption: Id<Redemption>,
    /// Its line.
    seq: i64,
    /// 1 for the first use of the voucher.
    round: i64,
    /// The venue, by number.
    venue: u32,
    /// The day, by number.
    day: u32,
    /// The voucher's position in its book.
    pub(super) position: u8,
    /// Whether it was not undone.
    pub(super) stands: bool,
}

impl Books {
    /// `voucher-redeemed`.
    pub(in crate::domain::rules) fn redeemed(
        &mut self,
        entry: &Entry,
        body: VoucherRedeemed,
        today: Today,
        campaigns: &mut Campaigns,
    ) -> Result<(), Breach> {
        let redemption: Id<Redemption> = entry.id.to().ok_or(Breach::Noun(entry.id))?;
        let (at, position) = (self.place_of(body.voucher.book())?, body.voucher.position());
        let book = &self.all[at];
        let name = || format!("voucher {}", body.voucher);
        if position > book.vouchers {
            return Err(Breach::unknown(&name()));
        }
        if book.is_spent(position) {
            return Err(Breach::state(&name(), "already redeemed"));
        }
        if book.has_replaced(position) {
            return Err(Breach::state(&name(), "replaced"));
        }
        if self.is_blocked(body.voucher, book, campaigns) {
            return Err(Breach::state(&name(), "blocked"));
        }
        let round = book.last_use(position).map_or(1, |known| known.round.saturating_add(1));
        Breach::unless_same("the round", &round, &body.round)?;
        let order = campaigns.order(book.order);
        if !order.active {
            return Err(Breach::state("the order", "not active"));
        }
        let scheme = campaigns.scheme(order.campaign)?;
        let (campaign, rules) = (order.campaign, &scheme.profile);
        if rules.activation == Activation::OnHandOver && !book.handed_over {
            return Err(Breach::state(&name(), "not handed over, and inactive until then"));
        }
        if today.on < rules.valid_from || scheme.is_over(today.on) {
            return Err(Breach::Days { on: today.on, campaign: campaign.any() });
        }
        let venue = self.venues.get(&body.venue_id);
        let venue = *venue.ok_or_else(|| Breach::unknown(&body.venue_id))?;
        let pays = pays(rules, &venue, &body, book, today.index);
        pays.map_err(|why| Breach::Campaign { campaign: campaign.any(), why })?;
        moves(entry, &[transfer::redeemed(campaign, venue.structure, order.face)])?;
        campaigns.scheme_mut(campaign)?.living -= 1;
        let venue = venue.number;
        let (seq, day) = (entry.seq, today.index);
        let used = Use { redemption, seq, round, venue, day, position, stands: true };
        let uses = &mut self.all[at].uses;
        match uses.iter_mut().find(|known| known.position == position) {
            Some(known) => *known = used,
            None => uses.push(used),
        }
        Ok(())
    }

    /// `redemption-reversed`; gives the day of the use that it undoes.
    pub(in crate::domain::rules) fn reversed(
        &mut self,
        entry: &Entry,
        body: RedemptionReversed,
        funder: Id<Funder>,
        campaigns: &mut Campaigns,
    ) -> Result<u32, Breach> {
        let at = self.place_of(body.voucher.book())?;
        let book = &self.all[at];
        let used = book.last_use(body.voucher.position()).filter(|known| known.stands);
        let used = *used.ok_or_else(|| {
            Breach::unknown(&format!("a use of voucher {} that stands", body.voucher))
        })?;
        if entry.id.to() != Some(used.redemption) {
            let what = "the redemption";
            let (expected, found) = (used.redemption.to_string(), entry.id.to_string());
            return Err(Breach::Differs { what, expected, found });
        }
        Breach::unless_same("the round", &used.round, &body.round)?;
        Breach::unless_same("the line of the redemption", &used.seq, &body.redemption_seq)?;
        let venue = self.venues.get(&body.venue_id);
        let venue = venue.filter(|venue| venue.number == used.venue);
        let structure = venue.ok_or_else(|| Breach::unknown(&body.venue_id))?.structure;
        let Ordered { campaign, face, .. } = *campaigns.order(book.order);
        let scheme = campaigns.scheme_mut(campaign)?;
        if scheme.is_closed() {
            moves(entry, &[transfer::reversed_after_lapse(structure, funder, face)])?;
        } else {
            moves(entry, &[transfer::reversed(structure, campaign, face)])?;
            scheme.living += 1;
        }
        let uses = self.all[at].uses.iter_mut();
        for known in uses.filter(|known| known.position == used.position) {
            known.stands = false;
        }
        Ok(used.day)
    }
}

/// Whether a campaign pays this use, by what this ledger knows of the venue.
fn pays(
    rules: &CampaignProfile,
    venue: &Admitted,
    body: &VoucherRedeemed,
    book: &Book,
    day: u32,
) -> Result<(), &'static str> {
    if !rules.structures.is_empty() && !rules.structures.contains(&venue.structure) {
        return Err("the structure is not in its list");
    }
    if !rules.perimeter.covers(venue.commune) {
        return Err("the venue is outside its perimeter");
    }
    if !rules.offerings.is_empty() && !rules.offerings.contains(&body.offering) {
        return Err("the service is not in its list");
    }
    let Some(limit) = rules.vouchers_per_book_venue_day else { return Ok(()) };
    let uses = book.uses.iter().filter(|known| known.stands);
    let here_today = uses.filter(|known| known.day == day && known.venue == venue.number);
    if here_today.count() >= usize::from(limit) {
        return Err("too many vouchers of one book on one day at one venue");
    }
    Ok(())
}
