//! What people read when something cannot be done: what it is and what to do, in both languages.
//!
//! Promises: every reason has words, without our own jargon; a test walks the list. Does not: name
//! anybody, or speak to programs (see [`super::words`]).

use super::words::Words;
use crate::domain::refusal::Reason;

/// A fault of the machine, in English.
pub const FAULT_ENGLISH: Words = Words {
    title: "Something broke",
    advice: "It is our fault, and nothing was lost. Try again in a moment; if it goes on, give the \
             reference to the operator.",
};

/// A fault of the machine, in French.
pub const FAULT_FRENCH: Words = Words {
    title: "Une panne est survenue",
    advice: "C’est de notre faute, et rien n’est perdu. Réessayez dans un instant ; si cela dure, \
             donnez la référence à l’opérateur.",
};

/// A reason with its words: English title and advice, French title and advice.
type Row = (Reason, &'static str, &'static str, &'static str, &'static str);

const TABLE: &[Row] = &[
    (
        Reason::NotSignedIn,
        "You are not signed in",
        "Sign in, then do it again. If you have no account, ask the person in charge at your \
         organisation.",
        "Vous n’êtes pas connecté",
        "Connectez-vous, puis recommencez. Si vous n’avez pas de compte, demandez à la personne \
         responsable dans votre organisation.",
    ),
    (
        Reason::SignInFailed,
        "Address or password is wrong",
        "Check capital letters and try again. If you forgot your password, you can choose another \
         one.",
        "L’adresse ou le mot de passe n’est pas le bon",
        "Vérifiez les majuscules et réessayez. Si vous avez oublié votre mot de passe, vous \
         pouvez en choisir un autre.",
    ),
    (
        Reason::ForeignOrigin,
        "Please start again from this site",
        "For your safety, we only accept what is sent from our own pages. Open the page again and \
         send the form from there.",
        "Recommencez depuis ce site",
        "Par sécurité, nous n’acceptons que ce qui est envoyé depuis nos propres pages. Rouvrez \
         la page, puis renvoyez le formulaire.",
    ),
    (
        Reason::SecondFactorNeeded,
        "Confirm that it is you",
        "Type the six digits that the app on your telephone shows, then do it again.",
        "Confirmez que c’est bien vous",
        "Tapez les six chiffres qu’affiche l’application de votre téléphone, puis recommencez.",
    ),
    (
        Reason::MembershipNeeded,
        "For which organisation?",
        "You work for several organisations. Choose for which one you act now, then do it again.",
        "Pour quelle organisation ?",
        "Vous travaillez pour plusieurs organisations. Choisissez celle pour laquelle vous \
         agissez maintenant, puis recommencez.",
    ),
    (
        Reason::NotPermitted,
        "Your account cannot do this",
        "Ask the person in charge at your organisation to do it, or to give you the right to.",
        "Votre compte ne permet pas cette action",
        "Demandez à la personne responsable dans votre organisation de la faire, ou de vous en \
         donner le droit.",
    ),
    (
        Reason::SecondPersonNeeded,
        "Somebody else has to approve",
        "What was asked for by you is approved by another person. Ask a colleague who may do it.",
        "Une autre personne doit approuver",
        "Ce que vous avez demandé doit être approuvé par quelqu’un d’autre. Voyez avec un \
         collègue qui en a le droit.",
    ),
    (
        Reason::InvalidRequest,
        "Something is to be corrected",
        "Nothing was saved. Correct what is pointed out and send it again.",
        "Il y a quelque chose à corriger",
        "Rien n’a été enregistré. Corrigez ce qui est signalé, puis renvoyez.",
    ),
    (
        Reason::TooLarge,
        "This is too big",
        "Send a smaller file, or less at a time.",
        "C’est trop volumineux",
        "Envoyez un fichier plus petit, ou moins de choses à la fois.",
    ),
    (
        Reason::TokenMalformed,
        "We cannot read this voucher",
        "Scan the black and white square again, in good light, or type the 12 characters printed \
         below it.",
        "Nous n’arrivons pas à lire ce chèque",
        "Scannez de nouveau le carré noir et blanc, bien éclairé, ou tapez les 12 caractères \
         imprimés dessous.",
    ),
    (
        Reason::CodeMistyped,
        "There is a typing mistake",
        "One of the characters is wrong. Read the 12 characters of the voucher again.",
        "Il y a une faute de frappe",
        "Un des caractères n’est pas le bon. Relisez les 12 caractères du chèque.",
    ),
    (
        Reason::Differs,
        "This was already saved with something else",
        "Open the page again to see what was saved, then start again if you need to.",
        "Cela a déjà été enregistré, avec autre chose",
        "Rouvrez la page pour voir ce qui est enregistré, puis recommencez si besoin.",
    ),
    (
        Reason::StaleVersion,
        "Somebody changed this meanwhile",
        "Your change was not saved, so that theirs is not lost. Open the page again, then make \
         your change.",
        "Quelqu’un vient de modifier cette fiche",
        "Votre modification n’a pas été enregistrée, pour ne pas effacer la sienne. Rouvrez la \
         page, puis refaites votre modification.",
    ),
    (
        Reason::TokenForged,
        "This voucher is not genuine",
        "It was not made by us, and it will not be paid. Keep the paper, and call the operator.",
        "Ce chèque n’est pas authentique",
        "Il n’a pas été fabriqué par nous, et il ne sera pas payé. Gardez le papier et appelez \
         l’opérateur.",
    ),
    (
        Reason::Specimen,
        "This is only a sample",
        "It shows what a voucher looks like. It is worth nothing.",
        "Ce n’est qu’un modèle",
        "Il montre à quoi ressemble un chèque. Il ne vaut rien.",
    ),
    (
        Reason::VoucherUnknown,
        "We do not know this voucher",
        "No voucher has this code. Read it again, or call the operator.",
        "Nous ne connaissons pas ce chèque",
        "Aucun chèque ne porte ce code. Relisez-le, ou appelez l’opérateur.",
    ),
    (
        Reason::SecondFactorWrong,
        "These digits are not the right ones",
        "Type those that the app shows now: they change every thirty seconds and work once. If \
         you no longer have the app, use a recovery code.",
        "Ces chiffres ne sont pas les bons",
        "Tapez ceux que l’application affiche maintenant : ils changent toutes les trente \
         secondes et ne servent qu’une fois. Si vous n’avez plus l’application, utilisez un code \
         de secours.",
    ),
    (
        Reason::LinkEnded,
        "This link no longer works",
        "A link works once, and for a limited time. Ask for another one.",
        "Ce lien ne fonctionne plus",
        "Un lien ne sert qu’une fois, et pendant un temps limité. Demandez-en un autre.",
    ),
    (
        Reason::NotFound,
        "We did not find this",
        "The address may be mistyped, or your account does not give access to it.",
        "Nous n’avons rien trouvé ici",
        "L’adresse est peut-être mal écrite, ou votre compte n’y donne pas accès.",
    ),
    (
        Reason::CodeAmbiguous,
        "Two vouchers have this code",
        "Scan the black and white square instead: it says which of the two it is.",
        "Deux chèques portent ce code",
        "Scannez plutôt le carré noir et blanc : il dit lequel des deux c’est.",
    ),
    (
        Reason::LedgerReleased,
        "Another operator looks after this now",
        "These vouchers are still worth their amount. Ask the new operator.",
        "Un autre opérateur s’en occupe maintenant",
        "Ces chèques gardent leur valeur. Adressez-vous au nouvel opérateur.",
    ),
    (
        Reason::NoLongerKept,
        "This document is no longer kept",
        "The years for which it had to be kept are over. If you have a copy, we can still prove \
         that it is the right one.",
        "Ce document n’est plus conservé",
        "La durée pendant laquelle il devait être gardé est passée. Si vous en avez une copie, \
         nous pouvons encore prouver que c’est la bonne.",
    ),
    (
        Reason::VoucherAlreadyRedeemed,
        "This voucher was used already",
        "A voucher pays once. Ask for another voucher of the book.",
        "Ce chèque a déjà été utilisé",
        "Un chèque ne paie qu’une fois. Demandez un autre chèque du carnet.",
    ),
    (
        Reason::VoucherReplaced,
        "This voucher was replaced",
        "Its book was lost or spoiled, and another one was given instead. Ask for the new book.",
        "Ce chèque a été remplacé",
        "Son carnet a été perdu ou abîmé, et un autre a été donné à la place. Demandez le nouveau \
         carnet.",
    ),
    (
        Reason::VoucherBlocked,
        "This voucher is blocked",
        "That happens, for example, when a book was lost or stolen. Call the operator.",
        "Ce chèque est bloqué",
        "Cela arrive, par exemple, quand un carnet a été perdu ou volé. Appelez l’opérateur.",
    ),
    (
        Reason::OrderNotActive,
        "This voucher is not paid for yet",
        "The organisation that offers it has not sent the money yet. Keep the voucher, and try \
         again later.",
        "Ce chèque n’est pas encore financé",
        "L’organisme qui l’offre n’a pas encore versé l’argent. Gardez le chèque, et réessayez \
         plus tard.",
    ),
    (
        Reason::VoucherInactive,
        "This book was not handed over yet",
        "It only works once it was handed to somebody. Call the place that gave it.",
        "Ce carnet n’a pas encore été remis",
        "Il ne fonctionne qu’une fois remis à quelqu’un. Appelez le lieu qui l’a donné.",
    ),
    (
        Reason::VoucherNotYetValid,
        "It is too early for this voucher",
        "It can be used from the date printed on it.",
        "C’est trop tôt pour ce chèque",
        "Il peut être utilisé à partir de la date imprimée dessus.",
    ),
    (
        Reason::VoucherLapsed,
        "This voucher is out of date",
        "Its last day has passed: it can no longer be used. Ask where it was given whether there \
         is a new one.",
        "Ce chèque n’est plus valable",
        "Sa date limite est passée : il ne peut plus être utilisé. Demandez au lieu qui l’a donné \
         s’il en existe un nouveau.",
    ),
    (
        Reason::VenueNotQualified,
        "This venue cannot take these vouchers yet",
        "The operator has not accepted it yet, or these vouchers are for other venues. Call the \
         operator.",
        "Ce lieu ne peut pas encore prendre ces chèques",
        "L’opérateur ne l’a pas encore accepté, ou ces chèques sont prévus pour d’autres lieux. \
         Appelez l’opérateur.",
    ),
    (
        Reason::VenueSuspended,
        "This venue takes no vouchers at the moment",
        "The operator has stopped it for now. Call the operator.",
        "Ce lieu ne prend plus de chèques pour le moment",
        "L’opérateur a interrompu ses encaissements. Appelez l’opérateur.",
    ),
    (
        Reason::OutOfPerimeter,
        "This voucher is not for this town",
        "It can be used in other towns only: the list of venues says where.",
        "Ce chèque ne s’utilise pas dans cette commune",
        "Il est prévu pour d’autres communes : la liste des lieux dit où l’utiliser.",
    ),
    (
        Reason::OfferingNotCovered,
        "This voucher does not pay for this service",
        "Choose another service of the venue, or use another voucher.",
        "Ce chèque ne paie pas ce service",
        "Choisissez un autre service du lieu, ou utilisez un autre chèque.",
    ),
    (
        Reason::LimitExceeded,
        "That is enough for today",
        "No more vouchers of this book can be used here today. The others can be used another day.",
        "C’est assez pour aujourd’hui",
        "On ne peut plus utiliser ici de chèque de ce carnet aujourd’hui. Les autres pourront \
         servir un autre jour.",
    ),
    (
        Reason::AlreadySettled,
        "This is in a payment already",
        "You can no longer undo it yourself. The operator still can: call them.",
        "C’est déjà compté dans un virement",
        "Vous ne pouvez plus l’annuler vous-même. L’opérateur le peut encore : appelez-le.",
    ),
    (
        Reason::WrongState,
        "This cannot be done now",
        "It was done already, or something else has to be done first. Open the page again to see \
         where things stand.",
        "Ce n’est pas possible maintenant",
        "C’est déjà fait, ou autre chose doit être fait avant. Rouvrez la page pour voir où en \
         sont les choses.",
    ),
    (
        Reason::BalanceShort,
        "There is not enough money",
        "Nothing was done. The money has to be there first: see with the funder, or with the \
         operator.",
        "Il n’y a pas assez d’argent",
        "Rien n’a été fait. L’argent doit d’abord être là : voyez avec le financeur, ou avec \
         l’opérateur.",
    ),
    (
        Reason::SigningRefused,
        "Vouchers cannot be made just now",
        "Perhaps as many were made today as may be: try again tomorrow. Otherwise call the \
         operator.",
        "Impossible de fabriquer des chèques pour l’instant",
        "Le nombre permis par jour est peut-être atteint : réessayez demain. Sinon, prévenez \
         l’opérateur.",
    ),
    (
        Reason::RateLimited,
        "That was a lot in a short time",
        "Wait a moment, then try again. Nothing was lost.",
        "Cela fait beaucoup en peu de temps",
        "Attendez un moment, puis réessayez. Rien n’est perdu.",
    ),
    (
        Reason::Held,
        "The service is stopped for a check",
        "A copy of the data was put back after an incident, and two people have to say that it is \
         the right one. Keep your receipts: they are proof.",
        "Le service est arrêté pour vérification",
        "Une copie des données a été remise en place après un incident, et deux personnes doivent \
         confirmer que c’est la bonne. Gardez vos reçus : ils font preuve.",
    ),
    (
        Reason::SignerAway,
        "Books cannot be made or printed just now",
        "Vouchers are still accepted. Try again in a moment.",
        "Impossible de fabriquer ou d’imprimer des carnets pour l’instant",
        "Les chèques, eux, sont toujours acceptés. Réessayez dans un instant.",
    ),
    (
        Reason::Busy,
        "Many people are at it",
        "Try again in a moment. Nothing was lost.",
        "Il y a beaucoup de monde",
        "Réessayez dans un instant. Rien n’est perdu.",
    ),
    (
        Reason::OutcomeUnknown,
        "We do not know whether this was saved",
        "Do it once more: if it was saved the first time, it will not count twice.",
        "Nous ne savons pas si c’est enregistré",
        "Refaites-le : si c’était déjà enregistré, cela ne comptera pas deux fois.",
    ),
];

fn row(reason: Reason) -> &'static Row {
    TABLE.iter().find(|row| row.0 == reason).expect("a test walks every reason")
}

/// The words in English.
#[must_use]
pub fn english(reason: Reason) -> Words {
    let (_, title, advice, ..) = row(reason);
    Words { title, advice }
}

/// The words in French.
#[must_use]
pub fn french(reason: Reason) -> Words {
    let (.., title, advice) = row(reason);
    Words { title, advice }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What is said to programs, or among us.
    const JARGON: [&str; 16] = [
        "`",
        "/api",
        " id ",
        "hash",
        "JSON",
        "If-Match",
        "cookie",
        "token",
        "signataire",
        "UTC",
        "habilit",
        "périmètre",
        "facteur",
        "second factor",
        "ledger",
        "journal",
    ];

    #[test]
    fn every_reason_has_words_in_its_order() {
        let listed: Vec<Reason> = TABLE.iter().map(|row| row.0).collect();
        assert_eq!(listed, Reason::ALL);
        for reason in Reason::ALL {
            for words in [english(*reason), french(*reason)] {
                assert!(words.title.len() > 3 && words.advice.ends_with('.'), "{reason:?}");
                let said = format!("{} {}", words.title, words.advice);
                let found = JARGON.iter().find(|word| said.contains(**word));
                assert_eq!(found, None, "{reason:?}: {said}");
                // No line begins with a sign: French has a space before it that does not break.
                assert!([" ;", " :", " ?", " !"].iter().all(|it| !said.contains(it)), "{said}");
            }
        }
    }
}
