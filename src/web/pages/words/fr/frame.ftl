# Ce qui entoure chaque page.
frame-skip = Aller au contenu
frame-pages = Pages
frame-other-language = English
frame-promise = Aucun nom de bénéficiaire n’est enregistré ici, nulle part. Cette page ne dépose aucun cookie.
frame-venues = Où utiliser les chèques
frame-solvency = L’argent derrière les chèques
frame-accessibility = Accessibilité : non conforme
frame-legal = Mentions légales
frame-sign-in = Se connecter
frame-promise-names = Aucun nom de bénéficiaire n’est enregistré ici, nulle part.
