# funder
funder-home = Dashboard
