//! What people read when something is refused: a title and what to do, in English and French.
//!
//! Promises: every reason has words in both languages; a test walks the list. Does not: name
//! anybody.

use crate::domain::refusal::Reason;

/// Words for one reason in one language.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Words {
    /// The reason in a few words.
    pub title: &'static str,
    /// What to do about it.
    pub advice: &'static str,
}

/// A fault of the machine, in English.
pub const FAULT_ENGLISH: Words = Words {
    title: "Something broke",
    advice: "Nothing was lost. Try again with the same id; quote the reference if it goes on.",
};

/// A fault of the machine, in French.
pub const FAULT_FRENCH: Words = Words {
    title: "Une panne est survenue",
    advice: "Rien n’est perdu. Recommencez avec le même identifiant ; si la panne dure, \
             communiquez la référence à l’opérateur.",
};

/// A reason with its words: English title and advice, French title and advice.
type Row = (Reason, [&'static str; 4]);

const TABLE: &[Row] = &[
    (
        Reason::NotSignedIn,
        [
            "Not signed in",
            "Send the key as `Authorization: Bearer carnet_…`, or ask for a new one.",
            "Non connecté",
            "Connectez-vous, ou demandez une nouvelle clé à l’opérateur.",
        ],
    ),
    (
        Reason::SignInFailed,
        [
            "Not signed in",
            "Address and password do not belong together. Try again, or ask for another password.",
            "Connexion refusée",
            "L’adresse et le mot de passe ne correspondent pas. Réessayez, ou demandez un nouveau \
             mot de passe.",
        ],
    ),
    (
        Reason::ForeignOrigin,
        [
            "Asked from elsewhere",
            "With a cookie, things are changed from our own pages only: send Origin and \
             carnet-csrf, or use a key.",
            "Demande venue d’ailleurs",
            "Cette demande ne vient pas de nos pages. Rechargez la page et recommencez.",
        ],
    ),
    (
        Reason::SecondFactorNeeded,
        [
            "Second factor needed",
            "Give the second factor at /api/v1/sessions/current/factor, then ask again.",
            "Second facteur demandé",
            "Confirmez avec votre second facteur, puis recommencez.",
        ],
    ),
    (
        Reason::MembershipNeeded,
        [
            "For which organisation?",
            "Choose at /api/v1/sessions/current/membership what to be, then ask again.",
            "Pour quelle organisation ?",
            "Choisissez l’organisation pour laquelle vous agissez, puis recommencez.",
        ],
    ),
    (
        Reason::NotPermitted,
        [
            "Not permitted",
            "This key's role never does this. Ask somebody whose role does.",
            "Action non autorisée",
            "Votre rôle ne permet pas cette action. Demandez à une personne habilitée.",
        ],
    ),
    (
        Reason::SecondPersonNeeded,
        [
            "Another person decides",
            "Whoever asked for this, or granted the key that did, does not approve it. Ask \
             somebody else who may.",
            "Une autre personne doit décider",
            "La personne à l’origine de cette demande ne peut pas l’approuver. Demandez à une \
             autre personne habilitée.",
        ],
    ),
    (
        Reason::InvalidRequest,
        [
            "Invalid request",
            "Mend what `errors` names and send it again; nothing was written.",
            "Demande incorrecte",
            "Corrigez les points signalés et renvoyez ; rien n’a été enregistré.",
        ],
    ),
    (
        Reason::TooLarge,
        [
            "Too large",
            "Send less at once.",
            "Envoi trop volumineux",
            "Envoyez moins de données à la fois.",
        ],
    ),
    (
        Reason::TokenMalformed,
        [
            "Not a voucher's code",
            "Scan the QR again, or type the 12 characters below it.",
            "Code illisible",
            "Scannez de nouveau le QR code, ou tapez les 12 caractères imprimés.",
        ],
    ),
    (
        Reason::CodeMistyped,
        [
            "Mistyped",
            "One character is wrong. Read the 12 characters again.",
            "Faute de frappe",
            "Un caractère est faux. Relisez les 12 caractères du chèque.",
        ],
    ),
    (
        Reason::Differs,
        [
            "Known with other content",
            "This id was used before for something else. Make a new id, or read what is \
             there.",
            "Déjà enregistré autrement",
            "Cet identifiant a déjà servi pour autre chose. Rechargez la page et \
             recommencez.",
        ],
    ),
    (
        Reason::StaleVersion,
        [
            "Changed meanwhile",
            "Read the newest version and send your change with its number in If-Match.",
            "Modifié entre-temps",
            "Quelqu’un a modifié cette fiche. Rechargez-la avant de la changer.",
        ],
    ),
    (
        Reason::TokenForged,
        [
            "Not a genuine voucher",
            "Nobody we know signed this. Keep the paper and tell the operator.",
            "Chèque non authentique",
            "Ce chèque n’a pas été émis par nous. Gardez-le et prévenez l’opérateur.",
        ],
    ),
    (
        Reason::Specimen,
        [
            "A specimen",
            "Specimens show what a voucher looks like; they never pay.",
            "Spécimen",
            "Ce chèque est un modèle : il ne paie jamais.",
        ],
    ),
    (
        Reason::VoucherUnknown,
        [
            "Unknown voucher",
            "No voucher has this code. Check it, or call the operator.",
            "Chèque inconnu",
            "Aucun chèque ne porte ce code. Vérifiez-le, ou appelez l’opérateur.",
        ],
    ),
    (
        Reason::SecondFactorWrong,
        [
            "Not the second factor",
            "Give the digits that the app shows now; each is good once. Or use a recovery code.",
            "Second facteur incorrect",
            "Tapez les chiffres que l’application affiche maintenant ; chacun ne sert qu’une fois. \
             Sinon, utilisez un code de secours.",
        ],
    ),
    (
        Reason::LinkEnded,
        [
            "This link has ended",
            "A link is good once and for a while. Ask whoever sent it for another.",
            "Ce lien n’est plus valable",
            "Un lien sert une seule fois et pendant un temps limité. Demandez-en un nouveau.",
        ],
    ),
    (
        Reason::NotFound,
        [
            "Not found",
            "There is no such thing here, or it is not yours to see.",
            "Introuvable",
            "Cet élément n’existe pas, ou n’est pas accessible avec votre compte.",
        ],
    ),
    (
        Reason::CodeAmbiguous,
        [
            "Ambiguous code",
            "Two vouchers share this typed code. Scan the QR instead.",
            "Code ambigu",
            "Deux chèques ont ce même code. Scannez le QR code.",
        ],
    ),
    (
        Reason::LedgerReleased,
        [
            "Taken over",
            "Another operator keeps this ledger now. Ask there.",
            "Registre repris",
            "Un autre opérateur tient maintenant ce registre. Adressez-vous à lui.",
        ],
    ),
    (
        Reason::NoLongerKept,
        [
            "No longer kept",
            "The years that such papers are kept for are over. Its hash stays in the ledger, and \
             proves any copy that you kept.",
            "Document supprimé",
            "La durée légale de conservation est passée. Son empreinte reste dans le journal et \
             prouve la copie que vous auriez gardée.",
        ],
    ),
    (
        Reason::VoucherAlreadyRedeemed,
        [
            "Already used",
            "One voucher pays once. `redeemed_at` says when it was used.",
            "Chèque déjà utilisé",
            "Un chèque ne paie qu’une fois. Demandez un autre chèque du carnet.",
        ],
    ),
    (
        Reason::VoucherReplaced,
        [
            "Replaced",
            "A new book took over from this one. Ask for the new book.",
            "Chèque remplacé",
            "Ce carnet a été remplacé. Demandez le nouveau carnet.",
        ],
    ),
    (
        Reason::VoucherBlocked,
        [
            "Blocked",
            "This voucher was blocked, for instance because its book was lost. Call the \
             operator.",
            "Chèque bloqué",
            "Ce chèque est bloqué, par exemple après une perte. Appelez l’opérateur.",
        ],
    ),
    (
        Reason::OrderNotActive,
        [
            "Not funded yet",
            "The funder's money has not arrived: the voucher is worth nothing yet.",
            "Carnet pas encore financé",
            "Le financement n’est pas encore arrivé : le chèque ne vaut rien pour l’instant.",
        ],
    ),
    (
        Reason::VoucherInactive,
        [
            "Not handed over yet",
            "This book was not handed over. Call the place that gave it.",
            "Carnet pas encore remis",
            "Ce carnet n’a pas encore été remis. Appelez le lieu qui l’a donné.",
        ],
    ),
    (
        Reason::VoucherNotYetValid,
        [
            "Not valid yet",
            "It is accepted from `valid_from` on.",
            "Pas encore valable",
            "Le chèque n’est accepté qu’à partir de sa date de début.",
        ],
    ),
    (
        Reason::VoucherLapsed,
        [
            "No longer valid",
            "Its last day was `valid_until`, and the days of grace are over.",
            "Chèque périmé",
            "La date limite et le délai de grâce sont passés.",
        ],
    ),
    (
        Reason::VenueNotQualified,
        [
            "Venue not qualified",
            "The operator, or the campaign, has not admitted this venue yet.",
            "Lieu non habilité",
            "Ce lieu n’est pas (encore) habilité pour ces chèques. Contactez l’opérateur.",
        ],
    ),
    (
        Reason::VenueSuspended,
        [
            "Venue suspended",
            "The operator has suspended this venue. Call the operator.",
            "Lieu suspendu",
            "L’habilitation de ce lieu est suspendue. Appelez l’opérateur.",
        ],
    ),
    (
        Reason::OutOfPerimeter,
        [
            "Outside the perimeter",
            "The campaign pays in other communes or departments only.",
            "Hors du territoire",
            "Ces chèques ne sont acceptés que dans le territoire du financeur.",
        ],
    ),
    (
        Reason::OfferingNotCovered,
        [
            "Service not covered",
            "The campaign does not pay this service, or the venue does not offer it.",
            "Service non couvert",
            "Ce service n’est pas payé par ces chèques, ou pas proposé par ce lieu.",
        ],
    ),
    (
        Reason::LimitExceeded,
        [
            "Limit reached",
            "No more vouchers of this book here today.",
            "Limite atteinte",
            "Plus de chèque de ce carnet ici aujourd’hui. Revenez un autre jour.",
        ],
    ),
    (
        Reason::AlreadySettled,
        [
            "Already settled",
            "A settlement has counted it. The operator can still reverse it.",
            "Déjà réglé",
            "Un règlement l’a déjà compté. Seul l’opérateur peut encore l’annuler.",
        ],
    ),
    (
        Reason::WrongState,
        [
            "Not in this state",
            "`state` says what stands in the way.",
            "Impossible dans cet état",
            "L’état actuel ne permet pas cette action.",
        ],
    ),
    (
        Reason::BalanceShort,
        [
            "Not enough money",
            "`missing_cents` says how much `account` lacks.",
            "Solde insuffisant",
            "Il manque de l’argent sur le compte indiqué.",
        ],
    ),
    (
        Reason::SigningRefused,
        [
            "The signer refuses",
            "`state` says why. A ceiling ends with the day (UTC); the rest is the operator’s.",
            "La signature est refusée",
            "Plafond du jour atteint : recommencez demain ; sinon, prévenez l’opérateur.",
        ],
    ),
    (
        Reason::RateLimited,
        [
            "Too many requests",
            "Wait and try again.",
            "Trop de demandes",
            "Patientez un instant et recommencez.",
        ],
    ),
    (
        Reason::Held,
        [
            "Held",
            "An older copy of the database was put back. Only those who decide on it may sign in; \
             keep your receipts.",
            "Service retenu",
            "Une ancienne copie de la base a été remise en place. Rien n’est servi avant la \
             décision de l’opérateur ; gardez vos reçus.",
        ],
    ),
    (
        Reason::SignerAway,
        [
            "The signer is away",
            "Vouchers are still redeemed. Issue or print again in a moment.",
            "Le service de signature ne répond pas",
            "Les chèques restent acceptés. Recommencez l’émission ou l’impression dans un instant.",
        ],
    ),
    (
        Reason::Busy,
        [
            "Busy",
            "Try again in a moment, with the same id.",
            "Service occupé",
            "Recommencez dans un instant, rien n’est perdu.",
        ],
    ),
    (
        Reason::OutcomeUnknown,
        [
            "Outcome unknown",
            "It may have been written. Send it again with the same id to know.",
            "Résultat inconnu",
            "Renvoyez la même demande : vous saurez si elle a été enregistrée.",
        ],
    ),
];

fn row(reason: Reason) -> [&'static str; 4] {
    let found = TABLE.iter().find(|(listed, _)| *listed == reason);
    found.map(|(_, words)| *words).expect("a test walks every reason")
}

/// The words in English.
#[must_use]
pub fn english(reason: Reason) -> Words {
    let [title, advice, _, _] = row(reason);
    Words { title, advice }
}

/// The words in French.
#[must_use]
pub fn french(reason: Reason) -> Words {
    let [_, _, title, advice] = row(reason);
    Words { title, advice }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reason_has_words_in_its_order() {
        let listed: Vec<Reason> = TABLE.iter().map(|(reason, _)| *reason).collect();
        assert_eq!(listed, Reason::ALL);
        for reason in Reason::ALL {
            for words in [english(*reason), french(*reason)] {
                assert!(words.title.len() > 3 && words.advice.ends_with('.'), "{reason:?}");
            }
        }
    }
}
