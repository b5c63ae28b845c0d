# The page of a problem.
problem-code = Code:
