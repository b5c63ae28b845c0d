# funder
