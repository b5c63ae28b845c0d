# structure
structure-home = Accueil
