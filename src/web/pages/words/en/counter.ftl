# counter
