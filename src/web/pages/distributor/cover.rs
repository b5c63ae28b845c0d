//! `/B/…`: what an ordinary camera opens from the cover of a book.
//!
//! Promises: who is signed in goes on to the hand-over; anybody else reads what the code is for.
//! Does not: say anything of the book: its number is printed beside the code.

use askama::Template;
use axum::extract::Path;
use axum::http::HeaderMap;
use axum::response::Response;

use crate::domain::serial::BookNumber;
use crate::web::cookie;
use crate::web::pages::Frame;
use crate::web::pages::asked::named;
use crate::web::pages::desk::{go, shown_here};
use crate::web::pages::visitor::Visitor;
use crate::web::problem::Problem;

#[derive(Template)]
#[template(path = "distributor/cover.html")]
struct Page {
    frame: Frame,
    hand_over: String,
}

/// The page of a cover.
pub(super) async fn get(
    visitor: Visitor,
    headers: HeaderMap,
    Path(number): Path<String>,
) -> Result<Response, Problem> {
    let frame = Frame::new(visitor).hidden();
    let book: BookNumber = named(&number)?;
    let hand_over = frame.to(&format!("/distributor/hand-over?book={book}"));
    if cookie::token(&headers).is_some() {
        return Ok(go(&hand_over));
    }
    Ok(shown_here(&Page { frame, hand_over }))
}
