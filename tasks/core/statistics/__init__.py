"""Statistical tests: drift from week to week, and a rise of refusals."""
