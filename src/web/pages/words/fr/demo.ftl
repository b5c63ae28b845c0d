# La page de la démonstration : qui l’on peut être.
demo-title = Entrer dans la démonstration
demo-lead = Choisissez une personne : vous voyez ce qu’elle voit, et vous faites ce qu’elle a le droit de faire. Personnes, organismes et chiffres sont inventés ; les communes existent.
demo-codes = Le code à six chiffres de chacune est déjà rempli. Il ne sert qu’une fois et change toutes les trente secondes : s’il est refusé, attendez un peu, puis rechargez cette page.
demo-enter = Entrer comme { $name }
demo-operator = Inscrit les organismes, qualifie les lieux, ouvre les commandes, prépare les règlements.
demo-approver = La deuxième personne de l’opérateur : approuve ce qui ne se décide pas seul.
demo-funder = Prépare les déploiements, commande les carnets et suit chaque euro.
demo-funder-reader = Consulte le suivi du financeur, sans rien modifier.
demo-distributor = Tient le stock de carnets et gère les lieux de remise.
demo-distributor-worker = Remet les carnets aux personnes accompagnées.
demo-structure = Gère les lieux de médiation et le compte bancaire de la structure.
demo-structure-accountant = Consulte ce que la structure reçoit, virement par virement.
demo-venue = Responsable du lieu : encaisse les chèques et prépare les appareils.
demo-venue-counter = Encaisse les chèques au guichet.
demo-auditor = Lit tout, ne modifie rien.
