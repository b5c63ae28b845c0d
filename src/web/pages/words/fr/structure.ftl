# structure
