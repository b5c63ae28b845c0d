//! `/operator/books/{serial}/replacement`: a new book takes over what is left of a lost one.
//!
//! Promises: sent twice it makes one book; the page of the new one says what to do next. Does not:
//! print it, or send it anywhere.

use axum::extract::{Path, State};
use axum::response::Response;
use serde::Deserialize;

use super::notice::turned;
use super::{Operating, book};
use crate::base::id::{Id, Replacement};
use crate::domain::book::ReplacementRequest;
use crate::domain::serial::BookNumber;
use crate::service::hand_over;
use crate::web::App;
use crate::web::pages::asked::{known, named};
use crate::web::pages::desk::{Sent, Turned, go, redrawn};

/// What is made.
#[derive(Debug, Deserialize)]
pub(super) struct Typed {
    id: String,
}

/// Makes the new book.
pub(super) async fn post(
    State(app): State<App>,
    Path(serial): Path<String>,
    Sent { seated, typed }: Sent<Typed, Operating>,
) -> Result<Response, Turned> {
    let id: Id<Replacement> = known(&typed.id)?;
    let request = ReplacementRequest { book: named::<BookNumber>(&serial)? };
    match hand_over::replace(&app.instance, &seated.actor, id, request).await {
        Ok(made) => {
            let page = format!("/operator/books/{}?done=replaced", made.body.by);
            Ok(go(&seated.frame.to(&page)))
        }
        Err(error) => {
            let notice = turned(&seated.frame, error)?;
            Ok(redrawn(&book::page(&app, &seated, &serial, notice).await?))
        }
    }
}
