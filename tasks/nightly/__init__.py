"""The nightly run: find what is to be processed, and report what was done."""
