"""Signed heads of the trail outside of the database, and erasures of documents."""
