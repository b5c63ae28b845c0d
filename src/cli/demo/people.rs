//! The people: one of each role joins by a link, chooses a password, and gets an app where its
//! role touches money.
//!
//! Promises: everybody came by the verbs that real people come by, and can sign in with what
//! `people.json` says. Does not: keep that secret, or name anybody that there is.

use std::net::{IpAddr, Ipv4Addr};

use data_encoding::BASE32_NOPAD;
use secrecy::{ExposeSecret as _, SecretString};
use serde::Serialize;

use super::cast::{Cast, name, organisation};
use super::stage::Stage;
use super::untrue;
use super::ware::Ware;
use crate::base::entropy::bytes;
use crate::base::id::{Id, Venue};
use crate::cli::failure::Failure;
use crate::domain::access::Role;
use crate::domain::organisation::OrganisationId;
use crate::domain::person::{Email, MembershipRequest};
use crate::domain::session::needs_factor;
use crate::domain::totp;
use crate::service::people::factor::{self, Proof};
use crate::service::people::invite;
use crate::service::people::join::{self, Newcomer};
use crate::service::people::leave;
use crate::service::people::session::{Opened, Visitor};
use crate::service::register;
use crate::web::pages::demo::Known;

/// The file that tells how everybody signs in.
pub(super) const FILE_NAME: &str = "people.json";

/// Something that a person may be.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Part {
    pub(super) role: Role,
    organisation_id: OrganisationId,
    /// What the organisation is called.
    pub(super) organisation: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    venue_id: Option<Id<Venue>>,
    /// What the venue is called, for who works at one only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) venue: Option<String>,
}

/// Somebody who can sign in.
#[derive(Debug, Clone, Serialize)]
pub(super) struct Player {
    pub(super) email: String,
    pub(super) name: String,
    /// Known to whoever knows the seed.
    pub(super) password: String,
    /// The secret of its app, base 32 of RFC 4648; none where no second factor is asked for.
    pub(super) totp: Option<String>,
    pub(super) roles: Vec<Part>,
}

/// What is written down.
#[derive(Serialize)]
struct People<'p> {
    people: &'p [Player],
}

/// Role, name, address.
type Who = (Role, &'static str, &'static str);

const OPERATOR: Who = (Role::Operator, "Nora Petit", "nora@passerelle.example");
const AUDITOR: Who = (Role::Auditor, "Inès Moreau", "ines@passerelle.example");
const APPROVER: Who = (Role::Approver, "Hugo Lambert", "hugo@passerelle.example");
const FUNDERS: [Who; 3] = [
    (Role::Funder, "Claire Fontaine", "claire@syndicat-creuse.example"),
    (Role::FunderReader, "Paul Garnier", "paul@syndicat-creuse.example"),
    (Role::Funder, "Lucie Delattre", "lucie@bassin-minier.example"),
];
const DISTRIBUTORS: [Who; 3] = [
    (Role::Distributor, "Samia Roux", "samia@point-social.example"),
    (Role::DistributorWorker, "Marc Faure", "marc@point-social.example"),
    (Role::DistributorWorker, "Camille Robin", "camille@maison-souterraine.example"),
];
const STRUCTURES: [Who; 3] = [
    (Role::Structure, "Léa Bonnet", "lea@atelier-des-cles.example"),
    (Role::StructureAccountant, "Denis Colin", "denis@atelier-des-cles.example"),
    (Role::Structure, "Yann Leroy", "yann@fil-limousin.example"),
];
const VENUES: [Who; 2] = [
    (Role::Venue, "Jeanne Lopez", "jeanne@atelier-des-cles.example"),
    (Role::VenueCounter, "Amadou Ba", "amadou@atelier-des-cles.example"),
];

/// Rare words, each easy to type on any keyboard.
const RARE: [&str; 32] = [
    "abricot", "bouleau", "brume", "cabane", "cuivre", "dune", "epice", "falaise", "gare", "genet",
    "givre", "hibou", "jonc", "laine", "lichen", "moulin", "myrtille", "noisette", "osier",
    "panier", "perche", "phare", "ravin", "sarment", "seigle", "tilleul", "tisane", "tourbe",
    "velours", "verger", "violon", "zinc",
];

/// Everybody's password in a demo of this seed: five words of [`RARE`].
fn password(stage: &Stage) -> String {
    let mut left = RARE.to_vec();
    let dice = bytes::<5>(stage.instance.entropy.as_ref());
    dice.map(|die| left.remove(usize::from(die) % left.len())).join("-")
}

/// People join: the operator first, who grants the rest, and the second person of the operator
/// last, because from then on two people grant what touches money.
pub(super) async fn join_all(
    stage: &Stage,
    cast: &Cast,
    ware: &Ware,
) -> Result<Vec<Player>, Failure> {
    stage.begin(57, 8, "People join, each by a link of its own")?;
    let password = password(stage);
    let mut company = Company { stage, cast, password, players: Vec::new() };
    let own = cast.operator.organisation;
    company.first(own).await?;
    company.invite(AUDITOR, own, None).await?;
    let [manager, reader, pledged] = FUNDERS;
    let held_id = organisation(cast.held.id.any())?;
    company.invite(manager, held_id, None).await?;
    company.invite(reader, held_id, None).await?;
    company.invite(pledged, organisation(cast.pledged.id.any())?, None).await?;
    let [gueret, souterraine, _] = cast.sites.map(|site| site.actor.organisation);
    let [manager, worker, both] = DISTRIBUTORS;
    company.invite(manager, gueret, None).await?;
    company.invite(worker, gueret, None).await?;
    company.invite(both, souterraine, None).await?;
    let [ateliers, fil] = [0, 1].map(|place: usize| cast.structures[place].id.any());
    let (ateliers, fil) = (organisation(ateliers)?, organisation(fil)?);
    let [manager, accountant, other] = STRUCTURES;
    company.invite(manager, ateliers, None).await?;
    company.invite(accountant, ateliers, None).await?;
    company.invite(other, fil, None).await?;
    let [first, second] = [0, 1].map(|place: usize| cast.counters[place].venue);
    let [manager, counter] = VENUES;
    company.invite(manager, ateliers, Some(first)).await?;
    company.invite(counter, ateliers, Some(first)).await?;
    // Whoever hands books over in the morning may sit at a counter in the afternoon.
    company.also(both, (Role::VenueCounter, ateliers), Some(second)).await?;
    company.invite(APPROVER, own, None).await?;
    let mut players = company.players;
    players.sort_by_key(|player| player.roles.first().map(|part| part.role));
    let with_app = players.iter().filter(|player| player.totp.is_some()).count();
    println!("  {} people, {with_app} of them with a second factor; from now on", players.len());
    println!("  two decide what weighs much. How each signs in: {FILE_NAME}");
    ware.write_secrets(FILE_NAME, &People { people: &players })?;
    Ok(players)
}

/// Everybody as the page of the demo shows them.
pub(super) fn known(players: Vec<Player>) -> Result<Vec<Known>, Failure> {
    let known = |player: Player| {
        let secret = player.totp.map(|typed| BASE32_NOPAD.decode(typed.as_bytes())).transpose();
        let part = |part: Part| (part.role, part.venue.unwrap_or(part.organisation));
        Ok(Known {
            name: player.name,
            email: player.email,
            password: player.password.into(),
            totp: secret.map_err(untrue)?,
            parts: player.roles.into_iter().map(part).collect(),
        })
    };
    players.into_iter().map(known).collect()
}

/// Those who have joined so far.
struct Company<'s> {
    stage: &'s Stage,
    cast: &'s Cast,
    password: String,
    players: Vec<Player>,
}

impl Company<'_> {
    /// The first operator, by the link that the server prints.
    async fn first(&mut self, owner: OrganisationId) -> Result<(), Failure> {
        let link = invite::first(&self.stage.instance).await?;
        let link = link.ok_or_else(|| untrue("somebody is there before the first"))?;
        let (_, person, email) = OPERATOR;
        let newcomer = Newcomer { email: Email::new(email).map_err(untrue)?, name: name(person)? };
        self.join(OPERATOR, (owner, None), &link.address, Some(newcomer)).await
    }

    /// Somebody whom the operator invites.
    async fn invite(
        &mut self,
        who: Who,
        owner: OrganisationId,
        venue: Option<Id<Venue>>,
    ) -> Result<(), Failure> {
        let granted = self.grant(who, (who.0, owner), venue).await?;
        let link = granted.link.ok_or_else(|| untrue("an invitation without a link"))?;
        self.join(who, (owner, venue), &link.address, None).await
    }

    /// One more thing that somebody may be who has joined already.
    async fn also(
        &mut self,
        who: Who,
        (role, owner): (Role, OrganisationId),
        venue: Option<Id<Venue>>,
    ) -> Result<(), Failure> {
        self.grant(who, (role, owner), venue).await?;
        let part = self.part(role, owner, venue).await?;
        let player = self.players.iter_mut().find(|player| player.email == who.2);
        player.ok_or_else(|| untrue("somebody has not joined"))?.roles.push(part);
        Ok(())
    }

    async fn grant(
        &self,
        (_, person, email): Who,
        (role, organisation_id): (Role, OrganisationId),
        venue_id: Option<Id<Venue>>,
    ) -> Result<invite::Granted, Failure> {
        let email = Email::new(email).map_err(untrue)?;
        let request =
            MembershipRequest { email, name: name(person)?, role, organisation_id, venue_id };
        let (instance, id) = (&self.stage.instance, self.stage.id());
        Ok(invite::grant(instance, &self.cast.operator, id, request).await?)
    }

    /// Opens a link, chooses the password, puts a secret into an app, and goes.
    async fn join(
        &mut self,
        (role, person, email): Who,
        (owner, venue): (OrganisationId, Option<Id<Venue>>),
        link: &SecretString,
        newcomer: Option<Newcomer>,
    ) -> Result<(), Failure> {
        self.stage.pause();
        let instance = &self.stage.instance;
        let token = link.expose_secret().rsplit('/').next().unwrap_or_default();
        let (token, chosen) = (SecretString::from(token), SecretString::from(&*self.password));
        let visitor = Visitor { address: IpAddr::V4(Ipv4Addr::LOCALHOST), before: None };
        let mut opened = join::join(instance, &token, &chosen, newcomer, &visitor).await?;
        let mut totp = None;
        if needs_factor(role) {
            let secret;
            (opened, secret) = self.enrol(&opened).await?;
            totp = Some(secret);
        }
        let actor = opened.signed_in.actor()?;
        super::expect(actor.role == role, format!("{email} joined as somebody else"))?;
        leave::end(instance, &opened.signed_in, Some(opened.signed_in.session_id)).await?;
        let roles = vec![self.part(role, owner, venue).await?];
        let password = self.password.clone();
        let (email, name) = (email.to_owned(), person.to_owned());
        self.players.push(Player { email, name, password, totp, roles });
        Ok(())
    }

    /// A secret in an app, and its first password given.
    async fn enrol(&self, opened: &Opened) -> Result<(Opened, String), Failure> {
        let instance = &self.stage.instance;
        let made = factor::enrol(instance, &opened.signed_in).await?;
        let typed = made.secret.expose_secret();
        let secret = BASE32_NOPAD.decode(typed.as_bytes()).map_err(untrue)?;
        self.stage.pause();
        let shown = totp::password_of(&secret, totp::step_of(instance.clock.now()));
        let proof = Proof::Totp(SecretString::from(shown));
        let (opened, _) = factor::give(instance, &opened.signed_in, proof).await?;
        Ok((opened, typed.to_owned()))
    }

    /// What somebody may be, with the names that people know.
    async fn part(
        &self,
        role: Role,
        organisation_id: OrganisationId,
        venue_id: Option<Id<Venue>>,
    ) -> Result<Part, Failure> {
        let (instance, operator) = (&self.stage.instance, &self.cast.operator);
        let body = register::read(instance, operator, organisation_id).await?;
        let venue = match venue_id {
            Some(id) => Some(register::read_venue(instance, operator, id).await?),
            None => None,
        };
        let venue = venue.map(|it| it.profile.name.to_string());
        let organisation = body.profile.name.to_string();
        Ok(Part { role, organisation_id, organisation, venue_id, venue })
    }
}
