//! `/operator`: the desk of who runs the instance, of its second person and of its auditor.
//!
//! Promises: work that waits is shown with what is needed to decide and who the second person is;
//! whoever may only read finds no button. Does not: hold rules, or read rows by itself.

mod account;
mod book;
mod founding;
mod key;
mod line;
mod loss;
mod notice;
mod order;
mod organisation;
mod payment;
mod person;
mod proposal;
mod replacing;
mod search;
mod settlement;
mod signal;
mod state;
mod typed;
mod venue;
mod work;

use axum::Router;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::routing::{get, post};

use super::Frame;
use super::desk::{Entering, Seated, Turned, Who};
use crate::domain::access::{Action, Actor};
use crate::domain::refusal::Reason;
use crate::web::App;
use crate::web::problem::Problem;

/// The tabs of the desk: path, and key of its words.
pub(super) const TABS: &[(&str, &str)] = &[
    ("/operator", "operator-tab-work"),
    ("/operator/settlements", "operator-tab-settlements"),
    ("/operator/organisations", "operator-tab-organisations"),
    ("/operator/signals", "operator-tab-signals"),
    ("/operator/search", "operator-tab-search"),
    ("/operator/state", "operator-tab-state"),
];

/// The tabs of the operator's second person, who reads ledgers and no registers.
pub(super) const APPROVER_TABS: &[(&str, &str)] = &[
    ("/operator", "operator-tab-work"),
    ("/operator/settlements", "operator-tab-settlements"),
    ("/operator/search", "operator-tab-search"),
    ("/operator/state", "operator-tab-state"),
];

/// The routes.
pub(super) fn router() -> Router<App> {
    Router::new()
        .route("/operator", get(work::get))
        .route("/operator/venues/{id}", get(venue::get).post(venue::post))
        .route("/operator/orders/{id}", get(order::get))
        .route("/operator/orders/{id}/deposit", post(order::deposit))
        .route("/operator/orders/{id}/activation", post(order::activate))
        .route("/operator/settlements", get(settlement::list).post(settlement::draw))
        .route("/operator/settlements/{id}", get(settlement::get))
        .route("/operator/settlements/{id}/decision", post(settlement::decide))
        .route("/operator/payments/{id}", get(payment::get).post(payment::post))
        .route("/operator/proposals/{id}", get(proposal::get).post(proposal::post))
        .route("/operator/signals", get(signal::list))
        .route("/operator/signals/{id}", post(signal::decide))
        .route("/operator/losses", get(loss::get).post(loss::post))
        .route("/operator/organisations", get(organisation::list))
        .route("/operator/organisations/new", get(founding::get).post(founding::post))
        .route("/operator/organisations/{id}", get(organisation::get))
        .route("/operator/organisations/{id}/sites", get(founding::site).post(founding::add_site))
        .route("/operator/organisations/{id}/account", get(account::get).post(account::post))
        .route("/operator/organisations/{id}/people", get(person::get).post(person::post))
        .route("/operator/organisations/{id}/keys", get(key::get).post(key::post))
        .route("/operator/memberships/{id}/end", post(person::end))
        .route("/operator/people/{id}/invitation", post(person::again))
        .route("/operator/keys/{id}/end", post(key::end))
        .route("/operator/search", get(search::get))
        .route("/operator/books/{serial}", get(book::get))
        .route("/operator/books/{serial}/replacement", post(replacing::post))
        .route("/operator/ledgers/{id}/{seq}", get(line::get))
        .route("/operator/state", get(state::get))
}

/// Somebody who works for the operator.
#[derive(Debug, Clone)]
pub(super) struct Operating {
    /// What stands around its pages.
    pub(super) frame: Frame,
    /// Who acts.
    pub(super) actor: Actor,
}

impl Who for Operating {
    /// To anybody else the desk is not there.
    fn of(entering: Entering, parts: &Parts) -> Result<Self, Turned> {
        let Seated { frame, actor, .. } = Seated::of(entering, parts)?;
        if !actor.reaches_all(Action::ReadLedger) {
            return Err(Problem::from(Reason::NotFound).into());
        }
        Ok(Self { frame, actor })
    }
}

impl FromRequestParts<App> for Operating {
    type Rejection = Turned;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Turned> {
        let entering = Entering::from_request_parts(parts, app).await?;
        Self::of(entering, parts)
    }
}

impl Operating {
    /// Whether it ever does this: what it never does has no button.
    pub(super) fn may(&self, action: Action) -> bool {
        self.actor.may(action)
    }
}
