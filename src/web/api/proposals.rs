//! `/api/v1/proposals`: what waits for a second person, and the answer of every route that may
//! propose instead of doing.
//!
//! Promises: parses, asks one verb, answers; nobody on the way keeps what is shown. Does not: hold
//! rules.

use std::collections::BTreeMap;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use secrecy::ExposeSecret as _;
use serde::Serialize;
use serde_json::Value;
use utoipa::IntoResponses;
use utoipa::openapi::{ContentBuilder, Ref, RefOr, Response as ApiResponse, ResponseBuilder};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::Path;
use super::people::LinkShape;
use super::sessions::private;
use super::shape::Problems;
use crate::base::clock::Timestamp;
use crate::base::id::{AnyId, Id, Proposal};
use crate::base::money::Money;
use crate::domain::ledger::receipt::Receipt;
use crate::domain::proposal::{Deed, ProposalState};
use crate::service::Error;
use crate::service::error::Proposed;
use crate::service::propose::{self, ProposalView};
use crate::web::App;
use crate::web::actor::Asker;
use crate::web::problem::Problem;

/// The routes.
pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(list))
        .routes(routes!(get))
        .routes(routes!(approve))
        .routes(routes!(withdraw))
}

/// What somebody asked for and another person has to approve.
#[derive(Clone, Serialize, utoipa::ToSchema)]
pub struct ProposalAnswer {
    /// The proposal.
    #[schema(value_type = String, example = "proposal_01h455vb4pex5vsknk084sn02q")]
    pub id: Id<Proposal>,
    /// What would be done.
    pub deed: Deed,
    /// To what.
    #[schema(value_type = String, example = "structure_01h455vb4pex5vsknk084sn02q")]
    pub about: AnyId,
    /// Where it stands.
    pub state: ProposalState,
    /// Who asked.
    #[schema(value_type = String, example = "person_01h455vb4pex5vsknk084sn02q")]
    pub made_by: AnyId,
    /// When.
    #[schema(value_type = String, format = DateTime)]
    pub made_at: Timestamp,
    /// From when on nobody can approve it.
    #[schema(value_type = String, format = DateTime)]
    pub expires_at: Timestamp,
    /// Who decided.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub decided_by: Option<AnyId>,
    /// When.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>, format = DateTime)]
    pub decided_at: Option<Timestamp>,
    /// The body of the request, while it waits and for who may decide on it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Object>)]
    pub content: Option<Value>,
    /// How much it is about, for an order.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub amount: Option<Money>,
    /// How many vouchers it is about, for what voids some.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vouchers: Option<i64>,
    /// The secret of a proposed key, for who asked and once; it opens nothing before the approval.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub secret: Option<String>,
    /// The link of a proposed invitation, for who approved it and once, when it was not sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub link: Option<LinkShape>,
    /// The receipt of the proposal.
    pub receipt: Receipt,
}

impl From<ProposalView> for ProposalAnswer {
    fn from(view: ProposalView) -> Self {
        Self {
            id: view.id,
            deed: view.deed,
            about: view.about,
            state: view.state,
            made_by: view.made_by,
            made_at: view.made_at,
            expires_at: view.expires_at,
            decided_by: view.decided.map(|(by, _)| by),
            decided_at: view.decided.map(|(_, at)| at),
            content: view.content,
            amount: view.amount,
            vouchers: view.vouchers,
            secret: None,
            link: None,
            receipt: view.receipt,
        }
    }
}

impl ProposalAnswer {
    /// The answer to who proposed, made of the line alone: what it asked it knows.
    fn of(proposed: Proposed) -> Result<Self, Error> {
        let view = propose::of_line(proposed.done)?;
        let secret = proposed.secret.map(|secret| secret.expose_secret().to_owned());
        Ok(Self { secret, ..view.into() })
    }
}

/// Why something was not done: a "no", or a proposal, which is neither.
pub enum NotDone {
    /// It is refused, or something broke.
    Refused(Problem),
    /// It waits for a second person.
    Waiting(ProposalAnswer),
}

impl std::fmt::Debug for NotDone {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Refused(problem) => f.debug_tuple("Refused").field(problem).finish(),
            // It may hold a secret.
            Self::Waiting(answer) => f.debug_tuple("Waiting").field(&answer.id).finish(),
        }
    }
}

impl From<Error> for NotDone {
    fn from(error: Error) -> Self {
        match error {
            Error::Proposed(proposed) => match ProposalAnswer::of(*proposed) {
                Ok(answer) => Self::Waiting(answer),
                Err(error) => Self::Refused(error.into()),
            },
            error => Self::Refused(error.into()),
        }
    }
}

impl From<Problem> for NotDone {
    fn from(problem: Problem) -> Self {
        Self::Refused(problem)
    }
}

impl IntoResponse for NotDone {
    fn into_response(self) -> Response {
        match self {
            Self::Refused(problem) => problem.into_response(),
            Self::Waiting(answer) => {
                (StatusCode::ACCEPTED, private(), Json(answer)).into_response()
            }
        }
    }
}

/// The answer 202 of a route that proposes instead of doing, where two people decide.
#[derive(Debug)]
pub struct Waits;

impl IntoResponses for Waits {
    fn responses() -> BTreeMap<String, RefOr<ApiResponse>> {
        let schema = RefOr::Ref(Ref::from_schema_name("ProposalAnswer"));
        let content = ContentBuilder::new().schema(Some(schema)).build();
        let response = ResponseBuilder::new()
            .description("Proposed: it is done when another person approves it")
            .content("application/json", content)
            .build();
        [("202".to_owned(), RefOr::T(response))].into()
    }
}

/// Lists what waits, as far as the asker made it or may decide on it.
#[utoipa::path(
    get,
    path = "/api/v1/proposals",
    tag = "proposals",
    responses((status = 200, description = "Oldest first", body = Vec<ProposalAnswer>), Problems)
)]
pub async fn list(State(app): State<App>, Asker(actor): Asker) -> Result<Response, Problem> {
    let views = propose::list(&app.instance, &actor).await?;
    let answers: Vec<ProposalAnswer> = views.into_iter().map(ProposalAnswer::from).collect();
    Ok((private(), Json(answers)).into_response())
}

/// Reads a proposal, whatever became of it; its content only while it waits.
#[utoipa::path(
    get,
    path = "/api/v1/proposals/{id}",
    tag = "proposals",
    params(("id" = String, Path, description = "The proposal")),
    responses((status = 200, description = "As it stands", body = ProposalAnswer), Problems)
)]
pub async fn get(
    State(app): State<App>,
    Asker(actor): Asker,
    Path(id): Path<Id<Proposal>>,
) -> Result<Response, Problem> {
    let view = propose::read(&app.instance, &actor, id).await?;
    Ok((private(), Json(ProposalAnswer::from(view))).into_response())
}

/// Approves a proposal, as another person than who made it: what it says is done at once.
#[utoipa::path(
    post,
    path = "/api/v1/proposals/{id}/approval",
    tag = "proposals",
    params(("id" = String, Path, description = "The proposal")),
    responses(
        (status = 201, description = "Approved, and done", body = ProposalAnswer),
        (status = 200, description = "Known: the asker approved it before", body = ProposalAnswer),
        Problems
    )
)]
pub async fn approve(
    State(app): State<App>,
    Asker(actor): Asker,
    Path(id): Path<Id<Proposal>>,
) -> Result<Response, Problem> {
    let approved = propose::approve(&app.instance, &actor, id).await?;
    let view = propose::read(&app.instance, &actor, id).await?;
    let link = approved.link.as_ref().map(LinkShape::from);
    let answer = ProposalAnswer { link, ..view.into() };
    Ok((status(approved.done.fresh), private(), Json(answer)).into_response())
}

/// Gives a proposal up, as who made it or as somebody who might approve it.
#[utoipa::path(
    post,
    path = "/api/v1/proposals/{id}/withdrawal",
    tag = "proposals",
    params(("id" = String, Path, description = "The proposal")),
    responses(
        (status = 201, description = "Given up", body = ProposalAnswer),
        (status = 200, description = "Known: the asker gave it up before", body = ProposalAnswer),
        Problems
    )
)]
pub async fn withdraw(
    State(app): State<App>,
    Asker(actor): Asker,
    Path(id): Path<Id<Proposal>>,
) -> Result<Response, Problem> {
    let done = propose::withdraw(&app.instance, &actor, id).await?;
    let view = propose::read(&app.instance, &actor, id).await?;
    Ok((status(done.fresh), private(), Json(ProposalAnswer::from(view))).into_response())
}

const fn status(fresh: bool) -> StatusCode {
    if fresh { StatusCode::CREATED } else { StatusCode::OK }
}
