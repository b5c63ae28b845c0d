//! `/structure/devices`: the phones and scanners that redeem at a venue; pairing one more, and
//! ending one.
//!
//! Promises: a pairing is shown once, to be scanned within its time; nothing of it stands in an
//! address. Does not: know whose phone it is.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;

use super::{Told, said, structure_of, venues};
use crate::base::clock::Timestamp;
use crate::base::day::Zone;
use crate::base::id::{AnyId, ApiKey, Id, Venue};
use crate::domain::access::{Action, Actor, Role};
use crate::domain::pairing::SECONDS;
use crate::domain::refusal::Reason;
use crate::service::people::origin;
use crate::service::sign_in::{self, KeyState};
use crate::service::{pair as pairing, register};
use crate::web::App;
use crate::web::pages::asked::{Asked, Nothing, named};
use crate::web::pages::desk::{Seated, Sent, go, shown_here};
use crate::web::pages::field::Field;
use crate::web::pages::words::Words;
use crate::web::pages::{Frame, qr};
use crate::web::problem::Problem;

/// A device in the list.
struct Device {
    name: String,
    venue: String,
    since: String,
    used: String,
    /// When it was ended; none while it redeems.
    ended: bool,
    path: String,
}

#[derive(Template)]
#[template(path = "structure/devices.html")]
struct List {
    frame: Frame,
    done: Option<String>,
    devices: Vec<Device>,
    /// Where one more is paired: nothing to choose when there is one venue.
    venue: Option<Field>,
    only: Option<Id<Venue>>,
}

#[derive(Template)]
#[template(path = "structure/pairing.html")]
struct Offer {
    frame: Frame,
    venue: String,
    qr: String,
    link: String,
    until: String,
}

#[derive(Template)]
#[template(path = "structure/device_end.html")]
struct End {
    frame: Frame,
    device: Device,
}

/// What a device is called: the end of its key's id, which the device shows too.
fn name(words: Words, id: AnyId) -> String {
    let id = id.to_string();
    let end = id.get(id.len().saturating_sub(6)..).unwrap_or_default().to_uppercase();
    words.with("structure-device-name", [("number", end.into())])
}

/// The moment that an id was made at: a pairing makes it (UUID version 7, RFC 9562).
fn made(id: AnyId) -> Option<Timestamp> {
    let (seconds, nanos) = id.uuid().get_timestamp()?.to_unix();
    let millis = i64::try_from(seconds).ok()?.checked_mul(1000)?;
    Some(Timestamp::from_millis(millis + i64::from(nanos / 1_000_000)))
}

fn device(words: Words, zone: &Zone, key: &KeyState, venues: &[(Id<Venue>, String)]) -> Device {
    let at = key.actor.venue;
    let venue = venues.iter().find(|(id, _)| Some(*id) == at);
    let day = |at: Timestamp| words.day(zone.day_of(at));
    let never = || words.say("structure-device-never");
    Device {
        name: name(words, key.actor.id),
        venue: venue.map(|(_, name)| name.clone()).unwrap_or_default(),
        since: made(key.actor.id).map(day).unwrap_or_default(),
        used: key.used_at.map_or_else(never, |at| words.moment(at, zone)),
        ended: key.revoked_at.is_some(),
        path: format!("/structure/devices/{}/end", key.actor.id),
    }
}

/// The devices that somebody may see, those that redeem first.
async fn devices(app: &App, actor: &Actor, words: Words) -> Result<Vec<Device>, Problem> {
    let zone = app.instance.zone().await?;
    let known = venues::names(app, actor).await?;
    let mut keys = sign_in::list(&app.instance, actor).await?;
    keys.retain(|key| key.actor.role == Role::Device);
    keys.sort_by_key(|key| (key.revoked_at.is_some(), std::cmp::Reverse(key.actor.id)));
    Ok(keys.iter().map(|key| device(words, &zone, key, &known)).collect())
}

/// The list.
pub(super) async fn list(
    State(app): State<App>,
    seated: Seated,
    Asked(told): Asked<Told>,
) -> Result<Response, Problem> {
    let Seated { frame, actor, .. } = seated;
    structure_of(&actor)?;
    actor.may_ever(Action::PairDevice)?;
    let words = frame.words;
    let devices = devices(&app, &actor, words).await?;
    let venues = venues::names(&app, &actor).await?;
    let ids: Vec<String> = venues.iter().map(|(id, _)| id.to_string()).collect();
    let of: Vec<(&str, &str)> =
        ids.iter().zip(&venues).map(|(id, (_, name))| (id.as_str(), name.as_str())).collect();
    let (venue, only) = match venues.as_slice() {
        [(only, _)] => (None, Some(*only)),
        [] => (None, None),
        _ => (Some(Field::choice("venue", words.say("structure-venue"), &of)), None),
    };
    Ok(shown_here(&List { done: said(words, &told.done), devices, venue, only, frame }))
}

/// Where one more device is paired.
#[derive(Debug, Clone, Deserialize)]
pub(super) struct At {
    venue: String,
}

/// Shows a pairing. Nothing is written before a device comes, and what it shows is a secret: the
/// answer is the page itself.
pub(super) async fn pair(
    State(app): State<App>,
    Sent { seated, typed }: Sent<At>,
) -> Result<Response, Problem> {
    let Seated { frame, actor, .. } = seated;
    structure_of(&actor)?;
    let words = frame.words;
    let venue: Id<Venue> = named(&typed.venue)?;
    let (offered, text) = pairing::offer(&app.instance, &actor, venue).await?;
    let venue = register::read_venue(&app.instance, &actor, venue).await?;
    let at = [("venue", venue.profile.name.to_string().into())];
    let link = format!("{}/pair#{text}", origin(&app.instance.settings.host));
    let zone = app.instance.zone().await?;
    let said = [
        ("hour", words.hour(zone.minute_of(offered.expires_at)).into()),
        ("minutes", (SECONDS / 60).into()),
    ];
    Ok(shown_here(&Offer {
        venue: words.with("structure-pairing-venue", at),
        qr: qr::svg(&link, &words.say("structure-pairing-qr")),
        until: words.with("structure-pairing-until", said),
        link,
        frame,
    }))
}

/// Asks whether a device is to be ended.
pub(super) async fn confirm(
    State(app): State<App>,
    seated: Seated,
    Path(id): Path<String>,
) -> Result<Response, Problem> {
    let Seated { frame, actor, .. } = seated;
    structure_of(&actor)?;
    actor.may_ever(Action::PairDevice)?;
    let path = format!("/structure/devices/{id}/end");
    let found = devices(&app, &actor, frame.words).await?;
    let found = found.into_iter().find(|device| device.path == path && !device.ended);
    let device = found.ok_or_else(|| Problem::from(Reason::NotFound))?;
    Ok(shown_here(&End { frame, device }))
}

/// Ends a device: it is refused from its next request on.
pub(super) async fn end(
    State(app): State<App>,
    Path(id): Path<String>,
    Sent { seated, .. }: Sent<Nothing>,
) -> Result<Response, Problem> {
    structure_of(&seated.actor)?;
    let id: Id<ApiKey> = named(&id)?;
    sign_in::revoke(&app.instance, &seated.actor, id).await?;
    Ok(go(&seated.frame.to("/structure/devices?done=device-ended")))
}
