//! What a voucher tells whoever holds it: whether it is genuine, what it is worth, until when, and
//! where it is taken.
//!
//! Promises: no effect, and nothing is noted; never where or when it was used; a typed code is not
//! answered, so that nobody tries codes here. Does not: decide at a counter: what is said here is
//! what it would say to a venue that may take it.

use super::directory::{self, Listed};
use super::error::Error;
use super::instance::Instance;
use super::writer::scene::{book_views, scene};
use crate::base::day::Day;
use crate::base::money::Money;
use crate::domain::campaign::CampaignProfile;
use crate::domain::token::{Presented, Token};
use crate::domain::voucher::Worth;
use crate::store;

/// What is said of a voucher.
#[derive(Debug, Clone)]
pub enum Told {
    /// No token, or of a book that is not known here.
    Unknown,
    /// No known issuer made it.
    Forged,
    /// A specimen, which never pays.
    Specimen,
    /// Its ledger went to another operator, at this address.
    Elsewhere(String),
    /// A genuine voucher.
    Genuine(Box<Borne>),
}

/// A genuine voucher, as its bearer may know it.
#[derive(Debug, Clone)]
pub struct Borne {
    /// What it is worth at a counter.
    pub worth: Worth,
    /// Its face value.
    pub amount: Money,
    /// Today, on its ledger's calendar.
    pub today: Day,
    /// The rules of its campaign.
    rules: CampaignProfile,
}

impl Borne {
    /// The campaign's name.
    #[must_use]
    pub fn campaign(&self) -> &str {
        self.rules.name.as_str()
    }

    /// The rules of its campaign.
    #[must_use]
    pub const fn rules(&self) -> &CampaignProfile {
        &self.rules
    }

    /// Whether a venue takes vouchers like this one.
    #[must_use]
    pub fn is_taken_at(&self, venue: &Listed) -> bool {
        directory::takes(&self.rules, venue)
    }
}

/// What a token says of its voucher.
///
/// # Errors
/// [`Error`], of the machine only.
pub async fn told(instance: &Instance, presented: &str) -> Result<Told, Error> {
    let Ok(Presented::Token(token)) = Presented::parse(presented) else {
        return Ok(Told::Unknown);
    };
    let Ok(genuine) = instance.keyring().await?.verify(&token) else {
        return Ok(Told::Forged);
    };
    let token = genuine.token;
    if token.is_specimen() {
        return Ok(Told::Specimen);
    }
    let book = token.serial().book().get();
    match instance.ledger_of(genuine.issuer_id, book).await? {
        Some(ledger_no) => known(instance, ledger_no, &token).await,
        None => Ok(Told::Unknown),
    }
}

/// A token of a ledger that is here.
async fn known(instance: &Instance, no: i64, token: &Token) -> Result<Told, Error> {
    let serial = token.serial();
    let mut tx = instance.database.read().await?;
    let heads = store::ledger::heads(&mut tx, &[no]).await?;
    let funder = heads.first().and_then(|head| Some((head, head.ledger_id.parse().ok()?)));
    let Some((head, funder)) = funder else { return Ok(Told::Unknown) };
    if let Some(address) = store::leaving::released(&mut tx, no).await? {
        return Ok(Told::Elsewhere(address));
    }
    let mut scene = scene(&mut tx, no, funder).await?;
    for ((_, book), view) in book_views(&mut tx, &[(no, serial.book().get())]).await? {
        scene.books.insert(book, view);
    }
    let today = head.zone()?.day_of(instance.clock.now());
    let Some(worth) = scene.worth(serial, today) else { return Ok(Told::Unknown) };
    let order = scene.books.get(&serial.book().get()).map(|book| book.order_no);
    let campaign = order.and_then(|order| scene.orders.get(&order)).map(|it| it.campaign_no);
    let campaign = campaign.and_then(|number| scene.campaigns.get(&number));
    let rules = campaign.map(|campaign| campaign.profile.clone());
    let rules = rules.ok_or_else(|| Error::Fault("a book without a campaign".into()))?;
    // A stolen signing key does not know the code, nor may it raise the value.
    let tag = instance.keys.tag_key().tag(token.code());
    let is_ours = store::code::is_tagged(&mut tx, tag, (no, serial)).await?
        || crate::base::planted::is("bearer-code-unchecked");
    if !is_ours || token.face_value() != rules.face_value {
        return Ok(Told::Forged);
    }
    Ok(Told::Genuine(Box::new(Borne { worth, amount: rules.face_value, today, rules })))
}
