//! People: who signs in, and what they may be for which organisation.
//!
//! Promises: a line names a person by an opaque id only; name and e-mail address have no place in a
//! body; nobody gives a right beyond its own organisation and venue. Does not: know how a person
//! proves who it is (see `session`).

use std::fmt;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::access::{Action, Actor, Owner, Permit, Role};
use super::organisation::OrganisationId;
use super::refusal::{Reason, Refusal};
use super::session::Assurance;
use crate::base::id::{Id, Person, Venue};
use crate::base::text::Name;

/// An e-mail address, in lower case: at most 254 characters (RFC 5321, 4.5.3.1.3), one `@`, no
/// blanks and nothing that a mail header could be broken with. `Debug` shows none of it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, utoipa::ToSchema)]
#[schema(value_type = String, max_length = 254, format = "email")]
pub struct Email(String);

/// What was given is not an e-mail address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not an e-mail address; write it like name@example.org")]
pub struct EmailError;

impl Email {
    /// A checked address.
    ///
    /// # Errors
    /// [`EmailError`].
    pub fn new(text: &str) -> Result<Self, EmailError> {
        let lower = text.trim().to_lowercase();
        let (local, domain) = lower.split_once('@').ok_or(EmailError)?;
        let plain = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-/=?^_`{|}~.".contains(c);
        // No dot at an end or beside another one (RFC 5321, 4.1.2, Dot-string), no hyphen at the
        // end of a label (RFC 1123, 2.1).
        let dotted = local.split('.').all(|part| !part.is_empty());
        let of_host = |label: &&str| {
            let plain = label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-');
            plain && (1..=63).contains(&label.len()) && label.trim_matches('-') == *label
        };
        let labels = domain.split('.').collect::<Vec<_>>();
        let lawful = (1..=64).contains(&local.len())
            && lower.len() <= 254
            && local.chars().all(plain)
            && dotted
            && labels.len() >= 2
            && labels.iter().all(of_host);
        if lawful { Ok(Self(lower)) } else { Err(EmailError) }
    }

    /// The address: for the vault, and for mail.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Email {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Email(…)")
    }
}

impl Serialize for Email {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de> Deserialize<'de> for Email {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::new(&text).map_err(serde::de::Error::custom)
    }
}

/// Whether a person may sign in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "lowercase")]
pub enum PersonState {
    /// Has a link, and no password yet.
    Invited,
    /// Has joined.
    Active,
    /// Is kept out until the operator lets it in again.
    Disabled,
}

impl PersonState {
    const ALL: [Self; 3] = [Self::Invited, Self::Active, Self::Disabled];

    /// The word in tables.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Invited => "invited",
            Self::Active => "active",
            Self::Disabled => "disabled",
        }
    }

    /// The state of a stored word.
    #[must_use]
    pub fn of(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|state| state.as_str() == text)
    }
}

/// What `PUT /api/v1/memberships/{id}` takes: who is invited, and to be what.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(deny_unknown_fields)]
pub struct MembershipRequest {
    /// Where the link goes; also the name to sign in with.
    pub email: Email,
    /// The person's name, for those who work with it.
    pub name: Name,
    /// What the person may be.
    pub role: Role,
    /// For whom.
    #[schema(value_type = String, example = "structure_01h455vb4pex5vsknk084sn02q")]
    pub organisation_id: OrganisationId,
    /// At which venue, for a role that is bound to one; absent otherwise.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<String>)]
    pub venue_id: Option<Id<Venue>>,
}

/// Body of `membership-granted`. The line's `id` is the membership, its `actor` who gave it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MembershipGranted {
    /// Who: an opaque id; the name behind it is in an erasable table.
    pub person_id: Id<Person>,
    /// What the person may be.
    pub role: Role,
    /// For whom.
    pub organisation_id: OrganisationId,
    /// At which venue, for a role that is bound to one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub venue_id: Option<Id<Venue>>,
}

/// Body of `membership-ended`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct MembershipEnded {}

/// A permit to give or end a right at an organisation, or at one of its venues.
///
/// The operator gives any; others what belongs to their own organisation. Somebody who is bound to
/// a venue gives what is bound to the same venue, so that nobody rises by inviting. Of programs
/// only the operator's give rights: a key on a phone must not make accounts.
///
/// # Errors
/// `not-permitted`, `not-found` for another organisation's, `second-factor-needed`.
pub fn may_grant(
    actor: &Actor,
    organisation_id: OrganisationId,
    venue_id: Option<Id<Venue>>,
) -> Result<Permit, Refusal> {
    if actor.assurance == Assurance::Program && actor.role != Role::Operator {
        return Err(Reason::NotPermitted.into());
    }
    let owner = Owner { venue: venue_id, ..Owner::organisation(organisation_id) };
    let permit = actor.permit(Action::GrantMembership, &owner)?;
    if actor.venue.is_some() && actor.venue != venue_id {
        return Err(Reason::NotFound.into());
    }
    Ok(permit)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::id::Structure;

    #[test]
    fn an_address_cannot_break_a_header() {
        assert_eq!(Email::new(" Ana@Exemple.FR ").unwrap().as_str(), "ana@exemple.fr");
        for bad in [
            "ana",
            "@x.fr",
            "a@b",
            "a b@x.fr",
            "a@x.fr\r\nBcc: b@x.fr",
            "a@x..fr",
            "a@@x.fr",
            "a@-x.fr",
            "a@x-.fr",
            ".a@x.fr",
            "a.@x.fr",
            "a..b@x.fr",
        ] {
            assert_eq!(Email::new(bad), Err(EmailError), "{bad:?}");
        }
        assert!(Email::new(&format!("{}@x.fr", "a".repeat(65))).is_err());
        assert!(!format!("{:?}", Email::new("ana@exemple.fr").unwrap()).contains("ana"));
    }

    #[test]
    fn nobody_rises_by_inviting() {
        let number = |n: u128| uuid::Uuid::from_u128(n);
        let own: OrganisationId = Id::<Structure>::from_uuid(number(1)).any().try_into().unwrap();
        let other: OrganisationId = Id::<Structure>::from_uuid(number(2)).any().try_into().unwrap();
        let [here, there] = [7, 8].map(|n| Id::<Venue>::from_uuid(number(n)));
        let person = Id::<Person>::from_uuid(number(3)).any();
        let assurance = Assurance::Fresh;
        let actor = |role, venue| Actor { venue, assurance, ..Actor::of(person, role, own) };
        let structure = actor(Role::Structure, None);
        assert!(may_grant(&structure, own, None).is_ok());
        assert!(may_grant(&structure, own, Some(here)).is_ok());
        assert_eq!(may_grant(&structure, other, None).unwrap_err().reason, Reason::NotFound);
        let counter = actor(Role::Venue, Some(here));
        assert!(may_grant(&counter, own, Some(here)).is_ok());
        for venue in [None, Some(there)] {
            assert_eq!(may_grant(&counter, own, venue).unwrap_err().reason, Reason::NotFound);
        }
        for role in [Role::Approver, Role::Auditor] {
            let refused = may_grant(&actor(role, None), own, None).unwrap_err();
            assert_eq!(refused.reason, Reason::NotPermitted);
        }
        let key = Actor { assurance: Assurance::Program, ..structure };
        assert_eq!(may_grant(&key, own, None).unwrap_err().reason, Reason::NotPermitted);
        let stale = Actor { assurance: Assurance::Stale, ..structure };
        let refused = may_grant(&stale, own, None).unwrap_err();
        assert_eq!(refused.reason, Reason::SecondFactorNeeded);
    }
}
