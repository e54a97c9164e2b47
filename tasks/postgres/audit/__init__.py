"""Proof of what is stored: the chains of runs, signed checkpoints, and erasures."""
