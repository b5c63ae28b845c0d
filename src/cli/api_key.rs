//! `carnet api-key`: the keys of programs, granted at the operator's own machine.
//!
//! Promises: a secret is printed once, to standard output. Does not: show the secret of a key that
//! was granted before; nobody can.

use clap::Subcommand;
use secrecy::ExposeSecret as _;

use super::failure::Failure;
use super::place::Place;
use super::table;
use crate::base::clock::Timestamp;
use crate::base::id::{ApiKey, Id, Venue};
use crate::domain::access::{KeyRequest, Role};
use crate::domain::organisation::OrganisationId;
use crate::server::Opened;
use crate::service::rotate::operator_at_the_machine;
use crate::service::sign_in::{self, KeyState};

/// List, grant and revoke the keys of programs.
#[derive(Debug, clap::Args)]
pub struct ApiKeys {
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Show the keys and what each may be
    List {
        #[command(flatten)]
        place: Place,
    },
    /// Make a key and print its secret, once
    Grant {
        #[command(flatten)]
        place: Place,
        /// operator, approver, auditor, funder, funder-reader, distributor, distributor-worker,
        /// structure, structure-accountant, venue, venue-counter or device
        #[arg(long, value_parser = role)]
        role: Role,
        /// The organisation that it belongs to [default: the operator]
        #[arg(long, value_name = "ID")]
        organisation: Option<OrganisationId>,
        /// The venue that it is bound to, for a venue's key
        #[arg(long, value_name = "ID")]
        venue: Option<Id<Venue>>,
        /// It may only read, whatever its role may
        #[arg(long)]
        reads_only: bool,
        /// When it ends by itself, in UTC, like 2027-12-31T23:00:00.000Z [default: never]
        #[arg(long, value_name = "TIME")]
        expires_at: Option<Timestamp>,
    },
    /// End a key: the next request with it is refused
    Revoke {
        #[command(flatten)]
        place: Place,
        /// The key, as in `carnet api-key list`
        id: Id<ApiKey>,
    },
}

fn role(text: &str) -> Result<Role, String> {
    Role::of(text).ok_or_else(|| {
        let roles = Role::ALL.map(Role::as_str).join(", ");
        format!("the roles are {roles}")
    })
}

impl ApiKeys {
    /// Runs the verb.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn run(self) -> Result<(), Failure> {
        let (Verb::List { place } | Verb::Grant { place, .. } | Verb::Revoke { place, .. }) =
            &self.verb;
        let config = place.load(Vec::new())?;
        let opened = Opened::open(&config).await?;
        let done = match self.verb {
            Verb::List { .. } => list(&opened).await,
            Verb::Grant { role, organisation, venue, reads_only, expires_at, .. } => {
                let request = |own| KeyRequest {
                    venue_id: venue,
                    reads_only,
                    expires_at,
                    ..KeyRequest::of(role, organisation.unwrap_or(own))
                };
                grant(&opened, request).await
            }
            Verb::Revoke { id, .. } => revoke(&opened, id).await,
        };
        opened.close().await;
        done
    }
}

async fn list(opened: &Opened) -> Result<(), Failure> {
    let actor = operator_at_the_machine(&opened.instance).await?;
    let keys = sign_in::list(&opened.instance, &actor).await?;
    let now = opened.instance.clock.now();
    let row = |KeyState { actor, expires_at, revoked_at, used_at }: KeyState| {
        let state = match (revoked_at, expires_at) {
            (Some(at), _) => format!("ended {at}"),
            (None, Some(at)) if at <= now => format!("ended {at}"),
            (None, Some(at)) => format!("until {at}"),
            (None, None) => "lives".to_owned(),
        };
        let venue = actor.venue.map(|venue| venue.to_string()).unwrap_or_default();
        let role = format!("{}{}", actor.role, if actor.reads_only { ", reads only" } else { "" });
        let used = used_at.map_or_else(|| "never".to_owned(), |at| at.to_string());
        [actor.id.to_string(), role, state, used, actor.organisation.to_string(), venue]
    };
    let rows: Vec<_> = keys.into_iter().map(row).collect();
    table::print(["key", "role", "state", "last use", "organisation", "venue"], &rows);
    Ok(())
}

async fn grant(
    opened: &Opened,
    request: impl FnOnce(OrganisationId) -> KeyRequest,
) -> Result<(), Failure> {
    let instance = &opened.instance;
    let actor = operator_at_the_machine(instance).await?;
    let id = Id::new(instance.clock.as_ref(), instance.entropy.as_ref());
    let request = request(actor.organisation);
    let KeyRequest { role, organisation_id, .. } = request;
    let (_, secret) = sign_in::grant(instance, &actor, id, request).await?;
    let secret = secret.ok_or_else(|| Failure::software("a new key without a secret"))?;
    println!("{id}: a key of role {role} for {organisation_id}. Its secret, shown this once:\n");
    println!("    {}", secret.expose_secret());
    Ok(())
}

async fn revoke(opened: &Opened, id: Id<ApiKey>) -> Result<(), Failure> {
    let actor = operator_at_the_machine(&opened.instance).await?;
    let done = sign_in::revoke(&opened.instance, &actor, id).await?;
    let was = if done.fresh { "is" } else { "was already" };
    println!("{id} {was} ended.");
    Ok(())
}
