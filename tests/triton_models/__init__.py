"""Triton models with the signatures of the real ones, which behave as badly as those on demand. See `shell`."""
