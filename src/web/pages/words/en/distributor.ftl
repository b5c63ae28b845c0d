# distributor
distributor-home = Stock
