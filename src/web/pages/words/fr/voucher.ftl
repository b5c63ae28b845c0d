# La page du porteur d’un chèque.
voucher-unknown = Ce chèque n’est pas connu ici
voucher-unknown-advice = L’adresse lue n’est pas celle d’un de nos chèques. Photographiez de nouveau le carré noir et blanc, bien à plat, ou montrez le chèque à la personne qui vous l’a remis.
voucher-forged = Ce chèque n’est pas authentique
voucher-forged-advice = Il n’a pas été émis par un organisme que nous connaissons et ne sera accepté nulle part. Demandez conseil à la personne qui vous l’a remis.
voucher-specimen = C’est un spécimen
voucher-specimen-advice = Ce chèque sert de modèle. Il ne vaut rien et ne paie rien.
voucher-elsewhere = Ce chèque est suivi sur un autre site
voucher-elsewhere-advice = Il est toujours bon. Ses informations sont désormais ici : { $address }
voucher-active = Ce chèque est authentique et peut être utilisé
voucher-active-advice = Gardez-le comme de l’argent : qui le présente peut l’utiliser. Ne publiez pas sa photo.
voucher-early = Ce chèque est authentique, mais pas encore valable
voucher-early-advice = Vous pourrez l’utiliser à partir de la date écrite ci-dessous.
voucher-late = La date de ce chèque est passée, mais il est encore accepté
voucher-late-advice = Utilisez-le vite : les lieux de médiation l’acceptent jusqu’au { $day }.
voucher-used = Ce chèque a déjà été utilisé
voucher-used-advice = Il a servi une fois et ne peut plus servir. S’il n’a pas été utilisé par vous, parlez-en à la personne qui vous l’a remis.
voucher-blocked = Ce chèque est bloqué
voucher-blocked-advice = Il ne peut pas être utilisé pour l’instant. Demandez pourquoi à la personne qui vous l’a remis.
voucher-replaced = Ce chèque a été remplacé
voucher-replaced-advice = Un nouveau carnet le remplace. Utilisez les chèques du nouveau carnet.
voucher-inactive = Ce chèque est authentique, mais pas encore utilisable
voucher-inactive-advice = Il le deviendra quand son carnet sera remis ou sa commande activée. Demandez à la personne qui vous l’a remis.
voucher-lapsed = Ce chèque n’est plus valable
voucher-lapsed-advice = Sa date est passée et aucun lieu ne l’accepte plus.
voucher-worth = Valeur
voucher-from = Valable à partir du
voucher-until = Valable jusqu’au
voucher-areas = Où
voucher-campaign = Dispositif
voucher-anywhere = Partout en France
voucher-areas-more = { $areas } et { $count ->
    [one] un autre territoire
   *[other] { $count } autres territoires
}
voucher-offerings = Ce qu’il peut payer
voucher-where = Où l’utiliser
voucher-nowhere = Aucun lieu ne l’accepte pour l’instant. Demandez à la personne qui vous l’a remis.
voucher-left-out = { $count ->
    [one] Un autre lieu, plus loin, l’accepte aussi.
   *[other] { $count } autres lieux, plus loin, l’acceptent aussi.
}
