//! `/api/v1/sessions`: people sign in, choose what to be, give their second factor, and go.
//!
//! Promises: parses, asks one verb, answers; an answer with a cookie is never stored; a body says
//! who signs in and never what it may. Does not: hold rules.

use axum::Json;
use axum::extract::State;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use super::extract::{Body, Path};
use super::shape::Problems;
use crate::base::clock::Timestamp;
use crate::base::id::{Id, Membership, Person, Session, Venue};
use crate::domain::access::Role;
use crate::domain::organisation::OrganisationId;
use crate::domain::person::Email;
use crate::domain::refusal::Refusal;
use crate::domain::session::{Assurance, Standing};
use crate::service::Error;
use crate::service::people::choose;
use crate::service::people::factor::{self, Proof};
use crate::service::people::leave;
use crate::service::people::passkey;
use crate::service::people::session::{self, MembershipRow, Opened, SignedIn, csrf_of};
use crate::web::App;
use crate::web::actor::{Guest, Holder};
use crate::web::cookie;
use crate::web::problem::Problem;

/// The routes.
pub(super) fn router() -> OpenApiRouter<App> {
    OpenApiRouter::new()
        .routes(routes!(post, list, delete_all))
        .routes(routes!(get, delete_current))
        .routes(routes!(delete))
        .routes(routes!(put_membership))
        .routes(routes!(put_factor))
}

/// What a person may be for an organisation.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct MembershipShape {
    /// The membership.
    #[schema(value_type = String, example = "membership_01h455vb4pex5vsknk084sn02q")]
    pub id: Id<Membership>,
    /// What the person may be.
    pub role: Role,
    /// For whom.
    #[schema(value_type = String)]
    pub organisation_id: OrganisationId,
    /// What the organisation is called.
    pub organisation_name: String,
    /// At which venue, for a role that is bound to one.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub venue_id: Option<Id<Venue>>,
}

/// A person's session.
#[derive(Clone, Serialize, utoipa::ToSchema)]
pub struct SessionAnswer {
    /// The session.
    #[schema(value_type = String, example = "session_01h455vb4pex5vsknk084sn02q")]
    pub id: Id<Session>,
    /// Who is signed in.
    #[schema(value_type = String, example = "person_01h455vb4pex5vsknk084sn02q")]
    pub person_id: Id<Person>,
    /// The person's name.
    pub name: String,
    /// What it waits for before it may act.
    pub standing: Standing,
    /// To send as `carnet-csrf` with whatever changes something; another one after each step.
    pub csrf: String,
    /// What the person is now, once it is said.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub membership_id: Option<Id<Membership>>,
    /// All that it may be.
    pub memberships: Vec<MembershipShape>,
    /// Whether it has a second factor.
    pub has_second_factor: bool,
    /// Whether it was given just now: for money, keys and rights.
    pub second_factor_is_fresh: bool,
    /// When the session ends if nothing more is asked.
    #[schema(value_type = String, format = DateTime)]
    pub ends_at: Timestamp,
    /// Codes for who lost its second factor: shown once, each good once.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub recovery_codes: Vec<String>,
}

/// Memberships as they are shown.
pub(super) fn shapes(rows: &[MembershipRow]) -> Result<Vec<MembershipShape>, Error> {
    let mut shapes = Vec::new();
    for row in rows {
        shapes.push(MembershipShape {
            id: row.id()?,
            role: row.role()?,
            organisation_id: row.organisation()?,
            organisation_name: row.organisation_name.clone(),
            venue_id: row.venue()?,
        });
    }
    Ok(shapes)
}

impl SessionAnswer {
    fn of(token: &SecretString, signed_in: &SignedIn) -> Result<Self, Error> {
        let memberships = shapes(&signed_in.memberships)?;
        Ok(Self {
            id: signed_in.session_id,
            person_id: signed_in.person_id,
            name: signed_in.name().to_owned(),
            standing: signed_in.standing,
            csrf: csrf_of(token),
            membership_id: signed_in.membership_id()?,
            memberships,
            has_second_factor: signed_in.has_factor,
            second_factor_is_fresh: signed_in.assurance == Assurance::Fresh,
            ends_at: signed_in.ends_at,
            recovery_codes: Vec::new(),
        })
    }
}

/// A session with the cookie that holds its new token.
pub(super) struct Entered {
    status: StatusCode,
    cookie: Option<HeaderValue>,
    body: SessionAnswer,
}

impl Entered {
    pub(super) fn new(status: StatusCode, opened: &Opened) -> Result<Self, Error> {
        let age = opened.signed_in.cookie_seconds();
        let body = SessionAnswer::of(&opened.token, &opened.signed_in)?;
        Ok(Self { status, cookie: cookie::set(&opened.token, age), body })
    }
}

impl Entered {
    /// With codes that are shown once.
    pub(super) fn with_codes(mut self, codes: Vec<String>) -> Self {
        self.body.recovery_codes = codes;
        self
    }
}

impl IntoResponse for Entered {
    fn into_response(self) -> Response {
        let mut response = (self.status, private(), Json(self.body)).into_response();
        if let Some(cookie) = self.cookie {
            response.headers_mut().insert(header::SET_COOKIE, cookie);
        }
        response
    }
}

/// What only one person may see is not kept by anybody on the way.
pub(super) fn private() -> [(header::HeaderName, HeaderValue); 1] {
    [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))]
}

/// What `POST /api/v1/sessions` takes.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SignInRequest {
    /// The address of the invitation.
    email: Email,
    /// The password.
    #[schema(format = Password)]
    password: String,
    /// What to be; needed by nobody who is one thing only.
    #[serde(default)]
    #[schema(value_type = Option<String>)]
    membership_id: Option<Id<Membership>>,
}

/// Signs a person in; the session is in the cookie.
#[utoipa::path(
    post,
    path = "/api/v1/sessions",
    tag = "people",
    security(()),
    request_body = SignInRequest,
    responses((status = 201, description = "Signed in, as far as it goes", body = SessionAnswer),
        Problems)
)]
pub async fn post(
    State(app): State<App>,
    Guest(visitor): Guest,
    Body(request): Body<SignInRequest>,
) -> Result<Response, Problem> {
    let SignInRequest { email, password, membership_id } = request;
    let password = SecretString::from(password);
    let opened =
        session::sign_in(&app.instance, &email, &password, membership_id, &visitor).await?;
    Ok(Entered::new(StatusCode::CREATED, &opened)?.into_response())
}

/// Reads the session of the cookie.
#[utoipa::path(
    get,
    path = "/api/v1/sessions/current",
    tag = "people",
    security(("session" = [])),
    responses((status = 200, description = "As it stands", body = SessionAnswer), Problems)
)]
pub async fn get(Holder(signed_in): Holder) -> Result<Response, Problem> {
    let answer = SessionAnswer::of(signed_in.token(), &signed_in)?;
    Ok((private(), Json(answer)).into_response())
}

/// A session in a list.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct ListedSession {
    /// The session.
    #[schema(value_type = String)]
    pub id: Id<Session>,
    /// When it began.
    #[schema(value_type = String, format = DateTime)]
    pub opened_at: Timestamp,
    /// When it last asked, to the minute.
    #[schema(value_type = String, format = DateTime)]
    pub seen_at: Timestamp,
    /// Whether it is the one that asks.
    pub is_current: bool,
}

/// Lists the sessions of the person who asks.
#[utoipa::path(
    get,
    path = "/api/v1/sessions",
    tag = "people",
    security(("session" = [])),
    responses((status = 200, description = "In order of age", body = Vec<ListedSession>), Problems)
)]
pub async fn list(
    State(app): State<App>,
    Holder(signed_in): Holder,
) -> Result<Json<Vec<ListedSession>>, Problem> {
    let listed = leave::list(&app.instance, &signed_in).await?.into_iter();
    let shape = |leave::Listed { session_id, opened_at, seen_at, is_current }| ListedSession {
        id: session_id,
        opened_at,
        seen_at,
        is_current,
    };
    Ok(Json(listed.map(shape).collect()))
}

/// How many sessions ended.
#[derive(Debug, Clone, Copy, Serialize, utoipa::ToSchema)]
pub struct EndedSessions {
    /// How many.
    pub ended: u64,
}

async fn end(app: &App, of: &SignedIn, one: Option<Id<Session>>) -> Result<Response, Problem> {
    let ended = leave::end(&app.instance, of, one).await?;
    let mut response = (private(), Json(EndedSessions { ended })).into_response();
    if one.is_none_or(|id| id == of.session_id) {
        cookie::sign_off(response.headers_mut());
    }
    Ok(response)
}

/// Signs out: ends the session of the cookie.
#[utoipa::path(
    delete,
    path = "/api/v1/sessions/current",
    tag = "people",
    security(("session" = [])),
    responses((status = 200, description = "Ended", body = EndedSessions), Problems)
)]
pub async fn delete_current(
    State(app): State<App>,
    Holder(signed_in): Holder,
) -> Result<Response, Problem> {
    end(&app, &signed_in, Some(signed_in.session_id)).await
}

/// Ends one session of the person who asks.
#[utoipa::path(
    delete,
    path = "/api/v1/sessions/{id}",
    tag = "people",
    security(("session" = [])),
    params(("id" = String, Path, description = "The session")),
    responses((status = 200, description = "Ended", body = EndedSessions), Problems)
)]
pub async fn delete(
    State(app): State<App>,
    Holder(signed_in): Holder,
    Path(id): Path<Id<Session>>,
) -> Result<Response, Problem> {
    end(&app, &signed_in, Some(id)).await
}

/// Ends all sessions of the person who asks, this one too.
#[utoipa::path(
    delete,
    path = "/api/v1/sessions",
    tag = "people",
    security(("session" = [])),
    responses((status = 200, description = "Ended", body = EndedSessions), Problems)
)]
pub async fn delete_all(
    State(app): State<App>,
    Holder(signed_in): Holder,
) -> Result<Response, Problem> {
    end(&app, &signed_in, None).await
}

/// What `PUT /api/v1/sessions/current/membership` takes.
#[derive(Debug, Clone, Copy, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ChoiceRequest {
    /// What to be from now on.
    #[schema(value_type = String)]
    membership_id: Id<Membership>,
}

/// Chooses for which organisation, and as what, the session acts.
#[utoipa::path(
    put,
    path = "/api/v1/sessions/current/membership",
    tag = "people",
    security(("session" = [])),
    request_body = ChoiceRequest,
    responses((status = 200, description = "Chosen; the cookie is new", body = SessionAnswer),
        Problems)
)]
pub async fn put_membership(
    State(app): State<App>,
    Holder(signed_in): Holder,
    Body(request): Body<ChoiceRequest>,
) -> Result<Response, Problem> {
    let opened = choose::choose(&app.instance, &signed_in, request.membership_id).await?;
    Ok(Entered::new(StatusCode::OK, &opened)?.into_response())
}

/// What `PUT /api/v1/sessions/current/factor` takes: one of these.
#[derive(Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct FactorRequest {
    /// The six digits that the app shows.
    #[serde(default)]
    totp: Option<String>,
    /// A recovery code.
    #[serde(default)]
    recovery_code: Option<String>,
    /// What the browser answered to `passkey-options`.
    #[serde(default)]
    #[schema(value_type = Option<Object>)]
    passkey: Option<Value>,
}

/// Gives the second factor; with the first password of a new app come the recovery codes.
#[utoipa::path(
    put,
    path = "/api/v1/sessions/current/factor",
    tag = "people",
    security(("session" = [])),
    request_body = FactorRequest,
    responses((status = 200, description = "Right; the cookie is new", body = SessionAnswer),
        Problems)
)]
pub async fn put_factor(
    State(app): State<App>,
    Holder(signed_in): Holder,
    Body(request): Body<FactorRequest>,
) -> Result<Response, Problem> {
    let proof = match (request.totp, request.recovery_code, request.passkey) {
        (Some(totp), None, None) => Proof::Totp(SecretString::from(totp)),
        (None, Some(code), None) => Proof::Code(SecretString::from(code)),
        (None, None, Some(answer)) => {
            let opened = passkey::give(&app.instance, &signed_in, answer).await?;
            return Ok(Entered::new(StatusCode::OK, &opened)?.into_response());
        }
        _ => return Err(Refusal::invalid("", "give totp, recovery_code or passkey").into()),
    };
    let (opened, codes) = factor::give(&app.instance, &signed_in, proof).await?;
    let codes = codes.iter().map(|code| code.expose_secret().to_owned()).collect();
    Ok(Entered::new(StatusCode::OK, &opened)?.with_codes(codes).into_response())
}
