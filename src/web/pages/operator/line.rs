//! `/operator/ledgers/{id}/{seq}`: one line of a ledger as it was hashed, and where its proof is.
//!
//! Promises: the bytes are the line's own. Does not: explain them (the schemas do).

use askama::Template;
use axum::extract::{Path, State};
use axum::response::Response;

use super::Operating;
use crate::domain::ledger::entry::LedgerId;
use crate::domain::refusal::Reason;
use crate::service::{find, observe};
use crate::web::App;
use crate::web::pages::Frame;
use crate::web::pages::asked::named;
use crate::web::pages::desk::shown_here;
use crate::web::problem::Problem;

#[derive(Template)]
#[template(path = "operator/line.html")]
struct Page {
    frame: Frame,
    name: String,
    seq: i64,
    line: String,
    proof: String,
    checkpoint: String,
    before: Option<String>,
    after: Option<String>,
}

/// The page.
pub(super) async fn get(
    State(app): State<App>,
    Path((id, seq)): Path<(String, String)>,
    Operating { frame, actor }: Operating,
) -> Result<Response, Problem> {
    let (id, seq) = (named::<LedgerId>(&id)?, named::<u32>(&seq)?);
    let seq = i64::from(seq);
    let page = observe::entries(&app.instance, &actor, id, seq - 1, 1).await?;
    let line = page.items.into_iter().next().filter(|line| line.seq == seq);
    let line = line.ok_or(Reason::NotFound)?;
    let names = find::names(&app.instance, &actor, [id.any()]).await?;
    let beside = |seq: i64| format!("/operator/ledgers/{id}/{seq}");
    Ok(shown_here(&Page {
        name: names.of(&id),
        seq,
        line: line.line,
        proof: format!("/ledger/{id}/proof?seq={seq}"),
        checkpoint: format!("/ledger/{id}/checkpoint"),
        before: (seq > 0).then(|| beside(seq - 1)),
        after: page.next.map(|_| beside(seq + 1)),
        frame,
    }))
}
