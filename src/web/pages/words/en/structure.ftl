# structure
structure-home = Home
