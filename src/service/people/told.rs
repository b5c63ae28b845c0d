//! What the log is told of signing in: each try, with its way and its outcome.
//!
//! Promises: events by opaque ids of persons and sessions; never a name, an address, a token or
//! what was typed. Does not: keep anything (sessions, attempts and refusals have their tables).

use crate::base::id::{Id, Person, Session};
use crate::domain::refusal::Reason;
use crate::service::error::Error;

/// How somebody proves who it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Way {
    /// By a password.
    Password,
    /// By the link of an invitation.
    Link,
    /// At a provider of `OpenID` Connect.
    Provider,
    /// By the six digits of an app.
    Totp,
    /// By a recovery code.
    RecoveryCode,
    /// By a passkey.
    Passkey,
}

impl Way {
    const fn as_str(self) -> &'static str {
        match self {
            Self::Password => "password",
            Self::Link => "link",
            Self::Provider => "provider",
            Self::Totp => "totp",
            Self::RecoveryCode => "recovery-code",
            Self::Passkey => "passkey",
        }
    }
}

/// Somebody has signed in.
pub(super) fn signed_in(way: Way, person: Id<Person>, session: Id<Session>) {
    let way = way.as_str();
    tracing::info!(event = "signed-in", way, %person, %session, "signed in");
}

/// Somebody could not sign in; the person that it would have been, when there is one.
pub(super) fn not_signed_in(way: Way, person: Option<Id<Person>>, error: &Error) {
    let Some(code) = told(error) else { return };
    let (way, person) = (way.as_str(), person.map(|id| id.to_string()).unwrap_or_default());
    tracing::warn!(event = "sign-in-failed", way, person, code, "not signed in");
}

/// A person gave its second factor, or something else than that.
pub(super) fn factor<T>(
    way: Way,
    person: Id<Person>,
    session: Id<Session>,
    came: &Result<T, Error>,
) {
    let way = way.as_str();
    match came {
        Ok(_) => tracing::info!(event = "factor-given", way, %person, %session, "second factor"),
        Err(error) => {
            let Some(code) = told(error) else { return };
            tracing::warn!(event = "factor-failed", way, %person, %session, code, "second factor");
        }
    }
}

/// The code of a refusal; a fault is told where it is answered.
fn told(error: &Error) -> Option<&'static str> {
    error.reason().map(Reason::code)
}
