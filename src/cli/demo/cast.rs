//! Who plays: one operator, two funders, three distributors, four structures with six venues.
//!
//! Promises: every number passes its check and every commune exists. Does not: name a body or a
//! person that there is.

use bech32::{Bech32, Hrp};
use data_encoding::BASE64;
use secrecy::{ExposeSecret as _, SecretString};
use serde_json::{Value, json};

use super::stage::{Counter, Stage};
use super::ware::Ware;
use super::{expect, untrue};
use crate::base::entropy::bytes;
use crate::base::id::{AnyId, ApiKey, Distributor, Funder, Id, Operator, Site};
use crate::base::id::{Structure, Venue};
use crate::base::text::Name;
use crate::cli::failure::Failure;
use crate::cli::funder_keys::write_identity;
use crate::domain::access::{Actor, KeyRequest, Role};
use crate::domain::contact::Address;
use crate::domain::offering::Offering;
use crate::domain::organisation::{
    LedgerTerms, Mode, OrganisationId, OrganisationProfile, SiteProfile,
};
use crate::domain::person::Email;
use crate::domain::refusal::Reason;
use crate::domain::territory::CommuneCode;
use crate::domain::token::{PublicVoucherKey, VoucherKey};
use crate::domain::venue::{Agreed, VenueProfile, VenueState};
use crate::service::found::{Foundation, found};
use crate::service::keys::write_secret;
use crate::service::register::{self, BankAccountRequest};
use crate::service::sign_in;

/// How long the voucher key signs.
const KEY_DAYS: i64 = 730;

/// How age begins a secret identity (C2SP age, "The X25519 recipient type").
const IDENTITY: Hrp = Hrp::parse_unchecked("age-secret-key-");

/// A funder with the actor of its key.
#[derive(Debug)]
pub(super) struct FunderPart {
    pub(super) id: Id<Funder>,
    pub(super) key: SecretString,
}

/// A distributor's site with the actor of the distributor's key.
#[derive(Debug, Clone, Copy)]
pub(super) struct SitePart {
    pub(super) actor: Actor,
    pub(super) id: Id<Site>,
}

/// A structure.
#[derive(Debug, Clone, Copy)]
pub(super) struct StructurePart {
    pub(super) id: Id<Structure>,
    pub(super) name: &'static str,
}

/// Everybody.
#[derive(Debug)]
pub(super) struct Cast {
    pub(super) operator: Actor,
    pub(super) approver: Actor,
    pub(super) auditor: Actor,
    /// The funder whose money the operator holds.
    pub(super) held: FunderPart,
    /// The funder whose accountant pays by himself.
    pub(super) pledged: FunderPart,
    /// Guéret, La Souterraine, Lens.
    pub(super) sites: [SitePart; 3],
    /// In the order of [`STRUCTURES`].
    pub(super) structures: [StructurePart; 4],
    /// Guéret, La Souterraine, Limoges, Lens, Liévin, Bordeaux.
    pub(super) counters: [Counter; 6],
}

/// Name, registration, IBAN.
const STRUCTURES: [(&str, &str, &str); 4] = [
    ("Atelier des Clés", "00001251800015", "FR7699999000010001234567809"),
    ("Le Fil limousin", "00001668300013", "FR7699999000010002469135697"),
    ("Terril connecté", "00002085900013", "FR7699999000010003703703488"),
    ("Écran solidaire", "W331234567", "FR7699999000010004938271279"),
];

/// Structure, name, commune, services.
const VENUES: [(usize, &str, &str, &[Offering]); 6] = [
    (0, "Atelier de Guéret", "23096", &[Offering::Procedures, Offering::EverydayTools]),
    (0, "Atelier de La Souterraine", "23176", &[Offering::EverydayTools]),
    (1, "Le Fil, Limoges", "87085", &[Offering::EverydayTools, Offering::Equipment]),
    (2, "Terril connecté, Lens", "62498", &[Offering::Employment, Offering::Procedures]),
    (2, "Terril connecté, Liévin", "62510", &[Offering::Employment]),
    (3, "Écran solidaire, Bordeaux", "33063", &[Offering::EverydayTools, Offering::Equipment]),
];

/// In the order of [`VENUES`]: street, postcode, hours, phone (numbers that nobody is given), and
/// the vouchers a month that are agreed.
const DOORS: [(&str, &str, &str, &str, i64); 6] = [
    ("3 rue de l'Exemple", "23000", "Mo-Fr 09:00-12:30,13:30-18:00; PH off", "0536491001", 400),
    ("Le Bourg", "23300", "Tu,Th 09:00-12:00; Sa 09:00-12:00; PH off", "0536491002", 120),
    ("18 rue du Fil", "87000", "Mo-Fr 09:00-18:00; Sa 10:00-13:00; PH off", "0536491003", 400),
    ("1 place des Terrils", "62300", "Mo-Sa 08:30-12:00,14:00-17:30; PH off", "0353012001", 300),
    ("7 bis rue du Carreau", "62800", "Mo-We,Fr 14:00-18:00; PH off", "0353012002", 150),
    ("25 quai des Exemples", "33000", "Mo-Fr 10:00-19:00; PH off", "0536491004", 250),
];

/// In the order of [`STRUCTURES`]: where each is on the web, under a name that nobody may have.
const HOSTS: [&str; 4] = [
    "atelier-des-cles.example",
    "fil-limousin.example",
    "terril-connecte.example",
    "ecran-solidaire.example",
];

const SITES: [(&str, &str, &str, &str); 3] = [
    ("Point social de Guéret", "00002502300011", "Accueil de Guéret", "23096"),
    ("Maison de La Souterraine", "00002919900015", "Guichet de La Souterraine", "23176"),
    ("Accueil social de Lens", "00003336500016", "Guichet de Lens", "62498"),
];

/// The operator's account, which holds the money of [`Cast::held`].
const OPERATOR_IBAN: &str = "FR7699999000010006172839070";
/// The account from which the accountant of [`Cast::pledged`] pays.
const PLEDGED_IBAN: &str = "FR7699999000010007407406861";
/// The account of the second structure, once the first one is closed.
pub(super) const NEW_IBAN: &str = "FR7699999000010008641974652";

/// The body of an id that is known to name one.
pub(super) fn organisation(id: AnyId) -> Result<OrganisationId, Failure> {
    id.try_into().map_err(untrue)
}

pub(super) fn name(text: &str) -> Result<Name, Failure> {
    Name::new(text).map_err(untrue)
}

fn commune(code: &str) -> Result<CommuneCode, Failure> {
    code.parse().map_err(untrue)
}

/// Founds the instance and registers everybody.
pub(super) async fn gather(stage: &mut Stage, ware: &Ware) -> Result<Cast, Failure> {
    stage.begin(0, 8, "An operator founds an instance, and registers who takes part")?;
    let (operator, secret) = found_instance(stage).await?;
    let mut keys = Keyed { operator, keys: Vec::new() };
    let own = operator.organisation;
    keys.note(Role::Operator, own, None, &secret);
    let approver = keys.grant(stage, Role::Approver, own, None).await?.0;
    let auditor = keys.grant(stage, Role::Auditor, own, None).await?.0;
    account(stage, &keys.operator, own, (OPERATOR_IBAN, "Coopérative Passerelle"), None).await?;
    let held = ("Syndicat numérique de la Creuse", "00000834200016", Mode::Held);
    let held = funder(stage, &mut keys, ware, held).await?;
    let pledged = ("Agglomération du Bassin minier", "00000417600012", Mode::Pledged);
    let pledged = funder(stage, &mut keys, ware, pledged).await?;
    let owner = organisation(pledged.id.any())?;
    account(stage, &keys.operator, owner, (PLEDGED_IBAN, "Agglomération du Bassin minier"), None)
        .await?;
    let mut sites = Vec::new();
    for site in SITES {
        sites.push(distributor(stage, &mut keys, site).await?);
    }
    let mut structures = Vec::new();
    for (name, number, iban) in STRUCTURES {
        structures.push(structure(stage, &mut keys, name, number, iban).await?);
    }
    let counters = venues(stage, &mut keys, &structures).await?;
    println!("  2 funders (one whose money the operator holds, one that pledges), 3 distributors,");
    println!("  4 structures with {} venues from Guéret to Bordeaux", counters.len());
    ware.write_secrets("api-keys.json", &json!({ "api_keys": keys.keys }))?;
    println!("  {} API keys, one role each: api-keys.json", keys.keys.len());
    let nobody = SecretString::from("carnet_nobody".to_owned());
    let unknown = sign_in::actor(&stage.instance, &nobody).await;
    stage.refused(unknown, Reason::NotSignedIn)?;
    Ok(Cast {
        operator: keys.operator,
        approver,
        auditor,
        held,
        pledged,
        sites: all(sites)?,
        structures: all(structures)?,
        counters: all(counters)?,
    })
}

fn all<T, const N: usize>(found: Vec<T>) -> Result<[T; N], Failure> {
    found.try_into().map_err(|_| untrue(format!("the cast has not {N} of a kind")))
}

/// Keys that were granted, and who grants them.
struct Keyed {
    operator: Actor,
    keys: Vec<Value>,
}

impl Keyed {
    async fn grant(
        &mut self,
        stage: &Stage,
        role: Role,
        owner: OrganisationId,
        venue: Option<Id<Venue>>,
    ) -> Result<(Actor, SecretString), Failure> {
        let request = KeyRequest { venue_id: venue, ..KeyRequest::of(role, owner) };
        let key: Id<ApiKey> = stage.id();
        let (_, secret) = sign_in::grant(&stage.instance, &self.operator, key, request).await?;
        let secret = secret.ok_or_else(|| untrue("a new key has no secret"))?;
        let actor = sign_in::actor(&stage.instance, &secret).await?;
        expect(actor.role == role, "a key has another role than was granted")?;
        self.note(role, owner, venue, &secret);
        Ok((actor, secret))
    }

    fn note(
        &mut self,
        role: Role,
        owner: OrganisationId,
        venue: Option<Id<Venue>>,
        secret: &SecretString,
    ) {
        let mut key = json!({
            "role": role, "organisation_id": owner, "secret": secret.expose_secret()
        });
        if let Some(venue) = venue {
            key["venue_id"] = json!(venue);
        }
        self.keys.push(key);
    }
}

async fn found_instance(stage: &Stage) -> Result<(Actor, SecretString), Failure> {
    let instance = &stage.instance;
    let public_key = instance.signer.public_key(1).await?;
    let foundation = Foundation {
        operator_id: Id::<Operator>::new(instance.clock.as_ref(), instance.entropy.as_ref()),
        name: name("Coopérative Passerelle")?,
        registration: "00004170700019".parse().map_err(untrue)?,
        time_zone: stage.zone().clone(),
        voucher_key: PublicVoucherKey { key_id: 1, public_key },
        voucher_key_until: instance.clock.now().plus_seconds(KEY_DAYS * 86_400),
    };
    let (_, secret) = found(instance, foundation).await?;
    Ok((sign_in::actor(instance, &secret).await?, secret))
}

async fn register(
    stage: &Stage,
    operator: &Actor,
    id: AnyId,
    number: &str,
    profile: (&str, Vec<SiteProfile>, Option<LedgerTerms>),
) -> Result<OrganisationId, Failure> {
    let (text, sites, ledger) = profile;
    let registration = number.parse().map_err(untrue)?;
    let profile = OrganisationProfile { name: name(text)?, registration, sites, ledger };
    let id = organisation(id)?;
    stage.pause();
    register::organisation(&stage.instance, operator, id, profile, None).await?;
    Ok(id)
}

/// Records the account from which, or to which, a body is paid.
pub(super) async fn account(
    stage: &Stage,
    actor: &Actor,
    owner: OrganisationId,
    (iban, holder): (&str, &str),
    if_match: Option<i64>,
) -> Result<(), Failure> {
    stage.pause();
    let request = BankAccountRequest { iban: iban.to_owned(), holder: name(holder)? };
    register::bank_account(&stage.instance, actor, owner, &request, if_match).await?;
    Ok(())
}

async fn funder(
    stage: &Stage,
    keys: &mut Keyed,
    ware: &Ware,
    (text, number, mode): (&str, &str, Mode),
) -> Result<FunderPart, Failure> {
    let seed = bytes::<32>(stage.instance.entropy.as_ref());
    write_secret(&ware.path(&format!("recovery-{}.key", mode.as_str())), &seed)?;
    // Made from the demo's own chance: the same seed gives the same first line again.
    let secret = bytes::<32>(stage.instance.entropy.as_ref());
    let secret = bech32::encode_upper::<Bech32>(IDENTITY, &secret).expect("32 bytes are short");
    let identity: age::x25519::Identity = secret.parse().expect("age made its form");
    write_identity(&ware.path(&format!("age-identity-{}.txt", mode.as_str())), &identity)?;
    let terms = LedgerTerms {
        mode,
        time_zone: stage.zone().clone(),
        recovery_key: BASE64.encode(&VoucherKey::from_seed(0, &seed).public().public_key),
        age_recipient: identity.to_public().to_string(),
    };
    let id: Id<Funder> = stage.id();
    let profile = (text, Vec::new(), Some(terms));
    let owner = register(stage, &keys.operator, id.any(), number, profile).await?;
    let (_, key) = keys.grant(stage, Role::Funder, owner, None).await?;
    Ok(FunderPart { id, key })
}

async fn distributor(
    stage: &Stage,
    keys: &mut Keyed,
    (text, number, site, place): (&str, &str, &str, &str),
) -> Result<SitePart, Failure> {
    let (id, site_id): (Id<Distributor>, Id<Site>) = (stage.id(), stage.id());
    let site = SiteProfile { site_id, name: name(site)?, commune: commune(place)? };
    let profile = (text, vec![site], None);
    let owner = register(stage, &keys.operator, id.any(), number, profile).await?;
    let (actor, _) = keys.grant(stage, Role::Distributor, owner, None).await?;
    Ok(SitePart { actor, id: site_id })
}

async fn structure(
    stage: &Stage,
    keys: &mut Keyed,
    text: &'static str,
    number: &str,
    iban: &str,
) -> Result<StructurePart, Failure> {
    let id: Id<Structure> = stage.id();
    let profile = (text, Vec::new(), None);
    let owner = register(stage, &keys.operator, id.any(), number, profile).await?;
    let (actor, _) = keys.grant(stage, Role::Structure, owner, None).await?;
    account(stage, &actor, owner, (iban, text), None).await?;
    Ok(StructurePart { id, name: text })
}

/// Registers the venues; the operator qualifies all but the last.
async fn venues(
    stage: &Stage,
    keys: &mut Keyed,
    structures: &[StructurePart],
) -> Result<Vec<Counter>, Failure> {
    let mut counters = Vec::new();
    for ((structure, text, place, offerings), door) in VENUES.into_iter().zip(DOORS) {
        let structure_id = structures[structure].id;
        let profile =
            VenueProfile::new(structure_id, name(text)?, commune(place)?, offerings.to_vec());
        let profile = public(profile, door, HOSTS[structure])?;
        let venue: Id<Venue> = stage.id();
        register::venue(&stage.instance, &keys.operator, venue, profile, None).await?;
        if counters.len() + 1 < VENUES.len() {
            let agreed = Agreed::Now(Some(door.4.try_into().map_err(untrue)?));
            qualify(stage, &keys.operator, venue, VenueState::Qualified, agreed).await?;
        }
        let owner = organisation(structure_id.any())?;
        let (actor, _) = keys.grant(stage, Role::Venue, owner, Some(venue)).await?;
        counters.push(Counter { actor, venue, offering: offerings[0] });
    }
    Ok(counters)
}

/// The register with what the public is told.
fn public(
    profile: VenueProfile,
    (street, postcode, hours, phone, _): (&str, &str, &str, &str, i64),
    host: &str,
) -> Result<VenueProfile, Failure> {
    let street = street.parse().map_err(untrue)?;
    let postcode = postcode.parse().map_err(untrue)?;
    let page = |path: &str| format!("https://{host}/{path}").parse().map_err(untrue);
    Ok(VenueProfile {
        address: Some(Address { street, postcode }),
        opening_hours: Some(hours.parse().map_err(untrue)?),
        phone: Some(phone.parse().map_err(untrue)?),
        mailbox: Some(Email::new(&format!("accueil@{host}")).map_err(untrue)?),
        website: Some(page("")?),
        appointments: Some(page("rendez-vous")?),
        ..profile
    })
}

/// Qualifies or suspends a venue.
pub(super) async fn qualify(
    stage: &Stage,
    operator: &Actor,
    venue: Id<Venue>,
    state: VenueState,
    agreed: Agreed,
) -> Result<(), Failure> {
    stage.pause();
    let done = register::qualify(&stage.instance, operator, venue, state, agreed).await?;
    expect(done.is_some(), "a venue's state did not change")
}
