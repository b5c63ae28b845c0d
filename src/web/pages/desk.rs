//! Who sits at a desk: a person who is signed in, and the forms that it sends.
//!
//! Promises: whoever is not signed in, has not proved enough or has not said for whom it works is
//! sent where that is done, and comes back; a form counts only when our own page made it, for this
//! session. Does not: say what a role may do (service verbs ask for permits).

use axum::RequestExt as _;
use axum::body::Bytes;
use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use secrecy::SecretString;
use serde::de::DeserializeOwned;

use super::visitor::Visitor;
use super::{Frame, shown};
use crate::domain::access::{Actor, Role};
use crate::domain::refusal::{Reason, Refusal};
use crate::domain::session::Standing;
use crate::service::people::session::{SignedIn, csrf_of};
use crate::web::App;
use crate::web::actor::{Guest, Holder};
use crate::web::problem::Problem;
use crate::web::{cookie, limit};

/// The name of the hidden field that only our own pages can fill.
pub(super) const CSRF_FIELD: &str = "csrf";

/// The first page of a role.
#[must_use]
pub(in crate::web) fn home(role: Role) -> &'static str {
    match role {
        Role::Operator | Role::Approver | Role::Auditor => "/operator",
        Role::Funder | Role::FunderReader => "/funder",
        Role::Distributor | Role::DistributorWorker => "/distributor",
        Role::Structure | Role::StructureAccountant => "/structure",
        Role::Venue | Role::VenueCounter | Role::Device => "/counter",
    }
}

/// The tabs of a role's desk: path, and key of its words.
fn tabs(role: Role) -> &'static [(&'static str, &'static str)] {
    match role {
        Role::Operator | Role::Auditor => super::operator::TABS,
        Role::Approver => super::operator::APPROVER_TABS,
        Role::Funder | Role::FunderReader => super::funder::TABS,
        Role::Distributor | Role::DistributorWorker => super::distributor::TABS,
        Role::Structure => super::structure::TABS,
        Role::StructureAccountant => super::structure::ACCOUNTANT_TABS,
        Role::Venue => super::structure::VENUE_TABS,
        Role::VenueCounter => super::structure::COUNTER_TABS,
        Role::Device => &[],
    }
}

/// The name of a role, in words.
#[must_use]
pub(in crate::web) const fn role_key(role: Role) -> &'static str {
    match role {
        Role::Operator => "role-operator",
        Role::Approver => "role-approver",
        Role::Funder => "role-funder",
        Role::FunderReader => "role-funder-reader",
        Role::Distributor => "role-distributor",
        Role::DistributorWorker => "role-distributor-worker",
        Role::Structure => "role-structure",
        Role::StructureAccountant => "role-structure-accountant",
        Role::Venue => "role-venue",
        Role::VenueCounter => "role-venue-counter",
        Role::Device => "role-device",
        Role::Auditor => "role-auditor",
    }
}

/// One tab of a desk.
#[derive(Debug, Clone)]
pub(in crate::web) struct Tab {
    /// Where it leads.
    pub(in crate::web) path: &'static str,
    /// What it is called.
    pub(in crate::web) label: String,
    /// Whether the page is one of it.
    pub(in crate::web) current: bool,
}

/// What stands above the pages of somebody who is signed in.
#[derive(Debug, Clone)]
pub(in crate::web) struct Bar {
    /// The person.
    pub(in crate::web) name: String,
    /// For whom, and as what, it works now; empty before that is said.
    pub(in crate::web) part: String,
    /// Whether it may be something else too.
    pub(in crate::web) chooses: bool,
    /// The pages of its desk.
    pub(in crate::web) tabs: Vec<Tab>,
    /// What its forms carry.
    pub(in crate::web) csrf: String,
}

impl Bar {
    fn of(signed_in: &SignedIn, frame: &Frame, path: &str) -> Result<Self, Problem> {
        let words = frame.words;
        let mut bar = Self {
            name: signed_in.name().to_owned(),
            part: String::new(),
            chooses: signed_in.memberships.len() > 1,
            tabs: Vec::new(),
            csrf: csrf_of(signed_in.token()),
        };
        let membership = signed_in.membership.as_ref();
        if let Some(membership) = membership.filter(|_| signed_in.standing == Standing::Open) {
            let role = membership.role().map_err(crate::service::Error::from)?;
            bar.part = format!("{} · {}", membership.organisation_name, words.say(role_key(role)));
            // The page belongs to the tab whose address it begins with, the longest of them.
            let under = |at: &str| {
                path.strip_prefix(at).is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
            };
            let nearest = tabs(role).iter().map(|(at, _)| *at).filter(|at| under(at));
            let nearest = nearest.max_by_key(|at| at.len());
            let tab = |&(path, key): &(&'static str, &str)| Tab {
                path,
                label: words.say(key),
                current: nearest == Some(path),
            };
            bar.tabs = tabs(role).iter().map(tab).collect();
        }
        Ok(bar)
    }
}

/// Somebody who may not go on yet: sent elsewhere, or told why.
#[derive(Debug)]
pub(in crate::web) enum Turned {
    /// To another page of ours.
    To(String),
    /// Told why.
    Away(Box<Problem>),
}

impl From<Problem> for Turned {
    fn from(problem: Problem) -> Self {
        Self::Away(Box::new(problem))
    }
}

impl From<crate::service::Error> for Turned {
    fn from(error: crate::service::Error) -> Self {
        Problem::from(error).into()
    }
}

impl From<Refusal> for Turned {
    fn from(refusal: Refusal) -> Self {
        Problem::from(refusal).into()
    }
}

impl From<Reason> for Turned {
    fn from(reason: Reason) -> Self {
        Problem::from(reason).into()
    }
}

impl IntoResponse for Turned {
    fn into_response(self) -> Response {
        match self {
            Self::To(path) => go(&path),
            Self::Away(problem) => problem.into_response(),
        }
    }
}

/// Sends a browser to another page of ours, which it asks for anew (RFC 9110, 15.4.4).
#[must_use]
pub(in crate::web) fn go(to: &str) -> Response {
    let location = HeaderValue::from_str(to).unwrap_or(HeaderValue::from_static("/"));
    let headers = [(header::LOCATION, location), (header::CACHE_CONTROL, NO_STORE)];
    (StatusCode::SEE_OTHER, headers).into_response()
}

const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

/// A page of one person's, as an answer: kept by nobody. Its forms say where they come from, which
/// no browser does where no referrer is sent (Fetch, "append a request `Origin` header").
#[must_use]
pub(in crate::web) fn shown_here(page: &impl askama::Template) -> Response {
    let mut response = shown(page);
    let headers = response.headers_mut();
    headers.insert(header::CACHE_CONTROL, NO_STORE);
    headers.insert(header::REFERRER_POLICY, HeaderValue::from_static("same-origin"));
    response
}

/// The same page, which loads the one script of passkeys.
#[must_use]
pub(in crate::web) fn scripted(mut response: Response) -> Response {
    let policy = HeaderValue::from_static(
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; \
         form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
    );
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    response
}

/// An answer whose page loads that script when it asks for a passkey.
#[must_use]
pub(in crate::web) fn with_passkey(asks: bool, response: Response) -> Response {
    if asks { scripted(response) } else { response }
}

/// A form that was not filled in rightly, drawn again with what was typed and what is wrong.
#[must_use]
pub(in crate::web) fn redrawn(page: &impl askama::Template) -> Response {
    let mut response = shown_here(page);
    *response.status_mut() = StatusCode::UNPROCESSABLE_ENTITY;
    response
}

/// The address to come back to, as a query.
fn back(parts: &Parts) -> String {
    let at = if parts.method.is_safe() {
        parts.uri.path_and_query().map_or("/", axum::http::uri::PathAndQuery::as_str)
    } else {
        parts.uri.path()
    };
    form_urlencoded::Serializer::new(String::new()).append_pair("next", at).finish()
}

/// A session whose second factor was given with the form that needed it (see `step`).
#[derive(Debug, Clone)]
pub(super) struct Proved(pub(super) SecretString);

/// Somebody who is signed in, whatever it still has to prove.
#[derive(Debug, Clone)]
pub(in crate::web) struct Entering {
    /// What stands around its pages.
    pub(in crate::web) frame: Frame,
    /// Its session.
    pub(in crate::web) signed_in: SignedIn,
}

/// Somebody who works: signed in, as something, having proved what that asks.
#[derive(Debug, Clone)]
pub(in crate::web) struct Seated {
    /// What stands around its pages.
    pub(in crate::web) frame: Frame,
    /// Who acts.
    pub(in crate::web) actor: Actor,
}

/// A form that somebody sent.
#[derive(Debug, Clone)]
pub(in crate::web) struct Sent<T, W = Seated> {
    /// Who sent it.
    pub(in crate::web) seated: W,
    /// What was typed.
    pub(in crate::web) typed: T,
}

/// Who can send a form, or ask for a page.
pub(in crate::web) trait Who: Sized {
    /// Takes whoever is signed in, or turns it away.
    fn of(entering: Entering, parts: &Parts) -> Result<Self, Turned>;
}

impl Who for Entering {
    fn of(entering: Entering, _: &Parts) -> Result<Self, Turned> {
        Ok(entering)
    }
}

impl Who for Seated {
    fn of(Entering { frame, signed_in }: Entering, parts: &Parts) -> Result<Self, Turned> {
        let to = match signed_in.standing {
            Standing::Open => {
                let actor = signed_in.actor().map_err(Problem::from)?;
                let actor = Actor { address: limit::address(&parts.extensions), ..actor };
                return Ok(Self { frame, actor });
            }
            Standing::FactorNeeded => "/sign-in/factor",
            Standing::FactorMissing => "/account/factor",
            Standing::MembershipNeeded => "/choose",
        };
        Err(Turned::To(frame.to(&format!("{to}?{}", back(parts)))))
    }
}

async fn enter(
    parts: &Parts,
    app: &App,
    visitor: Visitor,
    field: Option<&str>,
) -> Result<Entering, Turned> {
    let frame = Frame::new(visitor).hidden().asked_by(parts.uri.query());
    let token = match parts.extensions.get::<Proved>() {
        Some(Proved(token)) => Some(token.clone()),
        None => cookie::token(&parts.headers),
    };
    let sign_in = || Turned::To(frame.to(&format!("/sign-in?{}", back(parts))));
    let token = token.ok_or_else(sign_in)?;
    if parts.extensions.get::<Proved>().is_none() {
        let host = &app.instance.settings.host;
        cookie::check_holder(parts, host, &token, field).map_err(Problem::from)?;
    }
    let signed_in = match Holder::of(parts, app, &token).await {
        Ok(Holder(signed_in)) => signed_in,
        Err(problem) if problem.code == Reason::NotSignedIn.code() => return Err(sign_in()),
        Err(problem) => return Err(problem.into()),
    };
    let bar = Bar::of(&signed_in, &frame, parts.uri.path())?;
    Ok(Entering { frame: frame.with_bar(bar), signed_in })
}

async fn asks<W: Who>(parts: &mut Parts, app: &App) -> Result<W, Turned> {
    let Ok(visitor) = Visitor::from_request_parts(parts, app).await;
    W::of(enter(parts, app, visitor, None).await?, parts)
}

impl FromRequestParts<App> for Entering {
    type Rejection = Turned;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Turned> {
        asks(parts, app).await
    }
}

impl FromRequestParts<App> for Seated {
    type Rejection = Turned;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Turned> {
        asks(parts, app).await
    }
}

/// The first value of a field in a form.
pub(super) fn field(form: &[u8], name: &str) -> Option<String> {
    let mut pairs = form_urlencoded::parse(form);
    pairs.find(|(key, _)| key == name).map(|(_, value)| value.into_owned())
}

/// Takes a request apart into what it says of itself and the form that it sends.
///
/// # Errors
/// `too-large`.
pub(super) async fn opened(request: Request, app: &App) -> Result<(Parts, Bytes), Problem> {
    let (parts, body) = request.into_parts();
    let form = Bytes::from_request(Request::from_parts(parts.clone(), body), app).await;
    Ok((parts, form.map_err(|_| Reason::TooLarge)?))
}

/// Who reads the answer to a form: the form may say the language.
pub(super) async fn reader(parts: &mut Parts, form: &[u8]) -> Visitor {
    let Ok(visitor) = Visitor::from_request_parts(parts, &()).await;
    visitor.choosing(field(form, "lang").as_deref())
}

/// What was typed into a form whose fields are ours: only its sender can have made it wrong.
pub(super) fn typed<T: DeserializeOwned>(form: &[u8]) -> Result<T, Refusal> {
    let wrong = |_| Refusal::invalid("", "a field of the form is missing");
    serde_html_form::from_bytes(form).map_err(wrong)
}

impl<T: DeserializeOwned, W: Who> FromRequest<App> for Sent<T, W> {
    type Rejection = Turned;

    async fn from_request(request: Request, app: &App) -> Result<Self, Turned> {
        let (mut parts, form) = opened(request, app).await?;
        let visitor = reader(&mut parts, &form).await;
        let csrf = field(&form, CSRF_FIELD);
        let entering = enter(&parts, app, visitor, csrf.as_deref()).await?;
        let seated = W::of(entering, &parts)?;
        Ok(Self { seated, typed: typed(&form).map_err(Problem::from)? })
    }
}

/// A form that somebody sent who is not signed in: only from our own pages.
#[derive(Debug, Clone)]
pub(in crate::web) struct SentByGuest<T> {
    /// What stands around the next page.
    pub(in crate::web) frame: Frame,
    /// Who, as far as that is known.
    pub(in crate::web) guest: crate::service::people::session::Visitor,
    /// What was typed.
    pub(in crate::web) typed: T,
}

impl<T: DeserializeOwned> FromRequest<App> for SentByGuest<T> {
    type Rejection = Turned;

    async fn from_request(mut request: Request, app: &App) -> Result<Self, Turned> {
        let Guest(guest) = request.extract_parts_with_state(app).await?;
        let (mut parts, form) = opened(request, app).await?;
        let visitor = reader(&mut parts, &form).await;
        let frame = Frame::new(visitor).hidden().asked_by(parts.uri.query());
        Ok(Self { frame, guest, typed: typed(&form).map_err(Problem::from)? })
    }
}
