# operator
operator-home = Work waiting
