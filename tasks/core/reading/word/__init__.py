"""Reads Word documents (DOCX, DOCM): `document.take_word` is the entry."""
