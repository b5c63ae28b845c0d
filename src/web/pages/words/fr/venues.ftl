# Les lieux de médiation.
near-label = Votre commune, votre code postal ou votre département
near-hint = Par exemple : Guéret, 23000 ou Creuse
near-unknown = Nous ne connaissons pas ce lieu. Vérifiez l’orthographe, ou tapez un code postal à cinq chiffres.
near-ask = Chercher
venues-here = Dans cette commune
venues-department = Dans le département
venues-elsewhere = Plus loin
venue-appointments = Prendre rendez-vous
venue-website = Site web
venue-accessibility = Accessibilité du lieu
hours-every-day = tous les jours
hours-pair = { $first } et { $last }
hours-range = du { $first } au { $last }
hours-between = { $from } à { $to }
hours-all-day = 24 heures sur 24
hours-other-days = autres jours
hours-holidays = jours fériés
hours-closed = fermé
offering-procedures = Aide aux démarches administratives
offering-everyday-tools = Outils numériques du quotidien
offering-employment = Recherche d’emploi avec le numérique
offering-safety = Utilisation sécurisée du numérique
offering-parenthood = Parentalité et éducation avec le numérique
offering-leisure = Loisirs et créations numériques
offering-culture = Compréhension du monde numérique
offering-access = Accès internet et matériel informatique
offering-equipment = Matériel informatique à prix solidaire
venues-title = Où utiliser les chèques
venues-none = Aucun lieu n’accepte encore les chèques ici.
venues-count = { $count ->
    [one] Un lieu de médiation numérique accepte les chèques.
   *[other] { $count } lieux de médiation numérique acceptent les chèques.
}
venues-left-out = { $count ->
    [one] Un autre lieu n’est pas montré. Tapez votre commune pour voir les plus proches.
   *[other] { $count } autres lieux ne sont pas montrés. Tapez votre commune pour voir les plus proches.
}
venues-open-data = Données ouvertes
venues-open-data-text = La liste au format national des lieux de médiation numérique (version 1.0.2). Les lieux dont l’adresse n’est pas connue n’y figurent pas.
venues-csv = La liste en CSV
venues-json = La liste en JSON
map-title = Carte : { $department }
map-said = { $count ->
    [one] Un lieu de médiation
   *[other] { $count } lieux de médiation
} : { $towns }
map-link = { $department } : { $count ->
    [one] un lieu
   *[other] { $count } lieux
}
map-legend = Chaque rond est une commune où l’on peut utiliser les chèques ; plus il est grand, plus il y a de lieux. Tous sont dans la liste.
map-source = Contours : IGN, Admin Express ; mairies : Service-Public.fr (DILA). Licence Ouverte 2.0.
