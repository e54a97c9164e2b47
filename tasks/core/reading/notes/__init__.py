"""Find footnotes and end notes: markers, openings, links to the body."""
