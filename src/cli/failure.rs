//! What ends a command: one line for a person, a code of sysexits.h for a script.
//!
//! Promises: a refusal, a wrong configuration, an absent database and a fault of ours can be told
//! apart by the code. Does not: print.

use std::fmt;
use std::path::Path;
use std::process::ExitCode;

use crate::config::ConfigError;
use crate::domain::refusal::{Reason, Refusal};
use crate::server::ServerError;
use crate::service::Error;
use crate::service::error::Proposed;
use crate::service::keys::KeysError;
use crate::service::propose;
use crate::store::StoreError;
use crate::web::problem::words;

/// The command was called in a wrong way.
pub const USAGE: u8 = 64;
const DATA: u8 = 65;
const NO_INPUT: u8 = 66;
const UNAVAILABLE: u8 = 69;
const SOFTWARE: u8 = 70;
const CANNOT_CREATE: u8 = 73;
const TEMPORARY: u8 = 75;
const NO_PERMISSION: u8 = 77;
const CONFIG: u8 = 78;

/// Why a command did not do what was asked.
#[derive(Debug)]
pub struct Failure {
    code: u8,
    text: String,
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let lines: Vec<&str> = self.text.lines().map(str::trim).collect();
        f.write_str(&lines.join(" "))
    }
}

macro_rules! kinds {
    ($($(#[doc = $doc:literal])+ $name:ident = $code:ident),+ $(,)?) => {
        impl Failure {$(
            $(#[doc = $doc])+
            #[must_use]
            pub fn $name(text: impl Into<String>) -> Self {
                Self { code: $code, text: text.into() }
            }
        )+}
    };
}

kinds! {
    /// The command was called in a wrong way.
    usage = USAGE,
    /// What was given does not do.
    data = DATA,
    /// A file that was named is not there.
    no_input = NO_INPUT,
    /// Something that is needed does not answer.
    unavailable = UNAVAILABLE,
    /// Something has to happen first.
    later = TEMPORARY,
    /// A fault of the program or of what it stored.
    software = SOFTWARE,
    /// A file cannot be made, or is there already.
    cannot_create = CANNOT_CREATE,
    /// Who asks may not.
    no_permission = NO_PERMISSION,
    /// The configuration does not do.
    config = CONFIG,
}

impl Failure {
    /// What a script sees.
    #[must_use]
    pub fn exit_code(&self) -> ExitCode {
        ExitCode::from(self.code)
    }

    /// A file that cannot be written.
    #[must_use]
    pub fn unwritten(path: &Path, error: &std::io::Error) -> Self {
        Self::cannot_create(format!("{}: {error}", path.display()))
    }

    /// A file that cannot be read.
    #[must_use]
    pub fn unread(path: &Path, error: &std::io::Error) -> Self {
        Self::no_input(format!("{}: {error}", path.display()))
    }
}

impl Failure {
    /// What the machine asked for waits until a person approves it: nothing is wrong, and nothing
    /// is done yet.
    fn waits(proposed: &Proposed) -> Self {
        let id = propose::of_line(proposed.done.clone()).map(|view| view.id.to_string());
        let id = id.unwrap_or_else(|_| "a proposal".to_owned());
        let text = format!(
            "two people decide this: {id} waits until somebody approves it with POST \
             /api/v1/proposals/{id}/approval"
        );
        Self { code: TEMPORARY, text }
    }
}

impl From<ConfigError> for Failure {
    fn from(error: ConfigError) -> Self {
        Self::config(format!("{error}; deploy/config.toml documents each key"))
    }
}

impl From<StoreError> for Failure {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Corrupt { .. } => Self::software(error.to_string()),
            StoreError::Engine(_) => {
                Self::unavailable(format!("{error}; does database.url say where it is?"))
            }
            StoreError::Unfit(_) => Self::unavailable(error.to_string()),
        }
    }
}

impl From<KeysError> for Failure {
    fn from(error: KeysError) -> Self {
        match &error {
            KeysError::Open(_) => Self::no_permission(error.to_string()),
            KeysError::File { error: system, .. } => match system.kind() {
                std::io::ErrorKind::NotFound => Self::config(format!(
                    "{error}; run `carnet init` first, or say with --dir where the instance is"
                )),
                std::io::ErrorKind::PermissionDenied => Self::no_permission(error.to_string()),
                _ => Self::cannot_create(error.to_string()),
            },
            KeysError::Malformed(_) | KeysError::NoVoucherKey(_) => Self::config(error.to_string()),
        }
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        let words = words::english(refusal.reason);
        let members = refusal.members;
        let mut text = format!("{} ({})", words.title, refusal.reason.code());
        let faults: Vec<&str> = members.errors.iter().map(|fault| fault.detail.as_str()).collect();
        if let Some(state) = members.state {
            text = format!("{text}: it is {state}");
        }
        // What is wrong, said field by field, is advice enough.
        text = match faults.as_slice() {
            [] => format!("{text}: {}", words.advice),
            faults => format!("{text}: {}", faults.join("; ")),
        };
        match refusal.reason {
            Reason::NotSignedIn | Reason::NotPermitted => Self::no_permission(text),
            Reason::Busy
            | Reason::OutcomeUnknown
            | Reason::RateLimited
            | Reason::Held
            | Reason::SignerAway => Self::unavailable(text),
            _ => Self::data(text),
        }
    }
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::Refused(refusal) => refusal.into(),
            Error::Store(error) => error.into(),
            Error::Proposed(proposed) => Self::waits(&proposed),
            Error::Fault(text) => Self::software(text),
        }
    }
}

impl From<ServerError> for Failure {
    fn from(error: ServerError) -> Self {
        match error {
            ServerError::Store(error) => error.into(),
            ServerError::Keys(error) => error.into(),
            ServerError::Service(error) => error.into(),
            ServerError::Runtime(_) => Self::unavailable(error.to_string()),
            ServerError::Unsound(text) => Self::data(text),
            ServerError::NotFounded
            | ServerError::Mail(_)
            | ServerError::OpenId(_)
            | ServerError::Breaches(_)
            | ServerError::Witness(_)
            | ServerError::Signer(_)
            | ServerError::Exposed(_)
            | ServerError::Tls(_) => Self::config(error.to_string()),
            ServerError::Listen { .. } => {
                Self::unavailable(format!("{error}; choose another address with --listen"))
            }
            ServerError::StopTimeout(_) => Self::unavailable(format!(
                "{error}; whoever was not answered asks again with the same id"
            )),
        }
    }
}
