"""A language model that behaves badly on purpose: it knows the truth of a document and makes mistakes at set rates, by seed.

Everything here is pure: a prompt's text in, an answer's text out. The same prompt and seed give the same answer, as with a model at
temperature 0; a prompt of a later round differs by what stood and what was found, and so is answered anew.
"""
