"""Tell what a reader sees of the text: struck, covered, filled in, and the rest."""
