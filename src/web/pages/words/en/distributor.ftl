# distributor
