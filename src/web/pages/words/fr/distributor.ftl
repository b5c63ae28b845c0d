# Le bureau de qui remet les carnets.
distributor-home = Stock
distributor-hand-over = Remettre
distributor-receive = Recevoir
distributor-books = Un carnet
distributor-statistics = Statistiques
distributor-title = Votre stock de carnets
distributor-give = Remettre un carnet
distributor-give-this = Remettre ce carnet
distributor-receive-go = Recevoir un colis
distributor-no-site = Aucun lieu de remise n’est encore enregistré pour votre organisation. Demandez à l’opérateur de l’ajouter.
distributor-nothing = Vous n’avez aucun carnet pour l’instant. Quand un colis arrive, scannez son premier et son dernier carnet.
distributor-count = { $count ->
    [0] aucun carnet
    [one] { $number } carnet
   *[other] { $number } carnets
}
distributor-days = { $count ->
    [0] aujourd’hui
    [one] { $count } jour
   *[other] { $count } jours
}
distributor-since = { $day } ({ $age })
distributor-range = { $first } à { $last }
distributor-stock-caption = Les carnets en stock, par dispositif
distributor-runs-caption = Les carnets en stock, du plus petit numéro au plus grand
distributor-campaign = Dispositif
distributor-until = À utiliser jusqu’au
distributor-oldest = Le plus ancien est là depuis
distributor-books-column = Carnets
distributor-numbers = Numéros
distributor-arrived = Reçus le
distributor-lain = En stock depuis
distributor-state = État
distributor-site = Lieu de remise
distributor-next = Les carnets suivants
distributor-back = Tous les lieux
distributor-alert-over = « { $campaign } » : la date des chèques est passée. Ne remettez plus ces carnets, rendez-les.
distributor-alert-ends = « { $campaign } » : { $count ->
    [0] les chèques ne sont plus valables après aujourd’hui.
    [one] il reste un jour pour utiliser les chèques.
   *[other] il reste { $count } jours pour utiliser les chèques. Remettez-les vite, ou rendez-les.
}
distributor-alert-old = « { $campaign } » : un carnet attend depuis { $count } jours. Un carnet oublié ne sert à personne.
distributor-alert-empty = Il ne reste aucun carnet ici. Demandez-en au financeur, ou faites-en venir d’un autre de vos lieux.
distributor-done-received = C’est fait : les carnets sont dans le stock de ce lieu.
distributor-done-moved = C’est fait : le carnet a changé de lieu.
distributor-done-returned = C’est fait : le carnet est rendu. Il n’est plus dans votre stock.
distributor-done-lost = C’est fait : le carnet est bloqué. Plus personne ne peut l’utiliser.
distributor-done-found = Le carnet est débloqué. Il reste à le remettre dans un stock : vérifiez, puis confirmez.
distributor-done-waits = Votre demande est notée. Une deuxième personne doit l’approuver.
distributor-at-printer = Pas encore livré
distributor-in-stock = En stock
distributor-handed-over = Remis
distributor-returned = Rendu
distributor-lost = Perdu ou volé
distributor-destroyed = Détruit
distributor-vouchers = { $count ->
    [one] 1 chèque de { $amount }
   *[other] { $count } chèques de { $amount }
}
distributor-inside = Contient
distributor-worth-unfunded = { $count ->
    [one] 1 chèque qui attend que la commande soit activée
   *[other] { $count } chèques qui attendent que la commande soit activée
}
distributor-worth-inactive = { $count ->
    [one] 1 chèque utilisable dès que le carnet sera remis
   *[other] { $count } chèques utilisables dès que le carnet sera remis
}
distributor-worth-active = { $count ->
    [one] 1 chèque utilisable
   *[other] { $count } chèques utilisables
}
distributor-worth-redeemed = { $count ->
    [one] 1 chèque utilisé
   *[other] { $count } chèques utilisés
}
distributor-worth-blocked = { $count ->
    [one] 1 chèque bloqué
   *[other] { $count } chèques bloqués
}
distributor-worth-replaced = { $count ->
    [one] 1 chèque remplacé par un nouveau carnet
   *[other] { $count } chèques remplacés par un nouveau carnet
}
distributor-worth-lapsed = { $count ->
    [one] 1 chèque dont la date est passée
   *[other] { $count } chèques dont la date est passée
}
distributor-scan = Le carnet
distributor-scan-hint = Scannez le code de la couverture, ou tapez le numéro du carnet. Par exemple : 0004217
distributor-scan-wrong = Ce n’est pas un numéro de carnet. Il est écrit en haut de la couverture, par exemple 0004217.
distributor-scan-voucher = C’est le code d’un chèque, pas celui du carnet. Scannez le code en bas de la couverture, ou tapez le numéro du carnet.
distributor-continue = Continuer
distributor-another = Remettre un autre carnet
distributor-step-scan = Scannez la couverture du carnet.
distributor-step-answer = Répondez à quelques questions, si vous voulez.
distributor-step-give = Confirmez : le carnet est remis.
distributor-give-title = Remettre le carnet
distributor-give-now = Confirmer la remise
distributor-cancel = Annuler
distributor-questions = Répondre à quelques questions (facultatif)
distributor-questions-hint = Vos réponses s’ajoutent aux totaux du mois de ce lieu. Elles ne sont jamais liées au carnet.
distributor-no-name = Aucun nom n’est demandé. N’en écrivez pas, ni ici ni sur le carnet.
distributor-unreceived = Le carnet { $book } n’est pas encore dans votre stock
distributor-unreceived-advice = Recevez-le d’abord, seul ou avec le reste du colis. Vous pourrez le remettre ensuite.
distributor-unknown = Le carnet { $book } n’est pas dans vos lieux. Vérifiez le numéro.
distributor-see = Voir ce carnet
distributor-stands-replaced = Le carnet { $book } a été remplacé
distributor-stands-replaced-advice = Ce papier ne vaut plus rien. Ne le remettez pas, détruisez-le.
distributor-stands-blocked = Le carnet { $book } est bloqué
distributor-stands-blocked-advice = Ses chèques ne sont acceptés nulle part pour l’instant. Ne le remettez pas.
distributor-stands-over = La date du carnet { $book } est passée
distributor-stands-over-advice = Ne le remettez plus : rendez-le.
distributor-stands-given = Le carnet { $book } est déjà remis
distributor-stands-given-advice = La remise est enregistrée. Vous pouvez réimprimer la lettre depuis la page du carnet.
distributor-stands-away = Le carnet { $book } n’est pas en stock
distributor-stands-away-advice = Recevez-le d’abord dans l’un de vos lieux.
distributor-stands-lost = Le carnet { $book } est déclaré perdu
distributor-stands-lost-advice = Si vous l’avez retrouvé, dites-le depuis la page du carnet.
distributor-stands-destroyed = Le carnet { $book } est noté comme détruit
distributor-stands-destroyed-advice = Il ne vaut plus rien. Ne le remettez pas.
distributor-warn-unfunded = La commande de ce carnet n’est pas encore activée : ses chèques ne seront acceptés qu’après.
distributor-warn-early = Ses chèques ne sont acceptés qu’à partir du { $day }.
distributor-warn-ends = { $count ->
    [0] Attention : c’est le dernier jour pour utiliser ces chèques.
    [one] Attention : il ne reste qu’un jour pour utiliser ces chèques.
   *[other] Attention : il ne reste que { $count } jours pour utiliser ces chèques.
}
distributor-given = Le carnet { $book } est remis
distributor-given-advice = Vous pouvez donner le carnet. La lettre explique comment et où l’utiliser.
distributor-letter-go = Imprimer la lettre
distributor-not-known = Ne sait pas
distributor-age = Âge
distributor-age-under-12 = Moins de 12 ans
distributor-age-12 = 12 à 17 ans
distributor-age-18 = 18 à 24 ans
distributor-age-25 = 25 à 39 ans
distributor-age-40 = 40 à 59 ans
distributor-age-60 = 60 à 69 ans
distributor-age-70 = 70 ans et plus
distributor-gender = Genre
distributor-gender-woman = Femme
distributor-gender-man = Homme
distributor-situation = Situation
distributor-situation-in-education = Scolarisé ou en formation
distributor-situation-employed = En emploi
distributor-situation-unemployed = Sans emploi
distributor-situation-retired = À la retraite
distributor-need = Besoin principal
distributor-receive-lead = Scannez le premier carnet, puis le dernier. Cela sert aussi à faire passer des carnets d’un de vos lieux à un autre.
distributor-receive-site = Lieu qui reçoit les carnets
distributor-first = Premier carnet
distributor-last = Dernier carnet
distributor-last-hint = Laissez vide pour un seul carnet.
distributor-last-before = Le dernier carnet vient avant le premier.
distributor-last-far = Il y a plus de { $count } carnets entre les deux. Recevez-les en plusieurs fois.
distributor-look = Vérifier
distributor-preview-caption = Ce que vous allez recevoir
distributor-part-ready = Peut être reçu
distributor-part-here = Déjà dans ce stock
distributor-part-stuck = Ne peut pas être reçu : { $custody }
distributor-part-replaced = Remplacé par un nouveau carnet : ne vaut plus rien
distributor-part-unknown = Inconnu, ou chez quelqu’un d’autre
distributor-alone = Ne prendre que ceux-là
distributor-preview-stuck = Ces numéros ne peuvent pas être reçus tels quels. Changez-les, ou ne prenez que les carnets qui peuvent l’être.
distributor-receive-now = Recevoir ces carnets
distributor-receive-change = Changer les numéros
distributor-find = Numéro du carnet
distributor-find-lead = Où est un carnet, ce qu’il contient, ce qu’on peut en faire.
distributor-find-go = Chercher
distributor-book = Carnet
distributor-is-in-stock = Il est chez vous et peut être remis.
distributor-is-handed-over = Une personne l’a reçu. Personne ne sait ici qui, ni où elle l’utilise.
distributor-is-away = Il n’est dans aucun stock.
distributor-is-lost = Ses chèques bloqués ne sont acceptés nulle part.
distributor-is-destroyed = Il ne vaut plus rien.
distributor-replaced-by = Le carnet { $book } le remplace.
distributor-vouchers-title = Ses chèques
distributor-way = Ce qui s’est passé
distributor-way-ordered = Commandé par le financeur
distributor-way-received = Reçu : { $site }
distributor-way-received-elsewhere = Reçu dans un autre organisme
distributor-way-given = Remis : { $site }
distributor-way-given-elsewhere = Remis par un autre organisme
distributor-way-blocked = Bloqué
distributor-way-blocked-lost = Bloqué, car perdu
distributor-way-blocked-stolen = Bloqué, car volé
distributor-way-replaces = Imprimé pour remplacer le carnet { $book }
distributor-do = Que faire
distributor-move = Changer de lieu
distributor-move-to = Nouveau lieu
distributor-move-now = Envoyer à ce lieu
distributor-return = Rendre
distributor-return-text = Le carnet retourne à l’opérateur, par exemple parce qu’il ne sera pas utilisé. Ce qu’il vaut ne change pas.
distributor-return-now = Rendre ce carnet
distributor-lose = Perdu ou volé
distributor-lose-text = Le carnet sera bloqué aussitôt.
distributor-lose-go = Déclarer perdu ou volé
distributor-lost-means = Dès que vous confirmez, plus personne ne peut utiliser ce carnet.
distributor-lost-means-more = Ses chèques qui restent pourront être remplacés par un nouveau carnet. S’il est retrouvé avant, vous pourrez le débloquer.
distributor-reason = Que s’est-il passé ?
distributor-reason-lost = Il est perdu
distributor-reason-stolen = Il a été volé
distributor-lose-now = Bloquer ce carnet
distributor-found = Retrouvé
distributor-found-text = Le carnet est débloqué, puis remis dans l’un de vos stocks.
distributor-found-now = Il est retrouvé
distributor-replace = Le remplacer
distributor-replace-text = Un nouveau carnet peut reprendre les chèques qui restent. Demandez-le à l’opérateur, en donnant le numéro de ce carnet : le numéro du nouveau s’affichera ici.
distributor-letter = Lettre du carnet
distributor-letter-print = Pour imprimer : touches Ctrl et P, ou le menu de votre navigateur. La lettre tient sur une page.
distributor-letter-title = Voici vos chèques pour le numérique
distributor-letter-until = À utiliser jusqu’au
distributor-letter-what = Ces chèques paient une aide pour utiliser un ordinateur, un téléphone ou internet. Vous n’avez rien à payer.
distributor-letter-for = Pour quoi faire ?
distributor-letter-how = Comment faire ?
distributor-letter-call = Choisissez un lieu. Téléphonez pour prendre rendez-vous.
distributor-letter-go-there = Allez-y avec votre carnet.
distributor-letter-pay = Donnez un chèque. Un chèque sert une seule fois.
distributor-letter-where = Où aller ?
distributor-letter-nowhere = Demandez l’adresse d’un lieu à la personne qui vous remet cette lettre.
distributor-letter-phone = Téléphone :
distributor-letter-appointments = Rendez-vous sur internet :
distributor-letter-mail = Courriel :
distributor-letter-hours = { $days } : { $times }
distributor-letter-list = D’autres lieux :
distributor-letter-lost = Carnet perdu ? Revenez nous voir avec ce numéro :
distributor-statistics-lead = Ce qui a été répondu lors des remises. Ce sont des totaux par mois : aucune réponse n’est liée à un carnet ni à une personne.
distributor-month = Mois
distributor-all-sites = Tous les lieux
distributor-statistics-show = Afficher
distributor-statistics-none = Aucune remise n’a été comptée ce mois-ci.
distributor-statistics-csv = Les douze derniers mois en CSV
distributor-question = Question
distributor-answer = Réponse
distributor-number = Nombre
distributor-few = moins de { $count }
distributor-cover = Le code de la couverture
distributor-cover-lead = Ce code sert à enregistrer la remise du carnet. Il ne permet pas de payer.
distributor-cover-bearer = Vous avez reçu ce carnet ?
distributor-cover-bearer-text = Vos chèques sont à l’intérieur. Allez dans un lieu de la liste et donnez-y un chèque.
distributor-cover-giver = Vous remettez ce carnet ?
distributor-cover-giver-go = Enregistrer la remise
