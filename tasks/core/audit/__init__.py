"""Signed heads: what a database held at a moment, for somebody who does not trust it."""
