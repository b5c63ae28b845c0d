# operator
operator-home = Travail en attente
