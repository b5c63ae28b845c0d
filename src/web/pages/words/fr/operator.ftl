# Les onglets.
operator-tab-work = Travail en attente
operator-tab-settlements = Règlements
operator-tab-organisations = Registres
operator-tab-signals = Signaux
operator-tab-search = Rechercher
operator-tab-state = Contrôles
# Ce qui attend.
operator-work-none = Rien n’attend. Tout est fait.
operator-work-none-next = Vous pouvez chercher un carnet ou une organisation, ou regarder les contrôles de la nuit.
operator-work-more = { $count ->
    [one] Et un autre, qui apparaîtra ensuite.
   *[other] Et { $count } autres, qui apparaîtront au fur et à mesure.
}
operator-work-proposals = Demandes à approuver
operator-work-proposals-lead = Quelqu’un l’a demandé ; il faut une deuxième personne pour que cela compte. Qui l’a demandé ne peut pas l’approuver.
operator-work-own = Demandes qui attendent une autre personne
operator-work-own-lead = Il faut une deuxième personne : prévenez-la, elle trouvera la demande sur cette page.
operator-work-payments = Virements à confirmer
operator-work-payments-lead = Le fichier est fait. Une fois le relevé de la banque reçu, dites virement par virement s’il est passé. Une personne suffit.
operator-work-payments-item = { $count ->
    [one] Un virement, { $sum }
   *[other] { $count } virements, { $sum } en tout
}
operator-work-settlements = Règlements à approuver
operator-work-settlements-lead = Le second regard de l’opérateur approuve, ou le financeur quand son comptable paie lui-même. Ce ne peut pas être la personne qui a établi le règlement.
operator-work-settlements-begun = { $count ->
    [one] Établi en partie : un virement, { $sum }. Reprenez-le.
   *[other] Établi en partie : { $count } virements, { $sum }. Reprenez-le.
}
operator-settlement-until = Jusqu’au { $day }
operator-settled-until = Dernier règlement : jusqu’au { $day }
operator-work-orders = Commandes à activer
operator-work-orders-lead = L’argent d’abord : la provision doit couvrir la commande. Au-dessus de { $least }, il faut une deuxième personne.
operator-work-lost = Carnets perdus à remplacer
operator-work-lost-lead = Un nouveau carnet reprend les chèques qui restent : l’ancien papier ne vaut plus rien, et aucun argent ne bouge.
operator-work-lost-item = { $count ->
    [one] un chèque reste, utilisable jusqu’au { $day }
   *[other] { $count } chèques restent, utilisables jusqu’au { $day }
}
operator-work-venues = Lieux à qualifier
operator-work-venues-lead = Regardez la fiche du lieu, puis dites s’il peut accepter des chèques. Une personne suffit.
operator-work-accounts = Sans compte bancaire
operator-work-accounts-lead = Sans compte, rien ne peut leur être payé. La structure l’enregistre elle-même, ou vous pour elle ; il faut une deuxième personne.
operator-work-dues = Règlements à établir
operator-work-dues-lead = Ce qui est dû aux structures et n’est dans aucun virement. Vous l’établissez, une autre personne l’approuve.
operator-work-dues-item = { $count ->
    [one] { $sum } dus à une structure
   *[other] { $sum } dus à { $count } structures
}
operator-work-signals = Signaux à regarder
operator-work-signals-lead = Ce sont des questions, pas des accusations. Une personne suffit.
operator-warn-audit = Le contrôle de la nuit ({ $moment }) n’a pas dit que tout est juste.
operator-warn-no-key = Aucune clé ne signe de chèques : plus rien ne peut être commandé.
operator-warn-key = La clé { $key }, qui signe les chèques, se termine le { $day }. Il en faut une autre avant.
operator-warn-see = Voir les contrôles
operator-books = { $count ->
    [one] un carnet
   *[other] { $count } carnets
}
operator-vouchers = { $count ->
    [one] un chèque
   *[other] { $count } chèques
}
operator-from-to = du { $from } au { $to }
operator-yes = oui
operator-no = non
operator-state = État
operator-day = Jour
operator-what = Quoi
operator-decision = Décision
operator-more = La suite
operator-reference = Référence :
# Ce qui vient d’être fait.
operator-done-proposed = C’est demandé. Il faut une deuxième personne : elle l’approuvera depuis son propre compte, sur la page « Travail en attente ».
operator-done-approved = C’est approuvé, et fait.
operator-done-withdrawn = La demande est abandonnée. Rien n’a changé.
operator-done-qualified = Le lieu est qualifié : il peut accepter des chèques dès maintenant.
operator-done-suspended = Le lieu est suspendu : il ne peut plus accepter de chèques.
operator-done-deposit = La provision est enregistrée.
operator-done-activated = La commande est active : ses chèques ont de l’argent derrière eux.
operator-done-drawn = Le règlement est établi. Une autre personne doit l’approuver.
operator-done-settled = Le règlement est approuvé. Le fichier pour la banque est prêt.
operator-done-cancelled = Le règlement est annulé : tout est de nouveau dû.
operator-done-confirmed = Le virement est confirmé.
operator-done-rejected = Le rejet est noté : la somme est de nouveau due et ira dans le prochain règlement.
operator-done-decided = C’est noté.
operator-done-registered = L’organisation est enregistrée. Invitez maintenant une personne.
operator-done-site = Le lieu de remise est ajouté.
operator-done-account = Le compte bancaire est enregistré.
operator-done-granted = L’invitation est partie.
operator-done-ended = Ce rôle est terminé.
operator-done-revoked = La clé est fermée : elle est refusée dès maintenant.
operator-done-accepted = C’est accepté. Redémarrez le service pour qu’il réponde à tous.
operator-done-replaced = Voici le nouveau carnet. Imprimez-le, puis envoyez-le au lieu de remise, qui l’enregistre comme reçu.
# Pourquoi cela ne se fait pas.
operator-no-balance = Il manque { $missing }. Enregistrez d’abord l’argent reçu.
operator-no-second = Il faut une deuxième personne : vous avez déjà pris part à cette décision. Demandez à quelqu’un d’autre.
operator-no-settled = Un règlement a déjà regardé ces jours. Choisissez un jour plus récent.
operator-no-longer = Ce n’est plus possible : quelque chose a changé entre-temps. Relisez la page.
operator-no-spent = Tous les chèques de ce carnet ont été utilisés : rien ne reste à reprendre.
operator-no-lapsed = La campagne est terminée : ses chèques ne peuvent plus être utilisés.
operator-no-replaced = Un nouveau carnet a déjà pris le relais.
operator-no-form = Quelque chose ne convient pas dans ce qui est saisi. Vérifiez, puis réessayez.
operator-no-account = Il manque un compte bancaire : celui de l’opérateur, du financeur ou d’une structure payée. La page « Travail en attente » dit lequel. Un compte enregistré après l’établissement du règlement ne compte pas : annulez-le et établissez-le de nouveau.
operator-no-due = Rien n’est dû jusqu’à ce jour. Il n’y a pas de règlement à établir.
operator-no-settling = Un règlement de ce financeur attend déjà. Terminez-le d’abord.
operator-no-over = Le déploiement est terminé : la commande ne peut plus être activée.
operator-no-issuing = Les carnets sont encore en préparation. Attendez un moment.
operator-no-granted = Cette personne a déjà ce rôle.
operator-no-mail = Ce lien doit partir par courriel, et l’envoi n’est pas configuré. Terminez ce rôle, puis accordez-le de nouveau à deux.
operator-no-joined = Cette personne a déjà un compte. Elle peut demander un nouveau mot de passe.
operator-no-key = Cette clé n’a été accordée par personne : elle ne peut rien demander à deux.
operator-no-many = Vous avez déjà beaucoup de demandes en attente. Faites-les approuver, ou abandonnez-en.
operator-no-file = Aucune banque n’accepterait ce fichier : un nom ou un montant ne convient pas.
operator-no-expired = Le délai est passé. Il faut demander de nouveau.
operator-no-proposer = La personne qui l’a demandé n’a plus ce rôle. Il faut demander de nouveau.
operator-no-content = Le contenu n’est plus celui qui a été demandé. N’approuvez pas ; prévenez le responsable du service.
# Les demandes à deux.
operator-deed-account = Enregistrer un compte bancaire
operator-deed-order = Activer une commande
operator-deed-grant = Donner un rôle à une personne
operator-deed-end = Retirer un rôle à une personne
operator-deed-key = Donner une clé d’accès à un programme
operator-deed-add-key = Mettre en service une clé qui signe les chèques
operator-deed-revoke-key = Révoquer une clé qui signe les chèques
operator-deed-block = Bloquer des chèques
operator-deed-move = Déclarer des carnets perdus ou détruits
operator-deed-replace = Remplacer un carnet
operator-deed-close = Clore un déploiement
operator-deed-settlement = Approuver un règlement
operator-deed-loss = Continuer sans des lignes perdues
operator-proposal-by = Demandé par { $who }
operator-proposal-until = À approuver avant le { $moment }
operator-proposal-waiting = En attente d’une deuxième personne
operator-proposal-approved = Approuvée, et faite
operator-proposal-withdrawn = Abandonnée
operator-proposal-expired = Le délai est passé sans décision
operator-proposal-about = Concerne
operator-proposal-amount = Montant
operator-proposal-vouchers = Chèques
operator-proposal-who = Demandé par
operator-proposal-when = Demandé le
operator-proposal-end = À approuver avant le
operator-proposal-decided-by = Décidé par
operator-proposal-decided = Décidé le
operator-proposal-own = Vous l’avez demandé : il faut une deuxième personne pour l’approuver. Prévenez-la.
operator-proposal-thing = Voir de quoi il s’agit
operator-proposal-see = Voir la demande
operator-proposal-approve = Approuver
operator-proposal-withdraw = Abandonner la demande
operator-member-iban = IBAN
operator-member-holder = Titulaire du compte
operator-member-email = Adresse électronique
operator-member-name = Nom
operator-member-role = Rôle
operator-member-organisation = Organisation
operator-member-venue = Lieu
operator-member-person = Personne
operator-member-reads-only = Lecture seule
operator-member-expires = Jusqu’au
operator-member-key = Clé
operator-member-public-key = Clé publique
operator-member-campaign = Déploiement
operator-member-book = Carnet
operator-member-first = Premier carnet
operator-member-last = Dernier carnet
operator-member-reason = Raison
operator-member-site = Lieu de remise
operator-member-target = Ce qui est bloqué
operator-member-serial = Chèque
# Les lieux.
operator-venue-registered = À qualifier : ce lieu ne peut pas encore accepter de chèques.
operator-venue-qualified = Qualifié : ce lieu accepte des chèques.
operator-venue-suspended = Suspendu : ce lieu ne peut pas accepter de chèques.
operator-venue-place = Adresse
operator-venue-phone = Téléphone
operator-venue-website = Site internet
operator-venue-offerings = Services rendus
operator-venue-hours = Horaires
operator-venue-missing = Ce que la fiche ne dit pas
operator-venue-no-address = L’adresse : personne ne saura s’y rendre.
operator-venue-no-hours = Les horaires d’ouverture.
operator-venue-no-contact = Un téléphone, une adresse électronique ou un site pour prendre rendez-vous.
operator-venue-no-accessibility = L’accessibilité du lieu.
operator-venue-lead = Un lieu qualifié rend l’un des services prévus et sait accueillir. Si la fiche est incomplète, vous pouvez le qualifier tout de même : la structure la complétera.
operator-venue-capacity = Chèques par mois convenus
operator-venue-capacity-hint = Au-delà, un signal vous préviendra ; rien n’est refusé. Laissez vide si rien n’est convenu.
operator-venue-capacity-wrong = Écrivez un nombre de 1 à 1 000 000, ou rien.
operator-venue-agreed = { $count ->
    [one] un chèque par mois
   *[other] { $count } chèques par mois
}
operator-venue-qualify = Qualifier ce lieu
operator-venue-keep = Enregistrer
operator-venue-suspend = Suspendre ce lieu
operator-venue-none = Aucun lieu
operator-venue-choice-hint = Seulement pour un rôle de lieu ou un appareil.
operator-venue-needed = Choisissez le lieu.
operator-venues-none = Aucun lieu. La structure les ajoute depuis son propre bureau.
# Les commandes.
operator-order-issuing = Les carnets sont en préparation. Attendez un moment.
operator-order-covered = Prête : la provision ({ $deposit }) couvre la commande.
operator-order-short = La provision ({ $deposit }) ne couvre pas la commande : il manque { $missing }.
operator-order-active = Active : ses chèques ont de l’argent derrière eux.
operator-order-books = Carnets
operator-order-book = Chaque carnet
operator-order-each = { $per } de { $face }
operator-order-worth = Valeur de la commande
operator-order-deposit = Provision du financeur
operator-order-valid = Chèques valables
operator-order-made = Déjà préparés
operator-order-activate = Activer la commande
operator-second-order = Vu le montant, il faut une deuxième personne : un autre opérateur, ou le second regard, approuvera l’activation.
operator-deposit-title = Enregistrer l’argent reçu
operator-deposit-lead = Recopiez la ligne du relevé bancaire, ou le numéro de mandat quand le comptable du financeur a engagé la somme.
operator-deposit-amount = Montant reçu, en euros
operator-deposit-amount-hint = Par exemple 4 000 ou 1 250,50. Ce qui manque est proposé.
operator-deposit-amount-wrong = Écrivez un montant au-dessus de zéro, par exemple 1250,50.
operator-deposit-reference = Numéro de mandat ou référence bancaire
operator-deposit-reference-hint = 35 caractères au plus, sans accents.
operator-deposit-reference-wrong = Écrivez 1 à 35 lettres sans accent, chiffres, espaces ou signes / - ? : ( ) . , ’ +
operator-deposit-record = Enregistrer la provision
# Les règlements et les virements.
operator-settlements-lead = Un règlement réunit ce qui est dû aux structures jusqu’à un jour. Une autre personne l’approuve, puis la banque paie.
operator-settlements-none = Aucun financeur n’est encore enregistré.
operator-settlements-empty = Aucun règlement pour le moment.
operator-settle-day = Jusqu’au jour
operator-settle-day-hint = Ce jour compris. Hier convient presque toujours.
operator-settle-day-wrong = Choisissez un jour qui a déjà commencé.
operator-settle-go = Établir le règlement
operator-settle-on = Reprendre l’établissement
operator-settlement-day = Jusqu’au
operator-settlement-count = Virements
operator-settlement-total = Montant
operator-settlement-opened = En cours d’établissement
operator-settlement-drawn = En attente d’approbation
operator-settlement-approved = Approuvé
operator-settlement-cancelled = Annulé
operator-settlement-file = Télécharger le fichier pour la banque
operator-settlement-approve = Approuver ce règlement
operator-settlement-cancel = Annuler ce règlement
operator-settlement-payments = Virements du règlement
operator-next-opened = L’établissement s’est arrêté en chemin. Reprenez-le : rien n’est perdu, rien n’est compté deux fois.
operator-next-drawn = Il faut une deuxième personne : le second regard de l’opérateur l’approuve depuis son propre compte.
operator-next-pledged = Il faut une deuxième personne : le financeur l’approuve depuis son bureau, puisque son comptable paie lui-même ; le second regard de l’opérateur le peut aussi.
operator-next-approve = À vous : comparez le total et les virements, puis approuvez. Le fichier pour la banque sera fait aussitôt.
operator-next-bank = Déposez le fichier à la banque, puis dites virement par virement ce qu’elle a répondu.
operator-next-done = Tout est réglé : la banque a répondu pour chaque virement.
operator-next-cancelled = Rien n’a été payé : tout est de nouveau dû.
operator-payment-drawn = Pas encore approuvé
operator-payment-approved = Dans le fichier de la banque ; sa réponse est attendue
operator-payment-confirmed = Payé
operator-payment-rejected = Rejeté par la banque ; de nouveau dû
operator-payment-cancelled = Annulé
operator-payment-reference = Référence sur le relevé bancaire
operator-payment-settlement = Voir le règlement
operator-payment-statement = Télécharger le relevé (CSV)
operator-payment-bank = Qu’a répondu la banque ?
operator-payment-lead = Cherchez la référence sur le relevé bancaire. Un virement ne change plus d’état ensuite.
operator-payment-confirm = Le virement est passé
operator-payment-reject = La banque l’a rejeté
operator-payment-vouchers = Chèques payés
operator-movement-redemption = Encaissement
operator-movement-reversal = Annulation
operator-movement-other = Autre mouvement
# Les signaux.
operator-signals-lead = Ce qui, sur une journée, ne ressemble pas au travail habituel. Une raison honnête est souvent la bonne : demandez avant de conclure.
operator-signals-none = Aucun signal n’attend.
operator-signals-decided = Déjà regardés
operator-signal-pace = { $who } : { $count } chèques en une minute, plus vite qu’une personne ne peut servir.
operator-signal-whole-books = { $who } : { $count } carnets entiers utilisés d’un coup, sur { $of }.
operator-signal-copies = { $who } : { $count } chèques présentés alors qu’ils venaient de servir ailleurs.
operator-signal-unknown = { $who } : { $count } codes inconnus ou faux, sur { $of } présentés.
operator-signal-over-capacity = { $who } : { $count } chèques ce mois-ci, pour { $of } convenus.
operator-signal-steering = { $who } : { $count } de ses { $of } carnets finissent au même lieu.
operator-signal-after-hours = { $who } : { $count } chèques sur { $of } encaissés hors des horaires d’ouverture.
operator-signal-offline = { $who } : { $count } chèques sur { $of } envoyés longtemps après, toute la journée.
operator-signal-clock-ahead = { $who } : { $count } chèques datés en avance sur l’heure.
operator-signal-from-stock = { $who } : des chèques de { $count } carnets qui sont encore en stock.
operator-look-pace = Peut-être une saisie en lot après un atelier. Demandez au lieu comment il a procédé.
operator-look-whole-books = Peut-être un atelier de plusieurs heures. Demandez la liste des séances.
operator-look-copies = Peut-être des photocopies. Regardez les carnets concernés, et bloquez-les si besoin.
operator-look-unknown = Peut-être un appareil mal réglé, peut-être des essais au hasard. Appelez le lieu.
operator-look-over-capacity = Le lieu travaille plus que prévu. Convenez d’un autre nombre, ou demandez pourquoi.
operator-look-steering = Peut-être le seul lieu proche. Regardez la carte avant de demander.
operator-look-after-hours = Peut-être un atelier le soir, ou des horaires à corriger dans la fiche.
operator-look-offline = Peut-être une mauvaise connexion. Vérifiez avec le lieu.
operator-look-clock-ahead = L’horloge de l’appareil est mal réglée. Demandez qu’on la corrige.
operator-look-from-stock = Peut-être des remises qu’on a oublié d’enregistrer. Demandez au lieu de remise.
operator-device-of = Un appareil ou un programme de { $name }
operator-signal-venue = Voir le lieu
operator-signal-write = Noter la décision
operator-signal-explained = Il y a une raison honnête
operator-signal-watched = À regarder de nouveau
operator-signal-visited = Appelé ou visité
operator-signal-suspended = Suspendu, sur la page du lieu
operator-signal-reported = Transmis au financeur ou à la justice
# Les pertes.
operator-losses-title = Lignes manquantes
operator-losses-none = Rien ne manque.
operator-losses-lead = La base de données est plus ancienne que ce qui avait été confirmé. Le service ne répond à personne d’autre tant que ce n’est pas décidé.
operator-losses-first = D’abord
operator-losses-try = Cherchez une sauvegarde plus récente, ou un export d’un financeur : la commande « carnet restore » remet les lignes à leur place. N’acceptez la perte que s’il n’y a rien d’autre.
operator-losses-accept-title = Continuer sans elles
operator-losses-accept-lead = La perte sera écrite dans les registres, pour toujours. Il faut une deuxième personne.
operator-losses-accept = Accepter la perte
operator-loss-forked = D’autres lignes ont pris la place de celles qui étaient confirmées.
operator-loss-lines = { $count ->
    [one] Il manque une ligne.
   *[other] Il manque { $count } lignes.
}
operator-loss-last = Dernière ligne présente : { $moment }
# Les registres.
operator-kinds = Sortes d’organisations
operator-kind-funder = Financeur
operator-kind-funders = Financeurs
operator-kind-structure = Structure
operator-kind-structures = Structures
operator-kind-distributor = Prescripteur
operator-kind-distributors = Prescripteurs
operator-kind-operator = Opérateur
operator-kind-operators = Opérateur
operator-kind-venue = Lieu de médiation
operator-kind-venues = Lieux de médiation
operator-kind-site = Lieu de remise
operator-kind-sites = Lieux de remise
operator-kind-order = Commande
operator-kind-campaign = Déploiement
operator-kind-settlement = Règlement
operator-kind-payment = Virement
operator-kind-proposal = Demande à deux
operator-kind-book = Carnet
operator-kind-other = Autre
operator-organisations-none = Aucune organisation de cette sorte. Ajoutez la première.
operator-organisation-kind = Sorte
operator-organisation-number = SIRET ou RNA
operator-organisation-money = L’argent
operator-organisation-zone = Fuseau horaire
operator-mode-held = L’opérateur détient l’argent sur un compte réservé
operator-mode-pledged = Le comptable public du financeur l’a engagé et paie lui-même
operator-mode-operator = Registre de l’opérateur, sans argent
operator-new-funder = Enregistrer un financeur
operator-new-structure = Enregistrer une structure
operator-new-distributor = Enregistrer un prescripteur
operator-funder-lead = Un financeur a son propre registre, fixé pour toujours par ses premières lignes. Il fabrique lui-même deux clés avec le programme carnet (sa commande “funder-keys”), garde les parties secrètes hors ligne et vous envoie les deux parties publiques. Elles lui permettent de partir avec son registre, même sans vous.
operator-structure-lead = La structure est payée pour ce que ses lieux encaissent. Elle ajoutera ses lieux depuis son propre bureau : invitez ensuite une personne.
operator-distributor-lead = Le prescripteur remet les carnets. Ajoutez ensuite ses lieux de remise, puis invitez une personne.
operator-register = Enregistrer
operator-field-name = Nom
operator-field-name-hint = Tel qu’il est connu du public.
operator-name-wrong = Écrivez un nom, en 140 caractères au plus.
operator-field-number = SIRET ou RNA
operator-field-number-hint = 14 chiffres, ou W et 9 chiffres pour une association.
operator-field-number-wrong = Ce numéro n’existe pas : vérifiez ses chiffres.
operator-field-mode = Où est l’argent ?
operator-field-mode-hint = Ne change plus ensuite.
operator-field-zone = Fuseau horaire
operator-field-zone-hint = Par exemple Europe/Paris ou Indian/Reunion. Ses jours comptent pour les règlements.
operator-field-zone-wrong = Ce fuseau horaire n’est pas connu. Écrivez par exemple Europe/Paris.
operator-field-recovery = Clé de reprise (partie publique)
operator-field-recovery-hint = 44 caractères, donnés par la commande “funder-keys” chez le financeur.
operator-field-recovery-wrong = Ce n’est pas une clé de reprise. Recopiez la ligne donnée par la commande “funder-keys”.
operator-field-age = Destinataire des exports (age)
operator-field-age-hint = Commence par age1, donné par la même commande.
operator-field-age-wrong = Ce n’est pas un destinataire age. Recopiez la ligne qui commence par age1.
operator-site-new = Ajouter un lieu de remise
operator-site-add = Ajouter
operator-site-name = Nom du lieu
operator-site-name-hint = Par exemple l’accueil du CCAS.
operator-site-commune = Commune
operator-site-commune-hint = Son nom, ou son code INSEE quand plusieurs communes portent ce nom.
operator-commune-many = Plusieurs communes portent ce nom : écrivez le code INSEE.
operator-commune-wrong = Cette commune n’est pas connue. Vérifiez le nom, ou écrivez le code INSEE.
operator-sites-none = Aucun lieu de remise. Ajoutez-en un pour que des carnets puissent y être livrés.
operator-account-title = Compte bancaire
operator-account-none = Aucun compte : rien ne peut être payé.
operator-account-hidden = Les comptes bancaires ne sont montrés qu’à l’organisation et à l’opérateur.
operator-account-record = Enregistrer le compte bancaire
operator-account-change = Changer de compte bancaire
operator-account-to-come = { $account } à partir du { $moment }
operator-account-lead = Recopiez le relevé d’identité bancaire envoyé par l’organisation, et vérifiez-le par téléphone avec quelqu’un que vous connaissez.
operator-account-again = Un compte est déjà enregistré : le nouveau ne compte qu’après un délai, pendant lequel l’organisation peut s’y opposer.
operator-second-account = Il faut une deuxième personne pour que ce compte soit utilisé.
operator-account-iban-hint = Avec ou sans espaces.
operator-account-iban-wrong = Ce numéro n’est pas un IBAN de la zone SEPA : vérifiez chaque caractère.
operator-account-holder-hint = Exactement comme la banque l’écrit.
operator-people = Personnes
operator-people-none = Personne encore. Invitez quelqu’un.
operator-person-invited = Invitation envoyée, compte pas encore ouvert
operator-person-active = Compte ouvert
operator-person-disabled = Accès fermé
operator-invite-title = Inviter une personne
operator-invite-lead = La personne reçoit un lien personnel, valable une fois. Une adresse déjà connue reçoit un rôle de plus.
operator-invite-go = Inviter
operator-invite-again = Renvoyer l’invitation
operator-membership-end = Retirer ce rôle
operator-second-role = Pour un rôle qui touche à l’argent, il faut une deuxième personne.
operator-email-wrong = Écrivez une adresse complète, par exemple prenom.nom@exemple.fr.
operator-role-wrong = Choisissez un rôle.
operator-link-title = Lien d’invitation
operator-link-lead = Aucun envoi de courriel n’est configuré : remettez ce lien vous-même à la personne, et à elle seule. Il ne sera plus affiché.
operator-link-until = Il est valable une fois, jusqu’au { $moment }.
operator-link-label = Lien :
operator-link-not = Pas de nouveau lien
operator-link-back = Revenir à l’organisation
operator-keys = Clés d’accès des programmes et appareils
operator-keys-none = Aucune clé.
operator-key-title = Donner une clé d’accès
operator-key-lead = Une clé laisse un programme ou un appareil agir pour cette organisation. Son secret est montré une seule fois.
operator-key-role = Ce que la clé peut être
operator-key-rights = Étendue
operator-key-reads-only = Lecture seule : elle ne change rien
operator-key-until-field = Dernier jour
operator-key-until-hint = Laissez vide pour une clé sans fin. Elle peut être fermée à tout moment.
operator-key-until-wrong = Choisissez un jour à venir, ou rien.
operator-key-go = Donner la clé
operator-key-revoke = Fermer cette clé
operator-key-ended = Fermée le { $day }
operator-key-until = Jusqu’au { $day }
operator-key-used = Dernier usage : { $day }
operator-key-unused = Pas encore utilisée
operator-secret-title = Secret de la clé
operator-secret-lead = Recopiez-le maintenant dans le programme : il ne sera plus jamais affiché.
operator-secret-second = Il faut une deuxième personne : la clé n’ouvre rien tant que la demande n’est pas approuvée.
operator-secret-label = Secret :
# La recherche.
operator-search-field = Que cherchez-vous ?
operator-search-hint = Numéro d’un carnet ou d’un chèque (0004217 ou 0004217-03), nom d’une organisation ou d’un lieu, SIRET, référence d’un virement.
operator-search-go = Chercher
operator-search-none = Rien ne répond à cela ici.
operator-search-try = Vérifiez les chiffres un par un, ou essayez une partie du nom. Un code secret à gratter ou à taper ne se cherche pas : seul le numéro de série est public.
# L’histoire d’un carnet.
operator-book-title = Carnet { $serial }
operator-voucher-title = Chèque { $serial }
operator-book-face = Valeur d’un chèque
operator-book-worth = Chèques
operator-book-counted = { $worth } : { $count }
operator-book-by = Remplacé par le carnet
operator-book-whole = Voir tout le carnet
operator-book-order = Voir la commande
operator-book-file = Imprimer ce carnet (PDF)
operator-replace = Le remplacer
operator-replace-lead = Un nouveau carnet reprend les chèques qui restent. L’ancien papier ne vaut plus rien, même retrouvé ; cela ne s’annule pas.
operator-replace-go = Créer le nouveau carnet
operator-book-story = Tout ce qui lui est arrivé
operator-book-vouchers = Ses chèques
operator-custody-printer = Le carnet est chez l’imprimeur, ou en route.
operator-custody-stock = Le carnet est en stock.
operator-custody-handed = Le carnet a été remis à une personne.
operator-custody-returned = Le carnet est revenu.
operator-custody-lost = Le carnet est perdu.
operator-custody-destroyed = Le carnet est détruit.
operator-worth-unfunded = pas encore financé
operator-worth-inactive = à activer par la remise
operator-worth-active = utilisable
operator-worth-redeemed = utilisé
operator-worth-blocked = bloqué
operator-worth-replaced = remplacé
operator-worth-lapsed = périmé
operator-reason-lost = perdu
operator-reason-stolen = volé
operator-reason-copied = peut-être copié
operator-reason-misprint = mal imprimé
operator-reason-request = à la demande du financeur ou de l’opérateur
operator-story-book = tout le carnet
operator-story-voucher = chèque { $serial }
operator-story-vouchers = { $count } chèques ({ $list })
operator-story-ordered = { $count ->
    [one] Commandé, dans une commande d’un carnet.
   *[other] Commandé, dans une commande de { $count } carnets.
}
operator-story-issued = Créé : le carnet peut être imprimé.
operator-story-activated = Financé : la commande est active.
operator-story-stock = Livré au lieu de remise « { $site } ».
operator-story-returned = Revenu.{ $site }
operator-story-lost = Déclaré perdu.{ $site }
operator-story-destroyed = Détruit.{ $site }
operator-story-moved = Déplacé.{ $site }
operator-story-handed = Remis à une personne par « { $site } ».
operator-story-blocked = Bloqué ({ $why }) : { $what }.
operator-story-unblocked = Débloqué : { $what }.
operator-story-replaces = Créé pour remplacer le carnet perdu { $book }.
operator-story-replaced = { $count ->
    [one] Un chèque remplacé par le nouveau carnet { $book }.
   *[other] { $count } chèques remplacés par le nouveau carnet { $book }.
}
operator-story-redeemed = Utilisé à « { $venue } » ({ $offering }) : { $what }.
operator-story-reversed = Utilisation annulée : { $what }.
operator-story-drawn = Mis dans un virement à « { $who } » : { $what }.
operator-story-approved = Règlement approuvé : { $what }.
operator-story-paid = Payé à « { $who } » par la banque : { $what }.
operator-story-rejected = Virement à « { $who } » rejeté par la banque : { $what }.
operator-story-cancelled = Virement annulé : { $what }.
operator-story-lapsed = Fin du déploiement : ce qui n’avait pas servi est périmé.
operator-line = Ligne
operator-line-lead = La ligne du registre, telle qu’elle a été signée. Elle n’est jamais changée.
operator-line-proof = Preuve qu’elle est dans le registre
operator-line-before = Ligne précédente
operator-line-after = Ligne suivante
operator-checkpoint = Empreinte signée
operator-more-about = En savoir plus
# Les contrôles.
operator-audit-title = Contrôle de la nuit
operator-audit-none = Aucun contrôle depuis le démarrage du service. Le prochain a lieu cette nuit, s’il est configuré.
operator-audit-holds = Tout est juste ({ $moment }).
operator-audit-violated = Quelque chose n’est pas juste ({ $moment }). Prévenez la personne qui tient la machine.
operator-audit-undecided = Rien de faux n’a été trouvé, mais tout n’a pas pu être jugé ({ $moment }).
operator-audit-failed = Le contrôle n’a pas pu se faire ({ $moment }). Regardez le journal de la machine.
operator-audit-counted = { $lines } lignes rejouées, { $rows } enregistrements comparés.
operator-audit-found = { $count ->
    [one] Un écart : { $first }
   *[other] { $count } écarts, dont { $first }
}
operator-audit-skipped = { $count ->
    [one] Un point n’a pas pu être jugé.
   *[other] { $count } points n’ont pas pu être jugés.
}
operator-audit-how = À tout moment, sur la machine :
operator-solvency-title = L’argent derrière les chèques
operator-solvency-more = Financeur par financeur
operator-signing-title = Clés qui signent les chèques
operator-signing-lead = Changer de clé se fait sur la machine, et se décide à deux :
operator-signing-good = En service
operator-signing-soon = Se termine bientôt : préparez la suivante
operator-signing-over = Ne signe plus ; ce qu’elle a signé reste bon
operator-ledgers-title = Registres et témoins
operator-ledgers-lead = Un témoin, à l’extérieur, signe qu’un registre n’a fait que grandir. Plus ils sont nombreux, mieux c’est.
operator-ledger-size = Lignes
operator-ledger-last = Dernière ligne
operator-witness-title = Témoins
operator-witness-none = Aucun témoin n’a encore signé
operator-witness-some = { $count ->
    [one] Un témoin, jusqu’à { $line } lignes
   *[other] { $count } témoins, jusqu’à { $line } lignes
}
operator-log-key = Clé du registre
