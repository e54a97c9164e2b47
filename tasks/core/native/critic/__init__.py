"""The native critic: judges candidates and finds what a draft overlooked."""
