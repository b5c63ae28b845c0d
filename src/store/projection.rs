//! Projections: what each kind of line changes in the tables.
//!
//! Promises: every table that is not journal, vault or scratch is written here and from lines only,
//! so that a rebuild gives the same rows. Does not: check rules; the lines were decided before.

use super::dialect::{StoreError, Tx};
use super::ledger::{Addition, CreationRow, LineRow, TransferRow};
use super::redemption::{RedemptionRow, ReversalRow};
use super::{
    access, book, campaign, counter, leaving, ledger, membership, order, organisation, redemption,
    settlement, venue,
};
use crate::domain::fact::{Fact, creation_id};
use crate::domain::ledger::entry::Entry;
use crate::domain::organisation::OrganisationId;
use crate::domain::settlement::{PaymentState, SettlementState};

/// A line with its meaning.
#[derive(Debug, Clone)]
pub struct Written {
    /// The ledger, by number.
    pub ledger_no: i64,
    /// The entry.
    pub entry: Entry,
    /// What it says.
    pub fact: Fact,
}

/// The line that a statement counts a line's transfers with; -1 when no statement counts them.
///
/// A payment that is drawn, or goes back with its cancelled settlement, is how a statement ends,
/// not one of its movements.
const fn about_seq(seq: i64, fact: &Fact) -> i64 {
    match fact {
        Fact::RedemptionReversed(body) => body.redemption_seq,
        Fact::PaymentDrawn(_) | Fact::PaymentCancelled(_) => -1,
        _ => seq,
    }
}

impl<'a> Addition<'a> {
    /// Adds a line, and what [`Self::derive`] makes of it.
    pub fn enter(&mut self, written: &Written, line: &'a str) {
        self.lines.push(LineRow { no: written.ledger_no, seq: written.entry.seq, line });
        self.derive(written);
    }

    /// Adds the id that a line creates, and its transfers.
    pub fn derive(&mut self, Written { ledger_no, entry, fact }: &Written) {
        let (no, seq) = (*ledger_no, entry.seq);
        if let Some(id) = creation_id(&entry.id.to_string(), fact) {
            self.creations.push(CreationRow { id, no, seq });
        }
        for (part, transfer) in (0..).zip(&entry.transfers) {
            self.transfers.push(TransferRow {
                no,
                seq,
                part,
                debit: transfer.debit,
                credit: transfer.credit,
                cents: transfer.cents,
                about: about_seq(seq, fact),
            });
        }
    }
}

/// Writes lines and the rows that they make.
///
/// # Errors
/// [`StoreError`]; a clash when a place of a ledger or a voucher's round is already taken.
pub async fn record(
    tx: &mut Tx,
    addition: &Addition<'_>,
    lines: &[Written],
) -> Result<(), StoreError> {
    let redemptions: Vec<RedemptionRow> = lines.iter().filter_map(redemption).collect();
    if redemptions.len() == lines.len() {
        return counter::add(tx, addition, &redemptions).await;
    }
    ledger::add(tx, addition).await?;
    write(tx, lines).await
}

/// The row of a line that redeems.
fn redemption(line: &Written) -> Option<RedemptionRow> {
    let Fact::VoucherRedeemed(body) = &line.fact else { return None };
    Some(RedemptionRow {
        no: line.ledger_no,
        book: body.voucher.book().get(),
        position: body.voucher.position(),
        round: body.round,
        seq: line.entry.seq,
        venue: body.venue_id.to_string(),
        at: line.entry.recorded_at.millis(),
        day: line.entry.on.to_string(),
    })
}

/// Writes the rows of some lines, in order; runs of redemptions go as one set.
///
/// # Errors
/// [`StoreError`]; a clash when a voucher's round is already taken.
pub async fn write(tx: &mut Tx, lines: &[Written]) -> Result<(), StoreError> {
    let mut redemptions: Vec<RedemptionRow> = Vec::new();
    for line in lines {
        if let Some(row) = redemption(line) {
            redemptions.push(row);
            continue;
        }
        match &line.fact {
            // Venues come before the first redemption that needs them, in the same set.
            Fact::VenueAdmitted(body) => {
                let id = line.entry.id.to_string();
                let row = (line.ledger_no, line.entry.seq, id, body);
                venue::project_admitted(tx, &[row]).await?;
            }
            _ => {
                if !redemptions.is_empty() {
                    redemption::project(tx, &redemptions).await?;
                    redemptions.clear();
                }
                one(tx, line).await?;
            }
        }
    }
    if !redemptions.is_empty() {
        redemption::project(tx, &redemptions).await?;
    }
    Ok(())
}

async fn one(tx: &mut Tx, line: &Written) -> Result<(), StoreError> {
    let (no, seq, at) = (line.ledger_no, line.entry.seq, line.entry.recorded_at);
    let id = line.entry.id.to_string();
    match &line.fact {
        Fact::OrganisationRegistered(body) => {
            if let Ok(owner) = OrganisationId::try_from(line.entry.id) {
                organisation::project(tx, &[(owner, seq, body)]).await?;
            }
        }
        Fact::VenueRegistered(body) => {
            venue::project_registered(tx, &[(id, seq, body)]).await?;
        }
        Fact::VenueStateSet(body) => venue::project_state(tx, &id, *body).await?,
        Fact::KeyGranted(body) => access::project_granted(tx, &[(id, seq, body)]).await?,
        Fact::KeyRevoked(_) => access::project_revoked(tx, &id, at).await?,
        Fact::MembershipGranted(body) => membership::project_granted(tx, &id, seq, body).await?,
        Fact::MembershipEnded(_) => membership::project_ended(tx, &id, at).await?,
        Fact::VoucherKeyAdded(body) => access::project_voucher_key(tx, &id, body).await?,
        Fact::VoucherKeyRevoked(body) => {
            access::project_voucher_key_revoked(tx, &id, body.key_id, at).await?;
        }
        Fact::CampaignRegistered(body) => {
            campaign::project(tx, &[(no, seq, id, body)]).await?;
        }
        Fact::CampaignClosed(body) => {
            campaign::project_closed(tx, no, &body.campaign_id.to_string(), seq).await?;
        }
        Fact::OrderPlaced(body) => order::project_placed(tx, no, seq, &id, body).await?,
        Fact::BooksIssued(body) => {
            book::project_issued(tx, no, seq, &id, body).await?;
            order::project_issued(tx, no, &id, body.count).await?;
        }
        Fact::OrderActivated(_) => order::project_activated(tx, no, &id, seq).await?,
        Fact::BooksMoved(body) => book::project_moved(tx, no, seq, body).await?,
        Fact::BookHandedOver(body) => book::project_handed_over(tx, no, seq, body).await?,
        Fact::VouchersBlocked(body) => {
            book::project_blocked(tx, no, seq, &id, body.target).await?;
        }
        Fact::VouchersUnblocked(_) => book::project_unblocked(tx, no, &id).await?,
        Fact::BookReplaced(body) => book::project_replaced(tx, no, seq, body).await?,
        Fact::RedemptionReversed(body) => {
            let row = ReversalRow {
                no,
                book: body.voucher.book().get(),
                position: body.voucher.position(),
                round: body.round,
                seq,
            };
            redemption::project_reversed(tx, &[row]).await?;
        }
        Fact::LedgerOpened(body) => leaving::project_log_key(tx, no, seq, &body.log_key).await?,
        Fact::LedgerTakenOver(body) => {
            leaving::project_taken_over(tx, no, seq, &body.log_key.to_string()).await?;
        }
        Fact::LedgerReleased(body) => {
            leaving::project_released(tx, no, seq, &body.address).await?;
        }
        fact => settling(tx, line, fact, &id).await?,
    }
    Ok(())
}

async fn settling(tx: &mut Tx, line: &Written, fact: &Fact, id: &str) -> Result<(), StoreError> {
    let (no, seq) = (line.ledger_no, line.entry.seq);
    match fact {
        Fact::SettlementOpened(body) => settlement::project_opened(tx, no, seq, id, body).await,
        Fact::PaymentDrawn(body) => {
            let cents = line.entry.transfers.first().map_or(0, |transfer| transfer.cents);
            settlement::project_payment(tx, no, seq, id, cents, body).await
        }
        Fact::SettlementDrawn(body) => settlement::project_drawn(tx, no, seq, id, body).await,
        Fact::SettlementApproved(_) => {
            settlement::project_decided(tx, no, seq, id, SettlementState::Approved).await
        }
        Fact::SettlementCancelled(_) => {
            settlement::project_decided(tx, no, seq, id, SettlementState::Cancelled).await
        }
        Fact::PaymentConfirmed(_) => {
            settlement::project_ended(tx, no, id, PaymentState::Confirmed).await
        }
        Fact::PaymentRejected(_) => {
            settlement::project_ended(tx, no, id, PaymentState::Rejected).await
        }
        Fact::PaymentCancelled(_) => {
            settlement::project_ended(tx, no, id, PaymentState::Cancelled).await
        }
        // Money alone moves, or the row rests in the vault.
        _ => Ok(()),
    }
}
