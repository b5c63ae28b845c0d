//! Signing in at somebody else's: `OpenID` Connect, authorization code with PKCE (`ProConnect` and
//! others).
//!
//! Promises: state, nonce and verifier are of our own chance, bound to one browser and good once;
//! a provider says who somebody is, never what it may: rights are lines; a `siret` claim keeps the
//! session to organisations of that number. Does not: make accounts for strangers.

use std::pin::Pin;
use std::sync::Arc;

use async_trait::async_trait;
use data_encoding::BASE64URL_NOPAD;
use openidconnect::core::{
    CoreAuthenticationFlow, CoreClient, CoreGenderClaim, CoreProviderMetadata,
};
use openidconnect::{
    AccessTokenHash, AdditionalClaims, AsyncHttpClient, AuthorizationCode, ClientId, ClientSecret,
    CsrfToken, EndpointMaybeSet, EndpointNotSet, EndpointSet, HttpRequest, HttpResponse, IssuerUrl,
    Nonce, OAuth2TokenResponse as _, PkceCodeChallenge, PkceCodeVerifier, RedirectUrl, Scope,
    TokenResponse as _, UserInfoClaims,
};
use secrecy::{ExposeSecret as _, SecretString};
use serde::{Deserialize, Serialize};

use super::session::{Opened, Opening, Visitor, opening};
use super::told;
use super::{digested, hashed, origin, same};
use crate::base::clock::Timestamp;
use crate::base::entropy::bytes;
use crate::base::id::{Id, Person};
use crate::domain::person::{Email, PersonState};
use crate::domain::refusal::Reason;
use crate::service::error::Error;
use crate::service::http::{Client, HttpError};
use crate::service::instance::Instance;
use crate::service::writer::jot::Jot;
use crate::store::openid::{FlowRow, IdentityRow};
use crate::store::{self, Tx};

/// How long somebody may take at the provider, in seconds.
pub const PATIENCE: i64 = 600;

/// Where the provider sends people back to.
pub const CALLBACK: &str = "/openid/callback";

/// What an installation says of its provider.
#[derive(Debug, Clone)]
pub struct Provider {
    /// Its address, which its tokens name.
    pub issuer: String,
    /// Who we are there.
    pub client_id: String,
    /// How we prove it.
    pub client_secret: SecretString,
    /// What is asked for, beside `openid`.
    pub scopes: Vec<String>,
    /// Whether an address that it names needs no further proof (`email_verified`).
    pub trusts_email: bool,
    /// Classes (`acr`) that mean that a second factor was given there.
    pub second_factor_acr: Vec<String>,
}

/// A provider that can be asked.
#[derive(Debug)]
pub struct OpenId {
    provider: Provider,
    redirect: RedirectUrl,
    way: Way,
}

/// The way to the provider.
#[derive(Debug)]
struct Way(Client);

type Answered = Result<HttpResponse, HttpError>;

impl<'c> AsyncHttpClient<'c> for Way {
    type Error = HttpError;
    type Future = Pin<Box<dyn Future<Output = Answered> + Send + 'c>>;

    fn call(&'c self, request: HttpRequest) -> Self::Future {
        Box::pin(self.0.send(request))
    }
}

/// Why people cannot sign in at the provider.
#[derive(Debug, thiserror::Error)]
#[error("openid: {0}")]
pub struct OpenIdError(String);

type Ready = CoreClient<
    EndpointSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointNotSet,
    EndpointMaybeSet,
    EndpointMaybeSet,
>;

/// The claims that are ours to read beside the standard ones.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
struct Claims {
    /// The establishment that the person works for (`ProConnect`).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    siret: Option<String>,
}

impl AdditionalClaims for Claims {}

/// What a provider said of somebody, verified.
#[derive(Debug, Clone)]
struct Said {
    subject: String,
    email: Option<Email>,
    siret: Option<String>,
    gave_factor: bool,
}

/// An error of the provider's or of the way to it: told to the log without what was said.
fn failed(what: &'static str) -> impl Fn(&dyn std::error::Error) -> Error {
    move |error| {
        tracing::warn!(error = %error, "sign-in at the provider: {what}");
        Reason::SignInFailed.into()
    }
}

impl OpenId {
    /// A provider, for an instance at a host. Nothing is asked yet.
    ///
    /// # Errors
    /// [`OpenIdError`] when the address is none, or the system trusts nobody.
    pub fn new(provider: Provider, host: &str) -> Result<Self, OpenIdError> {
        let wrong = |error: &dyn std::fmt::Display| OpenIdError(error.to_string());
        IssuerUrl::new(provider.issuer.clone()).map_err(|error| wrong(&error))?;
        let redirect = format!("{}{CALLBACK}", origin(host));
        let redirect = RedirectUrl::new(redirect).map_err(|error| wrong(&error))?;
        let way = Way(Client::new().map_err(|error| wrong(&error))?);
        Ok(Self { provider, redirect, way })
    }

    /// The provider as it describes itself now: its keys change without notice.
    async fn ready(&self) -> Result<Ready, Error> {
        let issuer = IssuerUrl::new(self.provider.issuer.clone());
        let issuer = issuer.map_err(|error| Error::Fault(error.to_string()))?;
        let found = CoreProviderMetadata::discover_async(issuer, &self.way).await;
        let found = found.map_err(|error| failed("it cannot be found")(&error))?;
        let id = ClientId::new(self.provider.client_id.clone());
        let secret = self.provider.client_secret.expose_secret().to_owned();
        let client = CoreClient::from_provider_metadata(found, id, Some(ClientSecret::new(secret)));
        Ok(client.set_redirect_uri(self.redirect.clone()))
    }

    /// Exchanges a code for what the provider says of somebody, and verifies it.
    async fn said(&self, code: String, flow: FlowRow, now: Timestamp) -> Result<Said, Error> {
        let client = self.ready().await?;
        let request = client.exchange_code(AuthorizationCode::new(code));
        let request = request.map_err(|error| failed("it takes no code")(&error))?;
        let request = request.set_pkce_verifier(PkceCodeVerifier::new(flow.verifier));
        let tokens = request.request_async(&self.way).await;
        let tokens = tokens.map_err(|error| failed("it did not take the code")(&error))?;
        let id_token = tokens.id_token().ok_or(Reason::SignInFailed)?;
        let at = chrono_at(now);
        let verifier = client.id_token_verifier().set_time_fn(move || at);
        let claims = id_token.claims(&verifier, &Nonce::new(flow.nonce));
        let claims = claims.map_err(|error| failed("its token does not hold")(&error))?;
        if let Some(expected) = claims.access_token_hash() {
            let algorithm = id_token.signing_alg();
            let algorithm = algorithm.map_err(|error| failed("its token's algorithm")(&error))?;
            let key = id_token.signing_key(&verifier);
            let key = key.map_err(|error| failed("its token's key")(&error))?;
            let actual = AccessTokenHash::from_token(tokens.access_token(), algorithm, key);
            let actual = actual.map_err(|error| failed("its access token")(&error))?;
            if actual != *expected {
                return Err(Reason::SignInFailed.into());
            }
        }
        let acr = claims.auth_context_ref().map(|acr| acr.as_str().to_owned());
        let subject = claims.subject().clone();
        let request = client.user_info(tokens.access_token().clone(), Some(subject.clone()));
        let request = request.map_err(|error| failed("it knows nobody")(&error))?;
        let person: UserInfoClaims<Claims, CoreGenderClaim> = request
            .request_async(&self.way)
            .await
            .map_err(|error| failed("it did not say who it was")(&error))?;
        let trusted = self.provider.trusts_email || person.email_verified() == Some(true);
        let email = person.email().filter(|_| trusted);
        let known = &self.provider.second_factor_acr;
        Ok(Said {
            subject: subject.to_string(),
            email: email.and_then(|email| Email::new(email.as_str()).ok()),
            siret: person.additional_claims().siret.clone(),
            gave_factor: acr.is_some_and(|acr| known.contains(&acr)),
        })
    }
}

fn chrono_at(now: Timestamp) -> chrono::DateTime<chrono::Utc> {
    chrono::DateTime::from_timestamp_millis(now.millis()).unwrap_or_default()
}

fn random(instance: &Instance) -> String {
    BASE64URL_NOPAD.encode(&bytes::<32>(instance.entropy.as_ref()))
}

struct Begin(FlowRow);

#[async_trait]
impl Jot for Begin {
    type Outcome = ();

    async fn write(&self, tx: &mut Tx, now: Timestamp) -> Result<(), Error> {
        Ok(store::openid::add_flow(tx, &self.0, now).await?)
    }
}

fn configured(instance: &Instance) -> Result<Arc<OpenId>, Error> {
    instance.settings.openid.clone().ok_or_else(|| Reason::NotFound.into())
}

/// Where a browser is sent to sign in at the provider, and the state that it must bring back.
///
/// # Errors
/// `not-found` when no provider is configured; `sign-in-failed` when it is not there.
pub async fn begin(instance: &Instance) -> Result<(String, SecretString), Error> {
    let openid = configured(instance)?;
    let client = openid.ready().await?;
    let [state, nonce, verifier] = [random(instance), random(instance), random(instance)];
    let row = FlowRow {
        state_hash: hashed(&SecretString::from(state.as_str())),
        nonce: nonce.clone(),
        verifier: verifier.clone(),
        expires_at: instance.clock.now().plus_seconds(PATIENCE).millis(),
    };
    let challenge = PkceCodeChallenge::from_code_verifier_sha256(&PkceCodeVerifier::new(verifier));
    let shown = state.clone();
    let mut request = client
        .authorize_url(
            CoreAuthenticationFlow::AuthorizationCode,
            move || CsrfToken::new(shown),
            move || Nonce::new(nonce),
        )
        .set_pkce_challenge(challenge);
    for scope in &openid.provider.scopes {
        request = request.add_scope(Scope::new(scope.clone()));
    }
    let (address, _, _) = request.url();
    instance.door.jot(Begin(row)).await?;
    Ok((address.to_string(), SecretString::from(state)))
}

struct Take(String);

#[async_trait]
impl Jot for Take {
    type Outcome = Option<FlowRow>;

    async fn write(&self, tx: &mut Tx, now: Timestamp) -> Result<Self::Outcome, Error> {
        Ok(store::openid::take_flow(tx, &self.0, now).await?)
    }
}

struct Enter {
    issuer: String,
    said: Said,
    person: Id<Person>,
    opening: Opening,
}

#[async_trait]
impl Jot for Enter {
    type Outcome = ();

    async fn write(&self, tx: &mut Tx, now: Timestamp) -> Result<(), Error> {
        let row = store::person::find(tx, self.person).await?.ok_or(Reason::SignInFailed)?;
        match row.state()? {
            PersonState::Disabled => return Err(Reason::SignInFailed.into()),
            // The provider's word stands for a password that was never chosen.
            PersonState::Invited => {
                store::person::end_links(tx, self.person).await?;
                store::person::set_state(tx, self.person, PersonState::Active).await?;
            }
            PersonState::Active => {}
        }
        let subject = digested(&[&self.issuer, &self.said.subject]);
        let person_id = self.person.to_string();
        store::openid::bind(tx, &IdentityRow { subject, person_id }).await?;
        self.opening.write(tx, now).await
    }
}

/// The person whom a provider means: the one that it meant before, else the one of the address.
async fn meant(tx: &mut Tx, issuer: &str, said: &Said) -> Result<Id<Person>, Error> {
    let subject = digested(&[issuer, &said.subject]);
    if let Some(person) = store::openid::person_of(tx, &subject).await? {
        return Ok(person);
    }
    let email = said.email.as_ref().ok_or(Reason::SignInFailed)?;
    let row = store::person::by_email(tx, email.as_str()).await?.ok_or(Reason::SignInFailed)?;
    Ok(row.id()?)
}

/// Signs in whom the provider sent back.
///
/// # Errors
/// `sign-in-failed`: another browser's state, one that was used or is too old, a token that does
/// not hold, or somebody whom nobody invited.
pub async fn finish(
    instance: &Instance,
    code: &str,
    state: &str,
    kept: Option<&SecretString>,
    visitor: &Visitor,
) -> Result<Opened, Error> {
    let finished = sent_back(instance, code, state, kept, visitor).await;
    finished.inspect_err(|error| told::not_signed_in(told::Way::Provider, None, error))
}

async fn sent_back(
    instance: &Instance,
    code: &str,
    state: &str,
    kept: Option<&SecretString>,
    visitor: &Visitor,
) -> Result<Opened, Error> {
    let openid = configured(instance)?;
    if !kept.is_some_and(|kept| same(kept.expose_secret(), state)) {
        return Err(Reason::SignInFailed.into());
    }
    let flow = instance.door.jot(Take(hashed(&SecretString::from(state)))).await?;
    let flow = flow.ok_or(Reason::SignInFailed)?;
    let said = openid.said(code.to_owned(), flow, instance.clock.now()).await?;
    let issuer = openid.provider.issuer.clone();
    let mut tx = instance.database.read().await?;
    let person = meant(&mut tx, &issuer, &said).await?;
    drop(tx);
    let (mut opening, token) = opening(instance, person, None, visitor);
    opening.siret.clone_from(&said.siret);
    opening.gave_factor = said.gave_factor;
    instance.door.jot(Enter { issuer, said, person, opening }).await?;
    let opened = Opened::entered(instance, token, told::Way::Provider).await;
    Ok(opened.map_err(|_| Reason::SignInFailed)?)
}
