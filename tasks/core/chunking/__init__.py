"""Divide the text of a document into chunks: paragraphs, headings, notes."""
