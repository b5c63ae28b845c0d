//! `/api/v1/memberships` and `/api/v1/people`: who may be what.
//!
//! Promises: parses, asks one verb, answers. Does not: hold rules.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse as _, Response};
use secrecy::ExposeSecret as _;
use serde::{Deserialize, Serialize};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Body, Path};
use super::proposals::{NotDone, Waits};
use super::sessions::{EndedSessions, MembershipShape, private, shapes};
use super::shape::{Problems, Put, Written};
use crate::base::clock::Timestamp;
use crate::base::id::{Id, Membership, Person};
use crate::domain::ledger::receipt::Receipt;
use crate::domain::person::{MembershipRequest, PersonState};
use crate::service::Error;
use crate::service::people::erase;
use crate::service::people::invite::{self, Link};
use crate::service::people::leave::{self, Whose};
use crate::web::App;
use crate::web::actor::Asker;
use crate::web::problem::Problem;

/// The routes.
pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(put_membership))
        .routes(routes!(end_membership))
        .routes(routes!(invite_again))
        .routes(routes!(list))
        .routes(routes!(put_state))
        .routes(routes!(end_sessions))
        .routes(routes!(end_all_sessions))
        .routes(routes!(delete))
}

/// A link for one person's eyes.
#[derive(Clone, Serialize, utoipa::ToSchema)]
pub struct LinkShape {
    /// Its address; absent when it was sent by mail.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(example = "https://pass.example.org/join/4tv2…")]
    pub address: Option<String>,
    /// Until when it is good, once.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
}

impl From<&Link> for LinkShape {
    fn from(link: &Link) -> Self {
        let address = (!link.sent).then(|| link.address.expose_secret().to_owned());
        Self { address, expires_at: link.expires_at }
    }
}

/// A granted membership.
#[derive(Clone, Serialize, utoipa::ToSchema)]
pub struct MembershipAnswer {
    /// The membership.
    #[schema(value_type = String, example = "membership_01h455vb4pex5vsknk084sn02q")]
    pub id: Id<Membership>,
    /// Who has it.
    #[schema(value_type = String, example = "person_01h455vb4pex5vsknk084sn02q")]
    pub person_id: Id<Person>,
    /// The link of the invitation, the first time and when the person has no account yet.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<LinkShape>,
    /// The receipt.
    pub receipt: Receipt,
}

/// Lets a person be something for an organisation, and invites it when it has no account yet.
#[utoipa::path(
    put,
    path = "/api/v1/memberships/{id}",
    tag = "people",
    params(("id" = String, Path, description = "The membership, named by the caller")),
    request_body = MembershipRequest,
    responses(
        (status = 201, description = "Granted", body = MembershipAnswer),
        (status = 200, description = "Known; no link is shown again", body = MembershipAnswer),
        Waits,
        Problems
    )
)]
pub async fn put_membership(
    State(app): State<App>,
    Asker(actor): Asker,
    Path(id): Path<Id<Membership>>,
    Body(request): Body<MembershipRequest>,
) -> Result<Response, NotDone> {
    let granted = invite::grant(&app.instance, &actor, id, request).await?;
    let link = granted.link.as_ref().map(LinkShape::from);
    let (fresh, receipt) = (granted.done.fresh, granted.done.receipt);
    let body = MembershipAnswer { id, person_id: granted.person_id, link, receipt };
    Ok((private(), Put { fresh, version: None, body }).into_response())
}

/// Ends what a person may be; the next request with it is refused.
#[utoipa::path(
    post,
    path = "/api/v1/memberships/{id}/end",
    tag = "people",
    params(("id" = String, Path, description = "The membership")),
    responses(
        (status = 201, description = "Ended", body = Written),
        (status = 200, description = "Known: it had ended", body = Written),
        Waits,
        Problems
    )
)]
pub async fn end_membership(
    State(app): State<App>,
    Asker(actor): Asker,
    Path(id): Path<Id<Membership>>,
) -> Result<Put<Written>, NotDone> {
    let done = invite::end(&app.instance, &actor, id).await?;
    Ok(Put::written(id, done))
}

/// Makes a new link for somebody who was invited and has not joined; the one before ends.
#[utoipa::path(
    post,
    path = "/api/v1/people/{id}/invitation",
    tag = "people",
    params(("id" = String, Path, description = "The person")),
    responses((status = 201, description = "Shown once, or sent", body = LinkShape), Problems)
)]
pub async fn invite_again(
    State(app): State<App>,
    Asker(actor): Asker,
    Path(id): Path<Id<Person>>,
) -> Result<Response, Problem> {
    let link = invite::again(&app.instance, &actor, id).await?;
    Ok((StatusCode::CREATED, private(), Json(LinkShape::from(&link))).into_response())
}

/// A person, as those who work with it see it.
#[derive(Clone, Serialize, utoipa::ToSchema)]
pub struct PersonAnswer {
    /// The person.
    #[schema(value_type = String, example = "person_01h455vb4pex5vsknk084sn02q")]
    pub id: Id<Person>,
    /// The name.
    pub name: String,
    /// The address to sign in with.
    pub email: String,
    /// Whether it may sign in.
    pub state: PersonState,
    /// What it may be, as far as the asker may know.
    pub memberships: Vec<MembershipShape>,
}

/// Lists the people of the asker's organisation; for the operator, all.
#[utoipa::path(
    get,
    path = "/api/v1/people",
    tag = "people",
    responses((status = 200, description = "In order of id", body = Vec<PersonAnswer>), Problems)
)]
pub async fn list(State(app): State<App>, Asker(actor): Asker) -> Result<Response, Problem> {
    let mut people = Vec::new();
    for (row, held) in erase::list(&app.instance, &actor).await? {
        people.push(PersonAnswer {
            id: row.id().map_err(Error::from)?,
            state: row.state().map_err(Error::from)?,
            memberships: shapes(&held)?,
            name: row.name,
            email: row.email,
        });
    }
    Ok((private(), Json(people)).into_response())
}

/// What `PUT /api/v1/people/{id}/state` takes, and answers.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct PersonStateShape {
    /// `active` or `disabled`.
    pub state: PersonState,
}

/// Keeps a person out from its next request on, or lets it in again.
#[utoipa::path(
    put,
    path = "/api/v1/people/{id}/state",
    tag = "people",
    params(("id" = String, Path, description = "The person")),
    request_body = PersonStateShape,
    responses((status = 200, description = "As it stands", body = PersonStateShape), Problems)
)]
pub async fn put_state(
    State(app): State<App>,
    Asker(actor): Asker,
    Path(id): Path<Id<Person>>,
    Body(request): Body<PersonStateShape>,
) -> Result<Json<PersonStateShape>, Problem> {
    erase::set_state(&app.instance, &actor, id, request.state).await?;
    Ok(Json(request))
}

/// Ends all sessions of a person, who may sign in again.
#[utoipa::path(
    delete,
    path = "/api/v1/people/{id}/sessions",
    tag = "people",
    params(("id" = String, Path, description = "The person")),
    responses((status = 200, description = "Ended", body = EndedSessions), Problems)
)]
pub async fn end_sessions(
    State(app): State<App>,
    Asker(actor): Asker,
    Path(id): Path<Id<Person>>,
) -> Result<Json<EndedSessions>, Problem> {
    let ended = leave::end_for(&app.instance, &actor, Whose::Person(id)).await?;
    Ok(Json(EndedSessions { ended }))
}

/// Ends everybody's sessions, the asker's own too: all sign in again.
#[utoipa::path(
    delete,
    path = "/api/v1/sessions/all",
    tag = "people",
    responses((status = 200, description = "Ended", body = EndedSessions), Problems)
)]
pub async fn end_all_sessions(
    State(app): State<App>,
    Asker(actor): Asker,
) -> Result<Json<EndedSessions>, Problem> {
    let ended = leave::end_for(&app.instance, &actor, Whose::Everybody).await?;
    Ok(Json(EndedSessions { ended }))
}

/// That a person is forgotten.
#[derive(Debug, Clone, Copy, Serialize, utoipa::ToSchema)]
pub struct Erased {
    /// The person that was: the lines still name it, and nothing is behind it any more.
    #[schema(value_type = String)]
    pub id: Id<Person>,
}

/// Forgets a person: its rights end, and all that names it goes; every line and proof stays.
#[utoipa::path(
    delete,
    path = "/api/v1/people/{id}",
    tag = "people",
    params(("id" = String, Path, description = "The person")),
    responses((status = 200, description = "Forgotten", body = Erased), Waits, Problems)
)]
pub async fn delete(
    State(app): State<App>,
    Asker(actor): Asker,
    Path(id): Path<Id<Person>>,
) -> Result<Json<Erased>, NotDone> {
    erase::erase(&app.instance, &actor, id).await?;
    Ok(Json(Erased { id }))
}
