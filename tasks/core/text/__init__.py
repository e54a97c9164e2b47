"""Text shared by all steps: folding for comparison, sentence ends, display on one line, storable form."""
