# funder
funder-home = Tableau de bord
