"""Pieces of a page before they are lines: directions apart, columns in order, edge numbers cut."""
