//! Redemptions: one voucher used once at one venue, and their undoing.
//!
//! Promises: [`Scene::redeem`] checks reasons in the order of DESIGN section 8, changes nothing
//! when it refuses, and gives for a batch what it gives one by one. Does not: read the voucher's
//! signature (done before) or write anything.

use std::collections::HashMap;

use serde::{Deserialize, Serialize};

use super::book::OpenBlock;
use super::campaign::{Activation, CampaignProfile};
use super::ledger::transfer::{self, Transfer};
use super::offering::Offering;
use super::order::OrderView;
use super::refusal::{Members, Reason, Refusal};
use super::serial::Serial;
use super::venue::{VenueState, VenueView};
use crate::base::clock::Timestamp;
use crate::base::day::Day;
use crate::base::id::{Campaign, Funder, Id, Structure, Venue};
use crate::base::money::Money;
use crate::base::text::Bearer;

/// How a voucher was shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ShownAs {
    /// The signed QR.
    Token,
    /// The typed code.
    Code,
}

/// Body of `voucher-redeemed`. The transfer says the amount.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct VoucherRedeemed {
    /// The voucher's serial number.
    pub voucher: Serial,
    /// 1 for the first use; a reversal opens the next.
    pub round: i64,
    /// Where.
    pub venue_id: Id<Venue>,
    /// What was done there.
    pub offering: Offering,
    /// How it was shown.
    pub shown_as: ShownAs,
}

/// Body of `redemption-reversed`: the entry's id is the redemption.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RedemptionReversed {
    /// The voucher.
    pub voucher: Serial,
    /// The round that ends.
    pub round: i64,
    /// The line of the redemption.
    pub redemption_seq: i64,
    /// The venue where it was redeemed.
    pub venue_id: Id<Venue>,
}

/// One use of a voucher, as stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Round {
    /// The voucher's position in its book.
    pub position: u8,
    /// 1 for the first.
    pub round: i64,
    /// The line.
    pub seq: i64,
    /// Where, as the ledger numbers its venues.
    pub venue_no: i64,
    /// The civil day.
    pub on: Day,
    /// When.
    pub at: Timestamp,
    /// Whether it was undone.
    pub reversed: bool,
}

/// A book as a decision sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BookView {
    /// Its order, by number.
    pub order_no: i64,
    /// Vouchers in it.
    pub vouchers: u8,
    /// Whether it was ever handed over.
    pub handed_over: bool,
    /// Vouchers that a new book replaces; bit 0 is position 1.
    pub replaced_mask: i64,
    /// Every use of its vouchers so far.
    pub rounds: Vec<Round>,
}

impl BookView {
    /// The use of a voucher that stands, if any.
    #[must_use]
    pub fn live(&self, position: u8) -> Option<&Round> {
        self.rounds.iter().find(|round| round.position == position && !round.reversed)
    }

    /// Whether a new book holds this voucher's worth.
    #[must_use]
    pub const fn is_replaced(&self, position: u8) -> bool {
        self.replaced_mask >> (position - 1) & 1 == 1
    }
}

/// A campaign as a decision sees it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CampaignView {
    /// The campaign.
    pub campaign_id: Id<Campaign>,
    /// Its rules.
    pub profile: CampaignProfile,
    /// Whether its vouchers have lapsed.
    pub lapsed: bool,
}

/// What one ledger knows that a redemption depends on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Scene {
    /// Whose ledger it is.
    pub funder: Id<Funder>,
    /// Campaigns by number.
    pub campaigns: HashMap<i64, CampaignView>,
    /// Orders by number.
    pub orders: HashMap<i64, OrderView>,
    /// Open blocks.
    pub blocks: Vec<OpenBlock>,
    /// The venues that the ledger knows, by number, and their structures.
    pub venues: HashMap<i64, (Id<Venue>, Id<Structure>)>,
    /// The books that this batch touches.
    pub books: HashMap<u32, BookView>,
}

/// A voucher presented at a venue; its signature or code was already found genuine.
#[derive(Debug, Clone, Copy)]
pub struct Attempt<'a> {
    /// The voucher.
    pub voucher: Serial,
    /// The face value that its token says; `None` for a typed code.
    pub face_value: Option<Money>,
    /// How it was shown.
    pub shown_as: ShownAs,
    /// Where.
    pub venue: &'a VenueView,
    /// The number under which the ledger knows the venue; the line that will admit it if new.
    pub venue_no: i64,
    /// What was done.
    pub offering: Offering,
    /// Whose uses the asker may see: everybody's, or those of one structure.
    pub sees: Sees,
}

/// Whose uses of a voucher an asker may see.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sees {
    /// All: operator, auditor, the ledger's funder.
    All,
    /// Those of one structure's venues.
    Structure(Id<Structure>),
}

/// When a decision is taken, on the ledger's own clock and calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// The moment; never before the ledger's last line.
    pub now: Timestamp,
    /// Its civil day in the ledger's time zone.
    pub today: Day,
}

/// A redemption that may be written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accepted {
    /// The money that moves.
    pub transfer: Transfer,
    /// The body of the line.
    pub body: VoucherRedeemed,
    /// The campaign.
    pub campaign_id: Id<Campaign>,
    /// The amount.
    pub amount: Money,
}

impl Scene {
    /// Checks a voucher without any effect.
    ///
    /// # Errors
    /// The first [`Refusal`] in order of precedence.
    pub fn check(&self, attempt: &Attempt<'_>, today: Day) -> Result<Accepted, Refusal> {
        let serial = attempt.voucher;
        let unknown = || Refusal::from(Reason::VoucherUnknown);
        let book = self.books.get(&serial.book().get()).ok_or_else(unknown)?;
        let order = self.orders.get(&book.order_no).ok_or_else(unknown)?;
        let campaign = self.campaigns.get(&order.campaign_no).ok_or_else(unknown)?;
        // A run of books becomes visible when its order is complete: half an order is no order.
        if serial.position() > book.vouchers || order.issued < order.books {
            return Err(unknown());
        }
        if attempt.face_value.is_some_and(|face| face.cents() != order.face_cents) {
            return Err(Reason::TokenForged.into());
        }
        self.check_unspent(attempt, book)?;
        if self.blocks.iter().any(|block| block.covers(serial, book.order_no)) {
            return Err(Reason::VoucherBlocked.into());
        }
        if !order.active {
            return Err(Reason::OrderNotActive.into());
        }
        let rules = &campaign.profile;
        if rules.activation == Activation::OnHandOver && !book.handed_over {
            return Err(Reason::VoucherInactive.into());
        }
        check_days(campaign, today)?;
        check_venue(campaign, attempt)?;
        check_limit(campaign, book, attempt, today)?;
        let amount = Money::from_cents(order.face_cents).map_err(|_| unknown())?;
        let structure = attempt.venue.admitted.structure_id;
        let rounds = book.rounds.iter().filter(|round| round.position == serial.position());
        Ok(Accepted {
            transfer: transfer::redeemed(campaign.campaign_id, structure, amount),
            body: VoucherRedeemed {
                voucher: serial,
                round: rounds.map(|round| round.round).max().unwrap_or(0) + 1,
                venue_id: attempt.venue.venue_id,
                offering: attempt.offering,
                shown_as: attempt.shown_as,
            },
            campaign_id: campaign.campaign_id,
            amount,
        })
    }

    /// Decides a redemption that would become line `seq`, and remembers it.
    ///
    /// # Errors
    /// The first [`Refusal`] in order of precedence; the scene is then unchanged.
    pub fn redeem(
        &mut self,
        attempt: &Attempt<'_>,
        moment: Moment,
        seq: i64,
    ) -> Result<Accepted, Refusal> {
        let Moment { now, today } = moment;
        let accepted = self.check(attempt, today)?;
        if let Some(book) = self.books.get_mut(&attempt.voucher.book().get()) {
            book.rounds.push(Round {
                position: attempt.voucher.position(),
                round: accepted.body.round,
                seq,
                venue_no: attempt.venue_no,
                on: today,
                at: now,
                reversed: false,
            });
        }
        Ok(accepted)
    }

    fn check_unspent(&self, attempt: &Attempt<'_>, book: &BookView) -> Result<(), Refusal> {
        if let Some(round) = book.live(attempt.voucher.position()) {
            let used = self.venues.get(&round.venue_no);
            let visible = used.filter(|(_, structure)| match attempt.sees {
                Sees::All => true,
                Sees::Structure(own) => own == *structure,
            });
            return Err(Refusal::with(
                Reason::VoucherAlreadyRedeemed,
                Members {
                    redeemed_at: Some(round.at),
                    same_venue: Some(round.venue_no == attempt.venue_no),
                    venue_id: visible.map(|(venue_id, _)| *venue_id),
                    ..Members::default()
                },
            ));
        }
        if book.is_replaced(attempt.voucher.position()) {
            return Err(Reason::VoucherReplaced.into());
        }
        Ok(())
    }
}

fn check_days(campaign: &CampaignView, today: Day) -> Result<(), Refusal> {
    let rules = &campaign.profile;
    if today < rules.valid_from {
        let valid_from = Some(rules.valid_from);
        let members = Members { valid_from, ..Members::default() };
        return Err(Refusal::with(Reason::VoucherNotYetValid, members));
    }
    if campaign.lapsed || today > rules.accepted_until() {
        let valid_until = Some(rules.valid_until);
        let members = Members { valid_until, ..Members::default() };
        return Err(Refusal::with(Reason::VoucherLapsed, members));
    }
    Ok(())
}

fn check_venue(campaign: &CampaignView, attempt: &Attempt<'_>) -> Result<(), Refusal> {
    let (rules, venue) = (&campaign.profile, attempt.venue);
    let listed = rules.admits(venue.admitted.structure_id);
    match venue.state {
        VenueState::Registered => return Err(Reason::VenueNotQualified.into()),
        VenueState::Qualified | VenueState::Suspended if !listed => {
            return Err(Refusal::by_rule(Reason::VenueNotQualified, campaign.campaign_id));
        }
        VenueState::Suspended => return Err(Reason::VenueSuspended.into()),
        VenueState::Qualified => {}
    }
    if !rules.perimeter.covers(venue.admitted.commune) {
        return Err(Refusal::by_rule(Reason::OutOfPerimeter, campaign.campaign_id));
    }
    if !rules.pays_for(attempt.offering) || !venue.offerings.contains(&attempt.offering) {
        return Err(Refusal::by_rule(Reason::OfferingNotCovered, campaign.campaign_id));
    }
    Ok(())
}

fn check_limit(
    campaign: &CampaignView,
    book: &BookView,
    attempt: &Attempt<'_>,
    today: Day,
) -> Result<(), Refusal> {
    let Some(limit) = campaign.profile.vouchers_per_book_venue_day else { return Ok(()) };
    let here_today = book
        .rounds
        .iter()
        .filter(|round| !round.reversed && round.on == today)
        .filter(|round| round.venue_no == attempt.venue_no)
        .count();
    if here_today >= usize::from(limit) {
        return Err(Refusal::by_rule(Reason::LimitExceeded, campaign.campaign_id));
    }
    Ok(())
}

/// What `PUT /api/v1/redemptions/{id}` takes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct RedemptionRequest {
    /// What the person showed: the QR's text, or the typed code.
    #[schema(value_type = String, example = "7QK3-M9X2-TBVA", max_length = 256)]
    pub presented: Bearer,
    /// Where.
    #[schema(value_type = String, example = "venue_01h455vb4pex5vsknk084sn02q")]
    pub venue_id: Id<Venue>,
    /// What was done.
    pub offering: Offering,
    /// When, by the venue's clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub occurred_at: Option<Timestamp>,
}
