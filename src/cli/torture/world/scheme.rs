//! A scheme that is ready for the counter: a founded instance, a funder with money, a campaign with
//! an active order, a structure with venues, and who asks.
//!
//! Promises: made by the service's verbs. Does not: redeem anything.

use secrecy::SecretString;
use serde_json::json;

use super::{Life, fault, of};
use crate::base::id::{ApiKey, Campaign, Deposit, Distributor, Funder, Id, Operator, Order};
use crate::base::id::{Site, Structure, Venue};
use crate::base::text::Name;
use crate::domain::access::{Actor, KeyRequest, Role};
use crate::domain::organisation::OrganisationId;
use crate::domain::takeover::RecoveryKey;
use crate::domain::token::PublicVoucherKey;
use crate::domain::venue::VenueState;
use crate::service::found::{Foundation, found};
use crate::service::print::PrintedBook;
use crate::service::rotate::operator_at_the_machine;
use crate::service::{Error, issue, order, register, sign_in};

/// What is done at every venue.
pub(super) const OFFERING: &str = "aide-aux-demarches-administratives";

/// The seed of every funder's recovery key.
pub(super) const RECOVERY: [u8; 32] = [9; 32];

/// The age identity of every funder, and its public half. It seals nothing but made-up worlds.
pub(super) const IDENTITY: &str =
    "AGE-SECRET-KEY-1NMRHG6588QEN2SMXFA045WLM8HRRMRT5TM4HTUWL4ZQP8DHPGH7Q8CWC4Y";
const RECIPIENT: &str = "age16xa4n99cpa6mc3umgt9e4t68qrwfpg5dsul35dx9qqdv8a4jpd8qnaeg5t";

/// A ready scheme.
pub(super) struct Scheme {
    pub(super) operator: Actor,
    pub(super) approver: Actor,
    pub(super) counter: Actor,
    pub(super) distributor: Actor,
    pub(super) funder: Id<Funder>,
    pub(super) structure: Id<Structure>,
    pub(super) venue: Id<Venue>,
    pub(super) site: Id<Site>,
    pub(super) books: Vec<PrintedBook>,
}

/// The body of an id that is known to name one.
pub(super) fn owner(id: crate::base::id::AnyId) -> Result<OrganisationId, Error> {
    id.try_into().map_err(|_| fault("not an organisation"))
}

/// Founds the instance.
pub(super) async fn founded(life: &Life, name: &str) -> Result<Actor, Error> {
    let instance = &life.instance;
    let public_key = instance.signer.public_key(1).await?;
    let foundation = Foundation {
        operator_id: life.id::<Operator>(),
        name: Name::new(name).map_err(fault)?,
        registration: "73282932000074".parse().map_err(fault)?,
        time_zone: "Europe/Paris".parse().map_err(fault)?,
        voucher_key: PublicVoucherKey { key_id: 1, public_key },
        voucher_key_until: instance.clock.now().plus_seconds(1000 * 86_400),
    };
    found(instance, foundation).await?;
    operator_at_the_machine(instance).await
}

/// Grants a key and gives its holder.
pub(super) async fn granted(
    life: &Life,
    operator: &Actor,
    role: Role,
    owner: OrganisationId,
    venue: Option<Id<Venue>>,
) -> Result<Actor, Error> {
    let request = KeyRequest { venue_id: venue, ..KeyRequest::of(role, owner) };
    let key = life.id::<ApiKey>();
    let (_, secret) = sign_in::grant(&life.instance, operator, key, request).await?;
    let secret: SecretString = secret.ok_or_else(|| fault("a new key has no secret"))?;
    sign_in::actor(&life.instance, &secret).await
}

/// Registers a funder, whose ledger opens.
pub(super) async fn funder(life: &Life, operator: &Actor, mode: &str) -> Result<Id<Funder>, Error> {
    let id = life.id::<Funder>();
    let profile = of(json!({
        "name": format!("Funder {mode}"), "registration": { "siret": "73282932000074" },
        "ledger": {
            "mode": mode, "time_zone": "Europe/Paris", "age_recipient": RECIPIENT,
            "recovery_key": RecoveryKey::from_seed(&RECOVERY).public(),
        }
    }))?;
    register::organisation(&life.instance, operator, owner(id.any())?, profile, None).await?;
    Ok(id)
}

/// Registers a structure with a bank account.
pub(super) async fn structure(
    life: &Life,
    operator: &Actor,
    name: &str,
) -> Result<Id<Structure>, Error> {
    let id = life.id::<Structure>();
    let profile = of(json!({ "name": name, "registration": { "rna": "W231000001" } }))?;
    register::organisation(&life.instance, operator, owner(id.any())?, profile, None).await?;
    let account = of(json!({ "iban": "FR1420041010050500013M02606", "holder": name }))?;
    register::bank_account(&life.instance, operator, owner(id.any())?, &account, None).await?;
    Ok(id)
}

/// Registers a venue of a structure, and says where it stands.
pub(super) async fn venue(
    life: &Life,
    operator: &Actor,
    structure: Id<Structure>,
    commune: &str,
    state: VenueState,
) -> Result<Id<Venue>, Error> {
    let id = life.id::<Venue>();
    let profile = of(json!({
        "structure_id": structure, "name": format!("Venue {commune}"), "commune": commune,
        "offerings": [OFFERING], "opening_hours": "Mo-Fr 09:00-17:00; PH off"
    }))?;
    register::venue(&life.instance, operator, id, profile, None).await?;
    register::qualify(&life.instance, operator, id, state, of(json!(400))?).await?;
    Ok(id)
}

/// A campaign of a funder, from yesterday for some days.
pub(super) async fn campaign(
    life: &Life,
    operator: &Actor,
    funder: Id<Funder>,
    days: i64,
    per_book: i64,
) -> Result<Id<Campaign>, Error> {
    let zone: crate::base::day::Zone = "Europe/Paris".parse().map_err(fault)?;
    let today = zone.day_of(life.instance.clock.now());
    let id = life.id::<Campaign>();
    let mut profile = json!({
        "funder_id": funder, "name": "Campaign",
        "face_value": { "cents": 1000, "currency": "EUR" }, "vouchers_per_book": per_book,
        "valid_from": today.plus_days(-1), "valid_until": today.plus_days(days),
        "activation": "on_delivery"
    });
    order::campaign(&life.instance, operator, id, of(profile.clone())?, None).await?;
    profile["name"] = json!("Campaign, as it is called now");
    order::campaign(&life.instance, operator, id, of(profile)?, Some(1)).await?;
    Ok(id)
}

/// Orders, issues, pays for, prints and activates books.
pub(super) async fn order(
    life: &Life,
    operator: &Actor,
    (funder, campaign): (Id<Funder>, Id<Campaign>),
    (books, cents): (i64, i64),
) -> Result<(Id<Order>, Vec<PrintedBook>), Error> {
    let (id, instance) = (life.id::<Order>(), &life.instance);
    let request = of(json!({ "campaign_id": campaign, "books": books }))?;
    order::place(instance, operator, id, request).await?;
    issue::finish(instance, id, |_, _| {}).await?;
    let request = of(json!({
        "funder_id": funder, "reference": format!("MANDAT {books}"),
        "amount": { "cents": cents, "currency": "EUR" }
    }))?;
    order::deposit(instance, operator, life.id::<Deposit>(), request).await?;
    let printed = issue::printed(instance, operator, id, 1, books).await?;
    order::activate(instance, operator, id).await?;
    Ok((id, printed))
}

/// A whole scheme on a fresh instance.
pub(super) async fn scheme(
    life: &Life,
    name: &str,
    (books, per_book): (i64, i64),
) -> Result<Scheme, Error> {
    let operator = founded(life, name).await?;
    let own = operator.organisation;
    let approver = granted(life, &operator, Role::Approver, own, None).await?;
    let funder = funder(life, &operator, "held").await?;
    let structure = structure(life, &operator, "Structure one").await?;
    let venue = venue(life, &operator, structure, "23096", VenueState::Qualified).await?;
    let body = owner(structure.any())?;
    let counter = granted(life, &operator, Role::Venue, body, Some(venue)).await?;
    let (id, site, second) = (life.id::<Distributor>(), life.id::<Site>(), life.id::<Site>());
    let profile = of(json!({
        "name": "Distributor", "registration": { "siret": "82161143100015" },
        "sites": [
            { "site_id": site, "name": "Front desk", "commune": "23096" },
            { "site_id": second, "name": "Back desk", "commune": "19272" },
        ]
    }))?;
    let body = owner(id.any())?;
    register::organisation(&life.instance, &operator, body, profile, None).await?;
    let distributor = granted(life, &operator, Role::Distributor, body, None).await?;
    let campaign = campaign(life, &operator, funder, 400, per_book).await?;
    let money = books * per_book * 1000 + 50_000;
    let (_, books) = order(life, &operator, (funder, campaign), (books, money)).await?;
    Ok(Scheme { operator, approver, counter, distributor, funder, structure, venue, site, books })
}
