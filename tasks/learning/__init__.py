"""Learning from labelled contracts, and measuring on them. No step of a contract imports it."""
