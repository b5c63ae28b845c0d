//! A world of active vouchers, made through the service's own verbs.
//!
//! Promises: every voucher is printed, funded and active; ids and keys are given back. Does not:
//! measure.

use std::path::Path;
use std::sync::Arc;

use secrecy::ExposeSecret as _;
use serde::Serialize;

use crate::base::clock::{Clock, SystemClock};
use crate::base::entropy::SystemEntropy;
use crate::base::id::{ApiKey, Campaign, Deposit, Distributor, Funder, Id, Kind, Operator, Order};
use crate::base::id::{Structure, Venue};
use crate::base::money::Money;
use crate::base::text::Name;
use crate::cli::laboratory;
use crate::domain::access::{Actor, KeyRequest, Role};
use crate::domain::campaign::{Activation, CampaignProfile};
use crate::domain::offering::Offering;
use crate::domain::order::{BOOK_LIMIT, DepositRequest, OrderRequest};
use crate::domain::organisation::{LedgerTerms, Mode, OrganisationId, OrganisationProfile};
use crate::domain::token::PublicVoucherKey;
use crate::domain::venue::{Agreed, VenueProfile, VenueState};
use crate::service::found::{Foundation, found};
use crate::service::writer::Writer;
use crate::service::{Error, Instance, issue, order, register, sign_in};
use crate::store::{Database, DatabaseOptions};

/// Vouchers in a book of the bench.
pub const PER_BOOK: i64 = 10;

/// What outside tools need to know of a world.
#[derive(Debug, Clone, Serialize)]
pub struct WorldFile {
    /// A secret for each role.
    pub api_keys: std::collections::BTreeMap<&'static str, String>,
    /// The funder.
    pub funder_id: Id<Funder>,
    /// The campaign.
    pub campaign_id: Id<Campaign>,
    /// The last order.
    pub order_id: Id<Order>,
    /// The structure.
    pub structure_id: Id<Structure>,
    /// The venue of the key `venue`.
    pub venue_id: Id<Venue>,
    /// Another venue of the same structure.
    pub other_venue_id: Id<Venue>,
    /// A service that both offer and the campaign pays.
    pub offering: Offering,
}

/// A world in memory.
#[derive(Debug)]
pub struct World {
    /// The instance.
    pub instance: Arc<Instance>,
    /// The operator.
    pub actor: Actor,
    /// What outside tools need.
    pub file: WorldFile,
    /// Orders with how many books each.
    pub orders: Vec<(Id<Order>, i64)>,
}

/// An instance on an empty database, and its writer.
///
/// # Errors
/// [`Error`].
pub async fn open(url: &str, dir: &Path, host: &str) -> Result<(Instance, Writer), Error> {
    let options = DatabaseOptions { url: url.to_owned(), readers: 4 };
    let database = Database::open(&options).await?;
    let chance = (Arc::new(SystemClock) as Arc<dyn Clock>, Arc::new(SystemEntropy::default()) as _);
    laboratory::instance(database, chance, (dir, 1), host)
}

fn id<K: Kind>(instance: &Instance) -> Id<K> {
    Id::new(instance.clock.as_ref(), instance.entropy.as_ref())
}

fn name(text: &str) -> Name {
    Name::new(text).expect("the bench's own names are names")
}

/// Founds the instance and fills it with active vouchers.
///
/// # Errors
/// [`Error`].
pub async fn fill(
    instance: Arc<Instance>,
    vouchers: i64,
    progress: impl FnMut(i64, i64) + Send,
) -> Result<World, Error> {
    let (operator_id, secret) = begin(&instance).await?;
    let organisation: OrganisationId =
        operator_id.any().try_into().map_err(|_| Error::Fault("operator".into()))?;
    let actor = Actor::of(operator_id.any(), Role::Operator, organisation);
    let (funder_id, structure_id): (Id<Funder>, Id<Structure>) = (id(&instance), id(&instance));
    organisations(&instance, &actor, funder_id, structure_id).await?;
    let offering = Offering::ALL[0];
    let [venue_id, other_venue_id] = venues(&instance, &actor, structure_id, offering).await?;
    let campaign_id = campaign(&instance, &actor, funder_id).await?;
    let orders = orders(&instance, &actor, (funder_id, campaign_id), vouchers, progress).await?;
    let order_id = orders.last().map_or_else(|| id(&instance), |(order, _)| *order);
    let mut file = WorldFile {
        api_keys: std::collections::BTreeMap::new(),
        funder_id,
        campaign_id,
        order_id,
        structure_id,
        venue_id,
        other_venue_id,
        offering,
    };
    file.api_keys.insert("operator", secret);
    let distributor: Id<Distributor> = id(&instance);
    let profile = plain("Bench distributor", "82161143100015");
    let distributor = organisation_id(distributor.any())?;
    register::organisation(&instance, &actor, distributor, profile, None).await?;
    let structure = organisation_id(structure_id.any())?;
    for (role, owner, venue) in [
        (Role::Approver, organisation, None),
        (Role::Auditor, organisation, None),
        (Role::Funder, organisation_id(funder_id.any())?, None),
        (Role::Distributor, distributor, None),
        (Role::Structure, structure, None),
        (Role::Venue, structure, Some(venue_id)),
    ] {
        let request = KeyRequest { venue_id: venue, ..KeyRequest::of(role, owner) };
        let key: Id<ApiKey> = id(&instance);
        let (_, secret) = sign_in::grant(&instance, &actor, key, request).await?;
        let secret = secret.map(|secret| secret.expose_secret().to_owned());
        file.api_keys.insert(role.as_str(), secret.unwrap_or_default());
    }
    Ok(World { instance, actor, file, orders })
}

fn organisation_id(id: crate::base::id::AnyId) -> Result<OrganisationId, Error> {
    id.try_into().map_err(|_| Error::Fault("not an organisation".into()))
}

async fn begin(instance: &Instance) -> Result<(Id<Operator>, String), Error> {
    let public_key = instance.signer.public_key(1).await?;
    let foundation = Foundation {
        operator_id: id(instance),
        name: name("Bench operator"),
        registration: registration("73282932000074"),
        time_zone: "Europe/Paris".parse().map_err(|_| Error::Fault("zone".into()))?,
        voucher_key: PublicVoucherKey { key_id: 1, public_key },
        voucher_key_until: instance.clock.now().plus_seconds(3 * 366 * 86_400),
    };
    let operator_id = foundation.operator_id;
    let (_, secret) = found(instance, foundation).await?;
    Ok((operator_id, secret.expose_secret().to_owned()))
}

fn registration(siret: &str) -> crate::domain::registration::Registration {
    siret.parse().expect("the bench's own numbers pass their check")
}

fn plain(text: &str, siret: &str) -> OrganisationProfile {
    let (name, registration) = (name(text), registration(siret));
    OrganisationProfile { name, registration, sites: Vec::new(), ledger: None }
}

async fn organisations(
    instance: &Instance,
    actor: &Actor,
    funder_id: Id<Funder>,
    structure_id: Id<Structure>,
) -> Result<(), Error> {
    let terms = LedgerTerms {
        mode: Mode::Held,
        time_zone: "Europe/Paris".parse().map_err(|_| Error::Fault("zone".into()))?,
        recovery_key: "11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=".to_owned(),
        age_recipient: "age1ql3z7hjy54pw3hyww5ayyfg7zqgvc7w3j2elw8zmrj2kg5sfn9aqmcac8p".to_owned(),
    };
    let funder =
        OrganisationProfile { ledger: Some(terms), ..plain("Bench department", "73282932000074") };
    let funder_id = organisation_id(funder_id.any())?;
    register::organisation(instance, actor, funder_id, funder, None).await?;
    let structure = plain("Bench structure", "82161143100015");
    let structure_id = organisation_id(structure_id.any())?;
    register::organisation(instance, actor, structure_id, structure, None).await?;
    Ok(())
}

async fn venues(
    instance: &Instance,
    actor: &Actor,
    structure_id: Id<Structure>,
    offering: Offering,
) -> Result<[Id<Venue>; 2], Error> {
    let venues = [id(instance), id(instance)];
    for venue in venues {
        let commune = "23096".parse().map_err(|_| Error::Fault("commune".into()))?;
        let profile = VenueProfile::new(structure_id, name("Bench venue"), commune, vec![offering]);
        register::venue(instance, actor, venue, profile, None).await?;
        let state = VenueState::Qualified;
        register::qualify(instance, actor, venue, state, Agreed::AsBefore).await?;
    }
    Ok(venues)
}

async fn campaign(
    instance: &Instance,
    actor: &Actor,
    funder_id: Id<Funder>,
) -> Result<Id<Campaign>, Error> {
    let zone: crate::base::day::Zone =
        "Europe/Paris".parse().map_err(|_| Error::Fault("zone".into()))?;
    let today = zone.day_of(instance.clock.now());
    let profile = CampaignProfile {
        funder_id,
        name: name("Bench campaign"),
        face_value: Money::from_cents(1000).map_err(|error| Error::Fault(error.to_string()))?,
        vouchers_per_book: 10,
        valid_from: today.plus_days(-1),
        valid_until: today.plus_days(365),
        grace_days: 31,
        perimeter: serde_json::from_str("[]").map_err(|error| Error::Fault(error.to_string()))?,
        offerings: Vec::new(),
        vouchers_per_book_venue_day: None,
        activation: Activation::OnDelivery,
        structures: Vec::new(),
        cover_text: None,
    };
    let campaign_id = id(instance);
    order::campaign(instance, actor, campaign_id, profile, None).await?;
    Ok(campaign_id)
}

/// Orders, issues, pays for and activates vouchers.
///
/// # Errors
/// [`Error`].
pub async fn orders(
    instance: &Instance,
    actor: &Actor,
    (funder_id, campaign_id): (Id<Funder>, Id<Campaign>),
    vouchers: i64,
    mut progress: impl FnMut(i64, i64) + Send,
) -> Result<Vec<(Id<Order>, i64)>, Error> {
    let mut orders = Vec::new();
    let books = (vouchers + PER_BOOK - 1) / PER_BOOK;
    let mut made = 0;
    while made < books {
        let count = (books - made).min(BOOK_LIMIT);
        let order_id = id(instance);
        let request = OrderRequest { campaign_id, books: count };
        order::place(instance, actor, order_id, request).await?;
        issue::finish(instance, order_id, |issued, _| progress(made + issued, books)).await?;
        let reference = "MESURE".to_owned().try_into();
        let request = DepositRequest {
            funder_id,
            amount: Money::from_cents(count * PER_BOOK * 1000)
                .map_err(|error| Error::Fault(error.to_string()))?,
            reference: reference.map_err(|error: &str| Error::Fault(error.to_owned()))?,
        };
        let deposit: Id<Deposit> = id(instance);
        order::deposit(instance, actor, deposit, request).await?;
        order::activate(instance, actor, order_id).await?;
        orders.push((order_id, count));
        made += count;
    }
    Ok(orders)
}

impl World {
    /// The printed vouchers of all orders, in order of number, in pages.
    ///
    /// # Errors
    /// [`Error`].
    pub async fn vouchers(
        &self,
        most: usize,
        mut each: impl FnMut(&crate::service::print::PrintedVoucher),
    ) -> Result<(), Error> {
        let mut given = 0;
        for (order_id, books) in &self.orders {
            let mut from = 1;
            while from <= *books && given < most {
                let to = (from + 99).min(*books);
                let printed =
                    issue::printed(&self.instance, &self.actor, *order_id, from, to).await?;
                for voucher in printed.iter().flat_map(|book| &book.vouchers) {
                    if given < most {
                        each(voucher);
                        given += 1;
                    }
                }
                from = to + 1;
            }
        }
        Ok(())
    }
}
