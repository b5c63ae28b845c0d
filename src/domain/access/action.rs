//! What can be asked, and the table that says how far each role reaches.
//!
//! Promises: one table, read by every permit. Does not: know whose object it is.

use serde::{Deserialize, Serialize};

use super::Role;

/// What can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Action {
    /// Make a new organisation.
    CreateOrganisation,
    /// Change an organisation's register, or its logo.
    EditOrganisation,
    /// Read an organisation's register.
    ReadOrganisation,
    /// Record a bank account.
    RecordBankAccount,
    /// Make or change a venue.
    EditVenue,
    /// Read a venue's register.
    ReadVenue,
    /// Qualify or suspend a venue.
    QualifyVenue,
    /// Grant or revoke an API key.
    GrantKey,
    /// Pair a device with a venue, or end it.
    PairDevice,
    /// Invite a person, or end what a person may be.
    GrantMembership,
    /// Read who the people of an organisation are.
    ReadPeople,
    /// List the keys and devices of an organisation.
    ReadKeys,
    /// Add or revoke a key that signs vouchers.
    RotateKey,
    /// Make or change a campaign.
    EditCampaign,
    /// Read a campaign or an order.
    ReadCampaign,
    /// Place an order.
    PlaceOrder,
    /// Print the books of an order.
    PrintBooks,
    /// Activate an order, record or return money.
    MoveMoney,
    /// Move books, declare them lost or destroyed.
    MoveBooks,
    /// Hand a book over.
    HandOver,
    /// Read a book's custody.
    ReadBook,
    /// Block and unblock.
    Block,
    /// Replace a lost book.
    Replace,
    /// Redeem, or check a voucher at a venue.
    Redeem,
    /// Undo a redemption.
    Reverse,
    /// Undo a redemption that a settlement has looked past.
    ReverseSettled,
    /// Read one redemption.
    ReadRedemption,
    /// Draw up a settlement, say what the bank did.
    Settle,
    /// Cancel a settlement that nobody approved yet.
    CancelSettlement,
    /// Approve a settlement.
    ApproveSettlement,
    /// Read a settlement and its file.
    ReadSettlement,
    /// Read one structure's statement.
    ReadStatement,
    /// Read the lines and balances of a ledger, or its export.
    ReadLedger,
    /// Read one's own lines of a ledger.
    ReadOwnLines,
    /// Read what looks unlike honest work.
    ReadSignals,
    /// Say what came of a signal.
    DecideSignal,
    /// Read what an older copy of the database lacks.
    ReadLosses,
    /// Let an older copy go on without what it lacks.
    AcceptLoss,
}

impl Action {
    /// All actions.
    pub const ALL: [Self; 38] = [
        Self::CreateOrganisation,
        Self::EditOrganisation,
        Self::ReadOrganisation,
        Self::RecordBankAccount,
        Self::EditVenue,
        Self::ReadVenue,
        Self::QualifyVenue,
        Self::GrantKey,
        Self::PairDevice,
        Self::GrantMembership,
        Self::ReadPeople,
        Self::ReadKeys,
        Self::RotateKey,
        Self::EditCampaign,
        Self::ReadCampaign,
        Self::PlaceOrder,
        Self::PrintBooks,
        Self::MoveMoney,
        Self::MoveBooks,
        Self::HandOver,
        Self::ReadBook,
        Self::Block,
        Self::Replace,
        Self::Redeem,
        Self::Reverse,
        Self::ReverseSettled,
        Self::ReadRedemption,
        Self::Settle,
        Self::CancelSettlement,
        Self::ApproveSettlement,
        Self::ReadSettlement,
        Self::ReadStatement,
        Self::ReadLedger,
        Self::ReadOwnLines,
        Self::ReadSignals,
        Self::DecideSignal,
        Self::ReadLosses,
        Self::AcceptLoss,
    ];

    /// Whether it changes nothing.
    #[must_use]
    pub const fn only_reads(self) -> bool {
        matches!(
            self,
            Self::ReadOrganisation
                | Self::ReadVenue
                | Self::ReadKeys
                | Self::ReadPeople
                | Self::ReadCampaign
                | Self::ReadBook
                | Self::ReadRedemption
                | Self::ReadSettlement
                | Self::ReadStatement
                | Self::ReadLedger
                | Self::ReadOwnLines
                | Self::ReadSignals
                | Self::ReadLosses
        )
    }
}

/// How far an action reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Reach {
    /// Nowhere.
    None,
    /// What the actor made itself, at its own organisation.
    Made,
    /// What is its organisation's, and its venue's if it is bound to one.
    Own,
    /// Everybody's.
    Any,
}

use Action as A;

/// How far an action of a role reaches.
pub(super) const fn reach(role: Role, action: Action) -> Reach {
    match role {
        Role::Operator => match action {
            A::ApproveSettlement | A::Redeem => Reach::None,
            _ => Reach::Any,
        },
        Role::Approver => match action {
            A::ApproveSettlement
            | A::CancelSettlement
            | A::ReadSettlement
            | A::ReadStatement
            | A::ReadLosses
            | A::ReadLedger => Reach::Any,
            _ => Reach::None,
        },
        Role::Funder | Role::FunderReader => fund(role, action),
        Role::Distributor | Role::DistributorWorker => distribute(role, action),
        Role::Structure | Role::StructureAccountant => structure(role, action),
        Role::Venue | Role::VenueCounter | Role::Device => serve(role, action),
        // Who the people are is for those who invite them.
        Role::Auditor if action.only_reads() && !matches!(action, A::ReadPeople) => Reach::Any,
        Role::Auditor => Reach::None,
    }
}

const fn fund(role: Role, action: Action) -> Reach {
    match action {
        A::ReadVenue => Reach::Any,
        A::ReadOrganisation
        | A::ReadCampaign
        | A::ReadBook
        | A::ReadRedemption
        | A::ReadSettlement
        | A::ReadStatement
        | A::ReadLedger
        | A::ReadOwnLines => Reach::Own,
        A::EditOrganisation
        | A::RecordBankAccount
        | A::GrantMembership
        | A::ReadPeople
        | A::ReadKeys
        | A::EditCampaign
        | A::PlaceOrder
        | A::PrintBooks
        | A::Block
        // Where it pays the structures itself; the service looks at the ledger's mode.
        | A::ApproveSettlement
            if matches!(role, Role::Funder) =>
        {
            Reach::Own
        }
        _ => Reach::None,
    }
}

const fn distribute(role: Role, action: Action) -> Reach {
    match action {
        A::ReadVenue => Reach::Any,
        A::ReadOrganisation | A::MoveBooks | A::HandOver | A::ReadBook => Reach::Own,
        A::EditOrganisation | A::GrantMembership | A::ReadPeople | A::ReadKeys | A::Block
            if matches!(role, Role::Distributor) =>
        {
            Reach::Own
        }
        _ => Reach::None,
    }
}

const fn structure(role: Role, action: Action) -> Reach {
    match action {
        A::ReadOrganisation
        | A::ReadVenue
        | A::ReadRedemption
        | A::ReadStatement
        | A::ReadOwnLines => Reach::Own,
        A::EditOrganisation
        | A::RecordBankAccount
        | A::EditVenue
        | A::PairDevice
        | A::GrantMembership
        | A::ReadPeople
        | A::ReadKeys
        | A::Redeem
        | A::Reverse
            if matches!(role, Role::Structure) =>
        {
            Reach::Own
        }
        _ => Reach::None,
    }
}

const fn serve(role: Role, action: Action) -> Reach {
    match action {
        A::Reverse | A::ReadRedemption if matches!(role, Role::Device) => Reach::Made,
        A::ReadVenue | A::Redeem | A::Reverse | A::ReadRedemption => Reach::Own,
        A::PairDevice | A::GrantMembership | A::ReadPeople | A::ReadKeys
            if matches!(role, Role::Venue) =>
        {
            Reach::Own
        }
        _ => Reach::None,
    }
}
