//! `/operator/proposals/{id}`: what one person asked for, and another decides.
//!
//! Promises: whoever decides sees all that would be done; who asked has no button to approve it,
//! and reads who may. Does not: show a proposal to who may not read it.

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;
use secrecy::ExposeSecret as _;
use serde::Deserialize;
use serde_json::Value;

use super::Operating;
use super::notice::{Notice, Query, turned};
use crate::base::day::Zone;
use crate::base::id::{AnyId, Id, Noun, Proposal};
use crate::domain::access::{Action, Role};
use crate::domain::proposal::{Deed, ProposalState};
use crate::service::find::{self, Names};
use crate::service::propose::{self, ProposalView};
use crate::web::App;
use crate::web::pages::Frame;
use crate::web::pages::asked::{Asked, named};
use crate::web::pages::desk::{Sent, Turned, go, redrawn, role_key, shown_here};
use crate::web::pages::words::Words;
use crate::web::problem::Problem;

/// What would be done, in words.
pub(super) const fn deed(deed: Deed) -> &'static str {
    match deed {
        Deed::RecordBankAccount => "operator-deed-account",
        Deed::ActivateOrder => "operator-deed-order",
        Deed::GrantMembership => "operator-deed-grant",
        Deed::EndMembership => "operator-deed-end",
        Deed::GrantApiKey => "operator-deed-key",
        Deed::AddVoucherKey => "operator-deed-add-key",
        Deed::RevokeVoucherKey => "operator-deed-revoke-key",
        Deed::BlockVouchers => "operator-deed-block",
        Deed::MoveBooks => "operator-deed-move",
        Deed::ReplaceBook => "operator-deed-replace",
        Deed::CloseCampaign => "operator-deed-close",
        Deed::ApproveSettlement => "operator-deed-settlement",
        Deed::AcceptLoss => "operator-deed-loss",
    }
}

/// Where it stands, in words.
const fn standing(state: ProposalState) -> &'static str {
    match state {
        ProposalState::Waiting => "operator-proposal-waiting",
        ProposalState::Approved => "operator-proposal-approved",
        ProposalState::Withdrawn => "operator-proposal-withdrawn",
        ProposalState::Expired => "operator-proposal-expired",
    }
}

/// Members of a request, in words; what is not here is shown under its own name.
const MEMBERS: &[(&str, &str)] = &[
    ("iban", "operator-member-iban"),
    ("holder", "operator-member-holder"),
    ("email", "operator-member-email"),
    ("name", "operator-member-name"),
    ("role", "operator-member-role"),
    ("organisation_id", "operator-member-organisation"),
    ("venue_id", "operator-member-venue"),
    ("person_id", "operator-member-person"),
    ("reads_only", "operator-member-reads-only"),
    ("expires_at", "operator-member-expires"),
    ("key_id", "operator-member-key"),
    ("public_key", "operator-member-public-key"),
    ("not_after", "operator-member-expires"),
    ("campaign_id", "operator-member-campaign"),
    ("book", "operator-member-book"),
    ("first", "operator-member-first"),
    ("last", "operator-member-last"),
    ("reason", "operator-member-reason"),
    ("site_id", "operator-member-site"),
    ("target", "operator-member-target"),
];

#[derive(Template)]
#[template(path = "operator/proposal.html")]
struct Page {
    frame: Frame,
    notice: Notice,
    id: String,
    title: String,
    state: String,
    look: &'static str,
    facts: Vec<(String, String)>,
    /// Where the thing itself is shown.
    thing: Option<String>,
    approves: bool,
    is_own: bool,
    withdraws: bool,
    /// The link of an invitation, for whoever approved it and once.
    link: Option<String>,
}

/// Where a thing is shown, for who may read it.
pub(super) fn place(operating: &Operating, about: AnyId) -> Option<String> {
    let may = |action| operating.actor.reaches_all(action);
    Some(match about.noun() {
        Noun::Order if may(Action::ReadCampaign) => format!("/operator/orders/{about}"),
        Noun::Settlement if may(Action::ReadSettlement) => format!("/operator/settlements/{about}"),
        Noun::Payment if may(Action::ReadSettlement) => format!("/operator/payments/{about}"),
        Noun::Venue if may(Action::ReadVenue) => format!("/operator/venues/{about}"),
        Noun::Proposal => format!("/operator/proposals/{about}"),
        Noun::Structure | Noun::Funder | Noun::Distributor | Noun::Operator
            if may(Action::ReadOrganisation) =>
        {
            format!("/operator/organisations/{about}")
        }
        _ => return None,
    })
}

/// Every id in a value.
fn ids(value: &Value, found: &mut Vec<AnyId>) {
    match value {
        Value::String(text) => found.extend(text.parse::<AnyId>()),
        Value::Array(values) => values.iter().for_each(|value| ids(value, found)),
        Value::Object(members) => members.values().for_each(|value| ids(value, found)),
        _ => {}
    }
}

/// A value as a person reads it.
fn plain(words: Words, names: &Names, zone: &Zone, name: &str, value: &Value) -> String {
    match value {
        Value::String(text) if name == "role" => {
            Role::of(text).map_or_else(|| text.clone(), |role| words.say(role_key(role)))
        }
        Value::String(text) => text.parse().map_or_else(
            |_| names.of(text),
            |moment: crate::base::clock::Timestamp| words.moment(moment, zone),
        ),
        Value::Bool(true) => words.say("operator-yes"),
        Value::Bool(false) => words.say("operator-no"),
        Value::Object(members) => {
            let member = |(name, value): (&String, &Value)| {
                format!("{name} {}", plain(words, names, zone, name, value))
            };
            members.iter().map(member).collect::<Vec<_>>().join(", ")
        }
        Value::Array(values) => {
            let each = values.iter().map(|value| plain(words, names, zone, name, value));
            each.collect::<Vec<_>>().join(" ; ")
        }
        other => other.to_string(),
    }
}

/// What is known of a proposal, by its label.
fn facts(words: Words, names: &Names, zone: &Zone, view: &ProposalView) -> Vec<(String, String)> {
    let mut facts = Vec::new();
    let mut add = |key: &str, value: String| facts.push((words.say(key), value));
    if let Some(name) = names.find(&view.about) {
        add("operator-proposal-about", name.to_owned());
    }
    if let Some(amount) = view.amount {
        add("operator-proposal-amount", words.amount(amount));
    }
    if let Some(count) = view.vouchers {
        add("operator-proposal-vouchers", words.number(count.unsigned_abs()));
    }
    if let Some(Value::Object(members)) = &view.content {
        for (name, value) in members {
            let known = MEMBERS.iter().find(|(known, _)| known == name);
            let label = known.map_or_else(|| name.clone(), |(_, key)| words.say(key));
            facts.push((label, plain(words, names, zone, name, value)));
        }
    }
    let mut add = |key: &str, value: String| facts.push((words.say(key), value));
    add("operator-proposal-who", names.of(&view.made_by));
    add("operator-proposal-when", words.moment(view.made_at, zone));
    if view.state == ProposalState::Waiting {
        add("operator-proposal-end", words.moment(view.expires_at, zone));
    }
    if let Some((by, at)) = view.decided {
        add("operator-proposal-decided-by", names.of(&by));
        add("operator-proposal-decided", words.moment(at, zone));
    }
    facts
}

async fn page(
    app: &App,
    operating: &Operating,
    id: Id<Proposal>,
    notice: Notice,
) -> Result<Page, Problem> {
    let Operating { frame, actor } = operating;
    let words = frame.words;
    let view = propose::read(&app.instance, actor, id).await?;
    let mut known = vec![view.about, view.made_by];
    known.extend(view.decided.map(|(by, _)| by));
    if let Some(content) = &view.content {
        ids(content, &mut known);
    }
    let names = find::names(&app.instance, actor, known).await?;
    let zone = app.instance.zone().await?;
    let waits = view.state == ProposalState::Waiting;
    let is_own = view.made_by == actor.id;
    let reads = view.content.is_some();
    Ok(Page {
        id: id.to_string(),
        title: words.say(deed(view.deed)),
        state: words.say(standing(view.state)),
        look: if waits { "wait" } else { "" },
        facts: facts(words, &names, &zone, &view),
        thing: place(operating, view.about),
        approves: waits && reads && !is_own,
        is_own: waits && is_own,
        withdraws: waits && (reads || is_own),
        link: None,
        notice,
        frame: frame.clone(),
    })
}

/// The page.
pub(super) async fn get(
    State(app): State<App>,
    Path(id): Path<String>,
    operating: Operating,
    Asked(asked): Asked<Query>,
) -> Result<Response, Problem> {
    let notice = Notice::done(operating.frame.words, &asked);
    Ok(shown_here(&page(&app, &operating, named(&id)?, notice).await?))
}

/// What is decided.
#[derive(Debug, Deserialize)]
pub(super) struct Typed {
    decision: String,
}

/// Approves it, or gives it up.
pub(super) async fn post(
    State(app): State<App>,
    Path(id): Path<String>,
    Sent { seated, typed }: Sent<Typed, Operating>,
) -> Result<Response, Turned> {
    let id: Id<Proposal> = named(&id)?;
    let (instance, actor) = (&app.instance, &seated.actor);
    let to = |done: &str| seated.frame.to(&format!("/operator/proposals/{id}?done={done}"));
    let error = if typed.decision == "approve" {
        match propose::approve(instance, actor, id).await {
            Ok(approved) => {
                let link = approved.link.filter(|link| !link.sent);
                let Some(link) = link else { return Ok(go(&to("approved"))) };
                let mut page = page(&app, &seated, id, Notice::default()).await?;
                page.link = Some(link.address.expose_secret().to_owned());
                return Ok(shown_here(&page));
            }
            Err(error) => error,
        }
    } else {
        match propose::withdraw(instance, actor, id).await {
            Ok(_) => return Ok(go(&to("withdrawn"))),
            Err(error) => error,
        }
    };
    let notice = turned(&seated.frame, error)?;
    Ok(redrawn(&page(&app, &seated, id, notice).await?))
}
