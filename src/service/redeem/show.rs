//! What is shown at a counter: from text to a voucher, and the check that has no effect.
//!
//! Promises: tokens are verified, codes looked up by their keyed tag; what is not found tells
//! nothing more. Does not: decide or write.

use serde::{Deserialize, Serialize};

use super::{note, permit_at};
use crate::base::day::Day;
use crate::base::id::{Id, Venue};
use crate::base::money::Money;
use crate::base::planted;
use crate::base::text::Bearer;
use crate::domain::access::{Action, Actor};
use crate::domain::keyring::{Genuine, Keyring, Revoked};
use crate::domain::offering::Offering;
use crate::domain::quota::Class;
use crate::domain::redemption::{Attempt, Moment, Sees, ShownAs};
use crate::domain::refusal::{Members, Reason, Refusal};
use crate::domain::serial::{BookNumber, Serial};
use crate::domain::token::{Presented, PresentedError, TOKEN_CHARACTERS, UnverifiedToken};
use crate::service::error::Error;
use crate::service::instance::Instance;
use crate::service::refused::About;
use crate::service::writer::counter::Shown;
use crate::service::writer::scene::{book_views, scene};
use crate::store::{self, Tx};

/// Whose uses of a voucher the actor may see.
pub(super) fn sees(actor: &Actor) -> Sees {
    match actor.organisation.to() {
        Some(structure) => Sees::Structure(structure),
        None => Sees::All,
    }
}

/// The voucher behind what was presented; a token's code is still to be found among the tags. A
/// typed code is looked up only while its actor may try one.
pub(super) async fn shown(
    instance: &Instance,
    actor: &Actor,
    presented: &str,
    batch: bool,
) -> Result<Shown, Error> {
    let ring = instance.keyring().await?;
    if !is_typed(presented) {
        return read(instance, &ring, presented, batch).await;
    }
    let trial = instance.limiter.trials.begin(actor, instance.clock.now())?;
    let read = read(instance, &ring, presented, batch).await;
    let unknown = matches!(&read, Err(error) if error.reason() == Some(Reason::VoucherUnknown));
    if let Some(trial) = trial.filter(|_| unknown) {
        trial.failed(instance.clock.now());
    }
    read
}

/// Whether what was presented can be no token: it is too short.
pub(super) fn is_typed(presented: &str) -> bool {
    presented.len() < TOKEN_CHARACTERS
}

/// The voucher behind what was presented before, by a key that may have been revoked since.
pub(super) async fn shown_once(instance: &Instance, presented: &str) -> Result<Shown, Error> {
    let records = instance.keyring().await?.records().to_vec();
    read(instance, &Keyring::new(records, Revoked::Accepted), presented, false).await
}

async fn read(
    instance: &Instance,
    ring: &Keyring,
    presented: &str,
    batch: bool,
) -> Result<Shown, Error> {
    let malformed = |error| match error {
        PresentedError::TokenMalformed => Refusal::from(Reason::TokenMalformed),
        PresentedError::CodeMistyped => Refusal::from(Reason::CodeMistyped),
    };
    match Presented::parse(presented).map_err(malformed)? {
        Presented::Token(token) => {
            let genuine = genuine(ring, &token, batch)?;
            let token = genuine.token;
            if token.is_specimen() {
                return Err(Reason::Specimen.into());
            }
            let serial = token.serial();
            let book = serial.book().get();
            let ledger_no = instance.ledger_of(genuine.issuer_id, book).await?;
            Ok(Shown {
                ledger_no: ledger_no.ok_or(Reason::VoucherUnknown)?,
                serial,
                tag: instance.keys.tag_key().tag(token.code()),
                face_value: Some(token.face_value()),
                shown_as: ShownAs::Token,
            })
        }
        Presented::Code(code) => {
            if planted::is("secret-logged") {
                tracing::debug!(%code, "a code was shown");
            }
            let tag = instance.keys.tag_key().tag(code);
            let mut tx = instance.database.read().await?;
            let found = store::code::by_tags(&mut tx, &[tag]).await?;
            let (_, ledger_no, book, position) = match found.as_slice() {
                [] => return Err(Reason::VoucherUnknown.into()),
                [one] => *one,
                _ => return Err(Reason::CodeAmbiguous.into()),
            };
            let numbers = (u32::try_from(book), u8::try_from(position));
            let (Ok(book), Ok(position)) = numbers else {
                return Err(Error::Fault(format!("code_route leads to book {book}")));
            };
            let serial = Serial::new(BookNumber::new(book), position)
                .map_err(|error| Error::Fault(error.to_string()))?;
            let shown_as = ShownAs::Code;
            Ok(Shown { ledger_no, serial, tag, face_value: None, shown_as })
        }
    }
}

/// The issuer and content of a token whose signature holds.
#[cfg_attr(
    not(feature = "planted-bugs"),
    expect(unused_variables, reason = "`batch` is where a planted bug skips the check")
)]
fn genuine(ring: &Keyring, token: &UnverifiedToken, batch: bool) -> Result<Genuine, Refusal> {
    #[cfg(feature = "planted-bugs")]
    if batch && crate::base::planted::is("batch-signature") {
        return ring.believe(token).ok_or_else(|| Reason::TokenForged.into());
    }
    ring.verify(token).map_err(|_| Reason::TokenForged.into())
}

/// What `POST /api/v1/voucher-checks` takes.
#[derive(Debug, Clone, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct CheckRequest {
    /// What the person showed: the QR's text, or the typed code.
    #[schema(value_type = String, example = "7QK3-M9X2-TBVA", max_length = 256)]
    pub presented: Bearer,
    /// Where it would be redeemed.
    #[schema(value_type = String, example = "venue_01h455vb4pex5vsknk084sn02q")]
    pub venue_id: Id<Venue>,
    /// What would be done; when absent, any service that the venue offers will do.
    #[serde(default)]
    pub offering: Option<Offering>,
}

/// A voucher that would be accepted here and now.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct Checked {
    /// The voucher's serial number.
    #[schema(value_type = String, example = "0004217-03")]
    pub voucher: Serial,
    /// How much it would pay.
    pub amount: Money,
    /// Last day printed on it.
    #[schema(value_type = String, format = Date)]
    pub valid_until: Day,
    /// Last day on which it is accepted.
    #[schema(value_type = String, format = Date)]
    pub accepted_until: Day,
}

/// The moment now, on a ledger's own calendar.
fn moment(instance: &Instance, head: &store::ledger::HeadRow) -> Result<Moment, Error> {
    let zone = head.zone()?;
    let now = instance.clock.now();
    Ok(Moment { now, today: zone.day_of(now) })
}

/// Whose stock a book is in, as people say it: organisation and site; none when no site has it.
async fn holder(tx: &mut Tx, place: (i64, u32)) -> Result<Option<String>, Error> {
    let books = store::book::find(tx, &[place]).await?;
    let Some(site) = books.first().and_then(|book| book.site_id.as_deref()) else {
        return Ok(None);
    };
    let Some((owner, site)) = store::organisation::site_owner(tx, site).await? else {
        return Ok(None);
    };
    let Ok(owner) = owner.parse() else { return Ok(Some(site)) };
    let owner = store::organisation::find(tx, owner).await?;
    Ok(Some(owner.map_or(site.clone(), |owner| format!("{}, {site}", owner.name))))
}

/// A refusal, with whom to call when the book was not handed over.
async fn telling(tx: &mut Tx, place: (i64, u32), refusal: Refusal) -> Result<Refusal, Error> {
    if refusal.reason != Reason::VoucherInactive {
        return Ok(refusal);
    }
    let members = Members { holder: holder(tx, place).await?, ..Members::default() };
    Ok(Refusal::with(refusal.reason, members))
}

/// Checks one voucher at a venue, without any effect.
///
/// # Errors
/// What a redemption would be refused for.
pub async fn check(
    instance: &Instance,
    actor: &Actor,
    request: &CheckRequest,
) -> Result<Checked, Error> {
    let venue = Some(request.venue_id);
    let mut about = About { venue, presented: &request.presented, ..About::default() };
    let checked = checked(instance, actor, request, &mut about.voucher).await;
    note(instance, actor, Class::Check, about, &checked);
    checked
}

/// The same; leaves the voucher where it is asked to, as soon as it is found.
async fn checked(
    instance: &Instance,
    actor: &Actor,
    request: &CheckRequest,
    found: &mut Option<(i64, Serial)>,
) -> Result<Checked, Error> {
    let venue_id = request.venue_id;
    permit_at(instance, actor, Action::Redeem, venue_id).await?;
    let shown = shown(instance, actor, &request.presented, false).await?;
    let (no, serial) = (shown.ledger_no, shown.serial);
    *found = Some((no, serial));
    let mut tx = instance.database.read().await?;
    let heads = store::ledger::heads(&mut tx, &[no]).await?;
    let head = heads.first().ok_or(Reason::VoucherUnknown)?;
    let moment = moment(instance, head)?;
    let funder = head.ledger_id.parse().map_err(|_| Reason::VoucherUnknown)?;
    let mut scene = scene(&mut tx, no, funder).await?;
    let place = (no, serial.book().get());
    for (_, view) in book_views(&mut tx, &[place]).await? {
        if !store::code::is_tagged(&mut tx, shown.tag, (no, serial)).await? {
            return Err(match shown.shown_as {
                ShownAs::Token => Reason::TokenForged.into(),
                ShownAs::Code => Reason::VoucherUnknown.into(),
            });
        }
        scene.books.insert(place.1, view);
    }
    store::leaving::released(&mut tx, no)
        .await?
        .map_or(Ok(()), |to| Err(Refusal::released(&to)))?;
    let views = store::venue::views(&mut tx, &[venue_id]).await?;
    let venue = views.first().ok_or(Reason::NotFound)?;
    let known = scene.venues.iter().find(|(_, (id, _))| *id == venue_id);
    let all = || venue.offerings.clone();
    let offerings = request.offering.map_or_else(all, |offering| vec![offering]);
    let mut last = Err(Refusal::from(Reason::OfferingNotCovered));
    for offering in offerings {
        last = scene.check(
            &Attempt {
                voucher: serial,
                face_value: shown.face_value,
                shown_as: shown.shown_as,
                venue,
                venue_no: known.map_or(-1, |(venue_no, _)| *venue_no),
                offering,
                sees: sees(actor),
            },
            moment.today,
        );
        let uncovered =
            last.as_ref().is_err_and(|error| error.reason == Reason::OfferingNotCovered);
        if !uncovered {
            break;
        }
    }
    let accepted = match last {
        Err(refusal) => return Err(telling(&mut tx, place, refusal).await?.into()),
        Ok(accepted) => accepted,
    };
    let mut campaigns = scene.campaigns.values();
    let campaign = campaigns.find(|campaign| campaign.campaign_id == accepted.campaign_id);
    let campaign = campaign.ok_or(Reason::VoucherUnknown)?;
    Ok(Checked {
        voucher: serial,
        amount: accepted.amount,
        valid_until: campaign.profile.valid_until,
        accepted_until: campaign.profile.accepted_until(),
    })
}
