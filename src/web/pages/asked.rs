//! What every desk is asked in the same way: ids in addresses and forms, what stands behind the
//! question mark, a form in which nothing is typed.
//!
//! Promises: an address that names nothing is not found; a query that cannot be read is as if
//! nothing was asked. Does not: look anything up.

use std::convert::Infallible;
use std::str::FromStr;

use axum::extract::{FromRequestParts, Query};
use axum::http::request::Parts;
use serde::Deserialize;
use serde::de::DeserializeOwned;

use crate::base::id::{Id, Kind};
use crate::domain::refusal::{Reason, Refusal};
use crate::web::App;

/// What the address of a page asks behind its question mark. A person may have changed it by hand,
/// and is shown the page all the same: what cannot be read is as if nothing was asked.
#[derive(Debug, Clone, Copy)]
pub struct Asked<T>(pub T);

impl<T: Default + DeserializeOwned, S: Sync> FromRequestParts<S> for Asked<T> {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let read = Query::try_from_uri(&parts.uri);
        Ok(Self(read.map(|Query(asked)| asked).unwrap_or_default()))
    }
}

/// A form in which nothing is typed: its address says all.
#[derive(Debug, Clone, Copy, Deserialize)]
pub(super) struct Nothing {}

/// A new id that a form carries, so that sending it twice is one deed.
pub(super) fn fresh<K: Kind>(app: &App) -> String {
    Id::<K>::new(app.instance.clock.as_ref(), app.instance.entropy.as_ref()).to_string()
}

/// What an address names: an id, a book, a line.
///
/// # Errors
/// `not-found`: a text that is none names nothing.
pub(super) fn named<T: FromStr>(text: &str) -> Result<T, Reason> {
    text.parse().map_err(|_| Reason::NotFound)
}

/// An id that came back with a form of ours.
///
/// # Errors
/// `invalid-request`: somebody changed it.
pub(super) fn known<K: Kind>(text: &str) -> Result<Id<K>, Refusal> {
    text.parse().map_err(|_| Refusal::invalid("", "a hidden field was changed"))
}

#[cfg(test)]
mod tests {
    use axum::http::Request;

    use super::*;

    #[derive(Debug, Default, PartialEq, Deserialize)]
    #[serde(default)]
    struct Wish {
        before: Option<i64>,
        campaign: String,
    }

    async fn asked(address: &str) -> Wish {
        let (mut parts, ()) = Request::get(address).body(()).unwrap().into_parts();
        let Ok(Asked(wish)) = Asked::from_request_parts(&mut parts, &()).await;
        wish
    }

    #[tokio::test]
    async fn what_cannot_be_read_is_not_asked() {
        let read = Wish { before: Some(7), campaign: "a".to_owned() };
        assert_eq!(asked("/x?before=7&campaign=a&lang=fr").await, read);
        for address in
            ["/x", "/x?", "/x?before=seven", "/x?before=&campaign=a", "/x?before=7&before=8"]
        {
            assert_eq!(asked(address).await, Wish::default(), "{address}");
        }
    }
}
