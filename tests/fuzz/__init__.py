"""Fuzzing by the clock: scripts that are run by hand, and whose first cases are in `make test`."""
