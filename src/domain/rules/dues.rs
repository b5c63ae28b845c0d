//! What structures were due, day by day, and the days of a ledger.
//!
//! Promises: gives for any cut-off what a settlement must count, by the rule of
//! [`crate::domain::settlement::Window`]; keeps one sum a structure and day. Does not: decide who
//! is paid.

use std::collections::BTreeMap;

use super::{Breach, moves_between};
use crate::base::day::Day;
use crate::base::id::{Funder, Id, Structure};
use crate::domain::fact::Fact;
use crate::domain::ledger::account::Account;
use crate::domain::ledger::entry::Entry;
use crate::domain::settlement::StructureRepaid;

/// The civil days on which a ledger has lines, each with its last one.
#[derive(Debug, Default)]
pub(super) struct Days(Vec<(Day, i64)>);

impl Days {
    /// The number of a day that is the last one, or the next.
    pub(super) fn index_of(&self, on: Day) -> u32 {
        let known = self.0.last().is_some_and(|(day, _)| *day == on);
        let index = self.0.len() - usize::from(known);
        u32::try_from(index).expect("a calendar has fewer than 2^32 days")
    }

    /// Remembers a line.
    pub(super) fn note(&mut self, on: Day, seq: i64) {
        match self.0.last_mut() {
            Some((day, last)) if *day == on => *last = seq,
            _ => self.0.push((on, seq)),
        }
    }

    /// How many days up to a cut-off have lines, and the last of these lines (-1 for none).
    pub(super) fn until(&self, cut_off: Day) -> (u32, i64) {
        let count = self.0.partition_point(|(day, _)| *day <= cut_off);
        let last = count.checked_sub(1).map_or(-1, |at| self.0[at].1);
        (u32::try_from(count).expect("a calendar has fewer than 2^32 days"), last)
    }
}

/// What one structure is due.
#[derive(Debug, Default)]
struct Due {
    /// What its account holds, in cents.
    held: i64,
    /// Payments drawn, less those cancelled: how statements end. Zero or below.
    ended: i64,
    /// All else up to days that settlements have done with.
    before: i64,
    /// All else by the day that it counts with.
    by_day: BTreeMap<u32, i64>,
}

/// What a settlement must pay to a structure.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Counted {
    /// Everything that it and those before it count.
    pub(super) seen: i64,
    /// What its statement closes with.
    pub(super) closing: i64,
}

/// What structures are due.
#[derive(Debug, Default)]
pub(super) struct Dues(BTreeMap<Id<Structure>, Due>);

impl Dues {
    /// Counts the money of a line with a day; only payments drawn or cancelled count with none.
    pub(super) fn note(&mut self, entry: &Entry, fact: &Fact, about: u32) {
        let ends = matches!(fact, Fact::PaymentDrawn(_) | Fact::PaymentCancelled(_));
        for transfer in &entry.transfers {
            let cents = transfer.cents;
            for (account, cents) in [(transfer.debit, -cents), (transfer.credit, cents)] {
                let Account::Due(structure) = account else { continue };
                let due = self.0.entry(structure).or_default();
                due.held = due.held.saturating_add(cents);
                let sum = if ends { &mut due.ended } else { due.by_day.entry(about).or_default() };
                *sum = sum.saturating_add(cents);
            }
        }
    }

    /// What a structure's account holds.
    pub(super) fn held(&self, structure: Id<Structure>) -> i64 {
        self.0.get(&structure).map_or(0, |due| due.held)
    }

    /// What a settlement opened now counts: `days` of the ledger's days.
    pub(super) fn count(&self, days: u32) -> BTreeMap<Id<Structure>, Counted> {
        let counted = |due: &Due| {
            let looked_at = due.by_day.range(..days).map(|(_, cents)| *cents);
            let seen = looked_at.fold(due.before, i64::saturating_add);
            Counted { seen, closing: seen.saturating_add(due.ended) }
        };
        self.0.iter().map(|(structure, due)| (*structure, counted(due))).collect()
    }

    /// Adds up what no later settlement tells apart: days up to a cut-off that stands.
    pub(super) fn fold(&mut self, days: u32) {
        for due in self.0.values_mut() {
            let later = due.by_day.split_off(&days);
            due.before = due.by_day.values().copied().fold(due.before, i64::saturating_add);
            due.by_day = later;
        }
    }

    /// `structure-repaid`.
    pub(super) fn repaid(
        &self,
        entry: &Entry,
        body: &StructureRepaid,
        funder: Id<Funder>,
    ) -> Result<(), Breach> {
        moves_between(entry, Account::Funds(funder), Account::Due(body.structure_id))?;
        let known = self.0.contains_key(&body.structure_id);
        if known { Ok(()) } else { Err(Breach::unknown(&Account::Due(body.structure_id))) }
    }
}
