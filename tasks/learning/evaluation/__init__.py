"""Measure extractions and rankings against gold spans."""
