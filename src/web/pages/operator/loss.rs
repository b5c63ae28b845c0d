//! `/operator/losses`: lines that were acknowledged and are not there, and going on without them.
//!
//! Promises: it says ledger by ledger what is missing, and what can be tried before anything is
//! given up. Does not: restore anything (`carnet restore` does).

use askama::Template;
use axum::extract::State;
use axum::response::Response;

use super::Operating;
use super::notice::{Notice, Query, turned};
use crate::domain::access::Action;
use crate::service::{find, restore};
use crate::web::App;
use crate::web::pages::Frame;
use crate::web::pages::asked::{Asked, Nothing};
use crate::web::pages::desk::{Sent, Turned, go, redrawn, shown_here};
use crate::web::problem::Problem;

/// A ledger that lacks something.
struct Lacking {
    name: String,
    what: String,
    last: String,
}

#[derive(Template)]
#[template(path = "operator/losses.html")]
struct Page {
    frame: Frame,
    notice: Notice,
    lacking: Vec<Lacking>,
    accepts: bool,
}

async fn page(app: &App, operating: &Operating, notice: Notice) -> Result<Page, Problem> {
    let Operating { frame, actor } = operating;
    let words = frame.words;
    let losses = restore::losses(&app.instance, actor).await?;
    let ids = losses.iter().map(|missing| missing.loss.ledger_id.any());
    let names = find::names(&app.instance, actor, ids).await?;
    let zone = app.instance.zone().await?;
    let lacking = losses.iter().map(|missing| {
        let what = if missing.is_forked {
            words.say("operator-loss-forked")
        } else {
            words.with("operator-loss-lines", [("count", missing.lines().into())])
        };
        let last = missing.last_at.map(|at| {
            let moment = words.moment(at, &zone);
            words.with("operator-loss-last", [("moment", moment.into())])
        });
        let name = names.of(&missing.loss.ledger_id);
        Lacking { name, what, last: last.unwrap_or_default() }
    });
    let lacking: Vec<Lacking> = lacking.collect();
    let accepts = operating.may(Action::AcceptLoss) && !lacking.is_empty();
    Ok(Page { frame: frame.clone(), notice, lacking, accepts })
}

/// The page.
pub(super) async fn get(
    State(app): State<App>,
    operating: Operating,
    Asked(asked): Asked<Query>,
) -> Result<Response, Problem> {
    let notice = Notice::done(operating.frame.words, &asked);
    Ok(shown_here(&page(&app, &operating, notice).await?))
}

/// Goes on without what is missing.
pub(super) async fn post(
    State(app): State<App>,
    Sent { seated, .. }: Sent<Nothing, Operating>,
) -> Result<Response, Turned> {
    match restore::accept(&app.instance, &seated.actor).await {
        Ok(_) => Ok(go(&seated.frame.to("/operator/losses?done=accepted"))),
        Err(error) => {
            let notice = turned(&seated.frame, error)?;
            Ok(redrawn(&page(&app, &seated, notice).await?))
        }
    }
}
