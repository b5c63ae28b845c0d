# La page d’un problème.
problem-code = Code :
