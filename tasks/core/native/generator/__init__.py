"""The native generators: trained, and few-shot."""
