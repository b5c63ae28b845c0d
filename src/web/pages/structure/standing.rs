//! Where a venue stands, and what its register lacks.
//!
//! Promises: says what to do next, and who does it. Does not: qualify.

use crate::domain::venue::{VenueProfile, VenueState};
use crate::web::pages::words::Words;

/// How something stands: done, waiting for somebody else, or to be done here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mark {
    Done,
    Waits,
    Missing,
}

impl Mark {
    /// The class of its colour.
    pub(super) const fn class(self) -> &'static str {
        match self {
            Self::Done => "good",
            Self::Waits => "wait",
            Self::Missing => "bad",
        }
    }

    /// The key of its word: colour alone tells nobody who does not see it.
    pub(super) const fn key(self) -> &'static str {
        match self {
            Self::Done => "structure-mark-done",
            Self::Waits => "structure-mark-waits",
            Self::Missing => "structure-mark-missing",
        }
    }
}

/// What a venue may do now, in words.
pub(super) fn state(words: Words, state: VenueState) -> (Mark, String) {
    match state {
        VenueState::Qualified => (Mark::Done, words.say("structure-venue-qualified")),
        VenueState::Registered => (Mark::Waits, words.say("structure-venue-registered")),
        VenueState::Suspended => (Mark::Missing, words.say("structure-venue-suspended")),
    }
}

/// A part of a venue's register: its address below the venue's, and whether it is filled in.
pub(super) struct Part {
    pub(super) path: &'static str,
    pub(super) title: String,
    pub(super) mark: Mark,
    /// What is missing; empty when nothing is.
    pub(super) lacks: Vec<String>,
    /// What could be added.
    pub(super) extras: Vec<String>,
}

/// The parts of a venue's register, in the order in which they are asked for.
pub(super) fn parts(words: Words, profile: &VenueProfile) -> [Part; 3] {
    let listed = |of: &[(bool, &str)]| -> Vec<String> {
        of.iter().filter(|(lacks, _)| *lacks).map(|(_, key)| words.say(key)).collect()
    };
    let part = |path, key: &str, lacks: (bool, &str), extras: &[(bool, &str)]| {
        let (lacks, extras) = (listed(&[lacks]), listed(extras));
        let mark = if lacks.is_empty() { Mark::Done } else { Mark::Missing };
        Part { path, title: words.say(key), mark, lacks, extras }
    };
    let contact = profile.phone.is_none() && profile.mailbox.is_none();
    [
        part(
            "place",
            "structure-part-place",
            (profile.address.is_none(), "structure-lacks-address"),
            &[],
        ),
        part(
            "hours",
            "structure-part-hours",
            (profile.opening_hours.is_none(), "structure-lacks-hours"),
            &[],
        ),
        part(
            "contact",
            "structure-part-contact",
            (contact, "structure-lacks-contact"),
            &[
                (profile.appointments.is_none(), "structure-lacks-appointments"),
                (profile.accessibility.is_none(), "structure-lacks-accessibility"),
            ],
        ),
    ]
}
