//! `/api/v1/organisations`: registers, bank accounts, logos.
//!
//! Promises: parses, asks one verb, answers. Does not: hold rules.

use axum::body::Bytes;
use axum::extract::State;
use serde::Serialize;

use super::extract::{Body, IfMatch, Path};
use super::proposals::{NotDone, Waits};
use super::shape::{Problems, Put, Written};
use crate::base::id::{Funder, Id};
use crate::domain::ledger::receipt::Receipt;
use crate::domain::organisation::{OrganisationId, OrganisationProfile};
use crate::service::register::{self, AccountView, BankAccountRequest, Registered};
use crate::web::App;
use crate::web::actor::Asker;
use crate::web::problem::Problem;

/// An organisation's register.
#[derive(Debug, Clone, Serialize, utoipa::ToSchema)]
pub struct OrganisationAnswer {
    /// The organisation.
    #[schema(value_type = String, example = "structure_01h455vb4pex5vsknk084sn02q")]
    pub id: OrganisationId,
    /// 1 for the first; pass it as `If-Match: "1"` to change the register.
    pub version: i64,
    /// The content.
    #[serde(flatten)]
    pub profile: OrganisationProfile,
    /// The bank account that money goes to, then the one that it will go to, for the organisation
    /// itself and the operator.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub bank_accounts: Vec<AccountView>,
    /// The receipt of this version.
    pub receipt: Receipt,
}

impl From<Registered> for Put<OrganisationAnswer> {
    fn from(registered: Registered) -> Self {
        let Registered { organisation_id: id, version, profile, accounts, receipt, fresh } =
            registered;
        let bank_accounts = accounts;
        let body = OrganisationAnswer { id, version, profile, bank_accounts, receipt };
        Self { fresh, version: Some(version), body }
    }
}

/// Registers an organisation, or changes it under `If-Match`.
#[utoipa::path(
    put,
    path = "/api/v1/organisations/{id}",
    tag = "registers",
    params(
        ("id" = String, Path, description = "funder_…, structure_… or distributor_…"),
        ("If-Match" = Option<String>, Header, description = "The version that was read")
    ),
    request_body = OrganisationProfile,
    responses(
        (status = 201, description = "Written", body = OrganisationAnswer),
        (status = 200, description = "Known: the same again", body = OrganisationAnswer),
        Problems
    )
)]
pub async fn put(
    State(app): State<App>,
    Asker(actor): Asker,
    Path(id): Path<OrganisationId>,
    IfMatch(if_match): IfMatch,
    Body(profile): Body<OrganisationProfile>,
) -> Result<Put<OrganisationAnswer>, Problem> {
    Ok(register::organisation(&app.instance, &actor, id, profile, if_match).await?.into())
}

/// Reads an organisation's register.
#[utoipa::path(
    get,
    path = "/api/v1/organisations/{id}",
    tag = "registers",
    params(("id" = String, Path, description = "The organisation")),
    responses((status = 200, description = "As it stands", body = OrganisationAnswer), Problems)
)]
pub async fn get(
    State(app): State<App>,
    Asker(actor): Asker,
    Path(id): Path<OrganisationId>,
) -> Result<Put<OrganisationAnswer>, Problem> {
    Ok(register::read(&app.instance, &actor, id).await?.into())
}

/// Records a structure's bank account, or that of a funder that pays itself.
#[utoipa::path(
    put,
    path = "/api/v1/organisations/{id}/bank-account",
    tag = "registers",
    params(
        ("id" = String, Path, description = "The organisation"),
        ("If-Match" = Option<String>, Header, description = "The version to replace")
    ),
    request_body = BankAccountRequest,
    responses(
        (status = 201, description = "Written", body = Written),
        (status = 200, description = "Known: the same again", body = Written),
        Waits,
        Problems
    )
)]
pub async fn put_bank_account(
    State(app): State<App>,
    Asker(actor): Asker,
    Path(id): Path<OrganisationId>,
    IfMatch(if_match): IfMatch,
    Body(request): Body<BankAccountRequest>,
) -> Result<Put<Written>, NotDone> {
    let (done, version) =
        register::bank_account(&app.instance, &actor, id, &request, if_match).await?;
    Ok(Put { version: Some(version), ..Put::written(id, done) })
}

/// Records the picture that a funder prints on its books (PNG or SVG, at most 512 kB). It is drawn
/// again: nothing but its pixels is kept.
#[utoipa::path(
    put,
    path = "/api/v1/organisations/{id}/logo",
    tag = "registers",
    params(
        ("id" = String, Path, description = "The funder"),
        ("If-Match" = Option<String>, Header, description = "The version to replace")
    ),
    request_body(content = Vec<u8>, content_type = "image/png"),
    responses(
        (status = 201, description = "Written", body = Written),
        (status = 200, description = "Known: the same again", body = Written),
        Problems
    )
)]
pub async fn put_logo(
    State(app): State<App>,
    Asker(actor): Asker,
    Path(id): Path<Id<Funder>>,
    IfMatch(if_match): IfMatch,
    content: Bytes,
) -> Result<Put<Written>, Problem> {
    let (done, version) =
        register::logo(&app.instance, &actor, id, content.to_vec(), if_match).await?;
    Ok(Put { version: Some(version), ..Put::written(id, done) })
}
