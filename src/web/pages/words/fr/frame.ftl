# Ce qui entoure chaque page.
frame-skip = Aller au contenu
frame-pages = Pages
frame-other-language = English
frame-promise = Aucun nom de bénéficiaire n’est enregistré ici, nulle part. Cette page ne dépose aucun cookie.
