//! What was refused: noted off the road of whoever asked, kept by the writer a little later.
//!
//! Promises: no refusal waits for its own note; what waits is bounded, and so is what one caller or
//! address can have noted in a minute: a flood fills no disk, and what is left out is counted in a
//! measure. Nothing of a voucher, a code, an account or an address is kept but a keyed hash. Does
//! not: survive a fault of the process: notes of its last second go with it.

use std::hash::{BuildHasher as _, RandomState};
use std::net::IpAddr;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use async_trait::async_trait;
use data_encoding::HEXLOWER;
use ring::hmac;

use super::error::Error;
use super::instance::Instance;
use super::keys::Keys;
use super::limit::Table;
use super::meter;
use super::writer::jot::Jot;
use crate::base::clock::Timestamp;
use crate::base::id::{AnyId, Id, Venue};
use crate::base::rate::Rate;
use crate::domain::access::Actor;
use crate::domain::quota::{Class, place};
use crate::domain::refusal::{Reason, Refusal};
use crate::domain::serial::Serial;
use crate::domain::token::Presented;
use crate::store::refused::RefusedRow;
use crate::store::{self, Tx};

/// The most notes that wait for the writer.
const ROOM: usize = 8192;
/// How many the writer takes at once.
const BATCH: usize = 512;
/// What one caller, or one address where nobody is known, can have noted in a minute.
const NOTED: u32 = 60;
/// What all those can have noted in a minute whom nobody knows.
const NOTED_OF_STRANGERS: u32 = 600;

/// Notes that wait, and who made how many.
#[derive(Debug)]
pub struct Refusals {
    waiting: Mutex<Vec<RefusedRow>>,
    noted: Table,
    /// Tells this process from others, in the keys of rows.
    process: u64,
    count: AtomicU32,
}

impl Default for Refusals {
    fn default() -> Self {
        let process = RandomState::new().hash_one(0);
        let (waiting, noted) = (Mutex::default(), Table::default());
        Self { waiting, noted, process, count: AtomicU32::new(0) }
    }
}

impl Refusals {
    fn waiting(&self) -> MutexGuard<'_, Vec<RefusedRow>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether there is room for one more note of somebody's.
    fn takes(&self, who: Refused, now: Timestamp) -> bool {
        let minutely = |count| Rate::new(count, 60).expect("so many in a minute is a rate");
        let (own, all) = (minutely(NOTED), minutely(NOTED_OF_STRANGERS));
        let taken = match who.actor {
            Some(actor) => self.noted.take(&actor, own, 1, now),
            None => self
                .noted
                .take(&who.address.map(place), own, 1, now)
                .and_then(|()| self.noted.take(&"strangers", all, 1, now)),
        };
        taken.is_ok()
    }

    /// A key that no other row has, in order of time.
    fn next_id(&self, now: Timestamp) -> String {
        let count = self.count.fetch_add(1, Ordering::Relaxed);
        format!("{:012x}{count:08x}{:016x}", now.millis(), self.process)
    }
}

/// What a refusal was about.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct About<'a> {
    /// Where a voucher would have been redeemed.
    pub(super) venue: Option<Id<Venue>>,
    /// The voucher, by its ledger, when it was found.
    pub(super) voucher: Option<(i64, Serial)>,
    /// What was presented, when it was not.
    pub(super) presented: &'a str,
    /// The account that was tried.
    pub(super) account: &'a str,
}

/// Who was refused, as far as that is known.
#[derive(Debug, Clone, Copy, Default)]
pub struct Refused {
    /// The caller.
    pub actor: Option<AnyId>,
    /// Where it asked from.
    pub address: Option<IpAddr>,
}

impl Refused {
    pub(super) fn of(actor: &Actor) -> Self {
        Self { actor: Some(actor.id), address: actor.address }
    }
}

/// Notes a refusal of a request of which no verb noted more.
pub fn note(instance: &Instance, who: Refused, class: Class, reason: Reason) {
    note_about(instance, who, class, &reason.into(), About::default());
}

/// Notes a refusal.
pub(super) fn note_about(
    instance: &Instance,
    who: Refused,
    class: Class,
    refusal: &Refusal,
    about: About<'_>,
) {
    let (now, refusals) = (instance.clock.now(), &instance.refusals);
    let takes = refusals.takes(who, now);
    let mut waiting = refusals.waiting();
    if !takes || waiting.len() >= ROOM {
        meter::unnoted();
        return;
    }
    waiting.push(row(instance, who, class, refusal, about, now));
}

fn row(
    instance: &Instance,
    who: Refused,
    class: Class,
    refusal: &Refusal,
    about: About<'_>,
    now: Timestamp,
) -> RefusedRow {
    let key = instance.keys.refusal_key();
    let members = &refusal.members;
    let elsewhere = members.redeemed_at.filter(|_| members.same_venue == Some(false));
    RefusedRow {
        attempt_id: instance.refusals.next_id(now),
        refused_at: now.millis(),
        class: class.as_str().to_owned(),
        reason: refusal.reason.code().to_owned(),
        actor_id: who.actor.map(|actor| actor.to_string()),
        venue_id: about.venue.map(|venue| venue.to_string()),
        subject: subject(&key, &instance.keys, about),
        origin: who.address.map(|address| origin(&key, address, now)),
        elsewhere_at: elsewhere.map(Timestamp::millis),
    }
}

/// A keyed hash of the voucher, else of the code that was typed, else of the account.
fn subject(key: &hmac::Key, keys: &Keys, about: About<'_>) -> Option<String> {
    if let Some((ledger_no, serial)) = about.voucher {
        return Some(hashed(key, &["voucher", &ledger_no.to_string(), &serial.to_string()]));
    }
    if !about.account.is_empty() {
        return Some(hashed(key, &["account", about.account]));
    }
    match Presented::parse(about.presented) {
        Ok(Presented::Code(code)) => {
            Some(hashed(key, &["code", &keys.tag_key().tag(code).stored().to_string()]))
        }
        _ => None,
    }
}

/// A keyed hash of an address that cannot be told from another one's a month later.
fn origin(key: &hmac::Key, address: IpAddr, now: Timestamp) -> String {
    // As in 2026-11.
    let month: String = now.to_string().chars().take(7).collect();
    hashed(key, &["address", &month, &place(address).to_string()])
}

/// The first 16 bytes of HMAC-SHA-256 over some texts with a zero byte after each, in hexadecimal.
fn hashed(key: &hmac::Key, parts: &[&str]) -> String {
    let mut context = hmac::Context::with_key(key);
    for part in parts {
        context.update(part.as_bytes());
        context.update(&[0]);
    }
    HEXLOWER.encode(&context.sign().as_ref()[..16])
}

struct Keep(Vec<RefusedRow>);

#[async_trait]
impl Jot for Keep {
    type Outcome = ();

    async fn write(&self, tx: &mut Tx, _: Timestamp) -> Result<(), Error> {
        Ok(store::refused::add(tx, &self.0).await?)
    }
}

/// Keeps the notes that wait; gives how many. What the writer has no time for waits on.
///
/// # Errors
/// [`Error`], as for any write.
pub async fn keep(instance: &Instance) -> Result<usize, Error> {
    let mut kept = 0;
    loop {
        let rows: Vec<RefusedRow> = {
            let mut waiting = instance.refusals.waiting();
            let some = waiting.len().min(BATCH);
            waiting.drain(..some).collect()
        };
        if rows.is_empty() {
            return Ok(kept);
        }
        let count = rows.len();
        if let Err(error) = instance.door.jot(Keep(rows.clone())).await {
            let mut waiting = instance.refusals.waiting();
            let room = ROOM.saturating_sub(waiting.len());
            // The same row twice is one: a commit without an answer may have kept them.
            waiting.splice(..0, rows.into_iter().take(room));
            return Err(error);
        }
        kept += count;
    }
}
