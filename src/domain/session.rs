//! Sessions: how long a person stays signed in, and when the second factor is asked for.
//!
//! Promises: one place says which roles need a second factor, which actions need a fresh one, and
//! when a session is over. Does not: know tokens or cookies (see `service::session`).

use serde::{Deserialize, Serialize};

use super::access::{Action, Role};
use crate::base::clock::Timestamp;

/// How sure it is that whoever asks is the actor.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Assurance {
    /// A program's key, or the machine itself: a secret of 256 bits, no person.
    Program,
    /// A person whose second factor was given a short while ago.
    Fresh,
    /// A person whose second factor was given long ago, or never.
    Stale,
}

/// Whether an action needs a fresh second factor: money, keys and rights.
#[must_use]
pub const fn steps_up(action: Action) -> bool {
    matches!(
        action,
        Action::MoveMoney
            | Action::RecordBankAccount
            | Action::Settle
            | Action::ApproveSettlement
            | Action::ReverseSettled
            | Action::GrantKey
            | Action::RotateKey
            | Action::GrantMembership
            | Action::AcceptLoss
    )
}

/// Whether a role touches money or keys: nobody is it without a second factor.
#[must_use]
pub const fn needs_factor(role: Role) -> bool {
    matches!(role, Role::Operator | Role::Approver | Role::Funder | Role::Structure)
}

/// Of whom a second factor is asked when it signs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum FactorAsked {
    /// Of every role that touches money or keys.
    #[default]
    Money,
    /// Of everyone.
    Everyone,
}

impl FactorAsked {
    /// Whether it is asked of a role.
    const fn of(self, role: Role) -> bool {
        matches!(self, Self::Everyone) || needs_factor(role)
    }
}

/// Whether a role stands at a counter all day, with its hands full.
fn at_counter(role: Role) -> bool {
    role == Role::VenueCounter
}

/// How long sessions last, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Without a request.
    pub idle: i64,
    /// From signing in.
    pub longest: i64,
    /// Without a request, at a counter.
    pub counter_idle: i64,
    /// From signing in, at a counter.
    pub counter_longest: i64,
    /// How long a second factor is fresh.
    pub fresh_factor: i64,
}

impl Limits {
    /// How long a browser keeps the session of a role after it was closed, in seconds.
    #[must_use]
    pub fn kept(&self, role: Role) -> Option<i64> {
        at_counter(role).then_some(self.counter_longest)
    }
}

impl Default for Limits {
    fn default() -> Self {
        let (minute, hour, day) = (60, 3600, 86_400);
        Self {
            idle: 30 * minute,
            longest: 12 * hour,
            counter_idle: 12 * hour,
            counter_longest: 30 * day,
            fresh_factor: 5 * minute,
        }
    }
}

/// The moments of a session.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Course {
    /// When the person signed in.
    pub opened_at: Timestamp,
    /// When it last asked, as far as was written down.
    pub seen_at: Timestamp,
    /// When it gave its second factor.
    pub factor_at: Option<Timestamp>,
}

impl Course {
    /// When the session ends if nothing more is asked.
    #[must_use]
    pub fn ends_at(&self, role: Option<Role>, limits: &Limits) -> Timestamp {
        let (idle, longest) = if role.is_some_and(at_counter) {
            (limits.counter_idle, limits.counter_longest)
        } else {
            (limits.idle, limits.longest)
        };
        self.seen_at.plus_seconds(idle).min(self.opened_at.plus_seconds(longest))
    }

    /// How sure the second factor makes it.
    #[must_use]
    pub fn assurance(&self, limits: &Limits, now: Timestamp) -> Assurance {
        let fresh = |at: Timestamp| at <= now && now < at.plus_seconds(limits.fresh_factor);
        if self.factor_at.is_some_and(fresh) { Assurance::Fresh } else { Assurance::Stale }
    }
}

/// What a session waits for before it may act.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Standing {
    /// Nothing: it acts.
    Open,
    /// The person has a second factor and has not given it.
    FactorNeeded,
    /// The role needs a second factor and the person has none yet.
    FactorMissing,
    /// The person has not said for which organisation it works now.
    MembershipNeeded,
}

/// What a session waits for.
#[must_use]
pub fn standing(
    asked: FactorAsked,
    role: Option<Role>,
    has_factor: bool,
    factor_given: bool,
) -> Standing {
    match role {
        _ if has_factor && !factor_given => Standing::FactorNeeded,
        None => Standing::MembershipNeeded,
        Some(role) if asked.of(role) && !factor_given => Standing::FactorMissing,
        Some(_) => Standing::Open,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_millis(0).plus_seconds(seconds)
    }

    #[test]
    fn a_session_ends_when_idle_and_when_old() {
        let limits = Limits::default();
        let course = Course { opened_at: at(0), seen_at: at(600), factor_at: Some(at(0)) };
        assert_eq!(course.ends_at(Some(Role::Funder), &limits), at(600 + 1800));
        let busy = Course { seen_at: at(43_000), ..course };
        assert_eq!(busy.ends_at(None, &limits), at(43_200));
        assert_eq!(course.assurance(&limits, at(299)), Assurance::Fresh);
        assert_eq!(course.assurance(&limits, at(300)), Assurance::Stale);
        // A clock that was set back does not make an old proof young.
        assert_eq!(course.assurance(&limits, at(-1)), Assurance::Stale);
    }

    #[test]
    fn who_touches_money_or_keys_gives_a_second_factor() {
        let standing = |role, has, given| standing(FactorAsked::Money, role, has, given);
        for role in [Role::Operator, Role::Approver, Role::Funder, Role::Structure] {
            assert_eq!(standing(Some(role), false, false), Standing::FactorMissing);
            assert_eq!(standing(Some(role), true, false), Standing::FactorNeeded);
            assert_eq!(standing(Some(role), true, true), Standing::Open);
        }
        assert_eq!(standing(Some(Role::Auditor), false, false), Standing::Open);
        assert_eq!(standing(Some(Role::Auditor), true, false), Standing::FactorNeeded);
        assert_eq!(standing(None, false, false), Standing::MembershipNeeded);
    }

    #[test]
    fn everyone_gives_one_where_it_is_asked_of_all() {
        let standing = |role, has, given| standing(FactorAsked::Everyone, role, has, given);
        for role in Role::ALL {
            assert_eq!(standing(Some(role), false, false), Standing::FactorMissing);
            assert_eq!(standing(Some(role), true, false), Standing::FactorNeeded);
            assert_eq!(standing(Some(role), true, true), Standing::Open);
        }
        assert_eq!(standing(None, false, false), Standing::MembershipNeeded);
    }
}
