//! What letters say: French first, English below, plain text.
//!
//! Promises: a letter names the instance and why it came, and holds at most one link. Does not:
//! name anybody but the organisation.

use secrecy::ExposeSecret as _;

use super::Letter;
use crate::base::clock::Timestamp;

/// The subject and the text of a letter about the instance at a host.
pub(super) fn of(letter: &Letter, host: &str) -> (String, String) {
    match letter {
        Letter::Invitation { organisation, link } => invitation(organisation, link.expose_secret()),
        Letter::Granted { organisation } => granted(organisation, host),
        Letter::Reset { link } => reset(link.expose_secret(), host),
        Letter::AccountProposed { organisation } => account_proposed(organisation, host),
        Letter::AccountChanged { organisation, from } => account_changed(organisation, *from, host),
        Letter::Changed => changed(host),
    }
}

fn invitation(organisation: &str, link: &str) -> (String, String) {
    let subject = "Votre invitation / Your invitation".to_owned();
    let text = format!(
        "Bonjour,\n\n\
         {organisation} vous invite à rejoindre Carnet, le registre de ses chèques.\n\
         Choisissez votre mot de passe ici (ce lien sert une seule fois, pendant 7 jours) :\n\n\
         {link}\n\n\
         Si vous n’attendiez pas cette invitation, ignorez ce message.\n\n\
         --\n\n\
         {organisation} invites you to join Carnet, the ledger of its vouchers.\n\
         Choose your password by the link above. It works once, and within a week.\n\
         If you did not expect this, ignore it.\n"
    );
    (subject, text)
}

fn granted(organisation: &str, host: &str) -> (String, String) {
    let subject = "Un nouveau droit / A new right".to_owned();
    let text = format!(
        "Bonjour,\n\n\
         {organisation} vous a donné un nouveau droit sur {host}. Vous le choisirez à votre \
         prochaine connexion.\n\n\
         --\n\n\
         {organisation} gave you a new right at {host}. Choose it when you next sign in.\n"
    );
    (subject, text)
}

fn reset(link: &str, host: &str) -> (String, String) {
    let subject = "Nouveau mot de passe / Another password".to_owned();
    let text = format!(
        "Bonjour,\n\n\
         Quelqu’un, sans doute vous, demande un nouveau mot de passe pour {host}.\n\
         Choisissez-le ici (ce lien sert une seule fois, pendant une heure) :\n\n\
         {link}\n\n\
         Si ce n’est pas vous, ignorez ce message : rien ne change.\n\n\
         --\n\n\
         Somebody, probably you, asks for another password for {host}. Choose it by the link\n\
         above: it works once, and within the hour. If it was not you, ignore this: nothing\n\
         changes.\n"
    );
    (subject, text)
}

fn account_proposed(organisation: &str, host: &str) -> (String, String) {
    let subject = "Un autre compte bancaire est proposé / Another bank account is proposed".into();
    let text = format!(
        "Bonjour,\n\n\
         Quelqu’un demande que {organisation} soit payé sur un autre compte bancaire ({host}).\n\
         Rien n’est changé : une seconde personne doit approuver cette demande.\n\
         Si vous ne l’attendiez pas, prévenez tout de suite l’opérateur.\n\n\
         --\n\n\
         Somebody asks that {organisation} be paid to another bank account ({host}). Nothing has\n\
         changed: a second person has to approve it. If you did not expect this, tell the\n\
         operator at once.\n"
    );
    (subject, text)
}

fn account_changed(organisation: &str, from: Option<Timestamp>, host: &str) -> (String, String) {
    let subject = "Votre compte bancaire change / Your bank account changes".to_owned();
    let (french, english) = match from {
        Some(at) => (format!("à partir du {at}"), format!("from {at} on")),
        None => ("dès maintenant".to_owned(), "from now on".to_owned()),
    };
    let text = format!(
        "Bonjour,\n\n\
         Un autre compte bancaire est enregistré pour {organisation} sur {host}.\n\
         Les règlements y seront versés {french} (heure universelle).\n\
         Si vous ne l’attendiez pas, prévenez tout de suite l’opérateur.\n\n\
         --\n\n\
         Another bank account is recorded for {organisation} at {host}. Settlements are paid\n\
         there {english} (universal time). If you did not expect this, tell the operator at once.\n"
    );
    (subject, text)
}

fn changed(host: &str) -> (String, String) {
    let subject = "Votre mot de passe a changé / Your password was changed".to_owned();
    let text = format!(
        "Bonjour,\n\n\
         Votre mot de passe pour {host} vient d’être changé, et vos autres sessions sont \
         fermées.\n\
         Si ce n’est pas vous, prévenez tout de suite l’opérateur.\n\n\
         --\n\n\
         Your password for {host} was just changed, and your other sessions have ended. If it\n\
         was not you, tell the operator at once.\n"
    );
    (subject, text)
}
