//! Settlements and payments under rules: what is paid is what was due, and each step comes once.
//!
//! Promises: a payment is what its account held for the settlement's days, whoever was owed is
//! paid, another actor approves than opened, the bank's word comes once. Does not: read bank files.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::dues::{Counted, Days, Dues};
use super::keeping::on_time;
use super::{Breach, moves, moves_between};
use crate::base::day::Day;
use crate::base::id::{AnyId, Funder, Id, Payment, Settlement, Structure};
use crate::base::money::Money;
use crate::domain::ledger::account::Account;
use crate::domain::ledger::entry::Entry;
use crate::domain::settlement::{
    PaymentDrawn, PaymentEnded, SettlementDrawn, SettlementOpened, payment_id,
};

/// A payment that has not ended.
#[derive(Debug, Clone, Copy)]
struct Paying {
    settlement: Id<Settlement>,
    structure: Id<Structure>,
    amount: Money,
}

/// The settlement that was opened and not decided.
#[derive(Debug)]
struct Open {
    id: Id<Settlement>,
    opener: AnyId,
    cut_off_on: Day,
    /// How many of the ledger's days it looks at.
    days: u32,
    counted: BTreeMap<Id<Structure>, Counted>,
    payments: HashMap<Id<Payment>, Paying>,
    /// Who has a payment in it, cancelled since or not.
    drawn: BTreeSet<Id<Structure>>,
    total_cents: i64,
    is_drawn: bool,
    is_cancelling: bool,
}

/// The settlements of a ledger so far.
#[derive(Debug, Default)]
pub(super) struct Settling {
    open: Option<Open>,
    /// The cut-off day of the last settlement that stands.
    last_cut_off: Option<Day>,
    /// What it and those before it counted.
    seen: BTreeMap<Id<Structure>, i64>,
    /// Payments in a file for the bank, without its word.
    sent: HashMap<Id<Payment>, Paying>,
    /// Payment files that are kept: how many payments wait, and the day of the last news.
    files: HashMap<Id<Settlement>, (usize, Day)>,
}

impl Settling {
    /// The open settlement, when a line is about it.
    fn open(&mut self, id: AnyId) -> Result<&mut Open, Breach> {
        let open = self.open.as_mut().filter(|open| open.id.any() == id);
        open.ok_or_else(|| Breach::unknown(&format!("an open {id}")))
    }

    /// `settlement-opened`.
    pub(super) fn opened(
        &mut self,
        entry: &Entry,
        body: SettlementOpened,
        days: &Days,
        dues: &Dues,
    ) -> Result<(), Breach> {
        moves(entry, &[])?;
        let id: Id<Settlement> = entry.id.to().ok_or(Breach::Noun(entry.id))?;
        if let Some(open) = &self.open {
            return Err(Breach::state(&open.id, "not decided"));
        }
        if body.cut_off_on > entry.on {
            return Err(Breach::Bounds("cut_off_on"));
        }
        if self.last_cut_off.is_some_and(|last| last > body.cut_off_on) {
            return Err(Breach::state(&body.cut_off_on, "already settled"));
        }
        let (days, last) = days.until(body.cut_off_on);
        Breach::unless_same("the last line of the cut-off day", &last, &body.cut_off_seq)?;
        self.open = Some(Open {
            id,
            opener: entry.actor,
            cut_off_on: body.cut_off_on,
            days,
            counted: dues.count(days),
            payments: HashMap::new(),
            drawn: BTreeSet::new(),
            total_cents: 0,
            is_drawn: false,
            is_cancelling: false,
        });
        Ok(())
    }

    /// `payment-drawn`.
    pub(super) fn payment_drawn(
        &mut self,
        entry: &Entry,
        body: PaymentDrawn,
    ) -> Result<(), Breach> {
        let PaymentDrawn { settlement_id, structure_id: structure, opening_cents } = body;
        let seen_before = self.seen.get(&structure).copied().unwrap_or(0);
        let open = self.open(settlement_id.any())?;
        if open.is_drawn || open.is_cancelling {
            return Err(Breach::state(&settlement_id, "drawn up or cancelled"));
        }
        let id = payment_id(settlement_id, structure);
        if entry.id != id.any() {
            let (expected, found) = (id.to_string(), entry.id.to_string());
            return Err(Breach::Differs { what: "the payment", expected, found });
        }
        let amount = moves_between(entry, Account::Due(structure), Account::Paying(id))?;
        let counted = open.counted.get(&structure);
        let counted = *counted.ok_or_else(|| Breach::unknown(&Account::Due(structure)))?;
        Breach::unless_same("the amount in cents", &counted.closing, &amount.cents())?;
        let opening = counted.closing - (counted.seen - seen_before);
        Breach::unless_same("the opening balance in cents", &opening, &opening_cents)?;
        open.drawn.insert(structure);
        open.payments.insert(id, Paying { settlement: settlement_id, structure, amount });
        open.total_cents = open.total_cents.saturating_add(amount.cents());
        Ok(())
    }

    /// `settlement-drawn`.
    pub(super) fn drawn(
        &mut self,
        entry: &Entry,
        body: SettlementDrawn,
        dues: &Dues,
    ) -> Result<(), Breach> {
        moves(entry, &[])?;
        let open = self.open(entry.id)?;
        if open.is_drawn || open.is_cancelling {
            return Err(Breach::state(&open.id, "drawn up or cancelled"));
        }
        let payments = i64::try_from(open.payments.len()).unwrap_or(i64::MAX);
        Breach::unless_same("the number of payments", &payments, &body.payments)?;
        Breach::unless_same("the sum of payments", &open.total_cents, &body.total_cents)?;
        // Who is owed is paid, unless the account fell short since the opening.
        let left_out = open.counted.iter().find(|(structure, counted)| {
            counted.closing > 0
                && !open.drawn.contains(structure)
                && dues.held(**structure) >= counted.closing
        });
        if let Some((structure, _)) = left_out {
            return Err(Breach::state(&structure, "owed money and left out"));
        }
        open.is_drawn = true;
        Ok(())
    }

    /// `settlement-approved`.
    pub(super) fn approved(&mut self, entry: &Entry, dues: &mut Dues) -> Result<(), Breach> {
        moves(entry, &[])?;
        let open = self.open(entry.id)?;
        if !open.is_drawn || open.is_cancelling || open.payments.is_empty() {
            return Err(Breach::state(&open.id, "not waiting for approval"));
        }
        if open.opener == entry.actor {
            return Err(Breach::SamePerson);
        }
        let (id, cut_off_on, days) = (open.id, open.cut_off_on, open.days);
        let seen = open.counted.iter().map(|(structure, counted)| (*structure, counted.seen));
        let (seen, sent): (_, HashMap<_, _>) = (seen.collect(), std::mem::take(&mut open.payments));
        self.files.insert(id, (sent.len(), entry.on));
        self.sent.extend(sent);
        self.seen = seen;
        self.last_cut_off = Some(cut_off_on);
        self.open = None;
        dues.fold(days);
        Ok(())
    }

    /// `settlement-cancelled`.
    pub(super) fn cancelled(&mut self, entry: &Entry) -> Result<(), Breach> {
        moves(entry, &[])?;
        let open = self.open(entry.id)?;
        if !open.payments.is_empty() {
            return Err(Breach::state("a payment of this settlement", "not cancelled"));
        }
        self.open = None;
        Ok(())
    }

    /// `payment-cancelled`.
    pub(super) fn payment_cancelled(
        &mut self,
        entry: &Entry,
        body: PaymentEnded,
    ) -> Result<(), Breach> {
        let id: Id<Payment> = entry.id.to().ok_or(Breach::Noun(entry.id))?;
        let unknown = || Breach::unknown(&format!("an unapproved {id}"));
        let open = self.open.as_mut().ok_or_else(unknown)?;
        let paying = *open.payments.get(&id).ok_or_else(unknown)?;
        ended(entry, body, paying, Account::Paying(id), Account::Due(paying.structure))?;
        open.payments.remove(&id);
        open.is_cancelling = true;
        Ok(())
    }

    /// `payment-confirmed`.
    pub(super) fn confirmed(
        &mut self,
        entry: &Entry,
        body: PaymentEnded,
        funder: Id<Funder>,
    ) -> Result<(), Breach> {
        let (id, paying) = self.sent(entry)?;
        ended(entry, body, paying, Account::Paying(id), Account::Funds(funder))?;
        self.end(entry, id, paying);
        Ok(())
    }

    /// `payment-rejected`.
    pub(super) fn rejected(&mut self, entry: &Entry, body: PaymentEnded) -> Result<(), Breach> {
        let (id, paying) = self.sent(entry)?;
        ended(entry, body, paying, Account::Paying(id), Account::Due(paying.structure))?;
        self.end(entry, id, paying);
        Ok(())
    }

    /// The bank's word on a payment.
    fn end(&mut self, entry: &Entry, id: Id<Payment>, paying: Paying) {
        self.sent.remove(&id);
        if let Some((waiting, last)) = self.files.get_mut(&paying.settlement) {
            (*waiting, *last) = (waiting.saturating_sub(1), entry.on);
        }
    }

    /// `vault-purged` of a payment file: all its payments ended, long ago.
    pub(super) fn purged(&mut self, entry: &Entry) -> Result<(), Breach> {
        moves(entry, &[])?;
        let id: Id<Settlement> = entry.id.to().ok_or(Breach::OtherLedger)?;
        let file = format!("the file of {id}");
        let (waiting, last) = *self.files.get(&id).ok_or_else(|| Breach::unknown(&file))?;
        if waiting > 0 {
            return Err(Breach::state(&file, "not yet answered by the bank"));
        }
        on_time(entry, last)?;
        self.files.remove(&id);
        Ok(())
    }

    /// The payment of a line, in a file for the bank and without its word.
    fn sent(&self, entry: &Entry) -> Result<(Id<Payment>, Paying), Breach> {
        let id: Id<Payment> = entry.id.to().ok_or(Breach::Noun(entry.id))?;
        let paying = self.sent.get(&id).copied();
        Ok((id, paying.ok_or_else(|| Breach::unknown(&format!("an approved {id}")))?))
    }
}

/// Checks how a payment ends: all of it, of the same structure, from here to there.
fn ended(
    entry: &Entry,
    body: PaymentEnded,
    paying: Paying,
    from: Account,
    to: Account,
) -> Result<(), Breach> {
    Breach::unless_same("the structure", &paying.structure, &body.structure_id)?;
    let amount = moves_between(entry, from, to)?;
    Breach::unless_same("the amount in cents", &paying.amount.cents(), &amount.cents())
}
