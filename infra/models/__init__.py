"""Versions of the models in Triton's repository: list, promote, publish, roll back, and serve weights of single folds."""
