"""Text functions of all steps: folding, sentence ends, display, the form that can be stored."""
